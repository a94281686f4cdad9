"""A request under way: how long it may take, how slowly its body may come, what happens when its client leaves.

- A request that is not answered within `request_seconds` is cancelled, the statement that PostgreSQL works on with it,
  and answered 503. Imports may take longer (app.api.importing); an answer that is being sent is not cut off.
- A read whose client leaves is cancelled too: nobody waits for it. A change goes on: who sent it may have had reasons.
- A body that stops coming, or comes in drops, is given up with 408, on every route.

Once a change's transaction is being committed nothing is cancelled any more: nobody could say whether it was done.
"""

import asyncio
from time import monotonic
from typing import Literal

from fastapi import Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import http_error
from app.api.limits import IMPORTS
from app.api.problems import TIMED_OUT, TOO_SLOW, ProblemError
from app.settings import Settings

CLIENT_GONE = 499
"""For the log and the figures: nobody is there to read it."""
LEAST_PER_SECOND = 1000
"""Bytes of a body that must come in a second, after a start: a tenth of what the slowest line carries."""
_PATIENCE = 0.1
"""Seconds before the connection is listened to: most answers are there by then, and a task of its own costs time."""
_STATE = "under_way"


class UnderWayMiddleware:
    """Keeps watch over every request. Pure ASGI: a stream stays a stream."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, watched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        under_way = _UnderWay(scope, receive, send, self._settings)
        scope["state"][_STATE] = under_way
        await under_way.answered_by(self._app)


class _UnderWay:
    """One request."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, settings: Settings) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._idle = settings.body_idle_seconds
        self._limit = None if scope["path"] in IMPORTS else settings.request_seconds
        self._is_read = scope["method"] == "GET" or scope["path"] == "/graphql"
        # The server hands out an empty body where there is none; of a GET nobody waits for that.
        self._body_comes = scope["method"] != "GET" or any(
            name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
            for name, value in scope["headers"]
        )
        self._body_told = self._body_comes
        self._came, self._waited, self._is_waiting = 0, 0.0, False
        self._why: Literal["left", "late"] | None = None
        self._settled = False
        self._listening: asyncio.Task[None] | None = None

    async def answered_by(self, app: ASGIApp) -> None:
        """Have it answered; or give it up, and say so."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        self._task = task
        timers = [loop.call_later(_PATIENCE, self._listen)] if self._is_read else []
        if self._limit is not None:
            timers.append(loop.call_later(self._limit, self._cancel, "late"))
        try:
            await app(self._scope, self.receive, self.send)
        except asyncio.CancelledError:
            # Cancelled by somebody else as well, as when the process ends: that is theirs to answer for.
            if self._why is None or task.cancelling() > 1:
                raise
        finally:
            for timer in timers:
                timer.cancel()
            if self._listening is not None:
                self._listening.cancel()
        if self._why is None:
            return
        task.uncancel()
        if not self._settled:
            response = await self._given_up()
            await response(self._scope, self._receive, self._send)

    async def receive(self) -> Message:
        """The next of the body, within bounds of time; after its end, the news that the client has left."""
        if not self._body_told:
            self._body_told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        if not self._body_comes:
            self._listen()
            assert self._listening is not None
            await asyncio.shield(self._listening)
            return {"type": "http.disconnect"}
        began = monotonic()
        # In all it may be waited for as long as it takes to send so much slowly, and a start.
        left = self._idle + self._came / LEAST_PER_SECOND - self._waited
        self._is_waiting = True
        try:
            async with asyncio.timeout(min(self._idle, left)):
                message = await self._receive()
        except TimeoutError as error:
            raise ProblemError(TIMED_OUT, headers={"Connection": "close"}) from error
        self._is_waiting = False
        self._waited += monotonic() - began
        self._came += len(message.get("body", b""))
        self._body_comes = message["type"] == "http.request" and message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Send on; what has begun to be answered is not cancelled any more."""
        self._settled = True
        await self._send(message)

    def settle(self) -> None:
        """Nothing is left but the commit."""
        self._settled = True

    def _listen(self) -> None:
        if self._listening is None and not self._body_comes:
            self._listening = asyncio.ensure_future(self._until_gone())

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if self._is_read:
            self._cancel("left")

    def _cancel(self, why: Literal["left", "late"]) -> None:
        if not self._settled and self._why is None:
            self._why = why
            self._task.cancel()

    async def _given_up(self) -> Response:
        if self._why == "left":
            return Response(status_code=CLIENT_GONE)
        if self._is_waiting:
            return await http_error(Request(self._scope), ProblemError(TIMED_OUT, headers={"Connection": "close"}))
        return await http_error(Request(self._scope), ProblemError(TOO_SLOW))


def settle(request: Request) -> None:
    """Say that nothing is left of a request but the commit: from here on it is not cancelled."""
    under_way: _UnderWay | None = request.scope.get("state", {}).get(_STATE)
    if under_way is not None:
        under_way.settle()
