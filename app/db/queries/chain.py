"""A follow-up chain's rows: one flat statement for each kind, whatever the number of nodes.

Every statement takes the principal and holds the permission filter, so that rollups and nested rows can't count what
may not be seen. Ids go in as arrays (`= any`): a materialised CTE would be planned as if it had one row. Of two sets in
one statement the second is joined (`among_joined`), or left to the caller to drop.
"""

from datetime import date
from typing import Any

from sqlalchemy import BindParameter, and_, any_, func, null, or_, select, true
from sqlalchemy.orm import aliased

from app.db import access
from app.db.arrays import Ids, among, among_joined
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
    OutcomeFactRow,
    OutcomeImportRow,
    PlanVersionRow,
    ResponsibilityRow,
    TargetRow,
)
from app.db.typing import AnyColumn, AnySelect
from app.domain.access import Principal

Given = BindParameter[Any]
"""A value that comes with each call (app.db.prepared)."""


def units_at(principal: Principal, on: date, by_code: bool, *, unit: Given, year: Given) -> AnySelect:
    """The unit (by its code, or its id) and everything below it on the day, from the top down.

    What is shown of each, depth, the unit above it; in every row the id of the year's plan version. Only units within
    the reach: a unit may be in it alone, without those below.
    """
    top = aliased(OrgUnitRow)
    plan = select(PlanVersionRow.id).where(PlanVersionRow.region_id == principal.region_id, PlanVersionRow.year == year)
    return (
        select(
            *_shown(OrgUnitRow),
            OrgAncestorRow.depth,
            OrgPlacementRow.parent_id,
            plan.scalar_subquery().label("plan_version_id"),
        )
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
        .join(top, and_(top.region_id == OrgAncestorRow.region_id, top.id == OrgAncestorRow.ancestor_id))
        .where(
            OrgUnitRow.region_id == principal.region_id,
            (top.code if by_code else top.id) == unit,
            access.in_reach(OrgUnitRow.id, principal, on),
            OrgAncestorRow.valid.contains(on),
        )
        .order_by(OrgAncestorRow.depth, OrgUnitRow.code)
    )


def node_rows(principal: Principal, on: date, *, detailed: bool = True) -> AnySelect:
    """Readable nodes with what a chain shows of them; lineage and description only where `detailed`, else null."""
    rarely_asked = {name: getattr(NodeRow, name) for name in ("lineage_id", "description", "plan_version_id")}
    return (
        select(
            NodeRow.id,
            *(column if detailed else null().label(name) for name, column in rarely_asked.items()),
            NodeRow.column_id,
            NodeRow.owner_unit_id,
            NodeRow.title,
            NodeRow.title_sort,
            NodeRow.periodicity,
            NodeRow.start_date,
            NodeRow.end_date,
            NodeRow.status,
            NodeRow.indicator_id,
            IndicatorRow.no.label("indicator_no"),
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


def nodes_at(
    principal: Principal, on: date, detailed: bool, *, plan_version: Given, units: Given, allocated: Given
) -> AnySelect:
    """The plan version's nodes that one of the units owns, and those of `allocated`."""
    return node_rows(principal, on, detailed=detailed).where(
        NodeRow.plan_version_id == plan_version, or_(among(NodeRow.owner_unit_id, units), among(NodeRow.id, allocated))
    )


def nodes_by_id(principal: Principal, on: date, nodes: Ids) -> AnySelect:
    """The readable ones of these nodes."""
    return node_rows(principal, on).where(among(NodeRow.id, nodes))


def links_from(principal: Principal, parents: Given) -> AnySelect:
    """(parent_id, child_id) of the links that begin in one of these nodes."""
    return select(NodeLinkRow.parent_id, NodeLinkRow.child_id).where(
        NodeLinkRow.region_id == principal.region_id, among(NodeLinkRow.parent_id, parents)
    )


def links_below(principal: Principal, parents: Given) -> AnySelect:
    """(parent_id, child_id) of every link below these nodes, all the way down; each link once."""
    first = links_from(principal, parents)
    found = first.cte("links_below", recursive=True)
    # Each link's own look-up: the planner takes a recursive set for ten times as many rows, and would read every link.
    below = (
        select(NodeLinkRow.parent_id, NodeLinkRow.child_id)
        .where(NodeLinkRow.region_id == principal.region_id, NodeLinkRow.parent_id == found.c.child_id)
        .offset(0)
        .lateral("below")
    )
    found = found.union(select(below.c.parent_id, below.c.child_id).select_from(found.join(below, true())))
    return select(found.c.parent_id, found.c.child_id)


def allocations_at(principal: Principal, *, plan_version: Given, units: Given) -> AnySelect:
    """Allocations to these units (all within the reach) of the plan version's nodes."""
    return select(AllocationRow.node_id, AllocationRow.unit_id, AllocationRow.origin, AllocationRow.instruction).where(
        AllocationRow.region_id == principal.region_id,
        AllocationRow.plan_version_id == plan_version,
        among(AllocationRow.unit_id, units),
    )


def assessments_at(principal: Principal, *, units: Given, start: Given, end: Given) -> AnySelect:
    """Assessments at these units for periods that lie within the days.

    Whatever the node: the caller drops what is not in its chain, which costs less than asking for each node.
    """
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
        among(AssessmentRow.unit_id, units),
        AssessmentRow.period_start >= start,
        # Said twice for the index, which holds the last day.
        AssessmentRow.period_end.between(start, end),
    )


def own_outcomes(principal: Principal, *, indicators: Given, unit: Given, start: Given, end: Given) -> AnySelect:
    """Outcomes of these indicators (by number) at one unit, for periods that begin within the days; with their source.

    Their first day and length in months, sex and status by number.
    """
    at = select(OrgUnitRow.no).where(OrgUnitRow.region_id == principal.region_id, OrgUnitRow.id == unit)
    return (
        select(
            *_figures(),
            OutcomeFactRow.status,
            OutcomeFactRow.comment,
            OutcomeImportRow.source,
            OutcomeImportRow.created_at.label("recorded_at"),
        )
        .join(
            OutcomeImportRow,
            and_(
                OutcomeImportRow.region_id == OutcomeFactRow.region_id, OutcomeImportRow.no == OutcomeFactRow.import_no
            ),
        )
        .where(
            OutcomeFactRow.region_id == principal.region_id,
            OutcomeFactRow.indicator_no == any_(indicators),
            OutcomeFactRow.unit_no == at.scalar_subquery(),
            OutcomeFactRow.period_start.between(start, end),
        )
    )


def figures_at(
    principal: Principal,
    few: bool,
    *,
    indicators: Given,
    units: Given,
    start: Given,
    end: Given,
    start_before: Given,
    end_before: Given,
) -> AnySelect:
    """Figures of these indicators at these units (both by number), of periods that begin within the days.

    Or within those of the year before. `few`: pairs of an indicator and a unit are looked up one by one; else what the
    indicators have is read, and the units' picked out.
    """
    of_units = OutcomeFactRow.unit_no == any_(units) if few else OutcomeFactRow.unit_no.in_(select(func.unnest(units)))
    return select(*_figures(), OutcomeFactRow.unit_no).where(
        OutcomeFactRow.region_id == principal.region_id,
        OutcomeFactRow.indicator_no == any_(indicators),
        of_units,
        or_(
            OutcomeFactRow.period_start.between(start, end),
            OutcomeFactRow.period_start.between(start_before, end_before),
        ),
    )


def _figures() -> list[AnyColumn]:
    fact = OutcomeFactRow
    return [
        fact.indicator_no,
        fact.period_start,
        fact.months,
        fact.sex,
        fact.value,
        fact.numerator,
        fact.denominator,
    ]


def targets(principal: Principal, on: date, *, indicators: Given, year: Given, top: Given) -> AnySelect:
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
            among_joined(ResponsibilityRow.unit_id, units),
        )
        .order_by(ResponsibilityRow.role, ResponsibilityRow.subject)
    )


def units_by_id(principal: Principal, units: Ids) -> AnySelect:
    """What is shown of units, by id: also of those above the reach, or beside it, that own a readable node."""
    return select(*_shown(OrgUnitRow)).where(OrgUnitRow.region_id == principal.region_id, among(OrgUnitRow.id, units))


def _shown(unit: type[OrgUnitRow]) -> list[AnyColumn]:
    return [unit.id, unit.no, unit.code, unit.name, unit.level, unit.kind, unit.commissioning, unit.provider]
