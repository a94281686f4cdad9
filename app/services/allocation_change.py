"""Changes an allocation's instruction, or withdraws it unless the unit has built on it (A5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select, update

from app.db.arrays import among
from app.db.locks import claim_nodes, hold_plans
from app.db.queries import allocations as queries
from app.db.tables import AllocationRow
from app.domain.access import Permission
from app.domain.allocation_flow import FORCE_NEEDS_ROLE, Built, withdrawal
from app.domain.archived import still_open
from app.domain.findings import Finding, Forbidden, NotFound, settle
from app.domain.nodes import AllocationOrigin, NodeView, UnitView
from app.domain.organisation import is_below, is_region
from app.domain.plan_versions import PlanStatus
from app.services.allocation_commands import AllocationChange
from app.services.allocation_reading import AllocationShown, read_allocation
from app.services.allocation_requests import may_give, out_of_reach
from app.services.authorisation import require, require_scope
from app.services.facts import Asked, children_of, node_views, parents_of, reach, unit_views
from app.services.node_change import VersionCheck
from app.services.node_removal import Removed


@dataclass(frozen=True, slots=True)
class _Claimed:
    """An allocation that is about to change, its node locked."""

    row: AllocationShown
    node: NodeView
    unit: UnitView
    remarks: tuple[Finding, ...]


async def change_allocation(
    a: Asked, allocation_id: UUID, change: AllocationChange, check: VersionCheck
) -> AllocationShown:
    """Change the instruction. Raises NotFound, Forbidden, RulesBroken (V3), and what `check` raises."""
    found = await _claim(a, allocation_id, check)
    settle(found.remarks)
    if "instruction" in change.model_fields_set:
        await a.uow.session.execute(
            update(AllocationRow)
            .where(AllocationRow.region_id == a.principal.region_id, AllocationRow.id == allocation_id)
            .values(instruction=change.instruction, version=AllocationRow.version + 1, updated_by=a.principal.subject)
        )
    return await read_allocation(a, allocation_id)


async def withdraw(a: Asked, allocation_id: UUID, check: VersionCheck, *, force: bool = False) -> Removed:
    """Withdraw the allocation, and those of indicators that followed it (A3).

    Raises NotFound, Forbidden, RulesBroken (A5: what stands in the way is listed), and what `check` raises.
    """
    if force and not a.principal.may(Permission.ALLOCATIONS_FORCE):
        raise Forbidden(FORCE_NEEDS_ROLE, rule="A5")
    found = await _claim(a, allocation_id, check)
    node, unit = found.node, found.unit
    if force:
        within = await reach(a, Permission.ALLOCATIONS_FORCE, node.module)
        if not may_give(node, unit, within, origin=AllocationOrigin(found.row.origin)):
            raise Forbidden(FORCE_NEEDS_ROLE, rule="A5")
    children = await _children(a, [node.id])
    followed = await _followed(a, children, node, unit)
    built = await _built(a, node, unit, children, followed)
    warnings = settle([*found.remarks, *withdrawal(node, unit, built, forced=force)])
    await a.uow.session.execute(
        delete(AllocationRow).where(
            AllocationRow.region_id == a.principal.region_id,
            among(AllocationRow.node_id, [node.id, *(f.id for f in followed)]),
            AllocationRow.unit_id == unit.id,
        )
    )
    return Removed(warnings)


async def _claim(a: Asked, allocation_id: UUID, check: VersionCheck) -> _Claimed:
    """Find and lock. Who may give may take back; a unit that opted in may opt out (A4)."""
    require(a.principal, Permission.ALLOCATIONS_WRITE)
    seen = await read_allocation(a, allocation_id)
    await claim_nodes(a.uow, [seen.node])
    row = await read_allocation(a, allocation_id)
    require_scope(a.principal, module=row.module)
    found = await node_views(a, [row.node])
    unit_id = await a.uow.session.scalar(
        select(AllocationRow.unit_id).where(
            AllocationRow.region_id == a.principal.region_id, AllocationRow.id == allocation_id
        )
    )
    units = await unit_views(a, [unit_id] if unit_id else [])
    within = await reach(a, Permission.ALLOCATIONS_WRITE, row.module)
    node, unit = found.views.get(row.node), units.get(unit_id) if unit_id else None
    if node is None or unit is None:
        raise NotFound("allocation", str(allocation_id))
    if not may_give(node, unit, within, origin=AllocationOrigin(row.origin)):
        raise Forbidden(out_of_reach(node, unit), rule="B1")
    check(row.version)
    plan_version_id = found.plan_versions[node.id]
    status = (await hold_plans(a.uow, [plan_version_id]))[plan_version_id]
    return _Claimed(row, node, unit, tuple(still_open(node.year, PlanStatus(status))))


async def _children(a: Asked, node_ids: Sequence[UUID]) -> list[NodeView]:
    below = await children_of(a, node_ids)
    return list((await node_views(a, {c for children in below.values() for c in children})).views.values())


async def _followed(a: Asked, children: Sequence[NodeView], node: NodeView, unit: UnitView) -> list[NodeView]:
    """Indicators at the unit only because the node is (A3): no other parent there, and nothing said of them there."""
    candidates = [
        c
        for c in children
        if c.column.follows_allocated_parent and is_region(c.owner, a.model.model) and unit.id in c.allocated_to
    ]
    if not candidates:
        return []
    above = await parents_of(a, [c.id for c in candidates])
    others = (await node_views(a, {p for parents in above.values() for p in parents if p != node.id})).views
    of_their_own = set(
        (
            await a.uow.session.scalars(
                select(AllocationRow.node_id).where(
                    AllocationRow.region_id == a.principal.region_id,
                    among(AllocationRow.node_id, [c.id for c in candidates]),
                    AllocationRow.unit_id == unit.id,
                    (AllocationRow.instruction.is_not(None)) | (AllocationRow.origin != AllocationOrigin.ALLOCATED),
                )
            )
        ).all()
    )
    return [
        c
        for c in candidates
        if c.id not in of_their_own and not any(unit.id in others[p].allocated_to for p in above[c.id] if p in others)
    ]


async def _built(
    a: Asked, node: NodeView, unit: UnitView, children: Sequence[NodeView], followed: Sequence[NodeView]
) -> Built:
    """What the unit and those below it have built on the node and on the indicators that came with it."""
    ids = [node.id, *(f.id for f in followed)]
    under = [*children, *await _children(a, [f.id for f in followed])]
    dependents = [
        c
        for c in children
        if c.column.allocation_follows_parent and unit.id in c.allocated_to and c.module == node.module
    ]
    above = await parents_of(a, [d.id for d in dependents])
    others = (await node_views(a, {p for parents in above.values() for p in parents if p != node.id})).views
    receivers = await unit_views(a, node.allocated_to - {unit.id})
    count = a.uow.session.scalar
    return Built(
        children=tuple({c.id: c for c in under if c.owner.id == unit.id or is_below(c.owner, unit.id)}.values()),
        dependents=tuple(
            d
            for d in dependents
            if not any(unit.id in others[p].allocated_to for p in above.get(d.id, ()) if p in others)
        ),
        allocations=tuple(u for u in receivers.values() if is_below(u, unit.id)),
        assessments=await count(queries.assessments_below(a.principal, a.on, ids, unit.id)) or 0,
        outcomes=await count(queries.outcomes_below(a.principal, a.on, ids, unit.id)) or 0,
    )
