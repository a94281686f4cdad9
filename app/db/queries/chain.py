"""A follow-up chain's rows: one flat statement for each kind, whatever the number of nodes.

Every statement takes the principal and holds the permission filter, so that rollups and nested rows can't count what
may not be seen. Ids go in as arrays (`= any`): a materialised CTE would be planned as if it had one row.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from app.db import access
from app.db.arrays import among
from app.db.tables import (
    AllocationRow,
    AssessmentRow,
    IndicatorRow,
    KeywordGroupRow,
    KeywordRow,
    NodeKeywordRow,
    NodeLinkRow,
    NodeRow,
    OrgAncestorRow,
    OrgPlacementRow,
    OrgUnitRow,
    OutcomeRow,
    PlanVersionRow,
    ResponsibilityRow,
    TargetRow,
)
from app.db.typing import AnySelect
from app.domain.access import Principal

Ids = Collection[UUID]


def subtree(principal: Principal, top: UUID, on: date) -> AnySelect:
    """The unit and everything below it on the day: id, code, depth, and the unit above it."""
    return (
        select(OrgUnitRow.id, OrgUnitRow.code, OrgAncestorRow.depth, OrgPlacementRow.parent_id)
        .join(
            OrgAncestorRow,
            and_(OrgAncestorRow.region_id == OrgUnitRow.region_id, OrgAncestorRow.unit_id == OrgUnitRow.id),
        )
        .join(
            OrgPlacementRow,
            and_(
                OrgPlacementRow.region_id == OrgUnitRow.region_id,
                OrgPlacementRow.unit_id == OrgUnitRow.id,
                OrgPlacementRow.valid.contains(on),
            ),
        )
        .where(
            OrgAncestorRow.region_id == principal.region_id,
            OrgAncestorRow.ancestor_id == top,
            OrgAncestorRow.valid.contains(on),
        )
        .order_by(OrgAncestorRow.depth, OrgUnitRow.code)
    )


def plan_of_year(principal: Principal, year: int) -> AnySelect:
    """(id, status) of a year's plan version."""
    return select(PlanVersionRow.id, PlanVersionRow.status).where(
        PlanVersionRow.region_id == principal.region_id, PlanVersionRow.year == year
    )


def node_rows(principal: Principal, on: date) -> AnySelect:
    """Readable nodes with what a chain shows of them."""
    return (
        select(
            NodeRow.id,
            NodeRow.lineage_id,
            NodeRow.plan_version_id,
            NodeRow.column_id,
            NodeRow.owner_unit_id,
            NodeRow.title,
            NodeRow.title_sort,
            NodeRow.description,
            NodeRow.periodicity,
            NodeRow.start_date,
            NodeRow.end_date,
            NodeRow.status,
            NodeRow.indicator_id,
            IndicatorRow.code.label("indicator_code"),
            IndicatorRow.unit_of_measure,
            IndicatorRow.direction,
            IndicatorRow.scale,
            IndicatorRow.is_ratio,
            IndicatorRow.sex_disaggregated,
            IndicatorRow.input,
            func.coalesce(IndicatorRow.region_level_only, False).label("region_level_only"),
        )
        .outerjoin(
            IndicatorRow, and_(IndicatorRow.region_id == NodeRow.region_id, IndicatorRow.id == NodeRow.indicator_id)
        )
        .where(NodeRow.region_id == principal.region_id, access.node_readable(principal, on))
    )


def nodes_at(principal: Principal, on: date, plan_version: UUID, units: Ids) -> AnySelect:
    """The plan version's nodes that one of the units owns or has allocated."""
    allocated = (
        select(AllocationRow.node_id)
        .where(AllocationRow.region_id == principal.region_id, among(AllocationRow.unit_id, units))
        .scalar_subquery()
    )
    return node_rows(principal, on).where(
        NodeRow.plan_version_id == plan_version,
        or_(among(NodeRow.owner_unit_id, units), NodeRow.id.in_(allocated)),
    )


def nodes_by_id(principal: Principal, on: date, nodes: Ids) -> AnySelect:
    """The readable ones of these nodes."""
    return node_rows(principal, on).where(among(NodeRow.id, nodes))


def links_to(principal: Principal, children: Ids) -> AnySelect:
    """(parent_id, child_id) of the links that end in one of these nodes."""
    return select(NodeLinkRow.parent_id, NodeLinkRow.child_id).where(
        NodeLinkRow.region_id == principal.region_id, among(NodeLinkRow.child_id, children)
    )


def links_brought(principal: Principal, parents: Ids, units: Ids) -> AnySelect:
    """(parent_id, child_id) of what comes in from another module below nodes that the units own, all the way down."""
    parent, child = aliased(NodeRow), aliased(NodeRow)
    region = principal.region_id
    first = (
        select(NodeLinkRow.parent_id, NodeLinkRow.child_id)
        .join(parent, and_(parent.region_id == NodeLinkRow.region_id, parent.id == NodeLinkRow.parent_id))
        .join(child, and_(child.region_id == NodeLinkRow.region_id, child.id == NodeLinkRow.child_id))
        .where(
            NodeLinkRow.region_id == region,
            among(NodeLinkRow.parent_id, parents),
            among(parent.owner_unit_id, units),
            child.module_id != parent.module_id,
        )
    )
    brought = first.cte("brought", recursive=True)
    brought = brought.union(
        select(NodeLinkRow.parent_id, NodeLinkRow.child_id).where(
            NodeLinkRow.region_id == region, NodeLinkRow.parent_id == brought.c.child_id
        )
    )
    return select(brought.c.parent_id, brought.c.child_id)


def allocations(principal: Principal, nodes: Ids, units: Ids) -> AnySelect:
    """Allocations of these nodes to these units (all within the reach)."""
    return select(AllocationRow.node_id, AllocationRow.unit_id, AllocationRow.origin, AllocationRow.instruction).where(
        AllocationRow.region_id == principal.region_id,
        among(AllocationRow.node_id, nodes),
        among(AllocationRow.unit_id, units),
    )


def assessments(principal: Principal, nodes: Ids, units: Ids, start: date, end: date) -> AnySelect:
    """Assessments of these nodes at these units for periods that lie within the days."""
    return select(
        AssessmentRow.node_id,
        AssessmentRow.unit_id,
        AssessmentRow.period,
        AssessmentRow.grade,
        AssessmentRow.status,
        AssessmentRow.analysis,
        AssessmentRow.measures,
        AssessmentRow.assessed_by,
        AssessmentRow.assessed_at,
    ).where(
        AssessmentRow.region_id == principal.region_id,
        among(AssessmentRow.node_id, nodes),
        among(AssessmentRow.unit_id, units),
        AssessmentRow.period_start >= start,
        AssessmentRow.period_end <= end,
    )


def outcomes(
    principal: Principal, indicators: Ids, units: Ids, days: Collection[tuple[date, date]], *, top: UUID, since: date
) -> AnySelect:
    """Outcomes of these indicators: at every unit for periods within one of the `days`, at `top` since `since`, too."""
    within = [and_(OutcomeRow.period_start >= start, OutcomeRow.period_end <= end) for start, end in days]
    last = max((end for _, end in days), default=since)
    own = and_(OutcomeRow.unit_id == top, OutcomeRow.period_start >= since, OutcomeRow.period_end <= last)
    return select(
        OutcomeRow.indicator_id,
        OutcomeRow.unit_id,
        OutcomeRow.period,
        OutcomeRow.sex,
        OutcomeRow.value,
        OutcomeRow.numerator,
        OutcomeRow.denominator,
        OutcomeRow.comment,
        OutcomeRow.source,
        OutcomeRow.recorded_at,
    ).where(
        OutcomeRow.region_id == principal.region_id,
        among(OutcomeRow.indicator_id, indicators),
        among(OutcomeRow.unit_id, units),
        or_(own, *within),
    )


def targets(principal: Principal, indicators: Ids, year: int, top: UUID, on: date) -> AnySelect:
    """Targets for the year that hold at `top`: its own, those of units above it, and those for all; nearest first."""
    above = (
        select(OrgAncestorRow.ancestor_id.label("unit_id"), OrgAncestorRow.depth)
        .where(
            OrgAncestorRow.region_id == principal.region_id,
            OrgAncestorRow.unit_id == top,
            OrgAncestorRow.valid.contains(on),
        )
        .subquery("above")
    )
    return (
        select(TargetRow.indicator_id, TargetRow.kind, TargetRow.bound, TargetRow.printed, TargetRow.year)
        .outerjoin(above, above.c.unit_id == TargetRow.unit_id)
        .where(
            TargetRow.region_id == principal.region_id,
            among(TargetRow.indicator_id, indicators),
            TargetRow.year == year,
            or_(TargetRow.unit_id.is_(None), above.c.unit_id.is_not(None)),
        )
        .order_by(TargetRow.indicator_id, above.c.depth.asc().nulls_last())
    )


def keywords(principal: Principal, on: date, nodes: Ids) -> AnySelect:
    """The nodes' readable keywords: node_id, id, text, group."""
    return (
        select(NodeKeywordRow.node_id, KeywordRow.id, KeywordRow.text, KeywordGroupRow.name.label("group"))
        .join(
            KeywordRow,
            and_(KeywordRow.region_id == NodeKeywordRow.region_id, KeywordRow.id == NodeKeywordRow.keyword_id),
        )
        .join(
            KeywordGroupRow,
            and_(KeywordGroupRow.region_id == KeywordRow.region_id, KeywordGroupRow.id == KeywordRow.group_id),
        )
        .where(
            NodeKeywordRow.region_id == principal.region_id,
            among(NodeKeywordRow.node_id, nodes),
            access.keyword_group_readable(principal, on),
        )
        .order_by(KeywordGroupRow.name_sort, KeywordRow.position)
    )


def responsibilities(principal: Principal, nodes: Ids, units: Ids) -> AnySelect:
    """Who answers for the nodes at these units."""
    return (
        select(ResponsibilityRow.node_id, ResponsibilityRow.unit_id, ResponsibilityRow.role, ResponsibilityRow.subject)
        .where(
            ResponsibilityRow.region_id == principal.region_id,
            among(ResponsibilityRow.node_id, nodes),
            among(ResponsibilityRow.unit_id, units),
        )
        .order_by(ResponsibilityRow.role, ResponsibilityRow.subject)
    )


def units_by_id(principal: Principal, units: Ids) -> AnySelect:
    """What is shown of units, by id: also of those above the reach, or beside it, that own a readable node."""
    return select(
        OrgUnitRow.id,
        OrgUnitRow.code,
        OrgUnitRow.name,
        OrgUnitRow.level,
        OrgUnitRow.kind,
        OrgUnitRow.commissioning,
        OrgUnitRow.provider,
    ).where(OrgUnitRow.region_id == principal.region_id, among(OrgUnitRow.id, units))
