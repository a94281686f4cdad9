"""How many requests somebody has made, all processes together: counts by a digest and the end of a window."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from app.db.session import Database, storage_errors

_ADD_UP = text("select key, until, requests from add_up_requests(:regions, :keys, :untils, :more)")


class Counted(NamedTuple):
    """So many `more` requests of whoever `key` stands for, in the window that ends at `until` (seconds since 1970)."""

    region: UUID
    key: bytes
    until: int
    more: int


async def add_up(database: Database, counted: Sequence[Counted]) -> dict[tuple[bytes, int], int]:
    """Add what was counted to what others have; the sums, by key and end. One statement. Raises StorageError."""
    parameters = {
        "regions": [each.region for each in counted],
        "keys": [each.key for each in counted],
        "untils": [each.until for each in counted],
        "more": [each.more for each in counted],
    }
    with storage_errors():
        async with database.engine.begin() as connection:
            rows = (await connection.execute(_ADD_UP, parameters)).all()
    return {(row.key, row.until): row.requests for row in rows}
