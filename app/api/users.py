"""/users: people, and what they may do where; /permission-groups; /licences."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response
from pydantic import Field

from app.api.asking import asking
from app.api.conditional import Precondition, answer, version_tag
from app.api.declared import CHANGE, CREATE, LIST, READ, problems
from app.api.dependencies import Call, Calling
from app.api.idempotency import Idempotent
from app.api.nodes import unit_key
from app.api.pagination import PageBody, Paging, page_answer
from app.api.routes import resource_router
from app.api.shapes import Shown
from app.domain.permission_groups import GroupKind
from app.domain.users import MembershipSource
from app.services import licences as licence_service
from app.services import users as service
from app.services.licences import LicencesChange
from app.services.permission_groups import list_permission_groups, read_permission_group
from app.services.users import MembershipsSaid, UserChange, UserFilter, UserSaid

router = resource_router("/users", "users")
groups_router = resource_router("/permission-groups", "users")
licences_router = resource_router("/licences", "users")
UserId = Annotated[UUID, Path(alias="id", description="The user's id.")]


class Membership(Shown):
    """A permission group at a unit, for one module or all, during [valid_from, valid_to)."""

    id: UUID
    group: str
    unit: str
    module: str | None
    valid_from: date | None
    valid_to: date | None
    source: MembershipSource = Field(description="Who looks after it: an administrator, or the directory.")


class User(Shown):
    """A person. An active one holds a licence (B4). Memberships are shown at the units whose users one may see."""

    id: UUID
    user_name: str
    subject: str = Field(description="The `sub` of the person's credential.")
    external_id: str | None
    name: str
    given_name: str | None
    family_name: str | None
    email: str | None
    active: bool
    unit: str | None = Field(description="Code of the unit that the person belongs to.")
    memberships: list[Membership]


class PermissionGroup(Shown):
    """Rights (`resource:action`), which count at a member's unit and below, and `levels_up` units right above."""

    code: str
    name: str
    name_en: str
    kind: GroupKind
    rights: list[str]
    levels_up: int
    leads: bool = Field(description="Whether its members lead their unit.")


class Licences(Shown):
    """How many users can be active at a time (null: no limit), and how many are."""

    total: int | None
    used: int


@router.get("", operation_id="listUsers", response_model=PageBody[User], responses=problems(403, *LIST))
async def list_users(
    call: Calling,
    page: Paging,
    *,
    unit: Annotated[str | None, Query(max_length=200, description="A unit's code, or its id.")] = None,
    active: Annotated[bool | None, Query()] = None,
    search: Annotated[str | None, Query(max_length=200, description="Words that the name holds.")] = None,
) -> Response:
    """List users in Swedish order, those at units whose users one may see."""
    wanted = UserFilter(unit=unit_key(unit), active=active, search=search)
    users, following = await service.list_users(await asking(call), page, wanted)
    return page_answer(call.request, [User.model_validate(u) for u in users], following)


@router.get("/{id}", operation_id="getUser", response_model=User, responses=problems(403, *READ))
async def get_user(call: Calling, user_id: UserId) -> Response:
    """Read one user."""
    return await _shown(call, user_id)


@router.post("", operation_id="createUser", status_code=201, response_model=User, responses=problems(*CREATE))
async def create_user(call: Calling, once: Idempotent, body: UserSaid) -> Response:
    """Make a user; an active one takes a licence (B4)."""

    async def work() -> Response:
        made = await service.create_user(await asking(call), body)
        return await _shown(call, made, status=201, headers={"Location": f"/api/v1/users/{made}"})

    return await once.answer(work)


@router.patch("/{id}", operation_id="changeUser", response_model=User, responses=problems(*CHANGE))
async def change_user(call: Calling, user_id: UserId, match: Precondition, body: UserChange) -> Response:
    """Change, move, deactivate or bring back a user (JSON merge patch). One who is inactive has no licence."""
    await service.change_user(await asking(call), user_id, body, match.check)
    return await _shown(call, user_id)


@router.put("/{id}/memberships", operation_id="putMemberships", response_model=User, responses=problems(*CHANGE))
async def put_memberships(call: Calling, user_id: UserId, match: Precondition, body: MembershipsSaid) -> Response:
    """Replace a user's memberships at the units where one may; those from the directory stay."""
    await service.put_memberships(await asking(call), user_id, body, match.check)
    return await _shown(call, user_id)


@groups_router.get(
    "", operation_id="listPermissionGroups", response_model=PageBody[PermissionGroup], responses=problems(*LIST)
)
async def get_permission_groups(call: Calling, page: Paging) -> Response:
    """List the region's permission groups."""
    rows, following = await list_permission_groups(call.uow, call.principal, page)
    return page_answer(call.request, [PermissionGroup.model_validate(row) for row in rows], following)


@groups_router.get(
    "/{code}", operation_id="getPermissionGroup", response_model=PermissionGroup, responses=problems(*READ)
)
async def get_permission_group(call: Calling, code: Annotated[str, Path(max_length=63)]) -> Response:
    """Read one permission group."""
    row = await read_permission_group(call.uow, call.principal, code)
    return answer(call.request, PermissionGroup.model_validate(row))


@licences_router.get("", operation_id="getLicences", response_model=Licences, responses=problems(403, *READ))
async def get_licences(call: Calling) -> Response:
    """Read how many licences there are, and how many are in use."""
    row = await licence_service.read_licences(call.uow, call.principal)
    return answer(call.request, Licences.model_validate(row), tag=version_tag(row.version))


@licences_router.patch("", operation_id="changeLicences", response_model=Licences, responses=problems(*CHANGE))
async def change_licences(call: Calling, match: Precondition, body: LicencesChange) -> Response:
    """Set how many licences there are (JSON merge patch); not fewer than are in use (B4)."""
    row = await licence_service.change_licences(call.uow, call.principal, body, match.check)
    return answer(call.request, Licences.model_validate(row), tag=version_tag(row.version))


async def _shown(call: Call, user_id: UUID, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    user = await service.read_user(await asking(call), user_id)
    tag = version_tag(user.row.version)
    return answer(call.request, User.model_validate(user), status=status, tag=tag, headers=headers)
