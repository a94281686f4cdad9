"""The tree of units: who stands below whom, which board a unit belongs to, and the tree of which day.

Facts about the tree come with each `UnitView`; nothing here looks anything up.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from app.domain.nodes import NodeView, UnitView
from app.domain.periods import Period
from app.domain.steering_model import SteeringModel


def is_region(unit: UnitView, model: SteeringModel) -> bool:
    """Whether the unit is the region itself: what it owns is the assembly's, what others own is their own."""
    return unit.level == model.region_level


def board_of(unit: UnitView, model: SteeringModel) -> UUID | None:
    """The board that the unit is or stands under; None for the region and what stands directly under it."""
    if unit.level == model.board_level:
        return unit.id
    return next((a.id for a in unit.ancestors if a.level == model.board_level), None)


def is_below(unit: UnitView, other: UUID) -> bool:
    """Whether the unit stands below `other`, however far; never below itself."""
    return any(a.id == other for a in unit.ancestors)


def has_node(unit: UnitView, node: NodeView) -> bool:
    """Whether the unit itself has the node: owns it, or has it allocated."""
    return node.owner.id == unit.id or unit.id in node.allocated_to


def is_visible(node: NodeView, unit: UnitView) -> bool:
    """Whether the node is visible at the unit: the unit or one above it owns it or has it allocated (K4)."""
    return any(u == node.owner.id or u in node.allocated_to for u in unit.line)


def tree_date(period: Period, today: date) -> date:
    """The day whose tree a period is read in: its last day once it has ended, else today.

    So a report of last year keeps last year's organisation, and one under way follows moves as they happen.
    """
    return min(period.end, today)


def may_stand_under(unit: UnitView, parent: UnitView, model: SteeringModel) -> bool:
    """Whether a unit may be placed under `parent`: on a higher level, neither itself nor below it.

    The levels alone make a circle impossible; the line is asked as well, because a unit's level can change.
    """
    order = {level: i for i, level in enumerate(model.levels)}
    return order[parent.level] < order[unit.level] and unit.id not in parent.line


def has_cycle(parents: Mapping[UUID, UUID | None]) -> bool:
    """Whether a tree of unit -> parent (None: the top) goes in a circle somewhere."""
    safe: set[UUID] = set()
    for start in parents:
        path: set[UUID] = set()
        unit: UUID | None = start
        while unit is not None and unit not in safe:
            if unit in path:
                return True
            path.add(unit)
            unit = parents.get(unit)
        safe |= path
    return False
