"""One at a time over all replicas: an advisory lock, held by a connection of its own as long as the work lasts.

A replica that dies loses its connection, and with it the lease: nothing has to be cleaned up, nothing expires too
early. The connection must be the server's own for as long as it lives (no pooler in transaction mode in between).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.session import Database, storage_errors


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do a piece of work, or (`held` false) the knowledge that somebody else has it."""

    held: bool
    _connection: AsyncConnection

    async def check(self) -> None:
        """Raise DatabaseUnavailable where the connection, and so the lease, is gone."""
        with storage_errors():
            await self._connection.execute(text("select 1"))


@asynccontextmanager
async def lease(database: Database, region_id: UUID, name: str) -> AsyncIterator[Lease]:
    """Try to have the work `name` in the region to oneself; does not wait."""
    key = func.hashtextextended(f"job {name} {region_id}", 0)
    with storage_errors():
        connection = await database.engine.connect()
    try:
        with storage_errors():
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            held = bool(await connection.scalar(select(func.pg_try_advisory_lock(key))))
        yield Lease(held, connection)
        if held:
            await connection.scalar(select(func.pg_advisory_unlock(key)))
    except BaseException:
        # Whatever state it is in, the server ends the session, and the lock with it.
        with suppress(DBAPIError, OSError):
            await connection.invalidate()
        raise
    finally:
        with suppress(DBAPIError, OSError):
            await connection.close()
