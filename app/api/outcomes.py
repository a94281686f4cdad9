"""/outcomes: figures, as they were reported."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from app.api.declared import LIST, problems
from app.api.dependencies import Calling
from app.api.pagination import PageBody, Paging, page_answer
from app.api.problems import INVALID, ProblemError, Wrong
from app.api.routes import resource_router
from app.api.shapes import Number, Shown, key_of
from app.domain.indicators import InputWay, OutcomeStatus, Sex
from app.domain.periods import Period, parse_period
from app.domain.texts import Text
from app.domain.typed_days import ISO_FORM
from app.services import outcomes as service
from app.services.outcomes import OutcomeFilter

router = resource_router("/outcomes", "outcomes")
_PERIOD = Text("Ange perioden som 2027, 2027-T1 eller 2027-04.", "Give the period as 2027, 2027-T1 or 2027-04.")
PeriodText = Annotated[str | None, Query(max_length=20, examples=["2027-T2"])]


class Outcome(Shown):
    """An indicator's outcome at a unit in a period for a sex. A value of null is "no value" (I3)."""

    indicator: str
    unit: str
    period: str
    sex: Sex
    value: Number | None
    numerator: Number | None
    denominator: Number | None
    status: OutcomeStatus
    comment: str | None
    source: InputWay
    import_id: UUID | None
    recorded_at: datetime
    recorded_by: str


OutcomePage = PageBody[Outcome]


REPORTED = "reported"
_TREE = Text("Ange reported eller ett datum, åååå-mm-dd.", "Give reported or a date, yyyy-mm-dd.")
TREE_WORDS = (
    "The organisation that is read: `reported`, as it stood when each period ended (now, for one that has not), or"
    " as of a date."
)


def tree_parameter(said: str) -> date | None:
    """`reported` -> None, a date -> the date. Raises 422."""
    if said == REPORTED:
        return None
    try:
        if ISO_FORM.fullmatch(said):
            return date.fromisoformat(said)
    except ValueError:  # the form of a day, but none of the calendar
        pass
    raise ProblemError(INVALID, [Wrong(_TREE, "tree_form", parameter="tree")])


def period_parameter(name: str, said: str | None) -> Period | None:
    """A period of a query parameter. Raises 422 for what is none."""
    if said is None:
        return None
    try:
        return parse_period(said)
    except ValueError:
        raise ProblemError(INVALID, [Wrong(_PERIOD, "period_format", parameter=name)]) from None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The filters of a list of outcomes, but for the indicator."""

    filter: OutcomeFilter

    def of(self, indicator_id: UUID) -> OutcomeFilter:
        """The same, of one indicator."""
        return replace(self.filter, indicator_id=indicator_id)


def _narrowed(
    unit: Annotated[str | None, Query(max_length=200, description="Id or `code:X` of a unit.")] = None,
    under: Annotated[str | None, Query(max_length=200, description="This unit and what is below it.")] = None,
    tree: Annotated[str | None, Query(max_length=10, description=f"For `under`. {TREE_WORDS} Unsaid: today.")] = None,
    period: PeriodText = None,
    period_from: PeriodText = None,
    period_to: PeriodText = None,
    sex: Annotated[list[Sex] | None, Query()] = None,
) -> Narrowed:
    return Narrowed(
        OutcomeFilter(
            unit=None if unit is None else key_of(unit, "unit"),
            under=None if under is None else key_of(under, "unit"),
            tree=None if tree is None else tree_parameter(tree),
            as_reported=tree == REPORTED,
            period=period_parameter("period", period),
            period_from=period_parameter("period_from", period_from),
            period_to=period_parameter("period_to", period_to),
            sexes=sex or (),
        )
    )


Outcomes = Annotated[Narrowed, Depends(_narrowed)]
"""The filters as a parameter of a route."""


@router.get("", operation_id="listOutcomes", response_model=OutcomePage, responses=problems(*LIST, 404))
async def list_outcomes(
    call: Calling,
    page: Paging,
    wanted: Outcomes,
    indicator: Annotated[str | None, Query(max_length=100, description="Code, or key in the catalogue.")] = None,
) -> Response:
    """List outcomes within reach, by indicator, unit, time and sex."""
    narrowed = replace(wanted.filter, indicator=indicator)
    found = await service.list_outcomes(call.uow, call.principal, call.on, page, narrowed)
    return page_answer(call.request, [Outcome.model_validate(row) for row in found.rows], found.next)
