"""Pull the catalogue's figures: each page with its progress in one transaction, so that it can go on anywhere."""

from collections.abc import Callable
from uuid import UUID

from app.db.origin import Origin
from app.db.session import Database
from app.db.typing import AnyRow
from app.domain.findings import NotFound
from app.jobs.lease import Lease, lease
from app.outgoing.catalogue import Catalogue
from app.outgoing.fetching import BadAnswerError, FetchError
from app.outgoing.url_guard import UrlRefusedError
from app.services import catalogue as service
from app.services.calendar_day import today

JOB = "catalogue_sync"
Progress = Callable[[AnyRow], None]


class CatalogueSyncError(RuntimeError):
    """The pull could not be done; the message says why. What was taken before that stays, and the next goes on."""


class SyncUnderWayError(CatalogueSyncError):
    """Another process is pulling at this moment."""


async def sync(
    database: Database,
    region_code: str,
    catalogue: Catalogue,
    *,
    full: bool = False,
    by: str = "schedule",
    progress: Progress = lambda _row: None,
) -> AnyRow:
    """Pull what has changed since the last whole pull, or go on with one that stopped. Returns the pull's row.

    `progress` is told of each page. Raises NotFound for an unknown region, CatalogueSyncError.
    """
    region_id = await database.region_id(region_code)
    if region_id is None:
        raise NotFound("region", region_code)
    async with lease(database, region_id, JOB) as mine:
        if not mine.held:
            raise SyncUnderWayError("The catalogue is being pulled by another process.")
        async with database.unit_of_work(region_id) as uow:
            begun = await service.begin_or_go_on(uow, catalogue, full=full, by=by)
        try:
            return await _pages(database, region_id, region_code, catalogue, begun, mine, progress)
        except (FetchError, UrlRefusedError) as error:
            async with database.unit_of_work(region_id) as uow:
                await service.end(uow, begun.id, error=str(error)[:1000])
            raise CatalogueSyncError(f"The catalogue could not be read: {error}") from error


async def _pages(
    database: Database,
    region_id: UUID,
    region_code: str,
    catalogue: Catalogue,
    row: AnyRow,
    mine: Lease,
    progress: Progress,
) -> AnyRow:
    async with database.unit_of_work(region_id, read_only=True) as uow:
        principal = await service.catalogue_principal(uow, region_code, catalogue.name)
        codes = await service.unit_codes(uow)
    while row.step < len(row.steps):
        address = row.next_page or row.steps[row.step]
        page = await catalogue.page(address)
        if page.next == address:
            raise BadAnswerError("a page that leads to itself")
        await mine.check()
        async with database.unit_of_work(region_id, origin=Origin(principal.subject)) as uow:
            row = await service.take_page(uow, principal, today(), row.id, page, codes)
        progress(row)
    async with database.unit_of_work(region_id) as uow:
        await service.end(uow, row.id)
        return await service.read_sync(uow, row.id)
