"""/views: the standard filters that front ends begin with (B5)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response
from pydantic import Field

from app.api.asking import asking
from app.api.conditional import Precondition, answer, version_tag
from app.api.declared import CHANGE, CREATE, LIST, READ, problems
from app.api.dependencies import Call, Calling
from app.api.idempotency import Idempotent
from app.api.pagination import PageBody, Paging, page_answer
from app.api.routes import resource_router
from app.api.shapes import Shown
from app.domain.nodes import ActivityStatus
from app.domain.views import ViewFor
from app.services import views as service
from app.services.views import ViewChange, ViewSaid, ViewShown

router = resource_router("/views", "views")
ViewId = Annotated[UUID, Path(alias="id", description="The view's id.")]


class Filter(Shown):
    """What is shown to begin with; an empty list: everything of it."""

    columns: list[str]
    keywords: list[UUID]
    statuses: list[ActivityStatus]


class View(Shown):
    """A standard filter of a module, and for whom it is. Of `units` those are told that one may see."""

    id: UUID
    module: str
    name: str
    kind: ViewFor
    permission_group: str | None
    units: list[str]
    filter: Filter
    updated_at: datetime
    updated_by: str


class EffectiveView(Shown):
    """The view that the viewer begins with; null where none is set for it."""

    view: View | None = Field(description="Of those that fit, the most specific one (B5).")


@router.get("", operation_id="listViews", response_model=PageBody[View], responses=problems(*LIST))
async def list_views(
    call: Calling,
    page: Paging,
    *,
    module: Annotated[str | None, Query(max_length=63)] = None,
    kind: Annotated[ViewFor | None, Query()] = None,
) -> Response:
    """List views, oldest first: general ones, and those for units that one may see."""
    found, following = await service.list_views(await asking(call), page, module=module, kind=kind)
    return page_answer(call.request, [_view(view) for view in found], following)


@router.get("/effective", operation_id="getEffectiveView", response_model=EffectiveView, responses=problems(*READ))
async def get_effective_view(call: Calling, module: Annotated[str, Query(max_length=63)] = "VGPU") -> Response:
    """Read the view that the viewer begins with in a module: of those that fit, the most specific (B5)."""
    found = await service.effective_view(await asking(call), module)
    return answer(call.request, EffectiveView(view=None if found is None else _view(found)))


@router.get("/{id}", operation_id="getView", response_model=View, responses=problems(*READ))
async def get_view(call: Calling, view_id: ViewId) -> Response:
    """Read one view."""
    return await _answer(call, view_id)


@router.post("", operation_id="createView", status_code=201, response_model=View, responses=problems(*CREATE))
async def create_view(call: Calling, once: Idempotent, body: ViewSaid) -> Response:
    """Set a standard filter: for a permission group, a unit, or a group of units; for everybody where none is said."""

    async def work() -> Response:
        made = await service.create_view(await asking(call), body)
        return await _answer(call, made, status=201, headers={"Location": f"/api/v1/views/{made}"})

    return await once.answer(work)


@router.patch("/{id}", operation_id="changeView", response_model=View, responses=problems(*CHANGE))
async def change_view(call: Calling, view_id: ViewId, match: Precondition, body: ViewChange) -> Response:
    """Rename a view, or change its filter (JSON merge patch)."""
    await service.change_view(await asking(call), view_id, body, match.check)
    return await _answer(call, view_id)


@router.delete(
    "/{id}", operation_id="deleteView", status_code=204, responses=problems(401, 403, 404, 412, 422, 428, 503)
)
async def delete_view(call: Calling, view_id: ViewId, match: Precondition) -> Response:
    """Take a view away."""
    await service.delete_view(await asking(call), view_id, match.check)
    return Response(status_code=204)


async def _answer(call: Call, view_id: UUID, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    view = await service.read_view(await asking(call), view_id)
    tag = version_tag(view.row.version)
    return answer(call.request, _view(view), status=status, tag=tag, headers=headers)


def _view(found: ViewShown) -> View:
    row = found.row
    return View(
        id=row.id,
        module=row.module,
        name=row.name,
        kind=row.kind,
        permission_group=row.permission_group,
        units=[unit.unit for unit in found.units],
        filter=Filter.model_validate(row.filter, from_attributes=False),
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )
