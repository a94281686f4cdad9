"""The database gone for a while: told as such, nothing lost, and all is well when it is back."""

from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy import text

from app.auth.tokens import development_token
from app.db import migrate
from app.db.provider import open_server
from app.db.session import Database
from app.domain.access import Role
from app.main import create_app
from app.services.calendar_day import now
from app.settings import Settings
from tests.conftest import TestRegion, make_region


def _client(settings: Settings, database: Database, region: TestRegion) -> httpx.AsyncClient:
    token = development_token(
        settings,
        region=region.code,
        unit="VGR",
        role=Role.ADMINISTRATOR,
        subject="test",
        lifetime=timedelta(hours=1),
        now=now(),
    )
    transport = httpx.ASGITransport(app=create_app(settings, database), raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url="http://localhost", headers={"Authorization": f"Bearer {token}"}
    )


async def test_gone_and_back(tmp_path: Path) -> None:
    """An embedded server of this test's own, stopped under a running service and started again."""
    settings = Settings(data_dir=tmp_path / "d", embedded_fsync=False, database_url=None)
    with open_server(settings) as server:
        await migrate.upgrade(server.default_url)
        database = Database(server.default_url)
        region = await make_region(database)
        client = _client(settings, database, region)
        made = await client.post("/api/v1/plan-versions", json={"year": 2027})
        assert made.status_code == 201

    gone = await client.post("/api/v1/plan-versions", json={"year": 2028})
    assert gone.status_code == 503
    assert gone.headers["content-type"] == "application/problem+json"
    assert int(gone.headers["Retry-After"]) > 0
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.get("/readyz")).status_code == 503
    asked = await client.post("/graphql", json={"query": "{ me { subject } }"})
    assert asked.status_code == 503

    with open_server(settings):
        years = [version["year"] for version in (await client.get("/api/v1/plan-versions")).json()["items"]]
        assert years == [2027]
        assert (await client.post("/api/v1/plan-versions", json={"year": 2028})).status_code == 201
        assert (await client.get("/readyz")).status_code == 200
        await client.aclose()
        await database.aclose()


async def test_connections_cut_between_requests(database: Database, region: TestRegion, settings: Settings) -> None:
    """As when PostgreSQL restarts: the pool's connections are dead, and nobody notices."""
    async with _client(settings, database, region) as client:
        assert (await client.get("/api/v1/units?limit=1")).status_code == 200
        async with database.owner_engine.connect() as owner:
            await owner.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and application_name = 'styrkedjan'"
                )
            )
        answers = [(await client.get("/api/v1/units?limit=1")).status_code for _ in range(5)]
    assert answers == [200] * 5
