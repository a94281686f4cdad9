"""The route class of every resource: strict JSON, no parameter ignored, no text that PostgreSQL can't hold."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.api import strict_json
from app.api.problems import INVALID, MEDIA, ProblemError, Wrong
from app.domain.texts import Text

JSON = ("application/json", "application/merge-patch+json")
_UNKNOWN = Text("Parametern {name} finns inte här.", "There is no parameter {name} here.")
_TWICE = Text("Parametern {name} står flera gånger.", "The parameter {name} stands more than once.")
_UNREADABLE = Text("Adressen är inte giltig UTF-8, eller innehåller NUL.", "The URL is not valid UTF-8, or holds NUL.")


class StrictRequest(Request):
    """A request whose JSON is read strictly."""

    async def json(self) -> Any:
        """The body, parsed once."""
        if not hasattr(self, "_strict"):
            self._strict = strict_json.parse(await self.body())
        return self._strict


class StrictRoute(APIRoute):
    """Checks what FastAPI leaves unchecked, before it looks at the request."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, with the checks in front."""
        handle = super().get_route_handler()
        known = {field.alias: field for field in _query_fields(self.dependant)}
        repeatable = {name for name, field in known.items() if _is_list(field)}
        takes_json = self.body_field is not None

        async def checked(request: Request) -> Response:
            _check_address(request)
            _check_parameters(request, set(known), repeatable)
            if takes_json:
                check_media_type(request, JSON)
            return await handle(StrictRequest(request.scope, request.receive))

        return checked


def _query_fields(dependant: Dependant) -> Iterator[Any]:
    """The query parameters that a route takes, its dependencies' too."""
    yield from dependant.query_params
    for dependency in dependant.dependencies:
        yield from _query_fields(dependency)


def resource_router(prefix: str, tag: str) -> APIRouter:
    """A router for a resource under /api/v1, with strict routes."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=StrictRoute)


def check_media_type(request: Request, accepted: tuple[str, ...]) -> str:
    """The body's media type. Raises 415 where it is not one of `accepted`."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in accepted:
        raise ProblemError(MEDIA, accepted=", ".join(accepted))
    return media_type


def _is_list(field: Any) -> bool:
    annotation = str(field.field_info.annotation)
    return annotation.startswith(("list[", "typing.List", "collections.abc.Sequence", "tuple["))


def _check_address(request: Request) -> None:
    raw = request.scope.get("raw_path") or b""
    for part in (raw, request.scope.get("query_string", b"").replace(b"+", b" ")):
        plain = unquote_to_bytes(part)
        try:
            plain.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ProblemError(INVALID, [Wrong(_UNREADABLE, "invalid_utf8")]) from error
        if b"\0" in plain:
            raise ProblemError(INVALID, [Wrong(_UNREADABLE, "nul_byte")])


def _check_parameters(request: Request, known: set[str], repeatable: set[str]) -> None:
    names = [name for name, _ in request.query_params.multi_items()]
    wrong = [
        Wrong(_UNKNOWN.fill(name=name[:100]), "unknown_parameter", parameter=name[:100])
        for name in dict.fromkeys(names)
        if name not in known
    ]
    wrong += [
        Wrong(_TWICE.fill(name=name), "repeated_parameter", parameter=name)
        for name in sorted(known - repeatable)
        if names.count(name) > 1
    ]
    if wrong:
        raise ProblemError(INVALID, wrong)
