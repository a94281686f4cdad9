"""Assessments, outcomes, rollups and what is missing, as GraphQL types."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.domain.attainment import Attainment as DomainAttainment
from app.domain.attainment import AttainmentStatus
from app.domain.duties import DutyKind
from app.domain.indicators import OUTCOME_STATUSES, InputWay, OutcomeStatus, Sex, TargetKind
from app.domain.nodes import ActivityStatus
from app.domain.rollup import Rollup as DomainRollup
from app.domain.suggestion import SuggestedGrade as DomainSuggestion
from app.domain.targets import Target as DomainTarget
from app.graphql.context import GraphQLContext
from app.graphql.model_types import Column, column_of
from app.graphql.organisation_types import Unit, unit_of
from app.graphql.scalars import NumberScalar, PeriodScalar
from app.services.chain_rows import OutcomeKey
from app.services.followup import AssessmentTold, FollowUp


@strawberry.type(description="A person's judgement of a node at a unit in a period (bedömning).")
class Assessment:
    """An assessment."""

    unit: Unit
    period: PeriodScalar
    grade: str | None = strawberry.field(description="Code on the column's scale.")
    symbol: str | None = strawberry.field(description="The grade's symbol, readable without colour.")
    wording: str | None = strawberry.field(description="The grade in words: a forecast or an outcome (F1).")
    analysis: str | None
    measures: str | None = strawberry.field(description="Åtgärder.")
    status: ActivityStatus | None
    assessed_by: str
    assessed_at: datetime


def assessment_of(view: FollowUp, told: AssessmentTold, context: GraphQLContext) -> Assessment:
    """An assessment."""
    row = told.row
    return Assessment(
        unit=unit_of(view.rows.units[told.unit]),
        period=PeriodScalar(told.period),
        grade=row.grade,
        symbol=told.symbol,
        wording=context.say(told.wording),
        analysis=row.analysis,
        measures=row.measures,
        status=ActivityStatus(row.status) if row.status else None,
        assessed_by=row.assessed_by,
        assessed_at=row.assessed_at,
    )


@strawberry.type(description="What an outcome is held against (måltal).")
class Target:
    """A target."""

    kind: TargetKind
    bound: NumberScalar | None
    printed: str = strawberry.field(description="As the source prints it, e.g. `Öka >1 %`.")


def target_of(target: DomainTarget | None) -> Target | None:
    """A target."""
    if target is None:
        return None
    bound = None if target.bound is None else NumberScalar(target.bound)
    return Target(kind=target.kind, bound=bound, printed=target.printed)


@strawberry.type(description="An indicator's outcome at a unit in a period for a sex (utfall).")
class Outcome:
    """An outcome."""

    unit: Unit
    period: PeriodScalar
    sex: Sex
    value: NumberScalar | None = strawberry.field(description='null is "no value" (I3).')
    numerator: NumberScalar | None
    denominator: NumberScalar | None
    status: OutcomeStatus = strawberry.field(description="NORMAL, or which kind of no value it is.")
    comment: str | None
    source: InputWay
    recorded_at: datetime


def outcome_of(view: FollowUp, found: tuple[OutcomeKey, object]) -> Outcome:
    """An outcome."""
    key, row = found
    return Outcome(
        unit=unit_of(view.rows.units[key.unit]),
        period=PeriodScalar(key.period),
        sex=key.sex,
        value=row.value,  # type: ignore[attr-defined]  # a row of queries.chain.own_outcomes
        numerator=row.numerator,  # type: ignore[attr-defined]
        denominator=row.denominator,  # type: ignore[attr-defined]
        status=OUTCOME_STATUSES[row.status],  # type: ignore[attr-defined]
        comment=row.comment,  # type: ignore[attr-defined]
        source=InputWay(row.source),  # type: ignore[attr-defined]
        recorded_at=row.recorded_at,  # type: ignore[attr-defined]
    )


@strawberry.type(description="Whether an indicator reaches its target (I6), and why.")
class Attainment:
    """An attainment."""

    status: AttainmentStatus
    outcome: NumberScalar | None
    target: Target | None
    comparison: NumberScalar | None = strawberry.field(description="The same period the year before.")
    reason: str


def attainment_of(found: DomainAttainment, context: GraphQLContext) -> Attainment:
    """An attainment."""
    return Attainment(
        status=found.status,
        outcome=None if found.outcome is None else NumberScalar(found.outcome),
        target=target_of(found.target),
        comparison=None if found.comparison is None else NumberScalar(found.comparison),
        reason=found.reason.in_language(context.language),
    )


@strawberry.type(description="An outcome put together from the units below (I5).")
class AggregatedOutcome:
    """An aggregated outcome."""

    period: PeriodScalar
    sex: Sex
    value: NumberScalar | None
    numerator: NumberScalar | None
    denominator: NumberScalar | None
    contributing: int = strawberry.field(description="How many units' figures are in it.")
    missing: int = strawberry.field(description="How many units were expected to report and have not.")
    reason: str | None = strawberry.field(description="Why there is no value.")


def aggregated_of(view: FollowUp, row: object, sex: Sex, context: GraphQLContext) -> AggregatedOutcome | None:
    """An aggregated outcome; None where nothing is reported below."""
    found = view.aggregated(row, sex)  # type: ignore[arg-type]  # a row of queries.chain.node_rows
    if found is None:
        return None
    period, figures = found
    return AggregatedOutcome(
        period=PeriodScalar(period),
        sex=sex,
        value=None if figures.value is None else NumberScalar(figures.value),
        numerator=None if figures.numerator is None else NumberScalar(figures.numerator),
        denominator=None if figures.denominator is None else NumberScalar(figures.denominator),
        contributing=len(figures.contributing),
        missing=len(figures.missing),
        reason=context.say(figures.reason),
    )


@strawberry.type(description="A column's nodes by grade.")
class ColumnRollup:
    """A column's nodes by grade."""

    column: Column
    total: int
    achieved: int
    partly: int
    not_achieved: int
    missing: int = strawberry.field(description="Without a grade in the period.")


@strawberry.type(description="Activities by status; late: not finished though their last day came before the period's.")
class ActivityRollup:
    """Activities by status."""

    planned: int
    ongoing: int
    paused: int
    finished: int
    late: int


@strawberry.type(description="Indicators by attainment.")
class IndicatorRollup:
    """Indicators by attainment."""

    reached: int
    not_reached: int
    no_target: int
    no_outcome: int


@strawberry.type(description="Units with something to report, and those that have reported.")
class UnitRollup:
    """Units."""

    total: int
    reported: int


@strawberry.type(description="Everything below, each node and unit counted once however many parents it has (F5).")
class Rollup:
    """A rollup."""

    nodes: int
    columns: list[ColumnRollup]
    activities: ActivityRollup
    indicators: IndicatorRollup
    units: UnitRollup


def rollup_of(view: FollowUp, found: DomainRollup) -> Rollup:
    """A rollup."""
    model = view.model
    columns = []
    for counted in found.columns:
        loaded = model.column(counted.module, counted.column)
        assert loaded is not None  # counted out of this very model
        columns.append(
            ColumnRollup(
                column=column_of(counted.module, loaded.column, model.model),
                total=counted.total,
                achieved=counted.achieved,
                partly=counted.partly,
                not_achieved=counted.not_achieved,
                missing=counted.missing,
            )
        )
    return Rollup(
        nodes=found.nodes,
        columns=columns,
        activities=ActivityRollup(**found.activities._asdict()),
        indicators=IndicatorRollup(**found.indicators._asdict()),
        units=UnitRollup(**found.units._asdict()),
    )


@strawberry.type(description="How many of what a suggested grade rests on.")
class SuggestionFigure:
    """A figure behind a suggestion."""

    name: str
    count: int


@strawberry.type(
    description="A grade that the figures speak for. A suggestion: the grade is a person's judgement (F6)."
)
class SuggestedGrade:
    """A suggested grade."""

    grade: str
    wording: str
    rule: str
    figures: list[SuggestionFigure]


def suggestion_of(found: DomainSuggestion | None, context: GraphQLContext) -> SuggestedGrade | None:
    """A suggested grade."""
    if found is None:
        return None
    said = found.rule.in_language(context.language)
    return SuggestedGrade(
        grade=found.grade.value,
        wording=said.partition(",")[0],
        rule=said,
        figures=[SuggestionFigure(name=name, count=count) for name, count in found.figures.items()],
    )


@strawberry.type(description="A report that is due for the period and has not come.")
class MissingReport:
    """A missing report."""

    kind: DutyKind
    period: PeriodScalar = strawberry.field(description="The period of the node's own periodicity that is missing.")
    unit: Unit
    node: Annotated["Node", strawberry.lazy("app.graphql.node_types")]  # type: ignore[name-defined]  # noqa: F821
