"""Jobs at intervals, in every region, one replica at a time: a task beside the service.

Each replica looks every few seconds at which jobs are due. When a job ran last stands in the table `jobs`, which all
replicas share; the right to run it is a lease (`app.jobs.lease`), and whether it is due is asked again under the lease.
A job that fails is tried again sooner than its interval, later each time.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.db.session import Database, StorageError
from app.db.tables import JobRow, RegionRow
from app.db.typing import AnyRow
from app.jobs.lease import lease
from app.services.calendar_day import now

log = logging.getLogger("styrkedjan.jobs")
_FIRST_RETRY = timedelta(minutes=1)
_LONGEST_SAID = 1000


@dataclass(frozen=True, slots=True)
class JobRun:
    """What a job is given: the database, and the region to work in."""

    database: Database
    region_id: UUID
    region_code: str


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do at an interval. `work` returns a line on what it did; `region`: only in the one by this code."""

    name: str
    every: timedelta
    work: Callable[[JobRun], Awaitable[str]]
    region: str | None = None


def is_due(every: timedelta, last: AnyRow | None, at: datetime) -> bool:
    """Whether a job that ran `last` (a row of `jobs`) should run at this time.

    One that never ended was cut off with its process: it is due at once. One that failed waits a minute, then two, four
    and so on, but never longer than its interval.
    """
    if last is None or last.started_at is None or last.finished_at is None or last.finished_at < last.started_at:
        return True
    wait = every if not last.failures else min(every, _FIRST_RETRY * 2 ** min(last.failures - 1, 20))
    return bool(at >= last.started_at + wait)


class Scheduler:
    """Runs jobs until it is cancelled. `look_every`: seconds between two looks at what is due."""

    def __init__(
        self,
        database: Database,
        jobs: Sequence[Job],
        *,
        look_every: float = 15.0,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._look_every = look_every
        self._clock = clock
        self._running: dict[tuple[UUID, str], asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Look, start what is due, wait, and again. A database that is away for a while is waited for."""
        try:
            while True:
                try:
                    await self.look()
                except (StorageError, OSError) as error:
                    log.warning("jobs: %s", error)
                # Replicas that were started together should not look together.
                await asyncio.sleep(self._look_every * (0.75 + random.random() / 2))  # noqa: S311  # no secret
        finally:
            await self.aclose()

    async def look(self) -> None:
        """Start each job that is due and not under way in this process, as a task of its own."""
        for region_id, code in await self._regions():
            for job in self._jobs:
                key = (region_id, job.name)
                if (job.region is None or job.region == code) and key not in self._running:
                    run = JobRun(self._database, region_id, code)
                    if is_due(job.every, await _last(run, job), self._clock()):
                        task = asyncio.create_task(self.run_if_due(job, run), name=f"job {job.name} {code}")
                        self._running[key] = task
                        task.add_done_callback(partial(self._ended, key))

    def _ended(self, key: tuple[UUID, str], _task: asyncio.Task[None]) -> None:
        self._running.pop(key, None)

    async def settle(self) -> None:
        """Wait for the jobs under way."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    async def aclose(self) -> None:
        """Cancel the jobs under way: what they have committed stays, and the next run goes on from there."""
        for task in list(self._running.values()):
            task.cancel()
        await self.settle()

    async def run_if_due(self, job: Job, run: JobRun) -> None:
        """Run the job if nobody else does, and if it is (still) due. Its failure is noted, never raised."""
        try:
            async with lease(self._database, run.region_id, f"schedule {job.name}") as mine:
                if mine.held and is_due(job.every, await _last(run, job), self._clock()):
                    await _note(run, job, started_at=self._clock())
                    await self._run(job, run)
        except StorageError as error:
            log.warning("job %s in %s: %s", job.name, run.region_code, error)

    async def _run(self, job: Job, run: JobRun) -> None:
        try:
            said = await job.work(run)
        except Exception as error:  # whatever goes wrong in a job must not end the others
            log.warning("job %s in %s failed", job.name, run.region_code, exc_info=error)
            said = f"{type(error).__name__}: {error}"[:_LONGEST_SAID]
            await _note(run, job, finished_at=self._clock(), failures=JobRow.failures + 1, said=said)
        else:
            log.info("job %s in %s: %s", job.name, run.region_code, said)
            at = self._clock()
            await _note(run, job, finished_at=at, succeeded_at=at, failures=0, said=said[:_LONGEST_SAID])

    async def _regions(self) -> list[tuple[UUID, str]]:
        # The one thing here that crosses regions: asked as the owner, since the service's role sees one at a time.
        async with self._database.owner_engine.connect() as connection:
            found = await connection.execute(select(RegionRow.region_id, RegionRow.code).order_by(RegionRow.code))
            return [(row.region_id, row.code) for row in found]


@asynccontextmanager
async def running(scheduler: Scheduler) -> AsyncIterator[None]:
    """The scheduler as a task for the length of the block."""
    task = asyncio.create_task(scheduler.run(), name="scheduler")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _last(run: JobRun, job: Job) -> AnyRow | None:
    statement = select(JobRow.started_at, JobRow.finished_at, JobRow.failures)
    async with run.database.unit_of_work(run.region_id, read_only=True) as uow:
        found = await uow.session.execute(statement.where(JobRow.region_id == run.region_id, JobRow.name == job.name))
        row: AnyRow | None = found.one_or_none()
        return row


async def _note(run: JobRun, job: Job, **values: object) -> None:
    async with run.database.unit_of_work(run.region_id) as uow:
        key = {"region_id": run.region_id, "name": job.name}
        await uow.session.execute(insert(JobRow).values(key).on_conflict_do_nothing())
        await uow.session.execute(
            update(JobRow).where(JobRow.region_id == run.region_id, JobRow.name == job.name).values(**values)
        )
