"""/scim/v2/.search: people and groups together (RFC 7644 §3.4.3)."""

from typing import Any

from fastapi import Response
from scim2_models import Context, NotImplementedException, Resource, SearchRequest
from scim2_models.path import ScimFilter
from sqlalchemy import ColumnElement, true

from app.api.asking import asking
from app.api.scim.answers import many, page_of, shown_group, shown_person
from app.api.scim.calling import ScimCalling, read_message, scim_router
from app.api.scim.models import Group, Person
from app.db.queries.directory import GROUPS, PEOPLE
from app.db.queries.scim_filter import Searchable, condition
from app.services.directory_groups import list_groups
from app.services.directory_people import list_people

router = scim_router()
_BOTH: Any = Person | Group
_NO_ORDER = "People and groups together have no order of their own: search /Users or /Groups."


@router.post("/.search")
async def search_everything(call: ScimCalling) -> Response:
    """People that fit, then groups that fit."""
    wanted: Any = SearchRequest.__class_getitem__(_BOTH)
    search = await read_message(call, wanted, Context.SEARCH_REQUEST)
    if search.sort_by is not None:
        raise NotImplementedException(detail=_NO_ORDER)
    first, count = page_of(search)
    a = await asking(call)
    people_total, people = await list_people(a, _fits(search, PEOPLE, Person), [], first, count)
    groups_total, groups = await list_groups(
        a, _fits(search, GROUPS, Group), [], max(0, first - people_total), count - len(people), members=True
    )
    found = [*(shown_person(call, each) for each in people), *(shown_group(call, each) for each in groups)]
    return many(_BOTH, found, people_total + groups_total, search)


def _fits(search: SearchRequest[Any], searchable: Searchable, model: type[Resource[Any]]) -> ColumnElement[bool]:
    if search.filter is None:
        return true()
    bound: Any = ScimFilter.__class_getitem__(model)
    return condition(searchable, bound(search.filter), of_several=True)
