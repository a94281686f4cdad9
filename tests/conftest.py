"""A real PostgreSQL for every test, a database per worker, and a region of its own for every test that asks.

Tests don't clean up after themselves: regions share nothing, so a fresh one is a clean one, and row-level security is
put to work by every single test.
"""

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import hypothesis
import pytest
from filelock import FileLock
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.db import migrate
from app.db.provider import ServerHandle, open_server
from app.db.session import Database
from app.domain.access import Principal, Role
from app.domain.identity import new_id
from app.regions.loader import load_region
from app.services.loading import load_region_data
from app.settings import Settings

ROOT = Path(__file__).parent.parent
TEMPLATE = "styrkedjan_template"

# A machine that is busy with something else makes no property false.
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")


def _schema_digest() -> str:
    """A name for the schema as the migrations make it: a template made by other ones is not used."""
    content = b"".join(path.read_bytes() for path in sorted((ROOT / "migrations").rglob("*.py")))
    return hashlib.sha256(content).hexdigest()[:12]


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Settings of the test run: the embedded server in a folder of its own, or DATABASE_URL."""
    # Everything is asked from one address and mostly by one credential: the limits stand, higher than a test goes.
    most = {"rate_limit": 10**7, "rate_limit_address": 10**7, "rate_limit_sign_in": 10**7}
    return Settings(data_dir=ROOT / ".data" / "test", embedded_fsync=False).with_changes(**most)


@pytest.fixture(scope="session")
def server(settings: Settings) -> Iterator[ServerHandle]:
    """A PostgreSQL; all workers share one."""
    with open_server(settings) as handle:
        yield handle


async def _run_outside_transaction(url: str, *statements: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()


async def _exists(url: str, database: str) -> bool:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = await connection.scalar(text("select 1 from pg_database where datname = :name"), {"name": database})
    await engine.dispose()
    return found is not None


@pytest.fixture(scope="session")
async def template(server: ServerHandle, settings: Settings) -> str:
    """Name of a migrated, empty database that others are copied from. Made once, by whichever worker comes first."""
    name = f"{TEMPLATE}_{_schema_digest()}"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.data_dir / "template.lock"):
        if not await _exists(server.default_url, name):
            making = f"{name}_making"
            await _run_outside_transaction(
                server.default_url, f'drop database if exists "{making}"', f'create database "{making}"'
            )
            await migrate.upgrade(server.url_for(making))
            # Renamed when whole: a run that is killed half way leaves no half template behind.
            await _run_outside_transaction(server.default_url, f'alter database "{making}" rename to "{name}"')
    return name


@dataclass(frozen=True, slots=True)
class NewDatabases:
    """Makes databases as copies of the template, and drops them when the run ends."""

    server: ServerHandle
    template: str
    made: list[str] = field(default_factory=list)

    async def make(self) -> str:
        """The SQLAlchemy URL of a new, migrated, empty database."""
        name = f"styrkedjan_test_{uuid4().hex[:12]}"
        await _run_outside_transaction(self.server.default_url, f'create database "{name}" template "{self.template}"')
        self.made.append(name)
        return self.server.url_for(name)

    async def drop_all(self) -> None:
        """Drop what was made, whoever is still connected."""
        for name in self.made:
            await _run_outside_transaction(self.server.default_url, f'drop database if exists "{name}" with (force)')


@pytest.fixture(scope="session")
async def new_databases(server: ServerHandle, template: str) -> AsyncIterator[NewDatabases]:
    """For tests that need a database of their own (migrations, a service in another process)."""
    databases = NewDatabases(server, template)
    yield databases
    await databases.drop_all()


@pytest.fixture(scope="session")
async def database_url(new_databases: NewDatabases) -> str:
    """The SQLAlchemy URL of this worker's database."""
    return await new_databases.make()


@pytest.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    """This worker's database, migrated."""
    opened = Database(database_url)
    yield opened
    await opened.aclose()


@dataclass(frozen=True, slots=True)
class TestRegion:
    """A region that only this test knows."""

    __test__ = False
    id: UUID
    code: str
    unit_ids: dict[str, UUID]

    def principal(
        self,
        role: Role = Role.ADMINISTRATOR,
        unit: str = "VGR",
        *,
        subject: str = "test",
        scopes: frozenset[str] = frozenset(),
        is_integration: bool = False,
    ) -> Principal:
        """A credential with this role on this unit."""
        return Principal(
            region_id=self.id,
            region_code=self.code,
            subject=subject,
            role=role,
            unit_id=self.unit_ids[unit],
            unit_code=unit,
            whole_region=unit == "VGR",
            scopes=scopes,
            is_integration=is_integration,
        )


async def make_region(database: Database) -> TestRegion:
    """A region with VGR's tree, modules and keyword groups, and no plan. About a tenth of a second."""
    data = load_region("vgr")
    code = f"T{uuid4().hex[:12].upper()}"
    renamed = data.model_copy(update={"region": data.region.model_copy(update={"code": code})})
    region_id = new_id()
    async with database.owner_unit_of_work(region_id) as uow:
        await load_region_data(uow, renamed, by="test")
        rows = await uow.session.execute(text("select code, id from org_units where region_id = :r"), {"r": region_id})
        return TestRegion(region_id, code, {row.code: row.id for row in rows})


@pytest.fixture
async def region(database: Database) -> TestRegion:
    """A fresh region like VGR: 32 boards, modules and keyword groups, no plan version."""
    return await make_region(database)


@pytest.fixture
async def other_region(database: Database) -> TestRegion:
    """Another one, for what must not leak."""
    return await make_region(database)


class QueryCounter:
    """Counts and keeps the statements that reach PostgreSQL through an engine."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __len__(self) -> int:
        return len(self.statements)

    def seen(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        """SQLAlchemy's hook."""
        self.statements.append(statement)


@pytest.fixture
def count_queries(database: Database) -> Any:
    """`with count_queries() as counter:` counts the statements of the service's engine."""

    @contextmanager
    def counting() -> Iterator[QueryCounter]:
        counter = QueryCounter()
        engine = database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", counter.seen)
        database.watchers.append(counter.statements.append)
        try:
            yield counter
        finally:
            database.watchers.clear()
            event.remove(engine, "before_cursor_execute", counter.seen)

    return counting
