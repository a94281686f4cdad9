"""From people and groups to SCIM's resources, and from resources to answers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import Response
from pydantic import ValidationError
from scim2_models import Context, ListResponse, Meta, Resource, ResponseParameters, SearchRequest
from sqlalchemy import ColumnElement

from app.api.dependencies import Call, settings_of
from app.api.scim.calling import etag
from app.api.scim.errors import first_of
from app.api.scim.models import Email, EnterpriseUser, Group, GroupOfUser, Member, Name, Person
from app.api.scim.paths import MEDIA_TYPE, PREFIX
from app.db.queries.scim_filter import Searchable, comparable
from app.services.directory_groups import DirectoryGroup
from app.services.directory_people import EmailSaid, PersonSaid
from app.services.directory_people import Person as Found

MOST = 500
USUAL = 100
_FURTHEST = 2**31
_MADE = 201


def location(call: Call, endpoint: str, resource_id: UUID | str) -> str:
    """The address of a resource, as clients see it."""
    return f"{settings_of(call.request).base_url}{PREFIX}/{endpoint}/{resource_id}"


def shown_person(call: Call, found: Found) -> Any:
    """A user as a SCIM resource."""
    row = found.row
    parts = {"formatted": row.formatted_name, "given_name": row.given_name, "family_name": row.family_name}
    person: Any = Person(
        id=str(row.id),
        external_id=row.external_id,
        user_name=row.user_name,
        name=Name(**parts) if any(parts.values()) else None,
        display_name=row.display_name,
        active=row.active_said,
        emails=[Email(**email) for email in row.emails] or None,
        groups=[
            GroupOfUser(value=str(g.id), ref=location(call, "Groups", g.id), display=g.display_name)
            for g in found.groups
        ]
        or None,
        meta=_meta(call, "User", "Users", row),
    )
    if row.department is not None:
        person[EnterpriseUser] = EnterpriseUser(department=row.department)
    return person


def shown_group(call: Call, found: DirectoryGroup) -> Group:
    """A group as a SCIM resource."""
    members = None
    if found.members:
        members = [Member(value=str(m.id), ref=location(call, "Users", m.id), type="User") for m in found.members]
    return Group(
        id=str(found.row.id),
        external_id=found.row.external_id,
        display_name=found.row.display_name,
        members=members,
        meta=_meta(call, "Group", "Groups", found.row),
    )


def said_by(person: Any) -> PersonSaid:
    """What a SCIM resource says of a person. Raises a SCIMException for a value that can't be kept."""
    name = person.name or Name()
    extension = person[EnterpriseUser]
    try:
        return PersonSaid(
            user_name=person.user_name,
            external_id=person.external_id or None,
            display_name=person.display_name or None,
            formatted_name=name.formatted or None,
            given_name=name.given_name or None,
            family_name=name.family_name or None,
            active=person.active,
            emails=[
                EmailSaid(value=e.value, type=e.type or None, primary=e.primary) for e in person.emails or () if e.value
            ],
            department=(extension.department or None) if extension else None,
        )
    except ValidationError as invalid:
        raise first_of(invalid) from invalid


def one(
    call: Call, resource: Resource[Any], shape: ResponseParameters[Any], context: Context, *, status: int = 200
) -> Response:
    """Send one resource with its tag; 304 where a read's If-None-Match has it."""
    version = resource.meta.version if resource.meta else None
    headers = {"ETag": version or "", "Cache-Control": "private, no-cache"}
    if status == _MADE and resource.meta and resource.meta.location:
        headers["Location"] = resource.meta.location
    asked = call.request.headers.get("if-none-match")
    if call.request.method == "GET" and asked is not None and version in {t.strip() for t in asked.split(",")}:
        return Response(status_code=304, headers=headers)
    body = resource.model_dump_json(scim_ctx=context, response_parameters=shape)
    return Response(body, status, headers, MEDIA_TYPE)


def many(
    model: type[Resource[Any]],
    resources: Sequence[Resource[Any]],
    total: int,
    search: SearchRequest[Any] | None = None,
) -> Response:
    """Send a page of resources."""
    listed: Any = ListResponse.__class_getitem__(model)
    answer = listed(
        total_results=total,
        start_index=(search.start_index or 1) if search else 1,
        items_per_page=len(resources),
        resources=list(resources),
    )
    body = answer.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=search)
    return Response(body, 200, {"Cache-Control": "private, no-cache"}, MEDIA_TYPE)


def page_of(search: SearchRequest[Any]) -> tuple[int, int]:
    """From which place (0: the first) and how many at most."""
    return min(search.start_index_0 or 0, _FURTHEST), min(USUAL if search.count is None else search.count, MOST)


def order_of(
    search: SearchRequest[Any], searchable: Searchable, model: type[Resource[Any]]
) -> list[ColumnElement[Any]]:
    """The order that is asked for; none where there is none, or for what can't be sorted by."""
    binding = search.sort_binding(model)
    column = None if binding is None else searchable.columns.get((binding.field_name, binding.sub_field_name))
    if binding is None or column is None:
        return []
    key = comparable(binding, column)
    falling = search.sort_order == SearchRequest.SortOrder.descending
    return [key.desc().nulls_first() if falling else key.asc().nulls_last()]


def _meta(call: Call, kind: str, endpoint: str, row: Any) -> Meta:
    return Meta(
        resource_type=kind,
        created=row.created_at,
        last_modified=row.updated_at,
        location=location(call, endpoint, row.id),
        version=etag(row.version),
    )
