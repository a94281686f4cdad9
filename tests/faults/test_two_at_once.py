"""Two people save at once: one succeeds, the other is told, nothing is overwritten."""

import asyncio
from datetime import timedelta

import httpx

from app.auth.tokens import development_token
from app.db.session import Database
from app.domain.access import Role
from app.main import create_app
from app.services.calendar_day import now
from app.settings import Settings
from tests.conftest import TestRegion

GOAL = {"module": "VGPU", "column": "mal", "year": 2027, "unit": "VGR", "title": "Trygga resor i hela länet"}


async def test_the_same_node_changed_twice_at_once(database: Database, region: TestRegion, settings: Settings) -> None:
    token = development_token(
        settings, region=region.code, unit="VGR", role=Role.ADMINISTRATOR, subject="test",
        lifetime=timedelta(hours=1), now=now(),
    )  # fmt: skip
    transport = httpx.ASGITransport(app=create_app(settings, database), raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", headers={"Authorization": f"Bearer {token}"}
    ) as client:
        await client.post("/api/v1/plan-versions", json={"year": 2027, "status": "live"})
        made = await client.post("/api/v1/nodes", json=GOAL)
        assert made.status_code == 201, made.text
        path, tag = made.headers["Location"], made.headers["ETag"]

        async def change(words: str) -> int:
            answer = await client.patch(path, json={"description": words}, headers={"If-Match": tag})
            return answer.status_code

        statuses = await asyncio.gather(*(change(f"ändring {i}") for i in range(6)))
        after = await client.get(path)
    assert sorted(statuses) == [200, 412, 412, 412, 412, 412]
    assert after.json()["description"] == f"ändring {statuses.index(200)}"
