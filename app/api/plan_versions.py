"""/plan-versions: a year's plan for the whole region."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response
from pydantic import Field

from app.api.conditional import answer, version_tag
from app.api.declared import CREATE, LIST, READ, problems
from app.api.dependencies import Calling
from app.api.idempotency import Idempotent
from app.api.pagination import PageBody, Paging, page_answer
from app.api.routes import resource_router
from app.api.shapes import Body, Shown
from app.domain.plan_versions import PlanStatus
from app.services import plan_versions as service

router = resource_router("/plan-versions", "plan versions")


class PlanVersion(Shown):
    """A year's plan: `planning` -> `live` -> `archived`."""

    id: UUID
    year: int
    status: PlanStatus
    created_at: datetime
    created_by: str


class NewPlanVersion(Body):
    """A year to begin planning."""

    year: int = Field(ge=1900, le=2999, examples=[2028])
    status: PlanStatus = Field(PlanStatus.PLANNING, description="`live` only where no other version is live (V1).")


@router.get("", operation_id="listPlanVersions", response_model=PageBody[PlanVersion], responses=problems(*LIST))
async def list_plan_versions(
    call: Calling, page: Paging, status: Annotated[PlanStatus | None, Query()] = None
) -> Response:
    """List plan versions by year."""
    found = await service.list_plan_versions(call.uow, call.principal, page, status=status)
    return page_answer(call.request, [PlanVersion.model_validate(row) for row in found.rows], found.next)


@router.get("/{id}", operation_id="getPlanVersion", response_model=PlanVersion, responses=problems(*READ))
async def get_plan_version(call: Calling, id: Annotated[UUID, Path()]) -> Response:
    """Read one plan version."""
    row = await service.read_plan_version(call.uow, call.principal, id)
    return answer(call.request, PlanVersion.model_validate(row), tag=version_tag(row.version))


@router.post(
    "", operation_id="createPlanVersion", status_code=201, response_model=PlanVersion, responses=problems(*CREATE)
)
async def create_plan_version(call: Calling, once: Idempotent, body: NewPlanVersion) -> Response:
    """Begin a year's plan."""

    async def work() -> Response:
        row = await service.create_plan_version(call.uow, call.principal, year=body.year, status=body.status)
        made = PlanVersion.model_validate(row)
        headers = {"Location": f"/api/v1/plan-versions/{made.id}"}
        return answer(call.request, made, status=201, tag=version_tag(row.version), headers=headers)

    return await once.answer(work)
