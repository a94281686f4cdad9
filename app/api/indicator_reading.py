"""/indicators/{id}/series, /explain: figures over time, and what each is made of."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from app.api.conditional import answer
from app.api.declared import LIST, READ, problems
from app.api.dependencies import Call, Calling
from app.api.outcomes import REPORTED, TREE_WORDS, PeriodText, period_parameter, tree_parameter
from app.api.pagination import PageBody, Paging, encode_cursor, next_link, page_answer, page_of
from app.api.problems import INVALID, ProblemError, Wrong
from app.api.routes import resource_router
from app.api.shapes import CodeOrId, Number, Shown, key_of
from app.domain.attainment import AttainmentStatus
from app.domain.explanation import Expectation, UnitPart
from app.domain.findings import InvalidInput
from app.domain.indicators import InputWay, OutcomeStatus, Sex
from app.services import explain as explaining
from app.services import series as service
from app.services.indicators import read_indicator
from app.services.series import Figuring, Origin, SeriesItem, Span, view_of
from app.services.units import find_reachable_unit

router = resource_router("/indicators", "indicators")

AtUnit = Annotated[str, Query(max_length=200, description="Id or `code:X` of the unit.", examples=["code:SU"])]
Tree = Annotated[str, Query(max_length=10, description=TREE_WORDS, examples=[REPORTED, "2027-01-01"])]


class Held(Shown):
    """Whether the year's target is reached (I6)."""

    status: AttainmentStatus
    target: str | None = Field(description="As printed.")
    comparison: Number | None = Field(description="The same period the year before, for a target that is a direction.")
    reason: str


class SeriesFigure(Shown):
    """A figure of a series. A value of null is "no value", and `reason` says why."""

    period: str
    sex: Sex
    value: Number | None
    numerator: Number | None
    denominator: Number | None
    origin: Origin = Field(description="own: reported by the unit; below: put together from the units below it (I5).")
    contributing: int = Field(description="How many units' figures are in it; 0 for the unit's own.")
    reason: str | None
    status: OutcomeStatus | None = Field(
        description="Of the unit's own figure: `normal`, or which kind of no value it is; null for one put together."
    )
    attainment: Held | None = Field(description="Of the total, T.")


class OutcomeTold(Shown):
    """An outcome, with who brought it, how and when."""

    value: Number | None
    numerator: Number | None
    denominator: Number | None
    status: OutcomeStatus
    comment: str | None
    source: InputWay
    import_id: UUID | None
    recorded_at: datetime
    recorded_by: str


class UnitTold(Shown):
    """A unit that has a part in the number."""

    id: UUID
    code: str
    name: str
    part: UnitPart
    answered_by: str | None = Field(description="Code of the unit above whose figures count instead.")
    expected_because: Expectation | None = Field(description="Of a missing unit: why it was expected.")
    outcome: OutcomeTold | None


class Covered(Shown):
    """How whole the number is."""

    contributing: int
    no_value: int
    missing: int
    answered_for: int = Field(description="Units whose figures are left to one above them.")
    share: float | None = Field(
        description="Contributing units of those that contribute, have no value or are missing."
    )


class Explained(Shown):
    """What a number is made of: a page of its units, and all the rest about it."""

    indicator: str
    unit: str
    period: str
    sex: Sex
    origin: Origin | None = Field(description="null: there is nothing, neither own nor below.")
    value: Number | None
    numerator: Number | None
    denominator: Number | None
    formula: str
    reason: str | None = Field(description="Why there is no value.")
    own: OutcomeTold | None
    below: Number | None = Field(
        description="What the units below make together, also where the unit's own goes first."
    )
    coverage: Covered
    tree: date = Field(description="The day whose organisation was summed in.")
    items: list[UnitTold]
    next: str | None = Field(None, description="Cursor of the next page of units.")


def span_of(call: Call, period_from: str | None, period_to: str | None) -> Span:
    """The span of two query parameters. Raises 422."""
    said = period_parameter("period_from", period_from), period_parameter("period_to", period_to)
    try:
        return Span.of(*said, call.on)
    except InvalidInput as wrong:
        raise ProblemError(
            INVALID, [Wrong(e.message, e.code, parameter=e.pointer.removeprefix("/")) for e in wrong.errors]
        ) from wrong


@router.get(
    "/{id}/series", operation_id="readIndicatorSeries", response_model=PageBody[SeriesFigure], responses=problems(*LIST)
)
async def read_indicator_series(
    call: Calling,
    page: Paging,
    id: CodeOrId,
    unit: AtUnit,
    period_from: PeriodText = None,
    period_to: PeriodText = None,
    sex: Annotated[list[Sex] | None, Query()] = None,
    tree: Tree = REPORTED,
    figures: Annotated[
        Figuring, Query(description="Whose figures: the unit's own or else those below; or only one.")
    ] = Figuring.OWN_FIRST,
) -> Response:
    """Read the indicator's figures at a unit over time, held against its targets.

    Counts add up from below; a ratio is worked out from summed numerators and denominators, or not at all (I5). Without
    a span: from two years before this one up to the next.
    """
    indicator = await read_indicator(call.uow, call.principal, key_of(id, "indicator"))
    top = await find_reachable_unit(call.uow, call.principal, call.on, key_of(unit, "unit"))
    asked = service.Asked(
        unit=top.id,
        span=span_of(call, period_from, period_to),
        sexes=tuple(dict.fromkeys(sex or Sex)),
        tree=tree_parameter(tree),
        figuring=figures,
    )
    view = view_of(indicator)
    found = await service.read_series(call.uow, call.principal, call.on, [view], asked)
    items, following = page_of(found[view.id], page)
    return page_answer(call.request, [_shown(item, call) for item in items], following)


def _shown(item: SeriesItem, call: Call) -> SeriesFigure:
    held = item.attainment
    return SeriesFigure(
        period=str(item.period),
        sex=item.sex,
        value=item.figures.value,
        numerator=item.figures.numerator,
        denominator=item.figures.denominator,
        origin=item.origin,
        contributing=item.contributing,
        reason=None if item.reason is None else item.reason.in_language(call.language),
        status=item.status,
        attainment=None
        if held is None
        else Held(
            status=held.status,
            target=None if held.target is None else held.target.printed,
            comparison=held.comparison,
            reason=held.reason.in_language(call.language),
        ),
    )


@router.get("/{id}/explain", operation_id="explainIndicator", response_model=Explained, responses=problems(*READ))
async def explain_indicator(
    call: Calling,
    page: Paging,
    id: CodeOrId,
    unit: AtUnit,
    period: Annotated[str, Query(max_length=20, examples=["2027-T2"])],
    sex: Annotated[Sex, Query()] = Sex.TOTAL,
    tree: Tree = REPORTED,
) -> Response:
    """Ask a number what it is made of: which units' figures are in it, which are missing, how it was worked out.

    The units come in pages: those in the number, those without a value, those answered for by a unit above them, those
    missing.
    """
    indicator = await read_indicator(call.uow, call.principal, key_of(id, "indicator"))
    top = await find_reachable_unit(call.uow, call.principal, call.on, key_of(unit, "unit"))
    said = period_parameter("period", period)
    assert said is not None  # it is required
    asked = explaining.Asked(view_of(indicator), top.id, said, sex, tree_parameter(tree))
    found = await explaining.explain(call.uow, call.principal, call.on, asked)
    units, following = page_of(found.units, page)
    cursor = None if following is None else encode_cursor(call.request, following)
    shown = Explained(
        indicator=indicator.code,
        unit=top.code,
        period=str(said),
        sex=sex,
        origin=found.origin,
        value=found.figures.value,
        numerator=found.figures.numerator,
        denominator=found.figures.denominator,
        formula=found.formula.in_language(call.language),
        reason=None if found.reason is None else found.reason.in_language(call.language),
        own=None if found.own is None else OutcomeTold.model_validate(found.own),
        below=found.below.value,
        coverage=Covered.model_validate(found.coverage),
        tree=found.tree_day,
        items=[UnitTold.model_validate(each) for each in units],
        next=cursor,
    )
    return answer(call.request, shown, headers=next_link(call.request, cursor))
