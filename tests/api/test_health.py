"""Health, readiness, figures, and what surrounds every answer."""

import json
import logging
import re

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.api.logs import JsonFormatter, request_id
from app.db.session import Database
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import client_of, token_for
from tests.conftest import NewDatabases, TestRegion


async def test_the_process_lives_and_is_ready(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/healthz")).json() == {"status": "ok"}
    ready = await anonymous.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "database": "reachable", "migrations": "current"}
    assert ready.headers["cache-control"] == "no-store"


async def test_without_a_database_it_lives_but_is_not_ready(settings: Settings) -> None:
    database = Database("postgresql+asyncpg://nobody@127.0.0.1:9/nothing")
    app = create_app(settings, database)
    async with client_of(app, **{"Accept-Language": "en"}) as client:
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
    await database.aclose()
    assert ready.status_code == 503
    assert ready.json()["type"] == "/problems/unavailable"
    assert ready.headers["retry-after"]


async def test_without_a_database_every_request_is_503(settings: Settings, region: TestRegion) -> None:
    database = Database("postgresql+asyncpg://nobody@127.0.0.1:9/nothing")
    app = create_app(settings, database)
    async with client_of(app, Authorization=f"Bearer {token_for(settings, region)}") as client:
        answer = await client.get("/api/v1/units")
    await database.aclose()
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/unavailable"


async def test_a_database_that_is_not_migrated_is_not_ready(settings: Settings, new_databases: NewDatabases) -> None:
    database = Database(await new_databases.make())
    async with database.owner_engine.begin() as connection:
        await connection.execute(text("update alembic_version set version_num = '0000'"))
    async with client_of(create_app(settings, database)) as client:
        answer = await client.get("/readyz")
    await database.aclose()
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/not-ready"


async def test_figures_are_by_template_and_never_by_path(client: httpx.AsyncClient) -> None:
    await client.get("/api/v1/units/code:SU")
    await client.get("/api/v1/units/code:NO-SUCH-UNIT")
    await client.get("/wp-admin/secret-path")
    said = (await client.get("/metrics")).text
    assert re.search(
        r'styrkedjan_http_requests_total\{method="GET",route="/api/v1/units/\{id\}",status="200"\} \d', said
    )
    assert re.search(
        r'styrkedjan_http_requests_total\{method="GET",route="/api/v1/units/\{id\}",status="404"\} \d', said
    )
    assert 'route="(no route)",status="404"' in said
    assert 'styrkedjan_http_request_seconds_count{method="GET",route="/api/v1/units/{id}"}' in said
    assert "process_resident_memory_bytes" in said
    assert "secret-path" not in said
    assert "NO-SUCH-UNIT" not in said


async def test_an_invented_method_makes_no_new_figure(client: httpx.AsyncClient) -> None:
    await client.request("BREW", "/api/v1/units")
    said = (await client.get("/metrics")).text
    assert 'method="other"' in said
    assert "BREW" not in said


@pytest.mark.parametrize("given", ["abc-123", "01a2094a-fbb1-74c1-8759-0a05416770cb", "x" * 100])
async def test_a_well_formed_request_id_is_kept(anonymous: httpx.AsyncClient, given: str) -> None:
    assert (await anonymous.get("/healthz", headers={"X-Request-ID": given})).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 101, "a b", "a\tb", '{"a":1}', "-x", "å"])
async def test_another_request_id_is_replaced(anonymous: httpx.AsyncClient, given: str) -> None:
    answer = await anonymous.get("/healthz", headers=[(b"X-Request-ID", given.encode())])
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-request-id"])


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/units", "/nothing", "/docs", "/problems/K2", "/metrics"])
async def test_every_answer_carries_what_keeps_browsers_careful(anonymous: httpx.AsyncClient, path: str) -> None:
    headers = (await anonymous.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-request-id"]


@pytest.mark.parametrize(
    ("changes", "url", "said"),
    [
        ({}, "http://x", None),
        ({}, "https://x", "max-age=31536000"),
        ({"public_url": "https://x.example"}, "http://x", "max-age=31536000"),
        ({"hsts_seconds": 60}, "https://x", "max-age=60"),
        ({"hsts_seconds": 0}, "https://x", None),
    ],
)
async def test_browsers_are_told_to_stay_with_https_over_https_alone(
    settings: Settings, database: Database, changes: dict[str, object], url: str, said: str | None
) -> None:
    transport = httpx.ASGITransport(app=create_app(settings.with_changes(**changes), database))
    async with httpx.AsyncClient(transport=transport, base_url=url) as client:
        for path in ("/healthz", "/api/v1/units"):
            assert (await client.get(path)).headers.get("strict-transport-security") == said


async def test_other_origins_are_let_in_only_where_the_settings_say(
    anonymous: httpx.AsyncClient, settings: Settings, database: Database
) -> None:
    asking = {"Origin": "https://front.example", "Access-Control-Request-Method": "PATCH"}
    assert "access-control-allow-origin" not in (await anonymous.get("/healthz", headers=asking)).headers
    open_app = create_app(settings.with_changes(cors_origins="https://front.example, https://b.example/"), database)
    async with client_of(open_app) as client:
        preflight = await client.options("/api/v1/units", headers=asking)
        answer = await client.get("/healthz", headers=asking)
        other = await client.get("/healthz", headers={"Origin": "https://evil.example"})
    assert preflight.headers["access-control-allow-origin"] == "https://front.example"
    assert "PATCH" in preflight.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-origin"] == "https://front.example"
    assert "ETag" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in other.headers


async def test_a_request_is_a_log_line_without_anything_secret(
    app: FastAPI, settings: Settings, region: TestRegion, caplog: pytest.LogCaptureFixture
) -> None:
    token = token_for(settings, region)
    caplog.set_level(logging.DEBUG)
    async with client_of(app, Authorization=f"Bearer {token}") as client:
        await client.get("/api/v1/units/code:SU?at=2026-01-01", headers={"X-Request-ID": "my-request"})
    (record,) = [r for r in caplog.records if r.name == "styrkedjan.requests"]
    said = record.__dict__
    assert said["route"] == "/api/v1/units/{id}"
    assert (said["method"], said["status"], said["region"]) == ("GET", 200, region.code)
    lines = [JsonFormatter().format(r) for r in caplog.records]
    assert not any(token in line or "2026-01-01" in line for line in lines if '"styrkedjan' in line)


def test_a_log_line_is_one_json_object_whatever_it_holds() -> None:
    record = logging.makeLogRecord(
        {"name": "x", "levelname": "ERROR", "msg": "two\nlines %s", "args": ("\ud800\0",), "extra_thing": object()}
    )
    token = request_id.set("abc")
    try:
        raise ValueError("why")  # noqa: TRY301
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)
        line = JsonFormatter().format(record)
    finally:
        request_id.reset(token)
    assert "\n" not in line
    said = json.loads(line)
    assert said["request_id"] == "abc"
    assert said["level"] == "error"
    assert "ValueError: why" in said["exception"]
    assert "object" in said["extra_thing"]
