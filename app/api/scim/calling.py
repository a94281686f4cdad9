"""What a SCIM route asks for: who is calling, a transaction, a body read strictly."""

import re
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response, Security
from fastapi.routing import APIRoute
from pydantic import ValidationError
from scim2_models import (
    Context,
    InvalidSyntaxException,
    PreconditionFailedException,
    Resource,
    ResponseParameters,
    ScimPolicy,
    SearchRequest,
)

from app.api import strict_json
from app.api.dependencies import Call, bearer, entry_of, origin_of
from app.api.language import language_of
from app.api.routes import check_address, check_media_type
from app.api.scim.errors import first_of
from app.api.scim.paths import MEDIA_TYPE, PREFIX
from app.db.origin import UNSAID
from app.domain.access import Permission
from app.domain.findings import NotFound
from app.services.authorisation import require

TAKEN = (MEDIA_TYPE, "application/json")
POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
"""As Entra ID sends it: attributes that nobody keeps, removals by value, a part of an address that is not there yet."""
_SEARCH = ".search"
_PARAMETERS = frozenset({"filter", "attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count"})
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TEXT = r'"(?:[^"\\]|\\.)*+"'
_SELECTED = re.compile(
    rf"{_TEXT}|(?P<of>[A-Za-z][\w:.-]*+)\[(?P<which>(?:[^\]\"]|{_TEXT})*+)\]"
    rf"\.(?P<test>\w++ +(?:eq|ne|co|sw|ew|gt|ge|lt|le) +(?:{_TEXT}|[\w.:+-]++))",
    re.IGNORECASE,
)
"""A text (which is left alone), or a test of a sub-attribute of selected values, which the filter grammar lacks."""


class ScimRoute(APIRoute):
    """Looks at the address before anything else does."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, with the check in front."""
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
            check_address(request)
            return await handle(request)

        return checked


def scim_router() -> APIRouter:
    """A router under /scim/v2. What SCIM offers is told by SCIM's own discovery, not by the OpenAPI document."""
    return APIRouter(prefix=PREFIX, include_in_schema=False, route_class=ScimRoute)


async def _call(request: Request, _: Annotated[object, Security(bearer)]) -> AsyncIterator[Call]:
    entry = await entry_of(request)
    only_reads = request.method == "GET" or request.url.path.endswith(_SEARCH)
    origin = UNSAID
    if not only_reads:
        origin = origin_of(request, await entry.checked(Permission.DIRECTORY_WRITE))
    await request.body()  # before the transaction begins: a slow sender must not hold a connection of the database
    async with entry.opened(read_only=only_reads, permission=Permission.DIRECTORY_WRITE, origin=origin) as opened:
        principal, uow = opened
        require(principal, Permission.DIRECTORY_WRITE, whole_region=True)
        yield Call(request, principal, uow, entry.day, language_of(request.headers.get("accept-language")))


ScimCalling = Annotated[Call, Depends(_call, scope="function")]
"""A parameter of every route under /scim/v2: a caller that may write the directory of the whole region."""


async def read_message(call: Call, model: type[Any], context: Context) -> Any:
    """The body as a message or resource. Raises 415, and a SCIMException for one of another form."""
    check_media_type(call.request, TAKEN)
    said = strict_json.parse(await call.request.body())
    if not isinstance(said, dict):
        raise InvalidSyntaxException(detail="The body must be a JSON object.")
    return _validated(model, said, context)


def search_of(call: Call, model: type[Resource[Any]]) -> SearchRequest[Any]:
    """The query's filter, order, page and attributes. Raises a SCIMException."""
    said = {name: value for name, value in call.request.query_params.items() if name in _PARAMETERS}
    if "filter" in said:
        said["filter"] = _as_the_rfc_has_it(said["filter"])
    wanted: Any = SearchRequest.__class_getitem__(model)
    return _validated(wanted, said, Context.DEFAULT)  # type: ignore[no-any-return]  # the class made right above


def _as_the_rfc_has_it(said: str) -> str:
    """`emails[type eq "work"].value eq "x"`, as Entra ID asks, says `emails[(type eq "work") and value eq "x"]`."""
    return _SELECTED.sub(lambda m: m[0] if m["of"] is None else f"{m['of']}[({m['which']}) and {m['test']}]", said)


def shape_of(call: Call, model: type[Resource[Any]]) -> ResponseParameters[Any]:
    """Which attributes of one resource are asked for. Raises a SCIMException."""
    names = ("attributes", "excludedAttributes")
    said = {name: call.request.query_params[name] for name in names if name in call.request.query_params}
    wanted: Any = ResponseParameters.__class_getitem__(model)
    return _validated(wanted, said, Context.DEFAULT)  # type: ignore[no-any-return]  # the class made right above


def id_of(said: str, what: str) -> UUID:
    """An id in a path. Raises NotFound for one that none of ours can be."""
    if not _UUID.fullmatch(said):
        raise NotFound(what, said)
    return UUID(said)


def check_match(call: Call, version: int) -> None:
    """Raise 412 where the caller says which version it knows, and there is another. Saying so is voluntary in SCIM."""
    asked = call.request.headers.get("if-match")
    if asked is not None and asked.strip() != "*" and etag(version) not in {t.strip() for t in asked.split(",")}:
        raise PreconditionFailedException


def etag(version: int) -> str:
    """The tag of a resource in this version: weak, since the attributes that are asked for differ."""
    return f'W/"{version}"'


def _validated(model: Any, said: Any, context: Context) -> Any:
    try:
        return model.model_validate(said, scim_ctx=context, scim_policy=POLICY)
    except ValidationError as invalid:
        raise first_of(invalid) from invalid
