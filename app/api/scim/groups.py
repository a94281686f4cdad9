"""/scim/v2/Groups."""

from typing import Any

from fastapi import Response
from pydantic import ValidationError
from scim2_models import Context, PatchOp, ResponseParameters, SearchRequest
from sqlalchemy import true

from app.api.asking import asking
from app.api.dependencies import Call
from app.api.scim.answers import many, one, order_of, page_of, shown_group
from app.api.scim.calling import (
    POLICY,
    ScimCalling,
    check_match,
    id_of,
    read_message,
    scim_router,
    search_of,
    shape_of,
)
from app.api.scim.errors import first_of
from app.api.scim.group_members import member_ids, taken_apart
from app.api.scim.models import Group
from app.db.queries.directory import GROUPS
from app.db.queries.scim_filter import condition
from app.services import directory_groups as service
from app.services.directory_groups import GroupSaid, MembersSaid
from app.services.facts import Asked

router = scim_router()
_WHAT = "group"


@router.get("/Groups")
async def list_groups(call: ScimCalling) -> Response:
    """Groups by filter, in pages."""
    return await _found(call, search_of(call, Group))


@router.post("/Groups/.search")
async def search_groups(call: ScimCalling) -> Response:
    """The same, asked in the body."""
    return await _found(call, await read_message(call, SearchRequest[Group], Context.SEARCH_REQUEST))


@router.get("/Groups/{group_id}")
async def get_group(call: ScimCalling, group_id: str) -> Response:
    """One group; without its members where they are excluded, however many they are."""
    shape = shape_of(call, Group)
    found = await service.find_group(await asking(call), id_of(group_id, _WHAT), members=_with_members(shape))
    return one(call, shown_group(call, found), shape, Context.RESOURCE_QUERY_RESPONSE)


@router.post("/Groups")
async def create_group(call: ScimCalling) -> Response:
    """Make a group. What it gives its members is in the mapping."""
    shape = shape_of(call, Group)
    group = await read_message(call, Group, Context.RESOURCE_CREATION_REQUEST)
    a = await asking(call)
    made = await service.add_group(a, _said(group), MembersSaid(whole=member_ids(group.members or ())))
    found = await service.find_group(a, made, members=_with_members(shape))
    return one(call, shown_group(call, found), shape, Context.RESOURCE_CREATION_RESPONSE, status=201)


@router.put("/Groups/{group_id}")
async def replace_group(call: ScimCalling, group_id: str) -> Response:
    """The group becomes what is said, its members too."""
    shape = shape_of(call, Group)
    wanted = await read_message(call, Group, Context.RESOURCE_REPLACEMENT_REQUEST)
    a = await asking(call)
    before = await service.find_group(a, id_of(group_id, _WHAT), members=False, lock=True)
    check_match(call, before.row.version)
    await service.change_group(a, before, _said(wanted), MembersSaid(whole=member_ids(wanted.members or ())))
    return await _changed(call, a, before, shape, Context.RESOURCE_REPLACEMENT_RESPONSE)


@router.patch("/Groups/{group_id}")
async def patch_group(call: ScimCalling, group_id: str) -> Response:
    """Apply operations. Members that come and go are not held against all who are there already."""
    shape = shape_of(call, Group)
    patch = await read_message(call, PatchOp[Group], Context.RESOURCE_PATCH_REQUEST)
    a = await asking(call)
    before = await service.find_group(a, id_of(group_id, _WHAT), members=False, lock=True)
    check_match(call, before.row.version)
    apart = taken_apart(patch)
    if apart is None:  # members are told by something else than who they are
        before = await service.find_group(a, before.row.id)
        group = shown_group(call, before)
        patch.patch(group, scim_policy=POLICY)
        members = MembersSaid(whole=member_ids(group.members or ()))
    else:
        group, (rest, members) = shown_group(call, before), apart
        if rest is not None:
            rest.patch(group, scim_policy=POLICY)
    said = _said(group)
    if members or said != GroupSaid(display_name=before.row.display_name, external_id=before.row.external_id):
        await service.change_group(a, before, said, members)
    return await _changed(call, a, before, shape, Context.RESOURCE_PATCH_RESPONSE)


@router.delete("/Groups/{group_id}")
async def delete_group(call: ScimCalling, group_id: str) -> Response:
    """Delete a group."""
    a = await asking(call)
    before = await service.find_group(a, id_of(group_id, _WHAT), members=False, lock=True)
    check_match(call, before.row.version)
    await service.remove_group(a, before)
    return Response(status_code=204)


async def _found(call: Call, search: SearchRequest[Any]) -> Response:
    where = true() if search.filter is None else condition(GROUPS, search.filter)
    first, count = page_of(search)
    order = order_of(search, GROUPS, Group)
    a = await asking(call)
    total, groups = await service.list_groups(a, where, order, first, count, members=_with_members(search))
    return many(Group, [shown_group(call, group) for group in groups], total, search)


async def _changed(
    call: Call, a: Asked, before: service.DirectoryGroup, shape: ResponseParameters[Any], context: Context
) -> Response:
    found = await service.find_group(a, before.row.id, members=_with_members(shape))
    return one(call, shown_group(call, found), shape, context)


def _said(group: Group) -> GroupSaid:
    try:
        return GroupSaid(display_name=group.display_name or "", external_id=group.external_id or None)
    except ValidationError as invalid:
        raise first_of(invalid) from invalid


def _with_members(shape: ResponseParameters[Any]) -> bool:
    """Whether an answer of this shape says who is in the group."""
    if shape.attributes:
        return any(path.attr.casefold() == "members" for path in shape.attributes)
    return not any(path.attr.casefold() == "members" for path in shape.excluded_attributes or ())
