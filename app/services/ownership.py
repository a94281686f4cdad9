"""Ownership health: what somebody answered for who is not there any more, and who could take it over (B3)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from app.db import access
from app.db.paging import Page, fetch_page
from app.db.queries import ownership as queries
from app.db.tables import NodeRow, OrgUnitRow, PlanVersionRow, ResponsibilityRow
from app.db.typing import AnyRow, AnySelect
from app.domain.access import Permission
from app.domain.nodes import UnitView
from app.domain.successors import Duty, HeldAt, Successor, successors
from app.services.authorisation import require
from app.services.facts import Asked, unit_views
from app.services.units import UnitKey, find_reachable_unit

ORPHANED_KEYS = 5
"""How many sort values a page of them goes on from."""
Reason = Literal["unknown", "left", "no_access"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which are asked for: at a unit, at and below one, in a module, of a plan year, for a reason, of one `sub`."""

    unit: UnitKey | None = None
    under: UnitKey | None = None
    module: str | None = None
    year: int | None = None
    reason: Reason | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Orphaned:
    """A responsibility without a person, and who could take it over."""

    row: AnyRow
    successors: tuple[Successor, ...]

    def __getattr__(self, name: str) -> Any:
        """What the row says."""
        return getattr(self.row, name)


async def list_orphaned(a: Asked, page: Page, wanted: Wanted) -> tuple[list[Orphaned], tuple[Any, ...] | None]:
    """A page of them, by unit, title, role and person. Raises NotFound for a unit that can't be reached."""
    require(a.principal, Permission.READ)
    statement = await _asked_for(a, queries.orphaned(a.principal, a.on), wanted)
    keys = [
        OrgUnitRow.code,
        NodeRow.title_sort,
        ResponsibilityRow.role,
        ResponsibilityRow.subject,
        ResponsibilityRow.node_id,
    ]
    found = await fetch_page(a.uow.session, statement, keys, page)
    return await with_successors(a, found.rows), found.next


async def all_orphaned(a: Asked) -> Sequence[AnyRow]:
    """Every one of them within reach. One statement."""
    ordered = queries.orphaned(a.principal, a.on).order_by(
        OrgUnitRow.code, NodeRow.title_sort, ResponsibilityRow.role, ResponsibilityRow.subject, NodeRow.id
    )
    return (await a.uow.session.execute(ordered)).all()


async def with_successors(
    a: Asked, rows: Sequence[AnyRow], held_before: Mapping[tuple[str, UUID], frozenset[str]] | None = None
) -> list[Orphaned]:
    """With proposals: four statements, however many there are. `held_before`: (sub, unit) -> groups, where known."""
    if not rows:
        return []
    views = await unit_views(a, {row.unit_id for row in rows})
    units = {unit for view in views.values() for unit in view.line}
    codes = await _codes(a, units)
    people = [
        HeldAt(r.subject, r.name, r.group, r.unit, r.module, leads=r.leads)
        for r in await a.uow.session.execute(queries.held_at(a.principal, a.on, units))
    ]
    near: dict[UUID, list[HeldAt]] = defaultdict(list)
    for held in people:
        near[held.unit].append(held)
    groups = held_before if held_before is not None else await groups_held(a, {row.subject for row in rows})
    return [Orphaned(row, _proposed(row, views.get(row.unit_id), codes, near, groups)) for row in rows]


async def groups_held(a: Asked, subjects: set[str]) -> dict[tuple[str, UUID], frozenset[str]]:
    """(sub, unit) -> the groups that the person has there."""
    held: dict[tuple[str, UUID], set[str]] = defaultdict(set)
    for row in await a.uow.session.execute(queries.groups_of_subjects(a.principal, subjects)):
        held[row.subject, row.unit_id].add(row.group)
    return {key: frozenset(groups) for key, groups in held.items()}


def _proposed(
    row: AnyRow,
    view: UnitView | None,
    codes: Mapping[UUID, str],
    near: Mapping[UUID, Sequence[HeldAt]],
    groups: Mapping[tuple[str, UUID], frozenset[str]],
) -> tuple[Successor, ...]:
    if view is None:  # a unit that has left the tree: nobody is near
        return ()
    duty = Duty(
        line=[(unit, codes[unit]) for unit in view.line if unit in codes],
        module=row.module,
        subject=row.subject,
        groups=groups.get((row.subject, row.unit_id), frozenset()),
    )
    return successors(duty, [held for unit in view.line for held in near.get(unit, ())])


async def _codes(a: Asked, units: set[UUID]) -> dict[UUID, str]:
    wanted = queries.unit_codes(a.principal, units)
    return {row.id: row.code for row in await a.uow.session.execute(wanted)}


async def _asked_for(a: Asked, statement: AnySelect, wanted: Wanted) -> AnySelect:
    if wanted.unit is not None:
        at = await find_reachable_unit(a.uow, a.principal, a.on, wanted.unit)
        statement = statement.where(ResponsibilityRow.unit_id == at.id)
    if wanted.under is not None:
        top = await find_reachable_unit(a.uow, a.principal, a.on, wanted.under)
        below = access.subtree(a.principal.region_id, top.id, a.on)
        statement = statement.where(ResponsibilityRow.unit_id.in_(below))
    if wanted.module is not None:
        statement = statement.where(NodeRow.module_id == a.model.module_ids.get(wanted.module))
    if wanted.year is not None:
        statement = statement.where(PlanVersionRow.year == wanted.year)
    if wanted.reason is not None:
        statement = statement.where(queries.reason_is(wanted.reason))
    if wanted.subject is not None:
        statement = statement.where(ResponsibilityRow.subject == wanted.subject)
    return statement
