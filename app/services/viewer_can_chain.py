"""What the viewer may do with the nodes of a chain: a few statements for a question, nothing for a node."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.db.tables import PlanVersionRow
from app.db.typing import AnyRow
from app.domain.access import Permission, Principal
from app.domain.archived import still_open
from app.domain.plan_versions import PlanStatus
from app.domain.viewer_can import Ability, Hindrance, ability
from app.services.authorisation import in_scope
from app.services.facts import Asked, reach
from app.services.model_cache import LoadedModel

Reached = frozenset[UUID] | None
"""Ids of units; None: all of the region's."""


@dataclass(frozen=True, slots=True)
class Doable:
    """An action, and whether the viewer may do it with a node or at a unit."""

    action: str
    ability: Ability

    @property
    def may(self) -> bool:
        """Nothing is in the way."""
        return self.ability.may

    @property
    def why_not(self) -> tuple[Hindrance, ...]:
        """Every reason why not."""
        return self.ability.hindrances


@dataclass(frozen=True, slots=True)
class ChainAbilities:
    """All that has to be known of a caller to say what it may do with any node. `within`: by module."""

    principal: Principal
    model: LoadedModel
    within: Mapping[str, Reached]
    statuses: Mapping[int, PlanStatus]

    def of(self, year: int, row: AnyRow) -> list[Doable]:
        """`change` and `delete`, as `nodes_viewer_can` tells of the same node. `row`: one of a chain's nodes."""
        module = self.model.columns_by_id[row.column_id].module.code
        units, status = self.within[module], self.statuses.get(year)
        may = ability(
            held=self.principal.may(Permission.NODES_WRITE),
            reached=units is None or row.owner_unit_id in units,
            in_scope=in_scope(self.principal, module=module, indicator=row.indicator_code),
            archived=() if status is None else still_open(year, status),
        )
        return [Doable("change", may), Doable("delete", may)]


async def chain_abilities(a: Asked) -> ChainAbilities:
    """Load it: a statement for each module where the right does not count everywhere, and one for the plans."""
    modules = [module.code for module in a.model.model.modules]
    within = {module: await reach(a, Permission.NODES_WRITE, module) for module in modules}
    wanted = select(PlanVersionRow.year, PlanVersionRow.status).where(PlanVersionRow.region_id == a.principal.region_id)
    statuses = {row.year: PlanStatus(row.status) for row in await a.uow.session.execute(wanted)}
    return ChainAbilities(a.principal, a.model, within, statuses)
