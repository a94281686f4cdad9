"""/indicators/findings: what looks wrong in the numbers."""

from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import Field

from app.api.declared import LIST, problems
from app.api.dependencies import Calling
from app.api.indicator_reading import span_of
from app.api.outcomes import PeriodText
from app.api.pagination import PageBody, Paging, bad_cursor, page_answer
from app.api.routes import resource_router
from app.api.shapes import Shown, key_of
from app.db.paging import Page
from app.domain.indicators import Sex
from app.domain.number_checks import CHECKS
from app.services import number_checks as service
from app.services.indicators import read_indicator
from app.services.units import find_reachable_unit

router = resource_router("/indicators", "indicators")
Check = Literal["I3", "I4", "L1", "L2", "L3"]


class NumberFinding(Shown):
    """Something for a person to look at. `period`, `unit` and `sex` are null where it is about none in particular."""

    rule: Check
    message: str
    indicator: str
    unit: str | None
    period: str | None
    sex: Sex | None
    facts: dict[str, Any] = Field(description="What the message speaks of, for front ends.")


@router.get(
    "/findings",
    operation_id="listNumberFindings",
    response_model=PageBody[NumberFinding],
    responses=problems(*LIST),
)
async def list_number_findings(
    call: Calling,
    page: Paging,
    indicator: Annotated[str | None, Query(max_length=200, description="Id or `code:X` of an indicator.")] = None,
    unit: Annotated[str | None, Query(max_length=200, description="Id or `code:X` of a unit.")] = None,
    under: Annotated[str | None, Query(max_length=200, description="This unit and what is below it.")] = None,
    period_from: PeriodText = None,
    period_to: PeriodText = None,
    check: Annotated[list[Check] | None, Query(description="Ids of rules; all of them where none is said.")] = None,
) -> Response:
    """List what looks wrong in the numbers: warnings, each with its rule.

    I3: a ratio apart from its parts. I4: women and men apart from the total. L1: a jump against the own history. L2: a
    small group. L3: an indicator that no one has reported for two periods (asked of the whole reach: not with `unit` or
    `under`). Silent indicators come first, then series by indicator and unit. A page looks at a bounded number of
    outcomes: it may hold fewer findings than `limit`, or none, and still have a `next`.
    """
    key = None if indicator is None else key_of(indicator, "indicator")
    places = [None if said is None else key_of(said, "unit") for said in (unit, under)]
    units = [
        None if place is None else (await find_reachable_unit(call.uow, call.principal, call.on, place)).id
        for place in places
    ]
    wanted = service.Wanted(
        span=span_of(call, period_from, period_to),
        indicator=None if key is None else (await read_indicator(call.uow, call.principal, key)).id,
        unit=units[0],
        under=units[1],
        checks=tuple(dict.fromkeys(check or CHECKS)),
    )
    start = _start(page)
    found = await service.find(call.uow, call.principal, call.on, wanted, limit=page.limit, start=start)
    items = [
        NumberFinding(
            rule=finding.rule,
            message=finding.message.in_language(call.language),
            facts=dict(finding.facts),
            **place,
        )
        for finding, place in service.found_in(found.findings)
    ]
    return page_answer(call.request, items, found.next)


def _start(page: Page) -> service.Place:
    if page.after is None:
        return service.START
    if len(page.after) != len(service.START) or not all(isinstance(n, int) and 0 <= n < 2**31 for n in page.after):
        raise bad_cursor()
    phase, indicator, unit, offset = page.after
    return phase, indicator, unit, offset
