"""Units: list them, find one, read a part of the tree as it stood on a day."""

from datetime import date
from uuid import UUID

from sqlalchemy import Row

from app.db import access
from app.db.paging import Page, PageOf, fetch_page
from app.db.queries import units as queries
from app.db.session import UnitOfWork
from app.db.tables import OrgUnitRow
from app.db.typing import AnyRow
from app.domain.access import Principal
from app.domain.findings import NotFound

UnitKey = UUID | str
"""An id, or a code as text."""


async def list_units(
    uow: UnitOfWork,
    principal: Principal,
    on: date,
    page: Page,
    *,
    level: str | None = None,
    kind: str | None = None,
    code: str | None = None,
    under: UnitKey | None = None,
) -> PageOf:
    """Readable units in Swedish order of their names. `under`: this unit and what is below it."""
    statement = queries.units(principal, on)
    if level is not None:
        statement = statement.where(OrgUnitRow.level == level)
    if kind is not None:
        statement = statement.where(OrgUnitRow.kind == kind)
    if code is not None:
        statement = statement.where(OrgUnitRow.code == code)
    if under is not None:
        top = await find_unit(uow, principal, on, under)
        statement = queries.below(statement, principal, top.id, on)
    return await fetch_page(uow.session, statement, [OrgUnitRow.name_sort, OrgUnitRow.id], page)


async def read_unit(uow: UnitOfWork, principal: Principal, on: date, key: UnitKey) -> AnyRow:
    """One unit. Raises NotFound."""
    named = OrgUnitRow.code == key if isinstance(key, str) else OrgUnitRow.id == key
    row = (await uow.session.execute(queries.units(principal, on).where(named))).one_or_none()
    if row is None:
        raise NotFound("unit", str(key))
    return row


async def read_subtree(uow: UnitOfWork, principal: Principal, on: date, key: UnitKey) -> list[AnyRow]:
    """The unit and everything below it, from the top down, siblings in Swedish order. Raises NotFound."""
    top = await find_unit(uow, principal, on, key)
    statement = queries.below(queries.units(principal, on), principal, top.id, on)
    rows = (await uow.session.execute(statement)).all()
    return sorted(rows, key=lambda row: (row.depth, row.name_sort, row.id))


async def find_unit(uow: UnitOfWork, principal: Principal, on: date, key: UnitKey) -> Row[UUID, str, str]:
    """(id, code, level) of a readable unit. Raises NotFound."""
    row = (await uow.session.execute(queries.unit_key(principal, on, key))).one_or_none()
    if row is None:
        raise NotFound("unit", str(key))
    return row


async def find_reachable_unit(uow: UnitOfWork, principal: Principal, on: date, key: UnitKey) -> Row[UUID, str, str]:
    """(id, code, level) of a unit within the reach. Raises NotFound for one that is only above it, too."""
    statement = queries.unit_key(principal, on, key).where(access.in_reach(OrgUnitRow.id, principal, on))
    row = (await uow.session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("unit", str(key))
    return row
