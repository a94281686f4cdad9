"""Loads the plain facts that rules ask about: units with the line above them, nodes with what they stand under.

By set: a handful of statements however many nodes. Rules get the whole truth; what a caller names is looked up through
the permission filter before it comes here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.db import access
from app.db.queries import facts as queries
from app.db.session import UnitOfWork
from app.db.typing import AnyRow, AnySelect
from app.domain.access import Permission, Principal
from app.domain.nodes import Ancestor, NodeView, UnitView
from app.domain.periods import Periodicity
from app.services.model_cache import LoadedModel, steering_model


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, in which transaction, on which day, and the region's steering model: what every load needs."""

    uow: UnitOfWork
    principal: Principal
    on: date
    model: LoadedModel


async def asked(uow: UnitOfWork, principal: Principal, on: date) -> Asked:
    """Begin a use case: reads the steering model (cached)."""
    return Asked(uow, principal, on, await steering_model(uow))


@dataclass(slots=True)
class NodeFactsFound:
    """Nodes as rules see them, and the row-level facts beside: plan versions and indicators."""

    views: dict[UUID, NodeView] = field(default_factory=dict)
    plan_versions: dict[UUID, UUID] = field(default_factory=dict)
    """Node -> its plan version."""


async def unit_views(a: Asked, unit_ids: Collection[UUID]) -> dict[UUID, UnitView]:
    """The units by id, in the tree of the day; those that stood nowhere that day are left out. One statement."""
    if not unit_ids:
        return {}
    lines: dict[UUID, list[AnyRow]] = defaultdict(list)
    for row in await a.uow.session.execute(queries.units_with_line(a.principal, a.on, set(unit_ids))):
        lines[row.id].append(row)
    return {unit_id: _unit(rows) for unit_id, rows in lines.items()}


async def reach(a: Asked, permission: Permission, module: str | None = None) -> frozenset[UUID] | None:
    """Ids of the units at which the caller's right counts, for acts on the module; None: all of the region's."""
    if a.principal.reach(permission, module).everything:
        return None
    wanted = access.units_in_reach(a.principal, a.on, permission, module=module)
    return frozenset((await a.uow.session.scalars(wanted)).all())


async def in_sight(a: Asked) -> frozenset[UUID] | None:
    """Ids of the units that the caller may see; None: all of the region's."""
    if a.principal.reach(Permission.READ).everything:
        return None
    return frozenset((await a.uow.session.scalars(access.units_readable(a.principal, a.on))).all())


async def node_views(a: Asked, node_ids: Collection[UUID]) -> NodeFactsFound:
    """The nodes by id, those that are there. Four statements."""
    found = NodeFactsFound()
    if not node_ids:
        return found
    rows = (await a.uow.session.execute(queries.node_facts(a.principal, set(node_ids)))).all()
    ids = [row.id for row in rows]
    owners = await unit_views(a, {row.owner_unit_id for row in rows})
    allocated = await _pairs(a, queries.allocated_units(a.principal, ids))
    above = climb(await _pairs(a, queries.links_above(a.principal, ids)), ids)
    for row in rows:
        owner = owners.get(row.owner_unit_id)
        if owner is None:
            continue  # a node whose owner has left the tree is history: no rule can place it
        found.plan_versions[row.id] = row.plan_version_id
        found.views[row.id] = _node(a, row, owner, frozenset(allocated.get(row.id, ())), frozenset(above[row.id]))
    return found


async def children_of(a: Asked, node_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Node -> its children, right below."""
    down: dict[UUID, list[UUID]] = defaultdict(list)
    for child, parent in await a.uow.session.execute(queries.children_of(a.principal, set(node_ids))):
        down[parent].append(child)
    return down


async def parents_of(a: Asked, node_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Node -> its parents, right above."""
    return await _pairs(a, queries.parents_of(a.principal, set(node_ids)))


def climb(parents: Mapping[UUID, Iterable[UUID]], starts: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Everything above each start, `parents` being child -> its parents. Shared stretches are climbed once."""
    known: dict[UUID, set[UUID]] = {}

    def above(node: UUID, on_the_way: frozenset[UUID]) -> set[UUID]:
        if node not in known:
            reached: set[UUID] = set()
            for parent in parents.get(node, ()):
                if parent not in on_the_way:  # a circle can't stand (K3); one that did must not hang the service
                    reached.add(parent)
                    reached |= above(parent, on_the_way | {parent})
            known[node] = reached
        return known[node]

    return {start: above(start, frozenset({start})) for start in starts}


async def _pairs(a: Asked, statement: AnySelect) -> dict[UUID, list[UUID]]:
    grouped: dict[UUID, list[UUID]] = defaultdict(list)
    for left, right in await a.uow.session.execute(statement):
        grouped[left].append(right)
    return grouped


def _unit(rows: list[AnyRow]) -> UnitView:
    first = rows[0]
    return UnitView(
        id=first.id,
        code=first.code,
        name=first.name,
        level=first.level,
        commissioning=first.commissioning,
        provider=first.provider,
        ancestors=tuple(Ancestor(row.above_id, row.above_level) for row in rows if row.depth > 0),
    )


def _node(a: Asked, row: AnyRow, owner: UnitView, allocated: frozenset[UUID], above: frozenset[UUID]) -> NodeView:
    column = a.model.columns_by_id[row.column_id]
    return NodeView(
        id=row.id,
        region_id=a.principal.region_id,
        year=row.year,
        module=column.module.code,
        column=column.column,
        owner=owner,
        title=row.title,
        start_date=row.start_date,
        end_date=row.end_date,
        periodicity=Periodicity(row.periodicity) if row.periodicity else None,
        approved=row.approved_at is not None,
        region_level_only=row.region_level_only,
        allocated_to=allocated,
        above=above,
    )
