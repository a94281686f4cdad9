"""What the service says of itself: ServiceProviderConfig, ResourceTypes, Schemas (RFC 7644 §4)."""

from typing import Any

from fastapi import Response
from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    Context,
    ETag,
    Filter,
    ForbiddenException,
    Meta,
    NotFoundException,
    NotImplementedException,
    Pagination,
    Patch,
    Resource,
    ResourceType,
    Schema,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
)

from app.api.dependencies import Call, settings_of
from app.api.scim.answers import MOST, USUAL, location, many
from app.api.scim.calling import POLICY, ScimCalling, scim_router
from app.api.scim.models import EnterpriseUser, Group, Person, User
from app.api.scim.paths import MEDIA_TYPE, PREFIX

router = scim_router()
CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=MOST),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=True),
    etag=ETag(supported=True),
    pagination=Pagination(cursor=False, index=True, default_page_size=USUAL, max_page_size=MOST),
    authentication_schemes=[
        AuthenticationScheme(
            type="oauthbearertoken",
            name="API key",
            description="An API key with the permission group Katalogsynk, as a bearer token.",
            primary=True,
        )
    ],
)
PROVIDER = ScimProvider(
    models=[User, EnterpriseUser, Group],
    resource_types=[ResourceType.from_resource(Person), ResourceType.from_resource(Group)],
    config=CONFIG,
    policy=POLICY,
)


@router.get("/ServiceProviderConfig")
async def get_config(call: ScimCalling) -> Response:
    """What of SCIM is served."""
    meta = Meta(
        resource_type="ServiceProviderConfig",
        location=f"{settings_of(call.request).base_url}{PREFIX}/ServiceProviderConfig",
    )
    return _one(CONFIG.model_copy(update={"meta": meta}))


@router.get("/ResourceTypes")
async def list_resource_types(call: ScimCalling) -> Response:
    """The kinds of resources."""
    _refuse_filter(call)
    found = [_placed(call, each, "ResourceType", "ResourceTypes", each.id) for each in PROVIDER.resource_types]
    return many(ResourceType, found, len(found))


@router.get("/ResourceTypes/{name}")
async def get_resource_type(call: ScimCalling, name: str) -> Response:
    """One of them."""
    for each in PROVIDER.resource_types:
        if each.id == name:
            return _one(_placed(call, each, "ResourceType", "ResourceTypes", name))
    raise NotFoundException


@router.get("/Schemas")
async def list_schemas(call: ScimCalling) -> Response:
    """Every attribute that is kept."""
    _refuse_filter(call)
    found = [_placed(call, each, "Schema", "Schemas", each.id) for each in PROVIDER.schemas]
    return many(Schema, found, len(found))


@router.get("/Schemas/{urn}")
async def get_schema(call: ScimCalling, urn: str) -> Response:
    """One schema."""
    for each in PROVIDER.schemas:
        if str(each.id).casefold() == urn.casefold():
            return _one(_placed(call, each, "Schema", "Schemas", each.id))
    raise NotFoundException


@router.post("/Bulk")
@router.get("/Me")
@router.post("/Me")
@router.put("/Me")
@router.patch("/Me")
@router.delete("/Me")
async def not_served(_: ScimCalling) -> Response:
    """What RFC 7644 leaves to the service, and ours does not do."""
    raise NotImplementedException


def _refuse_filter(call: Call) -> None:
    """A filter is refused here, as RFC 7644 §4 has it: else a client would take what it gets for what it asked."""
    if "filter" in call.request.query_params:
        raise ForbiddenException(detail="This list can't be filtered.")


def _placed(call: Call, resource: Any, kind: str, endpoint: str, resource_id: Any) -> Any:
    meta = Meta(resource_type=kind, location=location(call, endpoint, str(resource_id)))
    return resource.model_copy(update={"meta": meta})


def _one(resource: Resource[Any]) -> Response:
    body = resource.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    return Response(body, 200, {"Cache-Control": "private, no-cache"}, MEDIA_TYPE)
