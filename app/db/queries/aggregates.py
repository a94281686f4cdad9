"""Outcomes put together below a unit: by set, whatever the number of units and periods (I5).

The tree comes in as arrays (see `app.domain.tree_states`): a unit's numbers say what stands below it, so that "of two
units in line only the upper one counts" is one window over sorted rows. As joins with the closure table, the same was
planned as nested loops wherever the rows were estimated too few (looked at on 2.3 million outcomes).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Integer, and_, any_, cast, column, exists, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, Range

from app.db import access
from app.db.arrays import among
from app.db.tables import (
    AllocationRow,
    IndicatorRow,
    NodeRow,
    OrgAncestorRow,
    OrgPlacementRow,
    OrgUnitRow,
    OutcomeFactRow,
    OutcomeRow,
    PlanVersionRow,
    TargetRow,
)
from app.db.typing import AnySelect
from app.domain.access import Principal
from app.domain.indicators import SEXES, Sex


class Numbered(NamedTuple):
    """A unit of one state of the tree: its number and the last number below it; days are half open."""

    unit_no: int
    since: date
    until: date
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which outcomes are put together: of these indicators, for periods within the days (both included)."""

    indicators: Collection[UUID]
    first: date
    last: date
    sexes: Collection[Sex]


def standings(principal: Principal, top: UUID, first: date, last: date, on: date) -> AnySelect:
    """Where each unit below `top` stood from `first` to `last`: unit_id, parent_id, since, until (null: still)."""
    days = literal(Range(first, last, bounds="[]"), DATERANGE)
    placed, above = OrgPlacementRow, OrgAncestorRow
    return (
        select(
            placed.unit_id,
            placed.parent_id,
            func.greatest(func.lower(placed.valid), func.lower(above.valid)).label("since"),
            func.least(func.upper(placed.valid), func.upper(above.valid)).label("until"),
        )
        .join(
            above,
            and_(
                above.region_id == placed.region_id, above.unit_id == placed.unit_id, above.valid.overlaps(placed.valid)
            ),
        )
        .where(
            placed.region_id == principal.region_id,
            above.ancestor_id == top,
            above.depth > 0,
            above.valid.overlaps(days),
            placed.valid.overlaps(days),
            access.in_reach(placed.unit_id, principal, on),
        )
    )


def reporting(principal: Principal, wanted: Wanted, units: Collection[UUID]) -> AnySelect:
    """Which of the units have any such outcome: one probe of the key for each, not a look at every outcome."""
    there = exists().where(*_facts(principal, wanted), OutcomeFactRow.unit_no == OrgUnitRow.no)
    return select(OrgUnitRow.id.label("unit_id"), OrgUnitRow.no.label("unit_no")).where(
        OrgUnitRow.region_id == principal.region_id, among(OrgUnitRow.id, units), there
    )


def sums(principal: Principal, wanted: Wanted, units: Sequence[Numbered], *, in_line: bool, moved: bool) -> AnySelect:
    """By indicator, period and sex: `valued`, `parted`, `bare`, and sums of the units that count.

    `in_line`: some of the units stand below others of them. `moved`: the units are of several states of the tree.
    """
    facts = OutcomeFactRow
    tree = (
        func.unnest(
            literal([u.unit_no for u in units], ARRAY(Integer)),
            literal([u.since for u in units], ARRAY(Date)),
            literal([u.until for u in units], ARRAY(Date)),
            literal([u.first for u in units], ARRAY(Integer)),
            literal([u.last for u in units], ARRAY(Integer)),
        )
        .table_valued(
            column("unit_no", Integer),
            column("since", Date),
            column("until", Date),
            column("first", Integer),
            column("last", Integer),
        )
        .render_derived(name="tree")
    )
    stood = and_(_end() >= tree.c.since, _end() < tree.c.until) if moved else true()
    key = (facts.indicator_no, facts.period_start, facts.months, facts.sex)
    # The last number below any unit that came before: one that stands below it is answered for.
    passed = func.max(tree.c.last).over(partition_by=key, order_by=tree.c.first, rows=(None, -1))
    rows = (
        select(
            *key,
            facts.value,
            facts.numerator,
            facts.denominator,
            tree.c.first,
            *([passed.label("passed")] if in_line else []),
        )
        .join(tree, and_(tree.c.unit_no == facts.unit_no, stood))
        .where(*_facts(principal, wanted))
        .subquery("reported")
    )
    has_parts = and_(rows.c.numerator.is_not(None), rows.c.denominator.is_not(None))
    counted = or_(rows.c.passed.is_(None), rows.c.passed < rows.c.first) if in_line else true()
    put_together = (
        select(
            rows.c.indicator_no,
            rows.c.period_start,
            rows.c.months,
            rows.c.sex,
            func.count(rows.c.value).label("valued"),
            func.count().filter(has_parts).label("parted"),
            func.count().filter(and_(rows.c.value.is_not(None), ~has_parts)).label("bare"),
            func.sum(rows.c.value).label("value"),
            func.sum(rows.c.numerator).filter(has_parts).label("numerator"),
            func.sum(rows.c.denominator).filter(has_parts).label("denominator"),
        )
        .where(counted)
        .group_by(rows.c.indicator_no, rows.c.period_start, rows.c.months, rows.c.sex)
        .subquery("put_together")
    )
    return select(IndicatorRow.id.label("indicator_id"), put_together).join(
        put_together,
        and_(IndicatorRow.region_id == principal.region_id, IndicatorRow.no == put_together.c.indicator_no),
    )


def own(principal: Principal, wanted: Wanted, unit: UUID, on: date) -> AnySelect:
    """The unit's own outcomes."""
    return select(
        OutcomeRow.indicator_id,
        OutcomeRow.period,
        OutcomeRow.sex,
        OutcomeRow.value,
        OutcomeRow.numerator,
        OutcomeRow.denominator,
        OutcomeRow.status,
    ).where(*_wanted(principal, wanted), OutcomeRow.unit_id == unit, access.in_reach(OutcomeRow.unit_id, principal, on))


def at_units(principal: Principal, wanted: Wanted, units: Collection[UUID], on: date) -> AnySelect:
    """The outcomes of these units with all that is kept of them: for a period and a sex or two, not for a series."""
    return (
        select(
            OutcomeRow.unit_id,
            OutcomeRow.period,
            OutcomeRow.sex,
            OutcomeRow.value,
            OutcomeRow.numerator,
            OutcomeRow.denominator,
            OutcomeRow.status,
            OutcomeRow.comment,
            OutcomeRow.source,
            OutcomeRow.import_id,
            OutcomeRow.recorded_at,
            OutcomeRow.recorded_by,
        )
        .where(*_wanted(principal, wanted), among(OutcomeRow.unit_id, units))
        .where(access.in_reach(OutcomeRow.unit_id, principal, on))
    )


def expected_units(principal: Principal, indicator: UUID, year: int, on: date) -> AnySelect:
    """The units that have the indicator in the year's plan: own it, or have it allocated. Within reach."""
    nodes = (
        select(NodeRow.id, NodeRow.owner_unit_id)
        .join(
            PlanVersionRow,
            and_(PlanVersionRow.region_id == NodeRow.region_id, PlanVersionRow.id == NodeRow.plan_version_id),
        )
        .where(NodeRow.region_id == principal.region_id, NodeRow.indicator_id == indicator, PlanVersionRow.year == year)
        .subquery("nodes_of_indicator")
    )
    allocated = (
        select(AllocationRow.unit_id)
        .join(nodes, nodes.c.id == AllocationRow.node_id)
        .where(AllocationRow.region_id == principal.region_id, access.in_reach(AllocationRow.unit_id, principal, on))
    )
    return allocated.union(select(nodes.c.owner_unit_id).where(access.in_reach(nodes.c.owner_unit_id, principal, on)))  # type: ignore[return-value]  # a union reads like a select


def targets_at(
    principal: Principal, indicators: Collection[UUID], years: tuple[int, int], top: UUID, on: date
) -> AnySelect:
    """Targets of these years that hold at `top`: its own, those of units above it, and those for all; nearest first."""
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
        select(TargetRow.indicator_id, TargetRow.year, TargetRow.kind, TargetRow.bound, TargetRow.printed)
        .outerjoin(above, above.c.unit_id == TargetRow.unit_id)
        .where(
            TargetRow.region_id == principal.region_id,
            among(TargetRow.indicator_id, indicators),
            TargetRow.year.between(*years),
            or_(TargetRow.unit_id.is_(None), above.c.unit_id.is_not(None)),
        )
        .order_by(TargetRow.indicator_id, TargetRow.year, above.c.depth.asc().nulls_last())
    )


def unit_names(principal: Principal, units: Collection[UUID], on: date) -> AnySelect:
    """id, code, name of these units, within reach."""
    return select(OrgUnitRow.id, OrgUnitRow.code, OrgUnitRow.name, OrgUnitRow.name_sort).where(
        OrgUnitRow.region_id == principal.region_id,
        among(OrgUnitRow.id, units),
        access.in_reach(OrgUnitRow.id, principal, on),
    )


def _wanted(principal: Principal, wanted: Wanted) -> list[ColumnElement[bool]]:
    return [
        OutcomeRow.region_id == principal.region_id,
        among(OutcomeRow.indicator_id, wanted.indicators),
        OutcomeRow.sex.in_([sex.value for sex in wanted.sexes]),
        OutcomeRow.period_start >= wanted.first,
        OutcomeRow.period_end <= wanted.last,
    ]


def _facts(principal: Principal, wanted: Wanted) -> list[ColumnElement[bool]]:
    """The same of the narrow rows that outcomes are stored in: what is summed by the hundred thousand."""
    facts = OutcomeFactRow
    numbers = (
        select(IndicatorRow.no)
        .where(IndicatorRow.region_id == principal.region_id, among(IndicatorRow.id, wanted.indicators))
        .correlate(None)
        .scalar_subquery()
    )
    return [
        facts.region_id == principal.region_id,
        facts.indicator_no == any_(func.array(numbers, type_=ARRAY(Integer))),
        facts.sex.in_([SEXES.index(sex) for sex in wanted.sexes]),
        facts.period_start.between(wanted.first, wanted.last),
        or_(*(and_(facts.months == m, facts.period_start <= _last_start(wanted.last, m)) for m in (1, 4, 12))),
    ]


def _last_start(last: date, months: int) -> date:
    """The first day of the latest period of so many months that ends by `last`, the last day of a month."""
    begun = last.year * 12 + last.month - months
    return date(begun // 12, begun % 12 + 1, 1)


def _end() -> ColumnElement[date]:
    """The last day of an outcome's period."""
    after = OutcomeFactRow.period_start + func.make_interval(0, cast(OutcomeFactRow.months, Integer))
    return cast(after, Date) - 1
