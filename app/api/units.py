"""/units: the organisation's tree, today or as it stood on a day."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from app.api.asking import asking
from app.api.conditional import answer
from app.api.declared import LIST, READ, problems
from app.api.dependencies import Calling
from app.api.pagination import PageBody, Paging, page_answer
from app.api.routes import resource_router
from app.api.shapes import CodeOrId, Shown, key_of
from app.api.viewer_can import Can, Include, shown_abilities
from app.services import units as service
from app.services.viewer_can_places import units_viewer_can

router = resource_router("/units", "units")
At = Annotated[date | None, Query(description="The day whose tree is asked for; today if not said.")]


class Unit(Shown):
    """A unit. `parent` is the code of the unit above it, null for the top."""

    id: UUID
    code: str
    name: str
    level: str
    kind: str | None
    parent: str | None
    commissioning: bool
    provider: bool
    monthly_comment_required: bool
    budget_goals_allocated: bool
    viewer_can: dict[str, Can] | None = Field(None, description="By action, with `include=viewer_can`.")


class UnitBelow(Unit):
    """A unit of a part of the tree; `depth` 0 is the top of that part."""

    depth: int


class Subtree(Shown):
    """A unit and everything below it, from the top down."""

    items: list[UnitBelow]


@router.get("", operation_id="listUnits", response_model=PageBody[Unit], responses=problems(*LIST))
async def list_units(
    call: Calling,
    page: Paging,
    level: Annotated[str | None, Query(max_length=63)] = None,
    kind: Annotated[str | None, Query(max_length=16)] = None,
    code: Annotated[str | None, Query(max_length=32)] = None,
    under: Annotated[str | None, Query(description="Id or `code:X`: this unit and what is below it.")] = None,
    at: At = None,
    include: Include = None,
) -> Response:
    """List units in Swedish order of their names."""
    found = await service.list_units(
        call.uow,
        call.principal,
        at or call.on,
        page,
        level=level,
        kind=kind,
        code=code,
        under=None if under is None else key_of(under, "unit"),
    )
    units = [Unit.model_validate(row) for row in found.rows]
    if include is not None:
        can = await units_viewer_can(await asking(call), [unit.id for unit in units])
        units = [u.model_copy(update={"viewer_can": shown_abilities(can[u.id], call.language)}) for u in units]
    return page_answer(call.request, units, found.next)


@router.get("/{id}", operation_id="getUnit", response_model=Unit, responses=problems(*READ))
async def get_unit(call: Calling, id: CodeOrId, at: At = None, include: Include = None) -> Response:
    """Read one unit."""
    row = await service.read_unit(call.uow, call.principal, at or call.on, key_of(id, "unit"))
    unit = Unit.model_validate(row)
    if include is not None:
        can = await units_viewer_can(await asking(call), [unit.id])
        unit = unit.model_copy(update={"viewer_can": shown_abilities(can[unit.id], call.language)})
    return answer(call.request, unit)


@router.get("/{id}/subtree", operation_id="getSubtree", response_model=Subtree, responses=problems(*READ))
async def get_subtree(call: Calling, id: CodeOrId, at: At = None) -> Response:
    """Read the unit and everything below it."""
    rows = await service.read_subtree(call.uow, call.principal, at or call.on, key_of(id, "unit"))
    return answer(call.request, Subtree(items=[UnitBelow.model_validate(row) for row in rows]))
