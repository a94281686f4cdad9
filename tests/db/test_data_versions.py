"""Versions of tables: changed by every committed change, seen exactly with it, in nobody's way."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.db.session import Database, versions_now
from app.db.tables import Base
from app.db.versions import Versions
from tests.conftest import NewDatabases, TestRegion

KEPT_OTHERWISE = {
    # Written with a change of another table, which is watched.
    "audit_entries",
    "audit_heads",
    "audit_transactions",
    "data_versions",  # the versions themselves
    "idempotency_keys",  # shown by no read
    "rate_counts",  # shown by no read
    "org_ancestors",  # made from org_placements, in the same statement
}
TABLES = sorted(Base.metadata.tables.values(), key=lambda t: t.name)
NEW_YEAR = text(
    "insert into plan_versions (region_id, id, year, status, created_by, updated_by)"
    " values (:r, gen_random_uuid(), :year, 'planning', 't', 't')"
)
RENAME = text("update org_units set name = name || '!' where region_id = :r and code = 'SU'")


async def _changed(database: Database, region: UUID, before: Versions) -> set[str]:
    """The tables whose version is another than before."""
    after = await database.versions(region)
    return {table for table, _ in set(after.by_table.items()) ^ set(before.by_table.items())}


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
async def test_every_table_is_watched_for_every_kind_of_change(database: Database, table: Table) -> None:
    """A new table: `select watch_table('...')` in its migration, or a word here on why no answer rests on it."""
    async with database.owner_engine.connect() as owner:
        wanted = text(
            "select distinct event_manipulation from information_schema.triggers where event_object_table = :t"
            " and action_statement like '%note_change%'"
        )
        watched = set((await owner.execute(wanted, {"t": table.name})).scalars())
    expected: set[str] = set() if table.name in KEPT_OTHERWISE else {"INSERT", "UPDATE", "DELETE"}
    assert watched == expected


async def test_a_change_is_seen_when_it_is_committed_and_not_before(database: Database, region: TestRegion) -> None:
    before = await database.versions(region.id)
    async with database.unit_of_work(region.id) as uow:
        await uow.session.execute(NEW_YEAR, {"r": region.id, "year": 2027})
        assert await _changed(database, region.id, before) == set()
        assert (await versions_now(uow)).by_table != before.by_table
    assert await _changed(database, region.id, before) == {"plan_versions"}


async def test_what_is_rolled_back_was_never_there(database: Database, region: TestRegion) -> None:
    before = await database.versions(region.id)
    with pytest.raises(ZeroDivisionError):
        async with database.unit_of_work(region.id) as uow:
            await uow.session.execute(NEW_YEAR, {"r": region.id, "year": 2027})
            seen_inside = await versions_now(uow)
            raise ZeroDivisionError
    assert await database.versions(region.id) == before
    async with database.unit_of_work(region.id) as uow:
        await uow.session.execute(NEW_YEAR, {"r": region.id, "year": 2028})
    after = await database.versions(region.id)
    assert after.by_table["plan_versions"] not in {
        before.by_table.get("plan_versions"),
        seen_inside.by_table["plan_versions"],
    }


async def test_another_region_is_none_the_wiser(
    database: Database, region: TestRegion, other_region: TestRegion
) -> None:
    before = await database.versions(other_region.id)
    async with database.unit_of_work(region.id) as uow:
        await uow.session.execute(RENAME, {"r": region.id})
    assert await database.versions(other_region.id) == before


async def test_whoever_names_no_region_changes_all(new_databases: NewDatabases) -> None:
    """The owner at a console: what was changed is not known by region, so every region's version changes."""
    url = await new_databases.make()
    database, one = Database(url), UUID(int=1)
    before = await database.versions(one)
    engine = create_async_engine(url)
    async with engine.begin() as owner:
        await owner.execute(text("delete from keywords"))
    await engine.dispose()
    assert await _changed(database, one, before) == {"keywords"}
    await database.aclose()


async def test_writers_do_not_wait_for_each_other(database: Database, region: TestRegion) -> None:
    """Ten transactions change the same tables and are open at once: none waits, no two changes look the same."""
    before = await database.versions(region.id)
    open_now, go = asyncio.Semaphore(0), asyncio.Event()

    async def write(year: int) -> None:
        async with database.unit_of_work(region.id) as uow:
            await uow.session.execute(NEW_YEAR, {"r": region.id, "year": year})
            open_now.release()
            await go.wait()

    writers = [asyncio.create_task(write(2030 + i)) for i in range(10)]
    async with asyncio.timeout(20):
        for _ in writers:
            await open_now.acquire()
    assert await database.versions(region.id) == before
    go.set()
    await asyncio.gather(*writers)
    assert await _changed(database, region.id, before) == {"plan_versions"}


async def test_each_of_many_commits_is_seen(database: Database, region: TestRegion) -> None:
    """Begun in one order and committed in another: a version is never back to what it was."""
    seen = [await database.versions(region.id)]
    first_may_end = asyncio.Event()
    first_has_written = asyncio.Event()

    async def first() -> None:
        async with database.unit_of_work(region.id) as uow:
            await uow.session.execute(NEW_YEAR, {"r": region.id, "year": 2040})
            first_has_written.set()
            await first_may_end.wait()

    early = asyncio.create_task(first())
    await first_has_written.wait()
    for year in (2041, 2042):
        async with database.unit_of_work(region.id) as uow:
            await uow.session.execute(NEW_YEAR, {"r": region.id, "year": year})
        seen.append(await database.versions(region.id))
    first_may_end.set()
    await early
    seen.append(await database.versions(region.id))
    assert len({v.by_table["plan_versions"] for v in seen[1:]}) == 3


async def test_a_reader_sees_versions_and_data_of_the_same_moment(database: Database, region: TestRegion) -> None:
    """Read while a writer commits in between: what is read belongs to the versions that the transaction began with."""
    name = text("select name from org_units where region_id = :r and code = 'SU'")
    async with database.unit_of_work(region.id, read_only=True) as reader:
        async with database.unit_of_work(region.id) as writer:
            await writer.session.execute(RENAME, {"r": region.id})
        assert not str(await reader.session.scalar(name, {"r": region.id})).endswith("!")
        assert reader.versions == await versions_now(reader)
    after = await database.versions(region.id)
    assert after != reader.versions
    async with database.unit_of_work(region.id, read_only=True) as reader:
        assert str(await reader.session.scalar(name, {"r": region.id})).endswith("!")
        assert reader.versions == after
