"""What the linter for numbers looks at: outcomes in the order of their key, and indicators that nobody reports."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Date, Integer, and_, any_, column, exists, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from app.db import access
from app.db.arrays import among
from app.db.queries.units import subtree_ids
from app.db.tables import AllocationRow, IndicatorRow, NodeRow, OrgUnitRow, OutcomeFactRow, PlanVersionRow
from app.db.typing import AnySelect
from app.domain.access import Principal
from app.domain.plan_versions import PlanStatus


@dataclass(frozen=True, slots=True)
class Scope:
    """Where is looked: at these indicators (numbers; None: all), at one unit or below one (None: the whole reach)."""

    indicators: Collection[int] | None
    unit: UUID | None = None
    under: UUID | None = None


def outcomes_in_order(
    principal: Principal, on: date, scope: Scope, days: tuple[date, date], after: tuple[int, int], limit: int
) -> AnySelect:
    """The first `limit` outcomes from the place `after` (indicator_no, unit_no; included) on, whatever there is in all.

    `days`: periods begin within them. Read in the order of the key, so that a page costs the same wherever it is.
    """
    facts = OutcomeFactRow
    statement = select(
        facts.indicator_no,
        facts.unit_no,
        facts.period_start,
        facts.months,
        facts.sex,
        facts.value,
        facts.numerator,
        facts.denominator,
    ).where(
        facts.region_id == principal.region_id,
        facts.period_start.between(*days),
        tuple_(facts.indicator_no, facts.unit_no) >= after,
    )
    if scope.indicators is not None:
        statement = statement.where(facts.indicator_no == any_(literal(list(scope.indicators), ARRAY(Integer))))
    if not principal.whole_region or scope.unit is not None or scope.under is not None:
        # An array is found before the index is looked into, and is then a part of what is looked for.
        units = func.array(_units(principal, on, scope).scalar_subquery(), type_=ARRAY(Integer))
        statement = statement.where(facts.unit_no == any_(units))
    return statement.order_by(facts.indicator_no, facts.unit_no).limit(limit)


def unit_codes(principal: Principal, on: date, numbers: Collection[int]) -> AnySelect:
    """no, code of these units, within reach."""
    return select(OrgUnitRow.no, OrgUnitRow.code).where(
        OrgUnitRow.region_id == principal.region_id,
        OrgUnitRow.no == any_(literal(list(numbers), ARRAY(Integer))),
        access.in_reach(OrgUnitRow.id, principal, on),
    )


def indicator_numbers(principal: Principal) -> AnySelect:
    """id, no, created_at of every indicator in the credential's scope, by number."""
    return (
        select(IndicatorRow.id, IndicatorRow.no, IndicatorRow.created_at)
        .where(IndicatorRow.region_id == principal.region_id, access.indicator_readable(principal))
        .order_by(IndicatorRow.no)
    )


def live_measures(principal: Principal, on: date, indicators: Collection[UUID]) -> AnySelect:
    """indicator_id, column_id, periodicity of the indicators' nodes in the live plan that a unit within reach has."""
    allocated = exists().where(
        AllocationRow.region_id == NodeRow.region_id,
        AllocationRow.node_id == NodeRow.id,
        access.in_reach(AllocationRow.unit_id, principal, on),
    )
    return (
        select(NodeRow.indicator_id, NodeRow.column_id, NodeRow.periodicity)
        .distinct()
        .join(
            PlanVersionRow,
            and_(PlanVersionRow.region_id == NodeRow.region_id, PlanVersionRow.id == NodeRow.plan_version_id),
        )
        .where(
            NodeRow.region_id == principal.region_id,
            among(NodeRow.indicator_id, indicators),
            PlanVersionRow.status == PlanStatus.LIVE.value,
            or_(access.in_reach(NodeRow.owner_unit_id, principal, on), allocated.correlate(NodeRow)),
        )
    )


def reported_since(principal: Principal, on: date, asked: Collection[tuple[int, date]]) -> AnySelect:
    """Of (indicator_no, day), the numbers of those with an outcome, within reach, for a period from that day on."""
    wanted = (
        func.unnest(literal([no for no, _ in asked], ARRAY(Integer)), literal([day for _, day in asked], ARRAY(Date)))
        .table_valued(column("indicator_no", Integer), column("since", Date))
        .render_derived(name="wanted")
    )
    there = exists().where(
        OutcomeFactRow.region_id == principal.region_id,
        OutcomeFactRow.indicator_no == wanted.c.indicator_no,
        OutcomeFactRow.period_start >= wanted.c.since,
    )
    if not principal.whole_region:
        there = there.where(OutcomeFactRow.unit_no.in_(_units(principal, on, Scope(None))))
    return select(wanted.c.indicator_no).where(there)


def _units(principal: Principal, on: date, scope: Scope) -> AnySelect:
    found = select(OrgUnitRow.no).where(
        OrgUnitRow.region_id == principal.region_id, access.in_reach(OrgUnitRow.id, principal, on)
    )
    if scope.unit is not None:
        found = found.where(OrgUnitRow.id == scope.unit)
    if scope.under is not None:
        found = found.where(OrgUnitRow.id.in_(subtree_ids(principal, scope.under, on)))
    return found.correlate(None)
