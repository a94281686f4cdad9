"""Plan versions: list them, begin a new year's (V1)."""

from uuid import UUID

from sqlalchemy import insert, select

from app.db.paging import Page, PageOf, fetch_page
from app.db.session import ConstraintBroken, UnitOfWork, storage_errors
from app.db.tables import PlanVersionRow
from app.db.typing import AnyRow, AnySelect
from app.domain.access import Permission, Principal
from app.domain.findings import NotFound, RulesBroken
from app.domain.identity import new_id
from app.domain.plan_versions import PlanStatus, one_live, one_per_year
from app.services.authorisation import require
from app.services.year_keywords import ensure_year_keywords


def _select() -> AnySelect:
    return select(
        PlanVersionRow.id,
        PlanVersionRow.year,
        PlanVersionRow.status,
        PlanVersionRow.version,
        PlanVersionRow.created_at,
        PlanVersionRow.created_by,
    )


async def list_plan_versions(
    uow: UnitOfWork, principal: Principal, page: Page, *, status: PlanStatus | None = None
) -> PageOf:
    """The region's plan versions by year: everybody in the region may see them."""
    statement = _select().where(PlanVersionRow.region_id == principal.region_id)
    if status is not None:
        statement = statement.where(PlanVersionRow.status == status)
    return await fetch_page(uow.session, statement, [PlanVersionRow.year, PlanVersionRow.id], page)


async def read_plan_version(uow: UnitOfWork, principal: Principal, version_id: UUID) -> AnyRow:
    """One plan version. Raises NotFound."""
    statement = _select().where(PlanVersionRow.region_id == principal.region_id, PlanVersionRow.id == version_id)
    row = (await uow.session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("plan version", str(version_id))
    return row


async def create_plan_version(uow: UnitOfWork, principal: Principal, *, year: int, status: PlanStatus) -> AnyRow:
    """Begin a year's plan, with the keywords that name the year.

    Raises Forbidden, or RulesBroken (V1) where the year or the one live place is taken.
    """
    require(principal, Permission.PLAN_VERSIONS_WRITE, whole_region=True)
    statement = select(PlanVersionRow.year, PlanVersionRow.status).where(
        PlanVersionRow.region_id == principal.region_id
    )
    standing = {row.year: PlanStatus(row.status) for row in (await uow.session.execute(statement)).all()}
    if findings := [*one_per_year(year, standing), *one_live(status, standing)]:
        raise RulesBroken(findings)
    version_id = new_id()
    row = {
        "region_id": principal.region_id,
        "id": version_id,
        "year": year,
        "status": status.value,
        "created_by": principal.subject,
        "updated_by": principal.subject,
    }
    try:
        with storage_errors():
            await uow.session.execute(insert(PlanVersionRow), row)
    except ConstraintBroken as broken:
        # Another writer was a moment faster: the same rule, seen by the database.
        taken = {year: PlanStatus.PLANNING}
        live = {year - 1: PlanStatus.LIVE}
        findings = [*one_live(status, live)] if "one_live" in broken.constraint else [*one_per_year(year, taken)]
        raise RulesBroken(findings) from broken
    await ensure_year_keywords(uow, year, by=principal.subject)
    return await read_plan_version(uow, principal, version_id)
