"""Units: list them, find one, read a part of the tree as it stood on a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class UnitTree:
    """Readable units as they stand to each other on a day."""

    rows: Mapping[UUID, AnyRow]
    _by_code: Mapping[str, AnyRow]
    _below: Mapping[str, Sequence[AnyRow]]

    def above(self, unit: UUID) -> AnyRow | None:
        """The unit above; None at the top. Raises NotFound where the unit, or the one above, may not be seen."""
        own = self._found(unit)
        if own.parent is None:
            return None
        if own.parent not in self._by_code:
            raise NotFound("unit", own.parent)
        return self._by_code[own.parent]

    def below(self, unit: UUID) -> Sequence[AnyRow]:
        """The units right below, in Swedish order. Raises NotFound where the unit may not be seen."""
        return self._below.get(self._found(unit).code, ())

    def _found(self, unit: UUID) -> AnyRow:
        if unit not in self.rows:
            raise NotFound("unit", str(unit))
        return self.rows[unit]


async def read_tree(uow: UnitOfWork, principal: Principal, on: date) -> UnitTree:
    """All readable units. One statement."""
    rows = sorted(await uow.session.execute(queries.units(principal, on)), key=lambda row: (row.name_sort, row.id))
    below: dict[str, list[AnyRow]] = {}
    for row in rows:
        if row.parent is not None:
            below.setdefault(row.parent, []).append(row)
    return UnitTree({row.id: row for row in rows}, {row.code: row for row in rows}, below)


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
