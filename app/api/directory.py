"""/directory: what the region makes of its directory."""

from fastapi import Response
from pydantic import Field

from app.api.asking import asking
from app.api.conditional import Precondition, answer, version_tag
from app.api.declared import CHANGE, READ, problems
from app.api.dependencies import Call, Calling
from app.api.errors import finding_items
from app.api.problems import ProblemItem
from app.api.responsibilities import OrphanedResponsibility, shown
from app.api.routes import resource_router
from app.api.shapes import Shown
from app.services import directory_map as service
from app.services.directory_map import MappingSaid
from app.services.sync_preview import ComingState, preview

router = resource_router("/directory", "directory")


class GroupMapping(Shown):
    """Members of a directory group, known by its name, have a permission group at a unit, for one module or all."""

    directory_group: str
    group: str
    unit: str
    module: str | None


class Department(Shown):
    """The unit at which people of a department are at home."""

    department: str
    unit: str


class UnmappedGroup(Shown):
    """A group of the directory that gives nothing."""

    directory_group: str
    members: int


class UnknownDepartment(Shown):
    """A department that is neither mapped nor a unit's code: its people stay where they were at home."""

    department: str
    people: int


class Mapping(Shown):
    """What the region makes of its directory. The ETag is the mapping's own, whatever the directory sends."""

    groups: list[GroupMapping]
    departments: list[Department] = Field(description="A department that is a unit's code need not be named.")
    unmapped_groups: list[UnmappedGroup]
    unknown_departments: list[UnknownDepartment]


class Licences(Shown):
    """How many there are (null: any number), and how many are in use now."""

    total: int | None
    used: int


class SyncPreview(Shown):
    """What a synchronisation would do. Responsibilities: those that it would leave without a person, at most 1,000."""

    received: int
    new: int = Field(description="People who are not here yet.")
    leaving: int
    returning: int
    moving: int = Field(description="People who would be at home at another unit.")
    licences: Licences
    used_after: int
    orphaned: list[OrphanedResponsibility]
    orphaned_count: int
    warnings: list[ProblemItem]


@router.post(
    "/sync-preview",
    operation_id="previewDirectorySync",
    response_model=SyncPreview,
    responses=problems(401, 403, 413, 415, 422, 503),
)
async def preview_sync(call: Calling, body: ComingState) -> Response:
    """Tell which responsibilities a coming state of the directory would orphan, with successors proposed (B3).

    What is not said of a person stays. With `complete`, those of the directory who are not named leave. It is
    tried and taken back: nothing changes.
    """
    found = await preview(await asking(call), body)
    return answer(
        call.request,
        SyncPreview(
            received=found.received,
            new=found.new,
            leaving=found.leaving,
            returning=found.returning,
            moving=found.moving,
            licences=Licences(total=found.total, used=found.used),
            used_after=found.used_after,
            orphaned=[shown(each, call) for each in found.orphaned],
            orphaned_count=found.orphaned_count,
            warnings=finding_items(found.findings, call.language),
        ),
    )


@router.get("/mapping", operation_id="getDirectoryMapping", response_model=Mapping, responses=problems(403, *READ))
async def get_mapping(call: Calling) -> Response:
    """Read which permission groups the directory's groups give where, which units its departments are, and the rest."""
    return await _shown(call)


@router.put("/mapping", operation_id="putDirectoryMapping", response_model=Mapping, responses=problems(*CHANGE))
async def put_mapping(call: Calling, match: Precondition, body: MappingSaid) -> Response:
    """Replace the mapping; memberships and homes follow at once. One gives only what one has oneself (B1)."""
    await service.put_mapping(await asking(call), body, match.check)
    return await _shown(call)


async def _shown(call: Call) -> Response:
    found = await service.read_mapping(await asking(call))
    return answer(call.request, Mapping.model_validate(found), tag=version_tag(found.version))
