"""Migrations run up, down and up again on full data, and make exactly what the models say."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.db import migrate
from app.db.session import Database
from app.regions.loader import load_region
from app.services.plan_loading import load_budget
from tests.conftest import ROOT, NewDatabases, make_region
from tests.outcome_facts import write_months


async def _loaded(url: str) -> None:
    """VGR with its budget of 2027 in the database."""
    database = Database(url)
    region = await make_region(database)
    data = load_region("vgr")
    renamed = data.model_copy(update={"region": data.region.model_copy(update={"code": region.code})})
    async with database.unit_of_work(region.id) as uow:
        await load_budget(uow, region.principal(), renamed, 2027)
    await database.aclose()


async def _count(url: str, what: str) -> int:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = await connection.scalar(text(f"select count(*) from {what}"))
    await engine.dispose()
    return int(found or 0)


MIGRATIONS = sorted((ROOT / "migrations" / "versions").glob("0*.py"))


def earlier_revisions() -> list[str]:
    """Every revision but the last, the latest first."""
    return [path.name[:4] for path in MIGRATIONS[-2::-1]]


async def test_up_down_and_up_again_on_full_data(new_databases: NewDatabases) -> None:
    url = await new_databases.make()
    await _loaded(url)
    assert await _count(url, "nodes") == 123
    await migrate.downgrade(url, "base")
    assert await _count(url, "pg_tables where schemaname = 'public' and tablename <> 'alembic_version'") == 0
    await migrate.upgrade(url)
    assert await migrate.differences(url) == []
    await _loaded(url)
    assert await _count(url, "nodes") == 123


async def test_each_step_down_and_up_keeps_the_data(new_databases: NewDatabases) -> None:
    url = await new_databases.make()
    await _loaded(url)
    for revision in earlier_revisions():
        await migrate.downgrade(url, revision)
        await migrate.upgrade(url)
        assert await _count(url, "nodes") == 123
        assert await _count(url, "org_ancestors") > 0
    assert await migrate.differences(url) == []


async def test_models_and_migrations_agree(database_url: str) -> None:
    assert await migrate.differences(database_url) == []


async def test_a_difference_is_told(new_databases: NewDatabases) -> None:
    url = await new_databases.make()
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("alter table keywords add column surplus text"))
    await engine.dispose()
    assert "surplus" in str(await migrate.differences(url))


async def test_whether_the_schema_is_current(new_databases: NewDatabases) -> None:
    url = await new_databases.make()
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        assert await migrate.is_current(connection)
    await migrate.downgrade(url, "0001")
    async with engine.connect() as connection:
        assert not await migrate.is_current(connection)
    await migrate.downgrade(url, "base")
    async with engine.connect() as connection:
        assert not await migrate.is_current(connection)
    await engine.dispose()


async def test_outcomes_move_to_narrow_rows_and_back(new_databases: NewDatabases) -> None:
    url = await new_databases.make()
    database = Database(url)
    region = await make_region(database)
    async with database.unit_of_work(region.id) as uow:
        indicator = (
            "insert into indicators (region_id, id, code, title, direction, input, created_by, updated_by)"
            " values (:r, :i, 'X-1', 'X', 'up', 'manual', 't', 't')"
        )
        await uow.session.execute(text(indicator), {"r": region.id, "i": region.unit_ids["SU"]})
        for value, by in ((1, "first"), (2, "second")):
            await write_months(uow, region.unit_ids["SU"], region.unit_ids["NU"], value, first=1, last=12, by=by)
    await database.aclose()
    seen = "outcomes where value = 2 and recorded_by = 'second' and period_end - period_start between 27 and 30"
    assert await _count(url, seen) == 12
    at = [path.name[5:] for path in MIGRATIONS].index("outcome_facts.py")
    await migrate.downgrade(url, MIGRATIONS[at - 1].name[:4])
    assert await _count(url, seen) == 12
    assert await _count(url, "outcome_history where value = 1 and recorded_by = 'first'") == 12
    await migrate.upgrade(url)
    assert await _count(url, seen) == 12
    assert await _count(url, "outcome_facts where status = 0 and months = 1") == 12
    assert await migrate.differences(url) == []
