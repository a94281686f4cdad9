"""Jobs: when they are due, in which region, once over all replicas, whatever goes wrong."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text

from app.db.session import Database, DatabaseUnavailable
from app.jobs.all_jobs import scheduled
from app.jobs.lease import lease
from app.jobs.scheduler import Job, JobRun, Scheduler, is_due, running
from app.services.outcome_upkeep import keep_up
from app.settings import Settings
from tests.conftest import TestRegion

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Last(NamedTuple):
    started_at: datetime | None
    finished_at: datetime | None
    failures: int = 0


@pytest.mark.parametrize(
    ("last", "after", "due"),
    [
        (None, timedelta(0), True),
        (Last(NOON, NOON), HOUR, True),
        (Last(NOON, NOON), HOUR - timedelta(seconds=1), False),
        (Last(NOON, None), timedelta(0), True),
        (Last(NOON, NOON - HOUR), timedelta(0), True),
        (Last(NOON, NOON, 1), timedelta(minutes=1), True),
        (Last(NOON, NOON, 3), timedelta(minutes=3), False),
        (Last(NOON, NOON, 3), timedelta(minutes=4), True),
        (Last(NOON, NOON, 99), HOUR, True),
    ],
)
def test_when_a_job_is_due(last: Any, after: timedelta, due: bool) -> None:
    assert is_due(HOUR, last, NOON + after) is due


class Worked:
    """A job that counts its runs."""

    def __init__(self, region: TestRegion) -> None:
        self.runs = 0
        self.fails = False
        self.began = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.job = Job("count", HOUR, self.work, region.code)

    async def work(self, run: JobRun) -> str:
        assert run.region_code == self.job.region
        self.runs += 1
        self.began.set()
        await self.go_on.wait()
        if self.fails:
            raise ValueError("no")
        return f"run {self.runs}"


async def _row(database: Database, region: TestRegion) -> Any:
    async with database.unit_of_work(region.id) as uow:
        return (await uow.session.execute(text("select * from jobs"))).one()


async def test_replicas_run_a_job_once_per_interval(database: Database, region: TestRegion) -> None:
    worked = Worked(region)
    time = [NOON]
    replicas = [Scheduler(database, [worked.job], clock=lambda: time[0]) for _ in range(4)]

    async def look() -> int:
        await asyncio.gather(*(r.look() for r in replicas))
        await asyncio.gather(*(r.settle() for r in replicas))
        return worked.runs

    assert await look() == 1
    assert await look() == 1
    time[0] += HOUR
    assert await look() == 2
    row = await _row(database, region)
    assert (row.said, row.failures, row.succeeded_at) == ("run 2", 0, time[0])


async def test_a_failure_is_noted_and_tried_again_sooner(database: Database, region: TestRegion) -> None:
    worked = Worked(region)
    worked.fails = True
    time = [NOON]
    scheduler = Scheduler(database, [worked.job], clock=lambda: time[0])
    for minutes, runs in ((0, 1), (0, 1), (1, 2), (1, 2), (1, 3)):
        time[0] += timedelta(minutes=minutes)
        await scheduler.look()
        await scheduler.settle()
        assert worked.runs == runs
    row = await _row(database, region)
    assert (row.failures, row.said, row.succeeded_at) == (3, "ValueError: no", None)


async def test_one_that_was_cut_off_runs_again_at_once_elsewhere(database: Database, region: TestRegion) -> None:
    worked = Worked(region)
    worked.go_on.clear()
    first, second = (Scheduler(database, [worked.job]) for _ in range(2))
    await first.look()
    await worked.began.wait()
    await second.look()
    await second.settle()
    assert worked.runs == 1
    await first.aclose()
    worked.go_on.set()
    await second.look()
    await second.settle()
    assert worked.runs == 2
    assert (await _row(database, region)).said == "run 2"


async def test_it_runs_beside_the_service_and_ends_with_it(database: Database, region: TestRegion) -> None:
    worked = Worked(region)
    async with running(Scheduler(database, [worked.job], look_every=0.01)):
        await asyncio.wait_for(worked.began.wait(), 10)
    assert worked.runs == 1


async def test_a_lease_is_one_s_own_and_ends_with_its_connection(database: Database, region: TestRegion) -> None:
    async with lease(database, region.id, "x") as mine:
        await mine.check()
        async with lease(database, region.id, "x") as second, lease(database, region.id, "y") as other:
            assert (mine.held, second.held, other.held) == (True, False, True)
    with pytest.raises(DatabaseUnavailable):
        async with lease(database, region.id, "x") as mine:
            assert mine.held
            async with database.owner_engine.connect() as owner:
                await owner.execute(
                    text(
                        "select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database"
                        " where l.locktype = 'advisory' and d.datname = current_database()"
                    )
                )
            await mine.check()
    async with lease(database, region.id, "x") as again:
        assert again.held


def test_the_settings_say_what_is_scheduled() -> None:
    assert [j.name for j in scheduled(Settings())] == ["outcome_upkeep"]
    [_, job] = scheduled(Settings(catalogue_url="https://katalog.example/v2", catalogue_hours=6, catalogue_region="T1"))
    assert (job.every, job.region) == (timedelta(hours=6), "T1")
    assert len(scheduled(Settings(catalogue_url="https://katalog.example/v2", catalogue_hours=0))) == 1


async def test_upkeep_makes_partitions_ahead_and_marks_what_died(database: Database, region: TestRegion) -> None:
    dead = (
        "insert into outcome_imports (region_id, id, mode, status, source, received, imported, updated, unchanged,"
        " ignored, conflict_count, created_by, seen_at) values (:r, gen_random_uuid(), 'atomic', :status, 'manual',"
        " 0, 0, 0, 0, 0, 0, 't', now() - cast(:ago as interval))"
    )
    async with database.unit_of_work(region.id) as uow:
        for status, minutes in (("receiving", 120), ("receiving", 0), ("running", 0), ("completed", 1440)):
            ago = timedelta(minutes=minutes)
            await uow.session.execute(text(dead), {"r": region.id, "status": status, "ago": ago})
    async with database.unit_of_work(region.id) as uow:
        said = await keep_up(uow, date(2031, 5, 1))
    assert said.endswith("partitions made, 2 imports marked as interrupted")
    async with database.unit_of_work(region.id) as uow:
        found = (await uow.session.scalars(text("select status from outcome_imports order by status"))).all()
        assert found == ["completed", "interrupted", "interrupted", "receiving"]
        years = "select count(*) from pg_class where relname in ('outcome_facts_y2031', 'outcome_facts_y2033')"
        assert await uow.session.scalar(text(years)) == 2
        assert (await keep_up(uow, date(2031, 5, 1))).startswith("0 partitions made, 0")
