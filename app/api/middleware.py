"""What surrounds every request: its id, the headers of every answer, a line in the log, and the last resort.

Pure ASGI, so that a stream stays a stream and context variables reach the log.
"""

import logging
import re
import time

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import unexpected_error
from app.api.logs import request_id as current_request_id
from app.api.route_table import RouteTable
from app.domain.identity import new_id
from app.settings import Settings

log = logging.getLogger("styrkedjan.requests")

REQUEST_ID = "X-Request-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
_POLICY = "Content-Security-Policy"
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


class RequestMiddleware:
    """Outermost of all. Gives HEAD the headers of GET, which the routes then need not declare."""

    def __init__(self, app: ASGIApp, routes: RouteTable, settings: Settings) -> None:
        self._app = app
        self._routes = routes
        self._hsts = f"max-age={settings.hsts_seconds}" if settings.hsts_seconds else None
        # Where TLS ends before it gets here, and nobody says so, the address that clients see does.
        self._seen_as_https = settings.base_url.startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, whatever happens inside."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Over plain HTTP it means nothing, and must not be sent (RFC 6797 §7.2).
        by_https = self._seen_as_https or scope.get("scheme") == "https"
        answering = _Answering(scope, send, self._hsts if by_https else None)
        token = current_request_id.set(answering.request_id)
        began = time.perf_counter()
        try:
            await self._app(answering.scope, receive, answering.send)
        except ClientDisconnect:
            log.info("the client went away")
        except Exception as error:
            # The log has it under the request's id; the answer has the id, and nothing of the inside.
            response = await unexpected_error(Request(answering.scope), error)
            if answering.status is not None:
                raise  # too late to say anything else: the connection is broken off
            await response(answering.scope, receive, answering.send)
        finally:
            self._log(scope, answering, time.perf_counter() - began)
            current_request_id.reset(token)

    def _log(self, scope: Scope, answering: "_Answering", seconds: float) -> None:
        template = self._routes.template(answering.scope)
        log.log(
            logging.DEBUG if template in _QUIET else logging.INFO,
            "%s %s -> %s",
            scope["method"],
            scope["path"],
            answering.status or "no answer",
            extra={
                "method": scope["method"],
                "route": template,
                "status": answering.status,
                "duration_ms": round(seconds * 1000, 1),
                "region": answering.scope["state"].get("region"),
            },
        )


class _Answering:
    """One request on its way: the scope to hand on, and what has been sent."""

    def __init__(self, scope: Scope, send: Send, hsts: str | None) -> None:
        self._hsts = hsts
        asked = Headers(scope=scope).get(REQUEST_ID, "")
        self.request_id = asked if _WELL_FORMED.fullmatch(asked) else str(new_id())
        self.status: int | None = None
        self._send = send
        self._is_head = scope["method"] == "HEAD"
        # A copy: the server looks at its own scope to know that no body follows.
        self.scope: Scope = {**scope, "method": "GET" if self._is_head else scope["method"]}
        self.scope["state"] = {**scope.get("state", {}), "request_id": self.request_id}

    async def send(self, message: Message) -> None:
        """Send a message on, with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[REQUEST_ID] = self.request_id
            for name, value in _ALWAYS.items():
                headers[name] = value
            if self._hsts is not None:
                headers["Strict-Transport-Security"] = self._hsts
            headers.setdefault(_POLICY, _NOTHING)
        elif self._is_head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)
