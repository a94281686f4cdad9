"""The permission filter: the one place that says which rows a principal may see (B1, B2).

Every statement in `app/db/queries` takes the principal and puts one of these conditions in its WHERE, so that lists,
chains, counts and rollups hide the same things. Row-level security stands behind it, by region.

Reach: the subtree of the principal's unit. Readable units: the reach, and the units above it. A node is readable when a
readable unit owns it, or it is allocated to one. Assessments, outcomes and allocations are readable within the reach.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, true, union
from sqlalchemy.orm import InstrumentedAttribute

from app.db.tables import AllocationRow, IndicatorRow, ModuleRow, NodeRow, OrgAncestorRow
from app.domain.access import Principal

UuidColumn = ColumnElement[UUID] | InstrumentedAttribute[UUID]


def subtree(region_id: UUID, unit_id: UUID, on: date) -> Select[UUID]:
    """Ids of the unit and everything below it in the tree as it was on `on`."""
    below = select(OrgAncestorRow.unit_id).where(
        OrgAncestorRow.region_id == region_id, OrgAncestorRow.ancestor_id == unit_id, OrgAncestorRow.valid.contains(on)
    )
    # On its own feet, also inside a statement that reads the tree itself: else that one's row would be meant.
    return below.correlate(None)


def units_in_reach(principal: Principal, on: date) -> Select[UUID]:
    """Ids of the units that the principal may act on."""
    return subtree(principal.region_id, principal.unit_id, on)


def units_readable(principal: Principal, on: date) -> Select[UUID]:
    """Ids of the units that the principal may see: its reach and what stands above it."""
    above = (
        select(OrgAncestorRow.ancestor_id)
        .where(
            OrgAncestorRow.region_id == principal.region_id,
            OrgAncestorRow.unit_id == principal.unit_id,
            OrgAncestorRow.valid.contains(on),
        )
        .correlate(None)
    )
    return select(union(units_in_reach(principal, on), above).subquery("readable_units").c[0])


def in_reach(column: UuidColumn, principal: Principal, on: date) -> ColumnElement[bool]:
    """Whether the unit in `column` is one that the principal may act on."""
    return true() if principal.whole_region else column.in_(units_in_reach(principal, on))


def unit_readable(column: UuidColumn, principal: Principal, on: date) -> ColumnElement[bool]:
    """Whether the unit in `column` is one that the principal may see."""
    return true() if principal.whole_region else column.in_(units_readable(principal, on))


def node_readable(principal: Principal, on: date) -> ColumnElement[bool]:
    """Whether a row of `nodes` is one that the principal may see; for use in a statement that selects from nodes."""
    return and_(_in_sight(principal, on), _in_scope(principal))


def indicator_readable(principal: Principal) -> ColumnElement[bool]:
    """Whether a row of `indicators` is within the scopes of an integration (all are, for a person).

    A scope on a module reaches the indicators that a node of the module measures.
    """
    modules, codes = _scoped(principal, "module"), _scoped(principal, "indicator")
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


def _in_sight(principal: Principal, on: date) -> ColumnElement[bool]:
    if principal.whole_region:
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
