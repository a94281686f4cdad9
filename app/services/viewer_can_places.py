"""What the viewer may do at units, and with indicators and allocations: a few statements a page, however long it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.db.tables import LicenceRow
from app.db.typing import AnyRow
from app.domain.access import ANY_MODULE, Permission, Principal
from app.domain.archived import still_open
from app.domain.findings import Finding
from app.domain.nodes import AllocationOrigin
from app.domain.users import licence_left
from app.domain.viewer_can import Ability, ability
from app.services import naming
from app.services.allocation_reading import AllocationShown
from app.services.allocation_requests import may_give
from app.services.authorisation import in_scope
from app.services.facts import Asked, node_views, reach, unit_views
from app.services.viewer_can import Abilities, plans
from app.services.viewer_can_chain import Doable

AT_UNITS: Mapping[str, tuple[Permission, str | None]] = {
    "create_nodes": (Permission.NODES_WRITE, ANY_MODULE),
    "assess": (Permission.ASSESSMENTS_WRITE, ANY_MODULE),
    "report_outcomes": (Permission.OUTCOMES_WRITE, ANY_MODULE),
    "lock_periods": (Permission.PERIOD_LOCKS_WRITE, None),
    "add_users": (Permission.USERS_WRITE, None),
}
"""Action -> the right that it asks for, and whether it is on some module."""


@dataclass(frozen=True, slots=True)
class UnitAbilities:
    """All that has to be known of a caller to say what it may do at any unit. `within`: by action, None: everywhere."""

    principal: Principal
    within: Mapping[str, frozenset[UUID] | None]
    licence: tuple[Finding, ...]

    def at(self, unit_id: UUID) -> dict[str, Ability]:
        """The rights of `AT_UNITS`, and for `add_users` whether a licence is left (B4)."""
        return {
            action: ability(
                held=self.principal.may(right),
                reached=(units := self.within[action]) is None or unit_id in units,
                in_scope=True,
                licence=self.licence if right is Permission.USERS_WRITE else (),
            )
            for action, (right, _) in AT_UNITS.items()
        }

    def of(self, row: AnyRow) -> list[Doable]:
        """The same as a list. `row`: a unit's."""
        return [Doable(action, may) for action, may in self.at(row.id).items()]


async def unit_abilities(a: Asked) -> UnitAbilities:
    """Load it: a statement for each action whose right does not count everywhere, and one for the licences."""
    within = {action: await reach(a, right, module) for action, (right, module) in AT_UNITS.items()}
    return UnitAbilities(a.principal, within, await _licence(a))


async def units_viewer_can(a: Asked, unit_ids: Sequence[UUID]) -> Abilities:
    """What one may do at units."""
    able = await unit_abilities(a)
    return {unit_id: able.at(unit_id) for unit_id in unit_ids}


def indicators_viewer_can(a: Asked, rows: Sequence[AnyRow]) -> Abilities:
    """`approve` (M2) and `set_targets`: for who holds the right over the whole region, within its scopes."""
    right = Permission.INDICATORS_APPROVE
    held, reached = a.principal.may(right), a.principal.reach(right).everything
    found: dict[UUID, Mapping[str, Ability]] = {}
    for row in rows:
        may = ability(held=held, reached=reached, in_scope=in_scope(a.principal, indicator=row.code))
        found[row.id] = {"approve": may, "set_targets": may}
    return found


async def allocations_viewer_can(a: Asked, rows: Sequence[AllocationShown]) -> Abilities:
    """`change` and `withdraw`: what they refuse for right, reach (who may give may take back), scope and V3.

    What the receiver has built on it (A5) is said by the answer to the withdrawal.
    """
    nodes = (await node_views(a, {row.node for row in rows})).views
    units = await naming.units_by_code(a, {row.unit for row in rows})
    views = await unit_views(a, {unit.id for unit in units.values()})
    right = Permission.ALLOCATIONS_WRITE
    within = {module: await reach(a, right, module) for module in sorted({row.module for row in rows})}
    statuses = await plans(a, {row.year for row in rows})
    found: dict[UUID, Mapping[str, Ability]] = {}
    for row in rows:
        node, unit, status = nodes.get(row.node), units.get(row.unit), statuses.get(row.year)
        view = None if unit is None else views.get(unit.id)
        given = (
            node is not None
            and view is not None
            and may_give(node, view, within[row.module], origin=AllocationOrigin(row.origin))
        )
        may = ability(
            held=a.principal.may(right),
            reached=given,
            in_scope=in_scope(a.principal, module=row.module),
            archived=() if status is None else still_open(row.year, status),
        )
        found[row.id] = {"change": may, "withdraw": may}
    return found


async def _licence(a: Asked) -> tuple[Finding, ...]:
    """Why nobody more can be active; told only to who looks after users."""
    if not a.principal.may(Permission.USERS_WRITE):
        return ()
    wanted = select(LicenceRow.total, LicenceRow.used).where(LicenceRow.region_id == a.principal.region_id)
    row = (await a.uow.session.execute(wanted)).one_or_none()
    return () if row is None else tuple(licence_left(row.total, row.used))
