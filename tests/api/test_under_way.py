"""A request that takes too long, whose client leaves, or whose body comes in drops: given up, in PostgreSQL too."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import text
from starlette.types import Message, Receive, Scope, Send

from app.api.under_way import UnderWayMiddleware, settle
from app.db.session import Database
from app.main import create_app
from app.patient_protocol import patient_protocol
from app.settings import Settings
from tests.api.conftest import client_of, token_for
from tests.conftest import TestRegion
from tests.serving import serving

UNITS = "/api/v1/units?limit=1"
PLANS = "/api/v1/plan-versions"
QUESTION = {"query": '{ unit(code: "SU") { name } }'}
PATIENCE = 30.0


@asynccontextmanager
async def locked(database: Database, *tables: str) -> AsyncIterator[None]:
    """The tables can't be read meanwhile: whoever asks waits in PostgreSQL."""
    async with database.owner_engine.connect() as owner:
        await owner.execute(text(f"lock table {', '.join(tables)} in access exclusive mode"))
        yield
        await owner.rollback()


async def waiting(database: Database) -> int:
    """How many of the service's statements wait for a lock."""
    async with database.owner_engine.connect() as owner:
        found = await owner.scalar(
            text(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and application_name = 'styrkedjan' and state = 'active' and wait_event_type = 'Lock'"
            )
        )
    return found or 0


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + PATIENCE
    while not await condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def until_waiting(database: Database, count: int) -> None:
    async def there() -> bool:
        return await waiting(database) == count

    await until(there)


def assert_problem(answer: httpx.Response, status: int, slug: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"/problems/{slug}"


@pytest.fixture
async def hasty(settings: Settings, database: Database, region: TestRegion) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service whose requests may take half a second; what the caller rests on has been looked up."""
    app = create_app(settings.with_changes(request_seconds=0.5), database)
    async with client_of(app, Authorization=f"Bearer {token_for(settings, region)}") as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "body"), [("GET", UNITS, None), ("POST", "/graphql", QUESTION), ("POST", PLANS, {"year": 2027})]
)
async def test_over_the_time_limit_it_is_503_and_the_statement_is_over(
    hasty: httpx.AsyncClient, database: Database, method: str, path: str, body: Any
) -> None:
    async with locked(database, "org_units", "plan_versions"):
        began = time.monotonic()
        answer = await hasty.request(method, path, json=body)
        assert time.monotonic() - began < 3
        assert_problem(answer, 503, "too-slow")
        await until_waiting(database, 0)
    assert (await hasty.get(UNITS)).status_code == 200
    assert (await hasty.get(PLANS)).json()["items"] == []


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[socket.socket]:
    """A raw connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as wire:
        wire.setblocking(False)
        yield wire


def head(method: str, path: str, token: str, length: int | None = None) -> bytes:
    more = "" if length is None else f"Content-Type: application/json\r\nContent-Length: {length}\r\n"
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{more}\r\n".encode()


async def said(wire: socket.socket) -> bytes:
    """What comes until the other side closes, or has sent a whole body with a length."""
    loop, found = asyncio.get_running_loop(), b""
    async with asyncio.timeout(PATIENCE):
        while more := await loop.sock_recv(wire, 65536):
            found += more
            heading, _, body = found.partition(b"\r\n\r\n")
            for line in heading.lower().split(b"\r\n"):
                if line.startswith(b"content-length:") and len(body) >= int(line.partition(b":")[2]):
                    return found
    return found


@pytest.mark.parametrize(("method", "path", "body"), [("GET", UNITS, None), ("POST", "/graphql", QUESTION)])
async def test_a_read_whose_client_leaves_is_given_up_in_postgresql_too(
    app: FastAPI, database: Database, settings: Settings, region: TestRegion, method: str, path: str, body: Any
) -> None:
    content = b"" if body is None else json.dumps(body).encode()
    async with serving(app) as port, locked(database, "org_units"):
        async with connected(port) as wire:
            wire.send(head(method, path, token_for(settings, region), len(content) or None) + content)
            await until_waiting(database, 1)
        await until_waiting(database, 0)


async def test_a_change_whose_client_leaves_is_made(
    app: FastAPI, database: Database, settings: Settings, region: TestRegion, client: httpx.AsyncClient
) -> None:
    async with serving(app) as port:
        async with locked(database, "plan_versions"):
            async with connected(port) as wire:
                wire.send(head("POST", PLANS, token_for(settings, region), 14) + b'{"year": 2031}')
                await until_waiting(database, 1)
            await asyncio.sleep(0.5)
            assert await waiting(database) == 1

        async def made() -> bool:
            return [v["year"] for v in (await client.get(PLANS)).json()["items"]] == [2031]

        await until(made)


async def test_a_statement_over_its_time_is_503(settings: Settings, database: Database, region: TestRegion) -> None:
    hurried = Database(database.url, statement_timeout=0.3)
    async with client_of(
        create_app(settings, hurried), Authorization=f"Bearer {token_for(settings, region)}"
    ) as client:
        assert (await client.get(UNITS)).status_code == 200
        async with locked(database, "org_units"):
            assert_problem(await client.get(UNITS), 503, "too-slow")
            assert_problem(await client.post("/graphql", json=QUESTION), 503, "too-slow")
            introspecting = {"query": '{ unit(code: "SU") { name } __typename __schema { queryType { name } } }'}
            assert (await client.post("/graphql", json=introspecting)).status_code in {200, 503}
    await hurried.aclose()


@pytest.mark.parametrize("path", [PLANS, "/graphql", "/api/v1/outcome-imports", "/api/v1/allocations/import"])
@pytest.mark.parametrize(
    ("changes", "pause"),
    [
        ({"body_idle_seconds": 0.3}, 60.0),  # nothing more comes
        ({"body_idle_seconds": 0.5}, 0.1),  # a byte now and then
    ],
)
async def test_a_body_that_stops_or_comes_in_drops_is_given_up(
    settings: Settings, database: Database, region: TestRegion, path: str, changes: dict[str, float], pause: float
) -> None:
    async def drip(wire: socket.socket) -> None:
        while True:
            await asyncio.sleep(pause)
            wire.send(b" ")

    app = create_app(settings.with_changes(**changes), database)
    async with serving(app) as port, connected(port) as wire:
        wire.send(head("POST", path, token_for(settings, region), 1000) + b"[")
        dripping = asyncio.create_task(drip(wire))
        began = time.monotonic()
        answer = await said(wire)
        assert time.monotonic() - began < 20
        dripping.cancel()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"/problems/timed-out" in answer
    assert b"connection: close" in answer.lower()


async def test_a_body_that_is_too_long_in_coming_is_given_up_at_the_time_limit(
    settings: Settings, database: Database, region: TestRegion
) -> None:
    app = create_app(settings.with_changes(request_seconds=0.5), database)
    async with serving(app) as port, connected(port) as wire:
        wire.send(head("POST", PLANS, token_for(settings, region), 1000))
        assert (await said(wire)).startswith(b"HTTP/1.1 408 ")


@asynccontextmanager
async def serving_patiently(app: Any, seconds: float) -> AsyncIterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", http=patient_protocol(seconds))
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve([listening]))
        while not server.started:  # noqa: ASYNC110  # uvicorn has a flag, no event
            await asyncio.sleep(0.01)
        yield int(listening.getsockname()[1])
        server.should_exit = True
        await task


async def _slow(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers after a second."""
    assert (scope["type"], (await receive())["type"]) == ("http", "http.request")
    await asyncio.sleep(1)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


ASKED = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("first", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n"])
async def test_a_connection_that_asks_nothing_is_closed(first: bytes) -> None:
    async with serving_patiently(_slow, 0.3) as port, connected(port) as wire:
        wire.send(first)
        began = time.monotonic()
        assert await said(wire) == b""
        assert time.monotonic() - began < 3


async def test_so_is_one_that_begins_a_second_request_and_one_whose_answer_takes_longer_is_not() -> None:
    async with serving_patiently(_slow, 0.3) as port, connected(port) as wire:
        for _ in range(2):
            wire.send(ASKED)
            assert (await said(wire)).endswith(b"ok")
        wire.send(ASKED[:10])
        assert await said(wire) == b""


def _watched(app: Any, settings: Settings) -> Callable[[], Awaitable[list[Message]]]:
    """Ask the application, with the middleware around it; gives what it sent."""

    async def asked(method: str = "POST") -> list[Message]:
        sent: list[Message] = []

        async def receive() -> Message:
            await asyncio.sleep(60)
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": "/x", "headers": [], "query_string": b"", "state": {}}
        await UnderWayMiddleware(app, settings)(scope, receive, send)
        return sent

    return asked


async def _answers(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def test_once_only_the_commit_is_left_nothing_is_cancelled(settings: Settings) -> None:
    async def committing(scope: Scope, _receive: Receive, send: Send) -> None:
        settle(httpx_free_request(scope))
        await asyncio.sleep(0.3)
        await _answers(send)

    sent = await _watched(committing, settings.with_changes(request_seconds=0.1))()
    assert sent[0]["status"] == 200


def httpx_free_request(scope: Scope) -> Any:
    """All that `settle` looks at of a request."""
    return type("Request", (), {"scope": scope})()


async def test_an_answer_that_is_being_sent_is_not_cut_off(settings: Settings) -> None:
    async def streaming(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.3)
        await send({"type": "http.response.body", "body": b"the end"})

    sent = await _watched(streaming, settings.with_changes(request_seconds=0.1))()
    assert sent[-1]["body"] == b"the end"


async def test_a_request_that_is_cancelled_by_others_stays_cancelled(settings: Settings) -> None:
    async def never(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.sleep(60)

    async def asked() -> None:
        await _watched(never, settings)()

    task = asyncio.create_task(asked())
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_who_overhears_its_cancelling_and_answers_has_answered(settings: Settings) -> None:
    async def stubborn(_scope: Scope, _receive: Receive, send: Send) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await _answers(send)

    sent = await _watched(stubborn, settings.with_changes(request_seconds=0.1))()
    assert [m.get("status") for m in sent] == [200, None]
    await asyncio.sleep(0)
