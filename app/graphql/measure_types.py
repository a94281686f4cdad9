"""An indicator's figures over time, what each is made of, and what looks wrong in them, as GraphQL types."""

from datetime import date, datetime
from uuid import UUID

import strawberry
from strawberry import Private

from app.db.typing import AnyRow
from app.domain.explanation import Expectation, UnitPart
from app.domain.findings import Finding
from app.domain.indicators import IndicatorView, InputWay, OutcomeStatus, Sex
from app.domain.periods import Period, parse_period
from app.graphql import cursors
from app.graphql.context import GraphQLContext
from app.graphql.errors import bad_input
from app.graphql.followup_types import Attainment, attainment_of
from app.graphql.limits import page_size
from app.graphql.organisation_types import PageInfo
from app.graphql.scalars import NumberScalar, PeriodScalar
from app.services import explain as explaining
from app.services.number_checks import FindingsFound, found_in
from app.services.series import Figuring, Origin, SeriesItem
from app.services.units import find_reachable_unit

REPORTED = "reported"

for _enum, _name, _description in (
    (Figuring, "Figuring", "Whose figures: the unit's own or else those below put together, or one of the two only."),
    (Origin, "Origin", "Where a figure comes from: the unit's own report, or the units below it put together (I5)."),
    (UnitPart, "UnitPart", "What a unit has to do with a number put together above it."),
    (Expectation, "Expectation", "Why a unit is expected to report."),
):
    strawberry.enum(_enum, name=_name, description=_description)


@strawberry.type(description="An indicator's figure at a unit in a period for a sex, its own or put together.")
class SeriesFigure:
    """A figure of a series."""

    period: PeriodScalar
    sex: Sex
    value: NumberScalar | None = strawberry.field(description='null is "no value"; `reason` says why.')
    numerator: NumberScalar | None
    denominator: NumberScalar | None
    origin: Origin
    contributing: int = strawberry.field(description="How many units' figures are in it; 0 for the unit's own.")
    reason: str | None
    status: OutcomeStatus | None = strawberry.field(
        description="Of the unit's own figure: NORMAL, or which kind of no value it is; null for one put together."
    )
    attainment: Attainment | None = strawberry.field(description="Of the total: whether the target is reached (I6).")


def series_figure_of(item: SeriesItem, context: GraphQLContext) -> SeriesFigure:
    """A figure of a series."""
    value, numerator, denominator = (None if n is None else NumberScalar(n) for n in item.figures)
    return SeriesFigure(
        period=PeriodScalar(item.period),
        sex=item.sex,
        value=value,
        numerator=numerator,
        denominator=denominator,
        origin=item.origin,
        contributing=item.contributing,
        reason=context.say(item.reason),
        status=item.status,
        attainment=None if item.attainment is None else attainment_of(item.attainment, context),
    )


@strawberry.type(description="An outcome, with who brought it, how and when.")
class ReportedOutcome:
    """An outcome."""

    value: NumberScalar | None
    numerator: NumberScalar | None
    denominator: NumberScalar | None
    status: OutcomeStatus
    comment: str | None
    source: InputWay
    import_id: strawberry.ID | None
    recorded_at: datetime
    recorded_by: str


@strawberry.type(description="A unit that has a part in a number.")
class ExplainedUnit:
    """A unit."""

    code: str
    name: str
    part: UnitPart
    answered_by: str | None = strawberry.field(description="Code of the unit above whose figures count instead.")
    expected_because: Expectation | None = strawberry.field(description="Of a missing unit: why it was expected.")
    outcome: ReportedOutcome | None


@strawberry.type(description="A unit in a list.")
class ExplainedUnitEdge:
    """A unit in a list."""

    cursor: str
    node: ExplainedUnit


@strawberry.type(description="A page of units.")
class ExplainedUnitConnection:
    """A page of units."""

    edges: list[ExplainedUnitEdge]
    page_info: PageInfo


@strawberry.type(description="How whole a number is.")
class Coverage:
    """Coverage."""

    contributing: int
    no_value: int
    missing: int
    answered_for: int = strawberry.field(description="Units whose figures are left to one above them.")
    share: float | None = strawberry.field(description="Contributing units of those that should be in it, 0 to 1.")


@strawberry.type(description="What a number is made of: units, coverage, formula, and why there is no value (I5).")
class Explanation:
    """An explanation."""

    found: Private[explaining.Explanation]
    origin: Origin | None
    value: NumberScalar | None
    numerator: NumberScalar | None
    denominator: NumberScalar | None
    formula: str
    reason: str | None
    below: NumberScalar | None = strawberry.field(description="What the units below make together.")
    own: ReportedOutcome | None
    coverage: Coverage
    tree: date = strawberry.field(description="The day whose organisation was summed in.")

    @strawberry.field(description="The units that have a part in it: contributing, no value, answered for, missing.")
    def units(self, first: int | None = None, after: str | None = None) -> ExplainedUnitConnection:
        """The units."""
        size, start = page_size(first), _offset(after)
        page = self.found.units[start : start + size]
        edges = [
            ExplainedUnitEdge(cursor=cursors.encode((str(start + i + 1),)), node=_unit(unit))
            for i, unit in enumerate(page)
        ]
        more = start + size < len(self.found.units)
        return ExplainedUnitConnection(
            edges=edges, page_info=PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None)
        )


async def explained(
    context: GraphQLContext,
    indicator: IndicatorView,
    *,
    unit: str | UUID,
    period: Period,
    sex: Sex,
    tree: date | None,
) -> Explanation:
    """The explanation of a number. Raises NotFound for a unit out of reach."""
    async with context.turn:
        top = await find_reachable_unit(context.uow, context.principal, context.today, unit)
        asked = explaining.Asked(indicator, top.id, period, sex, tree)
        found = await explaining.explain(context.uow, context.principal, context.today, asked)
    value, numerator, denominator = (None if n is None else NumberScalar(n) for n in found.figures)
    below = found.below.value
    return Explanation(
        found=found,
        origin=found.origin,
        value=value,
        numerator=numerator,
        denominator=denominator,
        formula=found.formula.in_language(context.language),
        reason=context.say(found.reason),
        below=None if below is None else NumberScalar(below),
        own=_reported(found.own),
        coverage=Coverage(
            contributing=found.coverage.contributing,
            no_value=found.coverage.no_value,
            missing=found.coverage.missing,
            answered_for=found.coverage.answered_for,
            share=found.coverage.share,
        ),
        tree=found.tree_day,
    )


def tree_of(said: str) -> date | None:
    """`reported` -> None, a date -> the date. Raises BAD_USER_INPUT."""
    if said == REPORTED:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise bad_input("tree: reported, or a date as yyyy-mm-dd") from None


def _unit(unit: explaining.UnitTold) -> ExplainedUnit:
    return ExplainedUnit(
        code=unit.code,
        name=unit.name,
        part=unit.part,
        answered_by=unit.answered_by,
        expected_because=unit.expected_because,
        outcome=_reported(unit.outcome),
    )


def _reported(row: AnyRow | None) -> ReportedOutcome | None:
    if row is None:
        return None
    return ReportedOutcome(
        value=row.value,
        numerator=row.numerator,
        denominator=row.denominator,
        status=OutcomeStatus(row.status),
        comment=row.comment,
        source=InputWay(row.source),
        import_id=None if row.import_id is None else strawberry.ID(str(row.import_id)),
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
    )


@strawberry.type(description="Something in the numbers for a person to look at: a warning, with its rule.")
class NumberFinding:
    """A finding."""

    rule: str
    message: str
    indicator_code: str
    unit_code: str | None
    period: PeriodScalar | None
    sex: Sex | None


@strawberry.type(
    description="A page of findings. It looks at a bounded number of outcomes: it may hold fewer than asked for, or"
    " none, and yet have a next."
)
class NumberFindingConnection:
    """A page of findings."""

    nodes: list[NumberFinding]
    page_info: PageInfo


def findings_of(found: FindingsFound, context: GraphQLContext) -> NumberFindingConnection:
    """A page of findings."""
    end = None if found.next is None else cursors.encode(tuple(map(str, found.next)))
    return NumberFindingConnection(
        nodes=[_finding(finding, place, context) for finding, place in found_in(found.findings)],
        page_info=PageInfo(has_next_page=end is not None, end_cursor=end),
    )


def _finding(finding: Finding, place: dict[str, str | None], context: GraphQLContext) -> NumberFinding:
    period, sex = place["period"], place["sex"]
    return NumberFinding(
        rule=finding.rule,
        message=finding.message.in_language(context.language),
        indicator_code=place["indicator"] or "",
        unit_code=place["unit"],
        period=None if period is None else PeriodScalar(parse_period(period)),
        sex=None if sex is None else Sex(sex),
    )


def _offset(after: str | None) -> int:
    return 0 if after is None else cursors.numbers(after, 1)[0]
