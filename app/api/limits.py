"""How large a body may be: told by Content-Length before anything is read, or counted while it is read."""

from asyncio import timeout
from contextlib import suppress

from fastapi import Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import http_error
from app.api.problems import BAD_REQUEST, TOO_LARGE, ProblemError
from app.settings import Settings

IMPORTS = ("/api/v1/outcome-imports", "/api/v1/allocations/import", "/api/v1/directory/sync-preview")
"""Paths whose bodies are tables of many rows."""
_TAKEN_IN = 32 * 1024 * 1024
_TAKEN_IN_SECONDS = 10


class BodyLimitMiddleware:
    """Refuses a body over the limit with 413. A chunked one is refused at the limit, never held whole."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a counting `receive`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._settings.max_import_bytes if scope["path"] in IMPORTS else self._settings.max_body_bytes
        refused = _refused(Headers(scope=scope).get("content-length"), most)
        read = 0

        async def counting() -> Message:
            nonlocal read, refused
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                refused = ProblemError(TOO_LARGE, limit=most)
                raise refused
            return message

        async def unless_refused(message: Message) -> None:
            # Whatever was made of the error on its way out, the answer to a body that is too large is 413.
            if refused is None:
                await send(message)

        if refused is None:
            try:
                await self._app(scope, counting, unless_refused)
            except ProblemError:
                if refused is None:
                    raise
        if refused is not None:
            await _answer(await http_error(Request(scope), refused), receive, send)


async def _answer(response: Response, receive: Receive, send: Send) -> None:
    """Send the answer, and take in the rest of the body without keeping it.

    Most clients send everything before they listen: if the connection were closed while they send, they would see a
    broken connection, not the answer. What still comes is bounded in size and time.
    """
    response.headers["Connection"] = "close"
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    left = _TAKEN_IN
    with suppress(TimeoutError):
        async with timeout(_TAKEN_IN_SECONDS):
            message = await receive()
            while left > 0 and message["type"] == "http.request" and message.get("more_body", False):
                left -= len(message.get("body", b""))
                message = await receive()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _refused(content_length: str | None, most: int) -> ProblemError | None:
    if content_length is None:
        return None
    if not (content_length.isascii() and content_length.isdigit()):
        return ProblemError(BAD_REQUEST)
    # By the number of digits first: int() of a thousand digits is work that nobody asked for.
    if len(content_length) > len(str(most)) + 20 or int(content_length) > most:
        return ProblemError(TOO_LARGE, limit=most)
    return None
