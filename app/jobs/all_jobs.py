"""What the service does by itself, as the settings say."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from app.jobs.catalogue_sync import JOB, SyncUnderWayError, sync
from app.jobs.scheduler import Job, JobRun
from app.outgoing.catalogue import Catalogue
from app.outgoing.kolada import KoladaCatalogue
from app.outgoing.url_guard import UrlPolicy, guarded_client
from app.services.calendar_day import today
from app.services.outcome_upkeep import keep_up
from app.settings import Settings


@asynccontextmanager
async def opened_catalogue(settings: Settings, url: str) -> AsyncIterator[Catalogue]:
    """The catalogue at `url`, asked through the guard."""
    async with guarded_client(UrlPolicy.of(settings), timeout=settings.catalogue_timeout) as client:
        yield KoladaCatalogue(client, url, token=settings.catalogue_token, within=2 * settings.catalogue_timeout)


def scheduled(settings: Settings) -> list[Job]:
    """The jobs of this installation."""
    jobs = [Job("outcome_upkeep", timedelta(hours=1), _upkeep)]
    if settings.catalogue_url and settings.catalogue_hours:
        every = timedelta(hours=settings.catalogue_hours)
        jobs.append(Job(JOB, every, _catalogue(settings, settings.catalogue_url), settings.catalogue_region))
    return jobs


async def _upkeep(run: JobRun) -> str:
    async with run.database.unit_of_work(run.region_id) as uow:
        return await keep_up(uow, today())


def _catalogue(settings: Settings, url: str) -> Callable[[JobRun], Awaitable[str]]:
    async def work(run: JobRun) -> str:
        async with opened_catalogue(settings, url) as catalogue:
            try:
                row = await sync(run.database, run.region_code, catalogue)
            except SyncUnderWayError as error:
                return str(error)
        return (
            f"{row.pages} pages, {row.received} figures: {row.imported} new, {row.updated} changed,"
            f" {row.unchanged} unchanged, {row.held} held, {row.ignored} ignored"
        )

    return work
