"""What rules ask about units and nodes, whoever asks: a rule counts what its caller may not see, too.

What a caller names must be found through the permission filter first (`nodes.node_keys`, `units.unit_key`); these
statements then fetch the whole truth about it. Ids found here are for rules, not for answers.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from app.db.arrays import among
from app.db.tables import AllocationRow, IndicatorRow, NodeLinkRow, NodeRow, OrgAncestorRow, OrgUnitRow, PlanVersionRow
from app.db.typing import AnySelect
from app.domain.access import Principal

_Above = aliased(OrgUnitRow)


def units_with_line(principal: Principal, on: date, unit_ids: Collection[UUID]) -> AnySelect:
    """Each unit once per unit above it (itself at depth 0), nearest first."""
    return (
        select(
            OrgUnitRow.id,
            OrgUnitRow.code,
            OrgUnitRow.name,
            OrgUnitRow.level,
            OrgUnitRow.commissioning,
            OrgUnitRow.provider,
            OrgAncestorRow.depth,
            _Above.id.label("above_id"),
            _Above.level.label("above_level"),
        )
        .join(
            OrgAncestorRow,
            and_(
                OrgAncestorRow.region_id == OrgUnitRow.region_id,
                OrgAncestorRow.unit_id == OrgUnitRow.id,
                OrgAncestorRow.valid.contains(on),
            ),
        )
        .join(_Above, and_(_Above.region_id == OrgAncestorRow.region_id, _Above.id == OrgAncestorRow.ancestor_id))
        .where(OrgUnitRow.region_id == principal.region_id, among(OrgUnitRow.id, unit_ids))
        .order_by(OrgUnitRow.id, OrgAncestorRow.depth)
    )


def plan_versions_of(principal: Principal, node_ids: Collection[UUID]) -> AnySelect:
    """(id, plan_version_id) of these nodes."""
    return select(NodeRow.id, NodeRow.plan_version_id).where(
        NodeRow.region_id == principal.region_id, among(NodeRow.id, node_ids)
    )


def node_facts(principal: Principal, node_ids: Collection[UUID]) -> AnySelect:
    """The nodes with their plan version and what their indicator is."""
    return (
        select(
            NodeRow.id,
            NodeRow.plan_version_id,
            PlanVersionRow.year,
            PlanVersionRow.status.label("plan_status"),
            NodeRow.column_id,
            NodeRow.owner_unit_id,
            NodeRow.title,
            NodeRow.start_date,
            NodeRow.end_date,
            NodeRow.periodicity,
            NodeRow.approved_at,
            NodeRow.indicator_id,
            func.coalesce(IndicatorRow.region_level_only, False).label("region_level_only"),
        )
        .join(
            PlanVersionRow,
            and_(PlanVersionRow.region_id == NodeRow.region_id, PlanVersionRow.id == NodeRow.plan_version_id),
        )
        .outerjoin(
            IndicatorRow, and_(IndicatorRow.region_id == NodeRow.region_id, IndicatorRow.id == NodeRow.indicator_id)
        )
        .where(NodeRow.region_id == principal.region_id, among(NodeRow.id, node_ids))
    )


def allocated_units(principal: Principal, node_ids: Collection[UUID]) -> AnySelect:
    """(node_id, unit_id) of every allocation of the nodes."""
    return select(AllocationRow.node_id, AllocationRow.unit_id).where(
        AllocationRow.region_id == principal.region_id, among(AllocationRow.node_id, node_ids)
    )


def links_above(principal: Principal, node_ids: Collection[UUID]) -> AnySelect:
    """(child_id, parent_id) of every link above the nodes, however far up; each link once."""
    first = select(NodeLinkRow.child_id, NodeLinkRow.parent_id).where(
        NodeLinkRow.region_id == principal.region_id, among(NodeLinkRow.child_id, node_ids)
    )
    found = first.cte("links_above", recursive=True)
    # UNION, not UNION ALL: a node that several paths reach is climbed from once.
    found = found.union(
        select(NodeLinkRow.child_id, NodeLinkRow.parent_id).where(
            NodeLinkRow.region_id == principal.region_id, NodeLinkRow.child_id == found.c.parent_id
        )
    )
    return select(found.c.child_id, found.c.parent_id)


def links_below(principal: Principal, node_ids: Collection[UUID]) -> AnySelect:
    """(child_id, parent_id) of every link below the nodes, however far down; each link once."""
    first = select(NodeLinkRow.child_id, NodeLinkRow.parent_id).where(
        NodeLinkRow.region_id == principal.region_id, among(NodeLinkRow.parent_id, node_ids)
    )
    found = first.cte("links_below", recursive=True)
    found = found.union(
        select(NodeLinkRow.child_id, NodeLinkRow.parent_id).where(
            NodeLinkRow.region_id == principal.region_id, NodeLinkRow.parent_id == found.c.child_id
        )
    )
    return select(found.c.child_id, found.c.parent_id)


def children_of(principal: Principal, node_ids: Collection[UUID]) -> AnySelect:
    """(child_id, parent_id) of the links right below the nodes."""
    return select(NodeLinkRow.child_id, NodeLinkRow.parent_id).where(
        NodeLinkRow.region_id == principal.region_id, among(NodeLinkRow.parent_id, node_ids)
    )


def parents_of(principal: Principal, node_ids: Collection[UUID]) -> AnySelect:
    """(child_id, parent_id) of the links right above the nodes."""
    return select(NodeLinkRow.child_id, NodeLinkRow.parent_id).where(
        NodeLinkRow.region_id == principal.region_id, among(NodeLinkRow.child_id, node_ids)
    )
