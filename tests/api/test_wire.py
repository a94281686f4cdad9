"""What a client over a real connection gets that an in-process one can't show: raw bytes, large bodies, HEAD."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from app.settings import Settings
from tests.api.conftest import token_for
from tests.conftest import TestRegion
from tests.serving import serving

UNITS = "/api/v1/units"


@pytest.fixture(scope="module")
async def port(app: FastAPI) -> AsyncIterator[int]:
    """The service's port."""
    async with serving(app) as found:
        yield found


@pytest.fixture
async def wired(port: int, settings: Settings, region: TestRegion) -> AsyncIterator[httpx.AsyncClient]:
    """A client over TCP."""
    headers = {"Authorization": f"Bearer {token_for(settings, region)}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=20) as client:
        yield client


async def raw(port: int, request: bytes) -> bytes:
    """Send bytes, and read until the server closes or says no more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await writer.drain()
    try:
        return await asyncio.wait_for(reader.read(65536), 5)
    finally:
        writer.close()


@pytest.mark.parametrize(
    "target",
    [
        b"/api/v1/units/\xff",
        b"/api/v1/units/%ff",
        b"/api/v1/units/%00",
        b"/api/v1/units?code=\xff\xfe",
        b"/api/v1/\xed\xa0\x80",
        b"/%ed%a0%80",
        b"//",
        b"/api/v1/units/" + b"x" * 60_000,
        b"*",
        b"http://elsewhere.example/api/v1/units",
    ],
)
@pytest.mark.parametrize("method", [b"GET", b"OPTIONS"])
async def test_no_address_is_a_fault_of_ours(port: int, method: bytes, target: bytes) -> None:
    answer = await raw(port, method + b" " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 4"), answer[:200]


@pytest.mark.parametrize(
    "header",
    [
        b"Authorization: Bearer \xff\xfe",
        b"Accept-Language: \xff;q=\xff",
        b"If-None-Match: \xff",
        b"X-Request-ID: \xff",
        b"Content-Type: \xff",
        b"Accept-Language: " + b"en," * 10_000,
    ],
)
async def test_no_header_is_a_fault_of_ours(port: int, header: bytes) -> None:
    request = b"GET /api/v1/units HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + header + b"\r\n\r\n"
    answer = await raw(port, request)
    assert answer.startswith(b"HTTP/1.1 4"), answer[:200]


async def test_ten_megabytes_get_their_answer_rather_than_a_broken_connection(wired: httpx.AsyncClient) -> None:
    for _ in range(5):
        answer = await wired.post("/api/v1/plan-versions", json={"title": "x" * 10_000_000})
        assert answer.status_code == 413
        assert answer.json()["type"] == "/problems/too-large"


async def test_a_stream_over_the_limit_gets_its_answer(wired: httpx.AsyncClient) -> None:
    async def stream() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 100_000

    answer = await wired.post("/api/v1/plan-versions", content=stream(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


async def test_head_sends_no_body_and_keeps_the_connection(wired: httpx.AsyncClient) -> None:
    for _ in range(2):
        head = await wired.head(UNITS)
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) > 0
    assert (await wired.get(UNITS)).status_code == 200


async def test_a_client_that_leaves_in_the_middle_of_a_body_harms_nobody(
    port: int, wired: httpx.AsyncClient, settings: Settings, region: TestRegion
) -> None:
    token = token_for(settings, region).encode()
    for _ in range(30):  # more than there are database connections
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"POST /api/v1/plan-versions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000\r\nAuthorization: Bearer " + token + b'\r\n\r\n{"year":'
        )
        await writer.drain()
        writer.close()
    assert (await wired.get(UNITS)).status_code == 200
    assert (await wired.get("/api/v1/plan-versions")).json()["items"] == []
