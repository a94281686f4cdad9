"""/indicators: what is measured (VGI), approved, and held against targets."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.api.asking import asking
from app.api.conditional import Precondition, answer, version_tag
from app.api.declared import CHANGE, LIST, READ, problems
from app.api.dependencies import Calling
from app.api.idempotency import Idempotent
from app.api.outcomes import Outcome, OutcomePage, Outcomes
from app.api.pagination import PageBody, Paging, page_answer
from app.api.routes import resource_router
from app.api.shapes import Body, CodeOrId, Number, Shown, key_of
from app.api.viewer_can import Can, Include, shown_abilities
from app.domain.indicators import Direction, InputWay, TargetKind
from app.domain.targets import Target as DomainTarget
from app.domain.targets import parse_target
from app.domain.typed_text import one_line
from app.services import indicators as service
from app.services import outcomes as outcome_service
from app.services.calendar_day import now
from app.services.viewer_can_places import indicators_viewer_can

router = resource_router("/indicators", "indicators")


def _readable(printed: str) -> str:
    """The words, if a target can be read out of them."""
    try:
        parse_target(printed)
    except ValueError as error:
        raise PydanticCustomError(
            "unreadable_target", "The target can't be read: {why}", {"why": str(error)}
        ) from error
    return printed


UnitCode = Annotated[str, StringConstraints(max_length=32), AfterValidator(one_line)]
Printed = Annotated[str, StringConstraints(max_length=100), AfterValidator(one_line), AfterValidator(_readable)]


class Indicator(Shown):
    """An indicator: its identity over the years. `scale`: a ratio's value is scale * numerator / denominator (I3)."""

    id: UUID
    code: str
    catalogue_key: str | None
    title: str
    unit_of_measure: str | None
    direction: Direction
    scale: Number
    is_ratio: bool
    numerator: str | None
    denominator: str | None
    sex_disaggregated: bool
    region_level_only: bool
    input: InputWay
    approved_at: datetime | None = Field(description="When a module owner approved it (M2); null: not yet.")
    viewer_can: dict[str, Can] | None = Field(None, description="By action, with `include=viewer_can`.")


class Target(Shown):
    """What outcomes of a year are held against. `unit` null: for all units."""

    year: int
    unit: str | None
    printed: str = Field(description="As the source prints it.", examples=["Öka >1 %", "<4,5 %", "90 %"])
    kind: TargetKind
    bound: Number | None


class Targets(Shown):
    """All of an indicator's targets."""

    items: list[Target]


class NewTarget(Body):
    """A target as it is printed; kind and bound are read out of the words."""

    year: int = Field(ge=1900, le=2999)
    unit: UnitCode | None = None
    printed: Printed = Field(examples=["Öka >1 %"])

    @property
    def target(self) -> DomainTarget:
        """The typed target."""
        return parse_target(self.printed)


class NewTargets(Body):
    """The indicator's targets, whole: what is not here goes."""

    items: list[NewTarget] = Field(max_length=500)


@router.get("", operation_id="listIndicators", response_model=PageBody[Indicator], responses=problems(*LIST))
async def list_indicators(
    call: Calling,
    page: Paging,
    code: Annotated[str | None, Query(max_length=63)] = None,
    input: Annotated[InputWay | None, Query()] = None,
    approved: Annotated[bool | None, Query()] = None,
    include: Include = None,
) -> Response:
    """List indicators by code."""
    found = await service.list_indicators(
        call.uow, call.principal, page, code=code, input_way=input.value if input else None, approved=approved
    )
    shown = [Indicator.model_validate(row) for row in found.rows]
    if include is not None:
        can = indicators_viewer_can(await asking(call), found.rows)
        shown = [i.model_copy(update={"viewer_can": shown_abilities(can[i.id], call.language)}) for i in shown]
    return page_answer(call.request, shown, found.next)


@router.get("/{id}", operation_id="getIndicator", response_model=Indicator, responses=problems(*READ))
async def get_indicator(call: Calling, id: CodeOrId, include: Include = None) -> Response:
    """Read one indicator, by id, `code:` and its code, or `code:` and its key in the catalogue."""
    row = await service.read_indicator(call.uow, call.principal, key_of(id, "indicator"))
    if include is not None:
        can = shown_abilities(indicators_viewer_can(await asking(call), [row])[row.id], call.language)
        return answer(call.request, Indicator.model_validate(row).model_copy(update={"viewer_can": can}))
    return answer(call.request, Indicator.model_validate(row), tag=version_tag(row.version))


@router.post(
    "/{id}/approve",
    operation_id="approveIndicator",
    response_model=Indicator,
    responses=problems(401, 403, 404, 422, 503),
)
async def approve_indicator(call: Calling, once: Idempotent, id: CodeOrId) -> Response:
    """Approve the indicator, so that it can be linked (M2). Approved already: nothing changes."""

    async def work() -> Response:
        row = await service.approve(call.uow, call.principal, key_of(id, "indicator"), now())
        return answer(call.request, Indicator.model_validate(row), tag=version_tag(row.version))

    return await once.answer(work)


@router.get("/{id}/targets", operation_id="listTargets", response_model=Targets, responses=problems(*READ))
async def list_targets(call: Calling, id: CodeOrId) -> Response:
    """Read the indicator's targets by year. The ETag is the indicator's."""
    indicator = await service.read_indicator(call.uow, call.principal, key_of(id, "indicator"))
    rows = await service.read_targets(call.uow, call.principal, indicator.id)
    shown = Targets(items=[Target.model_validate(row) for row in rows])
    return answer(call.request, shown, tag=version_tag(indicator.version))


@router.put("/{id}/targets", operation_id="replaceTargets", response_model=Targets, responses=problems(*CHANGE))
async def replace_targets(
    call: Calling,
    match: Precondition,
    id: CodeOrId,
    body: NewTargets,
) -> Response:
    """Replace the indicator's targets. If-Match: the ETag of the indicator or of its targets."""
    key = key_of(id, "indicator")
    indicator = await service.claim_indicator(call.uow, call.principal, key)
    match.check(indicator.version)
    said = [service.TargetSaid(item.year, item.target, item.unit) for item in body.items]
    rows = await service.replace_targets(call.uow, call.principal, key, said)
    shown = Targets(items=[Target.model_validate(row) for row in rows])
    return answer(call.request, shown, tag=version_tag(indicator.version + 1))


@router.get(
    "/{id}/outcomes", operation_id="listIndicatorOutcomes", response_model=OutcomePage, responses=problems(*READ)
)
async def list_indicator_outcomes(
    call: Calling,
    page: Paging,
    wanted: Outcomes,
    id: CodeOrId,
) -> Response:
    """List the indicator's outcomes by unit, time and sex."""
    indicator = await service.read_indicator(call.uow, call.principal, key_of(id, "indicator"))
    narrowed = wanted.of(indicator.id)
    found = await outcome_service.list_outcomes(call.uow, call.principal, call.on, page, narrowed)
    return page_answer(call.request, [Outcome.model_validate(row) for row in found.rows], found.next)
