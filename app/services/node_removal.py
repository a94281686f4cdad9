"""Removes a node, unless something stands on it (K2, A5); nodes of other modules under it stand on (M5)."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select

from app.db.locks import claim_nodes
from app.db.tables import AssessmentRow, NodeRow
from app.domain.access import Permission
from app.domain.allocation_flow import FORCE_NEEDS_ROLE, Built, withdrawal
from app.domain.findings import Finding, Forbidden, settle
from app.domain.nodes import NodeView
from app.domain.standing import leaves_no_orphan, left_standing
from app.services.authorisation import require_units
from app.services.facts import Asked, children_of, node_views, parents_of
from app.services.measures import drop_unused_indicator
from app.services.node_change import VersionCheck, claim, touch


@dataclass(frozen=True, slots=True)
class Removed:
    """What the rules warn of when something is removed."""

    warnings: tuple[Finding, ...]


async def remove_node(a: Asked, node_id: UUID, check: VersionCheck, *, force: bool = False) -> Removed:
    """Remove a node with its links and allocations; with `force` also where other units have built on it.

    A node that has been assessed stays, whatever the role: it is history. Raises NotFound, Forbidden, RulesBroken.
    """
    if force and not a.principal.may(Permission.ALLOCATIONS_FORCE):
        raise Forbidden(FORCE_NEEDS_ROLE, rule="A5")
    found = await claim(a, node_id, check)
    if force:
        owner = [found.row.owner_unit_id]
        await require_units(a.uow, a.principal, Permission.ALLOCATIONS_FORCE, owner, a.on, module=found.view.module)
    child_ids = (await children_of(a, [node_id])).get(node_id, [])
    await claim_nodes(a.uow, child_ids)
    others = await parents_of(a, child_ids)
    views = (await node_views(a, {*child_ids, *(p for parents in others.values() for p in parents)})).views
    children = [views[c] for c in child_ids if c in views]
    beside = [(c, [views[p] for p in others[c.id] if p != node_id and p in views]) for c in children]
    assessed = Built(assessments=await _assessments(a, node_id))
    findings = [
        *found.remarks,
        *leaves_no_orphan(found.view, beside),
        *withdrawal(found.view, found.view.owner, assessed),
        *withdrawal(found.view, found.view.owner, _built(found.view, children), forced=force),
        *left_standing(found.view, children),
    ]
    warnings = settle(findings)
    await touch(a, child_ids)
    await a.uow.session.execute(
        delete(NodeRow).where(NodeRow.region_id == a.principal.region_id, NodeRow.id == node_id)
    )
    if found.row.indicator_id is not None:
        await drop_unused_indicator(a, found.row.indicator_id)
    return Removed(warnings)


def _built(node: NodeView, children: list[NodeView]) -> Built:
    """What other units have put under the node, in its own module."""
    return Built(children=tuple(c for c in children if c.module == node.module and c.owner.id != node.owner.id))


async def _assessments(a: Asked, node_id: UUID) -> int:
    count = select(func.count()).select_from(AssessmentRow)
    wanted = count.where(AssessmentRow.region_id == a.principal.region_id, AssessmentRow.node_id == node_id)
    return await a.uow.session.scalar(wanted) or 0
