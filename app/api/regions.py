"""/regions/self: the region that the credential belongs to, and what the credential may do there."""

from datetime import datetime
from uuid import UUID

from fastapi import Response
from pydantic import Field

from app.api.conditional import answer
from app.api.declared import problems
from app.api.dependencies import Calling
from app.api.routes import resource_router
from app.api.shapes import Shown
from app.domain.access import Permission, Role
from app.services import regions as service

router = resource_router("/regions", "regions")


class Level(Shown):
    """A level of the region's tree; position 0 is the top."""

    code: str
    position: int
    name: str
    name_en: str


class Viewer(Shown):
    """Who is asking, and what the credential allows at and below its unit."""

    subject: str
    role: Role
    unit: str
    whole_region: bool
    groups: list[str] = Field(description="The permission groups, or the role, that the rights come from.")
    permissions: list[Permission]
    scopes: list[str]


class Region(Shown):
    """A region. `board_level` is the level whose units are boards."""

    id: UUID
    code: str
    name: str
    board_level: str
    levels: list[Level]
    created_at: datetime
    viewer: Viewer


@router.get("/self", operation_id="getOwnRegion", response_model=Region, responses=problems(401, 422, 503))
async def get_own_region(call: Calling) -> Response:
    """Read the region that the credential belongs to. No other can be seen."""
    found = await service.read_own_region(call.uow, call.principal)
    principal = call.principal
    region = Region(
        id=found.region.id,
        code=found.region.code,
        name=found.region.name,
        board_level=found.region.board_level,
        levels=[Level.model_validate(level) for level in found.levels],
        created_at=found.region.created_at,
        viewer=Viewer(
            subject=principal.subject,
            role=principal.role,
            unit=principal.unit_code,
            whole_region=principal.whole_region,
            groups=list(principal.groups),
            permissions=[p for p in Permission if principal.may(p)],
            scopes=sorted(principal.scopes),
        ),
    )
    return answer(call.request, region)
