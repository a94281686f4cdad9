"""What the viewer may do with nodes and assessments of a page: a few statements, however many there are."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from app.db import access
from app.db.tables import NodeRow, OrgUnitRow, PlanVersionRow
from app.db.typing import AnyRow
from app.domain.access import Permission
from app.domain.archived import still_open
from app.domain.period_locks import LockedWhat, assessment_unlocked, lock_on
from app.domain.periods import parse_period
from app.domain.plan_versions import PlanStatus
from app.domain.reporting_periods import plan_open
from app.domain.viewer_can import Ability, ability
from app.services.authorisation import in_scope
from app.services.facts import Asked
from app.services.node_reading import NodeShown
from app.services.period_locks import locks_in_force

Abilities = Mapping[UUID, Mapping[str, Ability]]
"""Id -> action -> whether the viewer may."""


async def nodes_viewer_can(a: Asked, nodes: Sequence[NodeShown]) -> Abilities:
    """`change` (its keywords too) and `delete`: what `PATCH` and `DELETE` refuse for right, reach, scope and V3."""
    reached = await _reached(a, Permission.NODES_WRITE, {(n.module, n.unit) for n in nodes})
    statuses = await plans(a, {n.year for n in nodes})
    found: dict[UUID, Mapping[str, Ability]] = {}
    for node in nodes:
        status = statuses.get(node.year)
        may = ability(
            held=a.principal.may(Permission.NODES_WRITE),
            reached=(node.module, node.unit) in reached,
            in_scope=in_scope(
                a.principal, module=node.module, indicator=None if node.measure is None else node.measure.code
            ),
            archived=() if status is None else still_open(node.year, status),
        )
        found[node.id] = {"change": may, "delete": may}
    return found


async def assessments_viewer_can(a: Asked, rows: Sequence[AnyRow]) -> Abilities:
    """`change`: what `PATCH` refuses for right, reach, scope, a plan that is archived (I1) and a lock (R6)."""
    reached = await _reached(a, Permission.ASSESSMENTS_WRITE, {(r.module, r.unit) for r in rows})
    years = await _years(a, {r.node_id for r in rows})
    statuses = await plans(a, set(years.values()))
    locks = await locks_in_force(a.uow, a.principal, sorted({r.unit_id for r in rows})) if rows else []
    found: dict[UUID, Mapping[str, Ability]] = {}
    for row in rows:
        period = parse_period(row.period)
        status = statuses.get(years[row.node_id]) if period.year == years[row.node_id] else None
        lock = lock_on(locks, LockedWhat.ASSESSMENTS, row.unit_id, period)
        may = ability(
            held=a.principal.may(Permission.ASSESSMENTS_WRITE),
            reached=(row.module, row.unit) in reached,
            in_scope=in_scope(a.principal, module=row.module),
            archived=plan_open(period, status),
            locked=assessment_unlocked(row.unit, period, lock),
        )
        found[row.id] = {"change": may}
    return found


async def _reached(a: Asked, right: Permission, asked: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """The (module, unit) at which the right counts. One statement a module; none where it counts everywhere."""
    found: set[tuple[str, str]] = set()
    for module in sorted({module for module, _ in asked}):
        units = {unit for m, unit in asked if m == module}
        if not a.principal.reach(right, module).everything:
            wanted = select(OrgUnitRow.code).where(
                OrgUnitRow.region_id == a.principal.region_id,
                OrgUnitRow.code.in_(units),
                access.in_reach(OrgUnitRow.id, a.principal, a.on, right, module=module),
            )
            units = set((await a.uow.session.scalars(wanted)).all())
        found |= {(module, unit) for unit in units}
    return found


async def plans(a: Asked, years: Collection[int]) -> dict[int, PlanStatus]:
    """The status of these years' plans."""
    if not years:
        return {}
    wanted = select(PlanVersionRow.year, PlanVersionRow.status).where(
        PlanVersionRow.region_id == a.principal.region_id, PlanVersionRow.year.in_(years)
    )
    return {row.year: PlanStatus(row.status) for row in await a.uow.session.execute(wanted)}


async def _years(a: Asked, nodes: Collection[UUID]) -> dict[UUID, int]:
    if not nodes:
        return {}
    wanted = (
        select(NodeRow.id, PlanVersionRow.year)
        .join(
            PlanVersionRow,
            (PlanVersionRow.region_id == NodeRow.region_id) & (PlanVersionRow.id == NodeRow.plan_version_id),
        )
        .where(NodeRow.region_id == a.principal.region_id, NodeRow.id.in_(nodes))
    )
    return {row.id: row.year for row in await a.uow.session.execute(wanted)}
