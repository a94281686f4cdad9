"""Engines and the unit of work: one request or job is one transaction, in one region.

Its first statement says which region it is in, and brings the versions of the region's tables (app.db.versions).

StorageError
├── DatabaseUnavailable   no connection to be had, or it broke: try again later
├── TooSlow               a statement took longer than one may
├── ConstraintBroken      a constraint refused the change; `.constraint` names it
└── ConcurrentChange      deadlock, lock time-out or serialization: try again
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Hashable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from app.db.keeping import Kept
from app.db.origin import UNSAID, Origin
from app.db.versions import NOTHING_KNOWN, Versions

T = TypeVar("T")
SERVICE_ROLE = "styrkedjan_service"
LASTING = 4
"""Readings at once that may last: files that go out as fast as whoever asked for them takes them in."""
KEPT_ROWS = 100_000
"""Some 200 MB at most: nodes, assessments, outcomes and units, together."""

_ENTER = text("select tables, versions from enter_region(:region_id)")
# Who does it and by which request, for the audit log: in the same statement, so that it costs nothing.
_ENTER_TO_CHANGE = text(
    "select tables, versions, set_config('styrkedjan.actor', :actor, true),"
    " set_config('styrkedjan.request_id', :request_id, true), set_config('styrkedjan.client', :client, true),"
    " set_config('styrkedjan.address', :address, true) from enter_region(:region_id)"
)
_SET_REGION = text(
    "select set_config('styrkedjan.region_id', :region_id, true), set_config('styrkedjan.actor', :actor, true),"
    " set_config('styrkedjan.request_id', :request_id, true), set_config('styrkedjan.client', :client, true),"
    " set_config('styrkedjan.address', :address, true)"
)
_REGION_ID_OF = text("select region_id_of(:code)")

_UNAVAILABLE = ("08", "57P", "53")  # connection exceptions, operator intervention, too many connections
_CONCURRENT = ("40001", "40P01", "55P03")
_CANCELLED = "57014"
_CONSTRAINTS = "23"
_DRIVERS_OWN = (asyncpg.PostgresError, asyncpg.InterfaceError)


class StorageError(Exception):
    """The root of what the database refuses."""


class DatabaseUnavailable(StorageError):
    """PostgreSQL can't be reached now, or the connection broke; nothing was changed.

    `cut`: there was a connection, and it is gone; a new one may do.
    """

    def __init__(self, said: str, *, cut: bool = False) -> None:
        self.cut = cut
        super().__init__(said)


class TooSlow(StorageError):
    """A statement took longer than one may, and was cancelled; nothing was changed."""


class ConcurrentChange(StorageError):
    """Another transaction was in the way; the same request may succeed if sent again."""


class ConstraintBroken(StorageError):
    """A constraint of the database refused the change. `constraint` is its name, "" where PostgreSQL gives none."""

    def __init__(self, constraint: str, detail: str) -> None:
        self.constraint = constraint
        self.detail = detail
        super().__init__(f"{constraint}: {detail}")


def storage_error_of(error: BaseException) -> StorageError | None:
    """What a driver's error means here, or None when it is a fault of ours that should be seen as one."""
    if isinstance(error, StorageError):
        return error
    # A refused connection, a socket that is gone, a name that is not found: whatever the system says of reaching it.
    if isinstance(error, OSError | TimeoutError | PoolTimeoutError):
        return DatabaseUnavailable(str(error))
    if isinstance(error, _DRIVERS_OWN):
        gone = isinstance(error, asyncpg.InterfaceError)
        return DatabaseUnavailable(type(error).__name__) if gone else _by_state(getattr(error, "sqlstate", None) or "")
    return _of_dbapi(error) if isinstance(error, DBAPIError) else None


def _of_dbapi(error: DBAPIError) -> StorageError | None:
    original = error.orig
    state = getattr(original, "sqlstate", None) or ""
    if (
        state.startswith(_UNAVAILABLE)
        or error.connection_invalidated
        or (not state and isinstance(error, (InterfaceError, OperationalError)))
    ):
        return DatabaseUnavailable(type(error).__name__, cut=error.connection_invalidated)
    if state.startswith(_CONSTRAINTS):
        cause = getattr(original, "__cause__", None)
        name = getattr(cause, "constraint_name", None) or ""
        return ConstraintBroken(name, getattr(cause, "detail", None) or str(cause or original))
    return _by_state(state)


def _by_state(state: str) -> StorageError | None:
    if state.startswith(_UNAVAILABLE):
        return DatabaseUnavailable(state)
    if state == _CANCELLED:
        return TooSlow(state)
    return ConcurrentChange(state) if state in _CONCURRENT else None


@contextmanager
def storage_errors() -> Iterator[None]:
    """Raise what the driver raises as a StorageError, so that nobody above knows the driver."""
    try:
        yield
    except (
        DBAPIError,
        PoolTimeoutError,
        OSError,
        TimeoutError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
    ) as error:
        translated = storage_error_of(error)
        if translated is None:
            raise
        raise translated from error


async def _on_a_live_connection(attempt: Callable[[], Awaitable[T]]) -> T:
    """What `attempt` gives. If its connection turns out to have died in the pool, it is made once more, on a new one.

    For the first statement of a transaction, and for statements that stand alone and only read: nothing has been done
    yet, so that to begin anew is safe whatever is to follow. Raises a StorageError.
    """
    try:
        with storage_errors():
            return await attempt()
    except DatabaseUnavailable as gone:
        if not gone.cut:
            raise
    with storage_errors():
        return await attempt()


async def _entered(
    engine: AsyncEngine, region_id: UUID, origin: Origin | None
) -> tuple[AsyncExitStack, AsyncSession, Any, Versions]:
    """A transaction in the region, ended by leaving the stack: its session, the driver's connection, what it sees.

    `origin`: where its changes come from; None where there are to be none.
    """
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(AsyncSession(engine, expire_on_commit=False))
        await stack.enter_async_context(session.begin())
        where = {"region_id": region_id}
        if origin is None:
            row = (await session.execute(_ENTER, where)).one()
        else:
            row = (await session.execute(_ENTER_TO_CHANGE, where | origin.parameters())).one()
        connection = await (await session.connection()).get_raw_connection()
        return stack.pop_all(), session, connection.driver_connection, Versions.of(row.tables, row.versions)


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """A transaction in one region. Services write through `session`, and never commit.

    `versions` as the transaction saw them when it began. With `read_only` it sees everything as it was at that moment,
    so the versions belong to all that it reads.
    """

    session: AsyncSession
    region_id: UUID
    versions: Versions = NOTHING_KNOWN
    read_only: bool = False
    watchers: Collection[Callable[[str], None]] = ()
    driver: Any = None
    """asyncpg's connection, the one that the session works on; None for the owner's, which loads and reads no chain."""
    kept: Kept[Hashable, Any] | None = None
    """What this process has read before and may use again, as long as the versions that it rests on are the same.

    None where the transaction may change what it reads.
    """

    async def fetch(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Rows of a statement of app.db.prepared, from the driver itself: the session would take longer than the query.

        In the session's own transaction. Raises what the driver raises.
        """
        for watcher in self.watchers:
            watcher(sql)
        rows: list[Any] = await self.driver.fetch(sql, *values)
        return rows


async def versions_now(uow: UnitOfWork) -> Versions:
    """The versions as the transaction sees them now, with what it has changed itself. One statement."""
    row = (await uow.session.execute(_ENTER, {"region_id": uow.region_id})).one()
    return Versions.of(row.tables, row.versions)


class Database:
    """Engines for one PostgreSQL: the service's (row-level security applies) and the owner's (migrations, loading).

    `url` is a SQLAlchemy URL (`postgresql+asyncpg://...`); `statement_timeout` in seconds; `kept_rows` as in the
    settings.
    """

    def __init__(
        self, url: str, *, pool_size: int = 10, statement_timeout: float = 30.0, kept_rows: int = KEPT_ROWS
    ) -> None:
        self.url = url
        self.kept: Kept[Hashable, Any] = Kept(kept_rows, kept_rows)
        timeouts = {"statement_timeout": str(int(statement_timeout * 1000)), "timezone": "UTC"}
        service = {**timeouts, "role": SERVICE_ROLE, "application_name": "styrkedjan"}
        self.engine = self._engine(pool_size, service)
        # The same connections: only how a transaction is begun differs.
        self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._glancing = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        # Connections of their own for readings that last as long as their reader likes: they take none from the others.
        self.lasting_engine = self._engine(LASTING, service, overflow=0)
        self._lasting = self.lasting_engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self.owner_engine = self._engine(2, {"timezone": "UTC", "application_name": "styrkedjan owner"})
        self._region_ids: dict[str, UUID] = {}
        self.watchers: list[Callable[[str], None]] = []
        """Told of every statement that goes to the driver itself, which SQLAlchemy's events don't see."""

    def _engine(self, pool_size: int, server_settings: dict[str, str], *, overflow: int | None = None) -> AsyncEngine:
        return create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_size if overflow is None else overflow,
            pool_timeout=5,
            # An error is logged with its statement, never with the values: they are people's words and hashes of keys.
            hide_parameters=True,
            # No ping before each use: whoever begins a transaction tries once more (`_on_a_live_connection`).
            pool_pre_ping=False,
            connect_args={"server_settings": server_settings, "timeout": 5},
        )

    @asynccontextmanager
    async def unit_of_work(
        self, region_id: UUID, *, read_only: bool = False, lasting: bool = False, origin: Origin = UNSAID
    ) -> AsyncIterator[UnitOfWork]:
        """A transaction in `region_id`: committed at a clean exit, rolled back at an exception.

        With `read_only` it reads everything from one snapshot, and PostgreSQL refuses every change; with `lasting`,
        too, on one of the few connections for that (LASTING). `origin` is what the audit log says of the changes;
        unsaid, they are the database user's. Raises a StorageError where the database refuses; domain errors pass
        through untouched.
        """
        engine = self._lasting if lasting else self._reading if read_only else self.engine
        read_only = read_only or lasting
        opened, session, driver, versions = await _on_a_live_connection(
            lambda: _entered(engine, region_id, None if read_only else origin)
        )
        with storage_errors():
            async with opened:
                kept = self.kept if read_only else None
                yield UnitOfWork(session, region_id, versions, read_only, self.watchers, driver, kept)

    async def versions(self, region_id: UUID) -> Versions:
        """The versions of the region's tables at this moment: one statement, without a transaction around it."""

        async def ask() -> Versions:
            async with self._glancing.connect() as connection:
                row = (await connection.execute(_ENTER, {"region_id": region_id})).one()
                return Versions.of(row.tables, row.versions)

        return await _on_a_live_connection(ask)

    @asynccontextmanager
    async def owner_unit_of_work(self, region_id: UUID, *, origin: Origin = UNSAID) -> AsyncIterator[UnitOfWork]:
        """The same as the owner of the tables: only for loading a region that does not exist yet."""
        with storage_errors():
            async with AsyncSession(self.owner_engine, expire_on_commit=False) as session, session.begin():
                await session.execute(_SET_REGION, {"region_id": str(region_id)} | origin.parameters())
                yield UnitOfWork(session, region_id)

    async def region_id(self, code: str) -> UUID | None:
        """The id of the region with this code, or None. Kept in the process: a code never changes its region."""
        known = self._region_ids.get(code)
        if known is None:

            async def ask() -> UUID | None:
                async with self._glancing.connect() as connection:
                    found: UUID | None = await connection.scalar(_REGION_ID_OF, {"code": code})
                    return found

            known = await _on_a_live_connection(ask)
            if known is not None:
                self._region_ids[code] = known
        return known

    def forget_region(self, code: str) -> None:
        """Look the region up anew next time: for who takes a region away and makes another by the same code."""
        self._region_ids.pop(code, None)

    async def aclose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        await self.lasting_engine.dispose()
        await self.owner_engine.dispose()
