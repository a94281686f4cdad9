"""Ids: UUIDv7 (RFC 9562), so that keys made later sort later and index pages fill in order."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new UUIDv7."""
    return uuid7()
