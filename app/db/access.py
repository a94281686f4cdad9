"""The permission filter: the one place that says which rows a principal may see, and at which units a right counts.

Every statement in `app/db/queries` takes the principal and puts one of these conditions in its WHERE, so that lists,
chains, counts and rollups hide the same things (B1, B2). Row-level security stands behind it, by region.

Reach of a right: for every grant that holds it, the subtree of its unit, and single units above where the group says
so. Readable units: the reach of `read`, and the units above it. A node is readable when a readable unit owns it, or it
is allocated to one. Assessments, outcomes and allocations are readable within the reach. A local keyword group, and its
keywords on nodes, are readable where its unit is.
"""

from collections.abc import Hashable
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true, union_all
from sqlalchemy.orm import InstrumentedAttribute

from app.db.arrays import among
from app.db.tables import (
    AllocationRow,
    IndicatorRow,
    KeywordGroupRow,
    MembershipRow,
    ModuleRow,
    NodeRow,
    OrgAncestorRow,
    UserRow,
)
from app.domain.access import ANY_MODULE, Permission, Principal, Reach

UuidColumn = ColumnElement[UUID] | InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None]


def sight(principal: Principal) -> Hashable:
    """All that the conditions for reading make of a principal: two with the same sight see the same rows."""
    return principal.region_id, principal.reach(Permission.READ), principal.scopes, principal.may(Permission.READ)


def subtree(region_id: UUID, unit_id: UUID, on: date) -> Select[UUID]:
    """Ids of the unit and everything below it in the tree as it was on `on`."""
    below = select(OrgAncestorRow.unit_id).where(
        OrgAncestorRow.region_id == region_id, OrgAncestorRow.ancestor_id == unit_id, OrgAncestorRow.valid.contains(on)
    )
    # On its own feet, also inside a statement that reads the tree itself: else that one's row would be meant.
    return below.correlate(None)


def units_in_reach(
    principal: Principal, on: date, permission: Permission = Permission.READ, *, module: str | None = None
) -> Select[UUID]:
    """Ids of the units at which the right counts, for acts on the module."""
    return _units(principal, on, principal.reach(permission, module))


def units_readable(principal: Principal, on: date) -> Select[UUID]:
    """Ids of the units that the principal may see: its reach and what stands above it."""
    reach = principal.reach(Permission.READ)
    above = (
        select(OrgAncestorRow.ancestor_id)
        .where(
            OrgAncestorRow.region_id == principal.region_id,
            _one_of(OrgAncestorRow.unit_id, reach.units),
            OrgAncestorRow.valid.contains(on),
        )
        .correlate(None)
    )
    return select(union_all(_units(principal, on, reach), above).subquery("readable_units").c[0])


def in_reach(
    column: UuidColumn,
    principal: Principal,
    on: date,
    permission: Permission = Permission.READ,
    *,
    module: str | None = None,
) -> ColumnElement[bool]:
    """Whether the unit in `column` is one at which the right counts, for acts on the module."""
    reach = principal.reach(permission, module)
    if reach.everything:
        return true()
    return column.in_(_units(principal, on, reach)) if reach.units else false()


def unit_readable(column: UuidColumn, principal: Principal, on: date) -> ColumnElement[bool]:
    """Whether the unit in `column` is one that the principal may see."""
    return true() if _reads_everything(principal) else column.in_(units_readable(principal, on))


def node_readable(principal: Principal, on: date) -> ColumnElement[bool]:
    """Whether a row of `nodes` is one that the principal may see; for use in a statement that selects from nodes."""
    return and_(_in_sight(principal, on), _in_scope(principal))


def keyword_group_readable(principal: Principal, on: date) -> ColumnElement[bool]:
    """Whether a row of `keyword_groups` is shared, or local to a unit that the principal may see."""
    if _reads_everything(principal):
        return true()
    return or_(KeywordGroupRow.unit_id.is_(None), unit_readable(KeywordGroupRow.unit_id, principal, on))


def user_readable(principal: Principal, on: date) -> ColumnElement[bool]:
    """Whether a row of `users` is at home, or has a membership, where the principal may see users."""
    reach = principal.reach(Permission.USERS_READ, ANY_MODULE)
    if reach.everything:
        return true()
    if not reach.units:
        return false()
    units = _units(principal, on, reach)
    member = exists().where(
        MembershipRow.region_id == UserRow.region_id,
        MembershipRow.user_id == UserRow.id,
        MembershipRow.unit_id.in_(units),
    )
    return or_(UserRow.unit_id.in_(units), member.correlate(UserRow))


def indicator_readable(principal: Principal) -> ColumnElement[bool]:
    """Whether a row of `indicators` is within the principal's scopes (all are, where it has none).

    A scope on a module reaches the indicators that a node of the module measures.
    """
    modules, codes = _scoped(principal, "module"), _scoped(principal, "indicator")
    if not principal.may(Permission.READ):
        return false()
    if not modules and not codes:
        return true()
    measured = exists().where(
        NodeRow.region_id == IndicatorRow.region_id,
        NodeRow.indicator_id == IndicatorRow.id,
        ModuleRow.region_id == NodeRow.region_id,
        ModuleRow.id == NodeRow.module_id,
        ModuleRow.code.in_(modules),
    )
    return or_(IndicatorRow.code.in_(codes), measured.correlate(IndicatorRow))


def _reads_everything(principal: Principal) -> bool:
    return principal.reach(Permission.READ).everything


def _units(principal: Principal, on: date, reach: Reach) -> Select[UUID]:
    below = (
        select(OrgAncestorRow.unit_id)
        .where(
            OrgAncestorRow.region_id == principal.region_id,
            _one_of(OrgAncestorRow.ancestor_id, reach.tops),
            OrgAncestorRow.valid.contains(on),
        )
        .correlate(None)
    )
    if not reach.singles:
        return below
    # A second arm, not an OR: each has an index of its own.
    alone = (
        select(OrgAncestorRow.unit_id)
        .where(
            OrgAncestorRow.region_id == principal.region_id,
            among(OrgAncestorRow.unit_id, reach.singles),
            OrgAncestorRow.depth == 0,
            OrgAncestorRow.valid.contains(on),
        )
        .correlate(None)
    )
    return select(union_all(below, alone).subquery("units_in_reach").c[0])


def _one_of(column: UuidColumn, units: tuple[UUID, ...]) -> ColumnElement[bool]:
    # The usual principal has one unit: a plain comparison is planned with the statistics of the column.
    return column == units[0] if len(units) == 1 else among(column, units)


def _in_sight(principal: Principal, on: date) -> ColumnElement[bool]:
    if _reads_everything(principal):
        return true()
    readable = units_readable(principal, on)
    allocated = exists().where(
        AllocationRow.region_id == NodeRow.region_id,
        AllocationRow.node_id == NodeRow.id,
        AllocationRow.unit_id.in_(readable),
    )
    # Only the node is the statement's own: one that lists allocations still asks about all of the node's.
    allocated = allocated.correlate(NodeRow)
    return or_(NodeRow.owner_unit_id.in_(readable), allocated)


def _in_scope(principal: Principal) -> ColumnElement[bool]:
    modules, indicators = _scoped(principal, "module"), _scoped(principal, "indicator")
    if not modules and not indicators:
        return true()
    in_module = exists().where(
        ModuleRow.region_id == NodeRow.region_id, ModuleRow.id == NodeRow.module_id, ModuleRow.code.in_(modules)
    )
    is_indicator = exists().where(
        IndicatorRow.region_id == NodeRow.region_id,
        IndicatorRow.id == NodeRow.indicator_id,
        IndicatorRow.code.in_(indicators),
    )
    return or_(in_module.correlate(NodeRow), is_indicator.correlate(NodeRow))


def _scoped(principal: Principal, kind: str) -> list[str]:
    prefix = f"{kind}:"
    return sorted(s.removeprefix(prefix) for s in principal.scopes if s.startswith(prefix))
