"""Cursors of GraphQL connections: opaque texts around the sort values of a row."""

import base64
import binascii
import re
from typing import Any
from uuid import UUID

import orjson

from app.graphql.errors import bad_input

_NUMBER = re.compile("[0-9]{1,9}", re.ASCII)
_KINDS = {"s": str, "u": UUID}


def encode(values: tuple[Any, ...]) -> str:
    """Sort values (texts and ids) -> a cursor."""
    marked = [["u" if isinstance(v, UUID) else "s", str(v)] for v in values]
    return base64.urlsafe_b64encode(orjson.dumps(marked)).decode().rstrip("=")


def decode(cursor: str | None, length: int) -> tuple[Any, ...] | None:
    """A cursor -> sort values. Raises BAD_USER_INPUT for one that no list of ours gave."""
    if cursor is None:
        return None
    try:
        marked = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        values = tuple(_KINDS[kind](value) for kind, value in marked)
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error):
        raise bad_input("after: not a cursor of this list") from None
    if len(values) != length or any(isinstance(v, str) and "\0" in v for v in values):
        raise bad_input("after: not a cursor of this list")
    return values


def numbers(cursor: str, length: int) -> tuple[int, ...]:
    """A cursor of numbers, written as texts. Raises BAD_USER_INPUT."""
    said = decode(cursor, length) or ()
    if not all(isinstance(part, str) and _NUMBER.fullmatch(part) for part in said):
        raise bad_input("after: not a cursor of this list")
    return tuple(map(int, said))
