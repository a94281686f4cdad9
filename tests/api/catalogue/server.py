"""A small indicator catalogue that speaks as Kolada's API v2 does, over real HTTP, and fails as it is told to."""

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

FIRST_DAY = date(2027, 1, 1)


@dataclass(slots=True)
class Kept:
    """What the catalogue keeps of a key, unit and period."""

    kpi: str
    kind: str
    unit: str
    period: str
    values: list[dict[str, Any]]
    changed: date = FIRST_DAY


@dataclass(slots=True)
class CatalogueServer:
    """Its figures, what it shall do wrong next, and what it was asked."""

    figures: list[Kept] = field(default_factory=list)
    faults: deque[Any] = field(default_factory=deque)
    """What the next requests get: a status, (status, headers), "cut", "html", "hold" (until `released`); None: ok."""
    asked: list[str] = field(default_factory=list)
    next_page: Any = None
    """What every next_page says instead of the truth: a function of the true one."""
    released: threading.Event = field(default_factory=threading.Event)
    was_asked: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self.port}/v2"

    def put(
        self, kpi: str, unit: str, period: str, *, kind: str = "ou", changed: date = FIRST_DAY, **sexes: Any
    ) -> None:
        """Keep figures: `T=1.5`, or `T={"status": "Privacy"}`."""
        values = [
            {"gender": sex, "count": 1, "status": "", "value": None, **(v if isinstance(v, dict) else {"value": v})}
            for sex, v in sexes.items()
        ]
        place = (kpi, kind, unit, period)
        self.figures = [f for f in self.figures if (f.kpi, f.kind, f.unit, f.period) != place]
        self.figures.append(Kept(*place, values, changed))

    async def answer(self, request: Request) -> Response:
        """One request."""
        self.asked.append(request.url.path + "?" + request.url.query)
        self.was_asked.set()
        fault = self.faults.popleft() if self.faults else None
        if isinstance(fault, int):
            return Response(status_code=fault)
        if isinstance(fault, tuple):
            return Response(status_code=fault[0], headers=fault[1])
        if fault == "html":
            return Response("<html>", media_type="application/json")
        body = json.dumps(self._page(request)).encode()
        if fault == "cut":
            return StreamingResponse(_half(body), headers={"Content-Length": str(len(body))})
        if fault == "hold":
            await asyncio.to_thread(self.released.wait, 30)
        return Response(body, media_type="application/json")

    def _page(self, request: Request) -> dict[str, Any]:
        kind = request.path_params["kind"]
        keys, units = (request.path_params[name].split(",") for name in ("keys", "units"))
        since = date.fromisoformat(request.query_params.get("from_date", "1900-01-01"))
        size, page = int(request.query_params["per_page"]), int(request.query_params.get("page", "1"))
        found = [
            {"kpi": f.kpi, kind: f.unit, "period": f.period, "values": f.values}
            for f in self.figures
            if f.kind == kind and f.kpi in keys and f.unit in units and f.changed >= since
        ]
        shown = found[(page - 1) * size : page * size]
        said: dict[str, Any] = {"count": len(shown), "values": shown}
        if page * size < len(found):
            true = str(request.url.include_query_params(page=page + 1))
            said["next_page"] = self.next_page(true) if self.next_page else true
        return said

    @contextmanager
    def running(self) -> Iterator["CatalogueServer"]:
        """The server on a port of its own, in a thread."""
        routes = [Route(f"/v2/{name}/kpi/{{keys}}/{{kind}}/{{units}}", self.answer) for name in ("data", "oudata")]
        app = Starlette(routes=[*routes, Route("/elsewhere", lambda _: JSONResponse({"values": []}))])
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        self.port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.released.set()
            server.should_exit = True
            thread.join(10)


async def _half(body: bytes) -> AsyncIterator[bytes]:
    yield body[: len(body) // 2]
    raise ConnectionResetError
