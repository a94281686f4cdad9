"""/scim/v2/Users."""

from typing import Any

from fastapi import Response
from scim2_models import Context, PatchOp, ResponseParameters, SearchRequest
from sqlalchemy import true

from app.api.asking import asking
from app.api.dependencies import Call, settings_of
from app.api.scim.answers import many, one, order_of, page_of, said_by, shown_person
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
from app.api.scim.models import Person
from app.db.queries.directory import PEOPLE
from app.db.queries.scim_filter import condition
from app.services import directory_people as service
from app.services.facts import Asked

router = scim_router()
_WHAT = "user"


@router.get("/Users")
async def list_users(call: ScimCalling) -> Response:
    """People by filter, in pages."""
    return await _found(call, search_of(call, Person))


@router.post("/Users/.search")
async def search_users(call: ScimCalling) -> Response:
    """The same, asked in the body."""
    wanted: Any = SearchRequest.__class_getitem__(Person)
    return await _found(call, await read_message(call, wanted, Context.SEARCH_REQUEST))


@router.get("/Users/{user_id}")
async def get_user(call: ScimCalling, user_id: str) -> Response:
    """One person."""
    found = await service.find_person(await asking(call), id_of(user_id, _WHAT))
    return one(call, shown_person(call, found), shape_of(call, Person), Context.RESOURCE_QUERY_RESPONSE)


@router.post("/Users")
async def create_user(call: ScimCalling) -> Response:
    """Make a person, or bring back one who was deleted. An active one takes a licence (B4)."""
    shape = shape_of(call, Person)
    said = said_by(await read_message(call, Person, Context.RESOURCE_CREATION_REQUEST))
    a = await asking(call)
    made = await service.find_person(a, await service.add_person(a, said, _subject_from(call)))
    return one(call, shown_person(call, made), shape, Context.RESOURCE_CREATION_RESPONSE, status=201)


@router.put("/Users/{user_id}")
async def replace_user(call: ScimCalling, user_id: str) -> Response:
    """The person becomes what is said; what is not said is taken away."""
    shape = shape_of(call, Person)
    wanted = await read_message(call, Person, Context.RESOURCE_REPLACEMENT_REQUEST)
    a = await asking(call)
    before = await service.find_person(a, id_of(user_id, _WHAT), lock=True)
    check_match(call, before.row.version)
    wanted.replace(shown_person(call, before))
    if wanted.active is None:
        wanted.active = True
    return await _changed(call, a, before, wanted, shape, Context.RESOURCE_REPLACEMENT_RESPONSE)


@router.patch("/Users/{user_id}")
async def patch_user(call: ScimCalling, user_id: str) -> Response:
    """Apply operations: add, replace, remove."""
    shape = shape_of(call, Person)
    patch: Any = PatchOp.__class_getitem__(Person)
    operations = await read_message(call, patch, Context.RESOURCE_PATCH_REQUEST)
    a = await asking(call)
    before = await service.find_person(a, id_of(user_id, _WHAT), lock=True)
    check_match(call, before.row.version)
    person = shown_person(call, before)
    if not operations.patch(person, scim_policy=POLICY):
        return one(call, person, shape, Context.RESOURCE_PATCH_RESPONSE)
    return await _changed(call, a, before, person, shape, Context.RESOURCE_PATCH_RESPONSE)


@router.delete("/Users/{user_id}")
async def delete_user(call: ScimCalling, user_id: str) -> Response:
    """The person leaves."""
    a = await asking(call)
    before = await service.find_person(a, id_of(user_id, _WHAT), lock=True)
    check_match(call, before.row.version)
    await service.remove_person(a, before)
    return Response(status_code=204)


async def _found(call: Call, search: SearchRequest[Any]) -> Response:
    where = true() if search.filter is None else condition(PEOPLE, search.filter)
    first, count = page_of(search)
    order = order_of(search, PEOPLE, Person)
    total, people = await service.list_people(await asking(call), where, order, first, count)
    return many(Person, [shown_person(call, person) for person in people], total, search)


async def _changed(
    call: Call, a: Asked, before: service.Person, wanted: Any, shape: ResponseParameters[Any], context: Context
) -> Response:
    await service.change_person(a, before, said_by(wanted), _subject_from(call))
    return one(call, shown_person(call, await service.find_person(a, before.row.id)), shape, context)


def _subject_from(call: Call) -> service.SubjectFrom:
    return settings_of(call.request).scim_subject
