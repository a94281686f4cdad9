"""Allocations: list them, read one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.db import access
from app.db.arrays import among
from app.db.paging import Page, fetch_page
from app.db.queries import allocations as queries
from app.db.tables import AllocationRow, NodeRow, PlanVersionRow
from app.db.typing import AnyRow
from app.domain.findings import NotFound
from app.services.facts import Asked
from app.services.units import UnitKey, find_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationShown:
    """A node at a unit that does not own it. `title`, `module`, `column` and `year` are the node's."""

    id: UUID
    node: UUID
    title: str
    module: str
    column: str
    year: int
    unit: str
    origin: str
    instruction: str | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationFilter:
    """Which allocations are asked for. `unit`: at it; `under`: at it and below."""

    node: UUID | None = None
    unit: UnitKey | None = None
    under: UnitKey | None = None
    year: int | None = None
    module: str | None = None
    column: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class AllocationPage:
    """Allocations of a page, and the sort values to go on from."""

    allocations: tuple[AllocationShown, ...]
    next: tuple[Any, ...] | None


async def list_allocations(a: Asked, wanted: AllocationFilter, page: Page) -> AllocationPage:
    """Allocations by age. Raises NotFound for a unit that can't be seen."""
    statement = queries.allocations(a.principal, a.on)
    if wanted.node is not None:
        statement = statement.where(AllocationRow.node_id == wanted.node)
    if wanted.unit is not None:
        unit = await find_unit(a.uow, a.principal, a.on, wanted.unit)
        statement = statement.where(AllocationRow.unit_id == unit.id)
    if wanted.under is not None:
        top = await find_unit(a.uow, a.principal, a.on, wanted.under)
        statement = statement.where(AllocationRow.unit_id.in_(access.subtree(a.principal.region_id, top.id, a.on)))
    if wanted.year is not None:
        statement = statement.where(PlanVersionRow.year == wanted.year)
    if wanted.module is not None or wanted.column is not None:
        columns = [
            column_id
            for (module, column), column_id in a.model.column_ids.items()
            if wanted.module in (None, module) and wanted.column in (None, column)
        ]
        statement = statement.where(NodeRow.column_id.in_(columns))
    if wanted.origin is not None:
        statement = statement.where(AllocationRow.origin == wanted.origin)
    found = await fetch_page(a.uow.session, statement, [AllocationRow.id], page)
    return AllocationPage(tuple(_shown(a, row) for row in found.rows), found.next)


async def allocations_by_id(a: Asked, allocation_ids: Collection[UUID]) -> tuple[AllocationShown, ...]:
    """The readable ones among these allocations, oldest first."""
    if not allocation_ids:
        return ()
    statement = queries.allocations(a.principal, a.on).where(among(AllocationRow.id, allocation_ids))
    rows = await a.uow.session.execute(statement.order_by(AllocationRow.id))
    return tuple(_shown(a, row) for row in rows)


async def read_allocation(a: Asked, allocation_id: UUID) -> AllocationShown:
    """One allocation. Raises NotFound."""
    found = await allocations_by_id(a, [allocation_id])
    if not found:
        raise NotFound("allocation", str(allocation_id))
    return found[0]


def _shown(a: Asked, row: AnyRow) -> AllocationShown:
    column = a.model.columns_by_id[row.column_id]
    return AllocationShown(
        id=row.id,
        node=row.node,
        title=row.title,
        module=column.module.code,
        column=column.column.code,
        year=row.year,
        unit=row.unit,
        origin=row.origin,
        instruction=row.instruction,
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        version=row.version,
    )
