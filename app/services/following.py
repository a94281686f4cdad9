"""A3, carried out: indicators follow their allocated goal, whichever comes first, the link or the allocation."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from app.db.queries import facts
from app.db.tables import AllocationRow
from app.domain.allocation_flow import following
from app.domain.identity import new_id
from app.domain.nodes import AllocationOrigin, NodeView, UnitView
from app.services.facts import Asked, children_of, node_views, unit_views

_ROWS_PER_STATEMENT = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """An allocation to be written."""

    node: NodeView
    unit: UnitView
    origin: AllocationOrigin = AllocationOrigin.ALLOCATED
    instruction: str | None = None


async def followers(a: Asked, placings: Collection[Placing]) -> list[Placing]:
    """The indicators that follow along with what is to be placed (A3), each (node, unit) once. Five statements."""
    below = await children_of(a, {p.node.id for p in placings})
    views = (await node_views(a, {child for children in below.values() for child in children})).views
    placed = {(p.node.id, p.unit.id) for p in placings}
    found: dict[tuple[UUID, UUID], Placing] = {}
    for placing in placings:
        children = [views[child] for child in below.get(placing.node.id, ()) if child in views]
        for child in following(children, placing.unit, a.model.model):
            if (child.id, placing.unit.id) not in placed:
                found[child.id, placing.unit.id] = Placing(node=child, unit=placing.unit)
    return list(found.values())


async def followers_of_links(a: Asked, links: Iterable[tuple[NodeView, NodeView]]) -> list[Placing]:
    """Children that a new link (parent, child) takes to the units that its parent is allocated to (A3)."""
    pairs = list(links)
    units = await unit_views(a, {unit for parent, _ in pairs for unit in parent.allocated_to})
    found: dict[tuple[UUID, UUID], Placing] = {}
    for parent, child in pairs:
        for unit in (units[u] for u in sorted(parent.allocated_to) if u in units):
            if following([child], unit, a.model.model):
                found[child.id, unit.id] = Placing(node=child, unit=unit)
    return list(found.values())


async def write(a: Asked, placings: Iterable[Placing]) -> dict[tuple[UUID, UUID], UUID]:
    """Write the allocations, by set; returns (node, unit) -> id of those that were not there already."""
    by, placings = a.principal.subject, list(placings)
    found = await a.uow.session.execute(facts.plan_versions_of(a.principal, {p.node.id for p in placings}))
    plan_of = {row.id: row.plan_version_id for row in found}
    rows = [
        {
            "region_id": a.principal.region_id,
            "id": new_id(),
            "plan_version_id": plan_of[p.node.id],
            "node_id": p.node.id,
            "unit_id": p.unit.id,
            "origin": p.origin.value,
            "instruction": p.instruction,
            "created_by": by,
            "updated_by": by,
        }
        for p in placings
    ]
    made: dict[tuple[UUID, UUID], UUID] = {}
    table = AllocationRow.__table__
    assert isinstance(table, Table)
    for start in range(0, len(rows), _ROWS_PER_STATEMENT):
        # Another request may allocate the same at this moment: the first one stands, neither fails.
        statement = (
            insert_or_leave(table)
            .values(rows[start : start + _ROWS_PER_STATEMENT])
            .on_conflict_do_nothing(index_elements=["region_id", "node_id", "unit_id"])
            .returning(table.c.node_id, table.c.unit_id, table.c.id)
        )
        made |= {(row.node_id, row.unit_id): row.id for row in await a.uow.session.execute(statement)}
    return made
