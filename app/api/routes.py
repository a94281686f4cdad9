"""The route class of every resource: strict JSON, no parameter ignored, no text that PostgreSQL can't hold."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from app.api import strict_json
from app.api.parameters import Parameters
from app.api.problems import INVALID, MEDIA, METHOD, ProblemError, Wrong
from app.domain.texts import Text

JSON = ("application/json", "application/merge-patch+json")
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
        parameters = Parameters(self.dependant)
        takes_json = self.body_field is not None

        async def checked(request: Request) -> Response:
            check_address(request)
            _check_meant(request)
            parameters.check(request)
            if takes_json:
                check_media_type(request, JSON)
            return await handle(StrictRequest(request.scope, request.receive))

        return checked


def resource_router(prefix: str, tag: str) -> APIRouter:
    """A router for a resource under /api/v1, with strict routes."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=StrictRoute)


def check_media_type(request: Request, accepted: tuple[str, ...]) -> str:
    """The body's media type. Raises 415 where it is not one of `accepted`."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in accepted:
        raise ProblemError(MEDIA, accepted=", ".join(accepted))
    return media_type


def _check_meant(request: Request) -> None:
    path = request.scope["path"]
    if request.path_params and request.app.state.routes.is_taken_literally(path, request.method):
        raise HTTPException(METHOD.status)


def check_address(request: Request) -> None:
    """Raise 422 where the URL is no UTF-8, or holds NUL."""
    raw = request.scope.get("raw_path") or b""
    for part in (raw, request.scope.get("query_string", b"").replace(b"+", b" ")):
        plain = unquote_to_bytes(part)
        try:
            plain.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ProblemError(INVALID, [Wrong(_UNREADABLE, "invalid_utf8")]) from error
        if b"\0" in plain:
            raise ProblemError(INVALID, [Wrong(_UNREADABLE, "nul_byte")])
