"""Bodies over the limit: 413, told before they are read, or while they are."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message

from app.settings import Settings
from tests.api.conftest import token_for
from tests.conftest import TestRegion

PLANS = "/api/v1/plan-versions"
JSON = {"Content-Type": "application/json"}


def assert_too_large(answer: httpx.Response, most: int) -> None:
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/too-large"
    assert str(most) in answer.json()["detail"]
    assert answer.headers["x-request-id"]


async def test_a_title_of_ten_megabytes_is_too_large(client: httpx.AsyncClient, settings: Settings) -> None:
    answer = await client.post("/api/v1/plan-versions", json={"title": "x" * 10_000_000})
    assert_too_large(answer, settings.max_body_bytes)


async def test_a_body_at_the_limit_is_read(client: httpx.AsyncClient, settings: Settings) -> None:
    body = b'{"year": 1' + b" " * (settings.max_body_bytes - 11) + b"}"
    assert (await client.post(PLANS, content=body, headers=JSON)).status_code == 422
    assert_too_large(await client.post(PLANS, content=body + b" ", headers=JSON), settings.max_body_bytes)


async def test_an_import_may_be_larger(client: httpx.AsyncClient, settings: Settings) -> None:
    body = b" " * (settings.max_body_bytes + 1)
    answer = await client.post("/api/v1/outcome-imports", content=body, headers=JSON)
    assert answer.status_code == 422


async def test_a_stream_without_end_is_refused_and_left(client: httpx.AsyncClient, settings: Settings) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1_000_000
            yield b" " * 1_000_000

    answer = await client.post(PLANS, content=endless(), headers=JSON)
    assert_too_large(answer, settings.max_body_bytes)
    assert sent < 40_000_000


async def test_what_is_declared_too_large_is_answered_before_it_is_read(
    app: FastAPI, settings: Settings, region: TestRegion
) -> None:
    sent: list[Message] = []
    answered: list[bool] = []

    async def receive() -> Message:
        answered.append(bool(sent))
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [
        (b"content-length", b"99999999999"),
        (b"content-type", b"application/json"),
        (b"authorization", f"Bearer {token_for(settings, region)}".encode()),
    ]
    scope = {
        "type": "http",
        "method": "POST",
        "path": PLANS,
        "raw_path": PLANS.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
        "scheme": "http",
        "root_path": "",
    }
    await app(scope, receive, send)
    assert sent[0]["status"] == 413
    assert answered == [True]


@pytest.mark.parametrize("length", ["-1", "abc", "1.5", "", "9" * 5000])
async def test_a_length_that_is_none_is_refused(client: httpx.AsyncClient, length: str) -> None:
    answer = await client.post(PLANS, content=b"{}", headers={**JSON, "Content-Length": length})
    assert answer.status_code in {400, 413}
    assert answer.headers["content-type"] == "application/problem+json"
