"""Engines and the unit of work: one request or job is one transaction, in one region.

StorageError
├── DatabaseUnavailable   no connection to be had, or it broke: try again later
├── ConstraintBroken      a constraint refused the change; `.constraint` names it
└── ConcurrentChange      deadlock, lock time-out or serialization: try again
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

SERVICE_ROLE = "styrkedjan_service"

_SET_REGION = text("select set_config('styrkedjan.region_id', :region_id, true)")
# In the same statement, so that it costs nothing: what only reads can't write by mistake.
_SET_REGION_READ_ONLY = text(
    "select set_config('styrkedjan.region_id', :region_id, true), set_config('transaction_read_only', 'on', true)"
)
_REGION_ID_OF = text("select region_id_of(:code)")

_UNAVAILABLE = ("08", "57P", "53")  # connection exceptions, operator intervention, too many connections
_CONCURRENT = ("40001", "40P01", "55P03")
_CONSTRAINTS = "23"


class StorageError(Exception):
    """The root of what the database refuses."""


class DatabaseUnavailable(StorageError):
    """PostgreSQL can't be reached now, or the connection broke; nothing was changed."""


class ConcurrentChange(StorageError):
    """Another transaction was in the way; the same request may succeed if sent again."""


class ConstraintBroken(StorageError):
    """A constraint of the database refused the change. `constraint` is its name, "" where PostgreSQL gives none."""

    def __init__(self, constraint: str, detail: str) -> None:
        self.constraint = constraint
        self.detail = detail
        super().__init__(f"{constraint}: {detail}")


def _translated(error: BaseException) -> StorageError | None:
    """What a driver's error means here, or None when it is a fault of ours that should be seen as one."""
    # A refused connection, a socket that is gone, a name that is not found: whatever the system says of reaching it.
    if isinstance(error, OSError | TimeoutError | PoolTimeoutError):
        return DatabaseUnavailable(str(error))
    if not isinstance(error, DBAPIError):
        return None
    original = error.orig
    state = getattr(original, "sqlstate", None) or ""
    if (
        state.startswith(_UNAVAILABLE)
        or error.connection_invalidated
        or (not state and isinstance(error, (InterfaceError, OperationalError)))
    ):
        return DatabaseUnavailable(type(error).__name__)
    if state in _CONCURRENT:
        return ConcurrentChange(state)
    if state.startswith(_CONSTRAINTS):
        cause = getattr(original, "__cause__", None)
        name = getattr(cause, "constraint_name", None) or ""
        return ConstraintBroken(name, getattr(cause, "detail", None) or str(cause or original))
    return None


@contextmanager
def storage_errors() -> Iterator[None]:
    """Raise what the driver raises as a StorageError, so that nobody above knows the driver."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError, OSError, TimeoutError) as error:
        translated = _translated(error)
        if translated is None:
            raise
        raise translated from error


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """A transaction in one region. Services write through `session`, and never commit."""

    session: AsyncSession
    region_id: UUID


class Database:
    """Engines for one PostgreSQL: the service's (row-level security applies) and the owner's (migrations, loading).

    `url` is a SQLAlchemy URL (`postgresql+asyncpg://...`); `statement_timeout` in seconds.
    """

    def __init__(self, url: str, *, pool_size: int = 10, statement_timeout: float = 30.0) -> None:
        self.url = url
        timeouts = {"statement_timeout": str(int(statement_timeout * 1000)), "timezone": "UTC"}
        self.engine = self._engine(pool_size, {**timeouts, "role": SERVICE_ROLE, "application_name": "styrkedjan"})
        self.owner_engine = self._engine(2, {"timezone": "UTC", "application_name": "styrkedjan owner"})
        self._region_ids: dict[str, UUID] = {}

    def _engine(self, pool_size: int, server_settings: dict[str, str]) -> AsyncEngine:
        return create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=5,
            # An error is logged with its statement, never with the values: they are people's words and hashes of keys.
            hide_parameters=True,
            # A connection that died while the server was gone is replaced before it is handed out.
            pool_pre_ping=True,
            connect_args={"server_settings": server_settings, "timeout": 5},
        )

    @asynccontextmanager
    async def unit_of_work(self, region_id: UUID, *, read_only: bool = False) -> AsyncIterator[UnitOfWork]:
        """A transaction in `region_id`: committed at a clean exit, rolled back at an exception.

        With `read_only` PostgreSQL refuses every change. Raises a StorageError where the database refuses; domain
        errors pass through untouched.
        """
        with storage_errors():
            async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
                set_region = _SET_REGION_READ_ONLY if read_only else _SET_REGION
                await session.execute(set_region, {"region_id": str(region_id)})
                yield UnitOfWork(session, region_id)

    @asynccontextmanager
    async def owner_unit_of_work(self, region_id: UUID) -> AsyncIterator[UnitOfWork]:
        """The same as the owner of the tables: only for loading a region that does not exist yet."""
        with storage_errors():
            async with AsyncSession(self.owner_engine, expire_on_commit=False) as session, session.begin():
                await session.execute(_SET_REGION, {"region_id": str(region_id)})
                yield UnitOfWork(session, region_id)

    async def region_id(self, code: str) -> UUID | None:
        """The id of the region with this code, or None. Kept in the process: a code never changes its region."""
        known = self._region_ids.get(code)
        if known is None:
            with storage_errors():
                async with self.engine.connect() as connection:
                    known = await connection.scalar(_REGION_ID_OF, {"code": code})
            if known is not None:
                self._region_ids[code] = known
        return known

    def forget_region(self, code: str) -> None:
        """Look the region up anew next time: for who takes a region away and makes another by the same code."""
        self._region_ids.pop(code, None)

    async def aclose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        await self.owner_engine.dispose()
