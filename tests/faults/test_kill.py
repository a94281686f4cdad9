"""kill -9 of the service in the middle of an allocation import leaves either all or nothing."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.db.session import Database
from app.services.audit_verification import verify
from tests.faults.conftest import Budget, ServiceProcess

IMPORT = "/api/v1/allocations/import"
KEY = "the-budget-of-2027"
_CONNECTED = "pg_stat_activity where datname = current_database() and application_name like 'styrkedjan%'"


async def _count(url: str, table: str) -> int:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = await connection.scalar(text(f"select count(*) from {table}"))
    await engine.dispose()
    return int(found or 0)


async def _good_rows(client: httpx.AsyncClient, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answer = await client.post(IMPORT, params={"dry_run": "true"}, json={"year": 2027, "rows": rows})
    refused = {conflict["row"] for conflict in answer.json()["conflicts"]}
    return [row for number, row in enumerate(rows, start=1) if number not in refused]


async def _log_is_whole(budget: Budget) -> int:
    """How many allocations the audit log tells of; its chain holds, whatever was going on at the kill."""
    database = Database(budget.url)
    (found,) = [verified async for verified in verify(database, {})]
    await database.aclose()
    assert found.faults == ()
    return await _count(budget.url, "audit_entries where table_name = 'allocations'")


def _client(service: ServiceProcess, budget: Budget) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=service.url, headers={"Authorization": f"Bearer {budget.token}"}, timeout=60)


async def _until_somebody_waits(connection: AsyncConnection) -> None:
    waiting = text(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    )
    for _ in range(300):
        if await connection.scalar(waiting):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the import never came to the lock")


async def test_killed_in_the_middle_nothing_is_left(
    budget: Budget, service_on: Callable[[str], ServiceProcess]
) -> None:
    """The import is held up by a lock on the table that it writes to, and killed there: surely in the middle."""
    service = service_on(budget.url)
    service.start()
    async with _client(service, budget) as client:
        body = {"year": 2027, "rows": await _good_rows(client, budget.rows)}
        engine = create_async_engine(budget.url)
        async with engine.connect() as holder:
            await holder.execute(text("lock table allocations in share mode"))
            request = asyncio.create_task(client.post(IMPORT, json=body, headers={"Idempotency-Key": KEY}))
            async with engine.connect() as watcher:
                await _until_somebody_waits(watcher)
            service.kill()
            with pytest.raises(httpx.TransportError):
                await request
            await holder.rollback()
        await engine.dispose()
    await asyncio.sleep(0.5)  # the orphaned backend finds out that nobody listens, and rolls back
    assert await _count(budget.url, "allocations") == 0
    assert await _count(budget.url, "idempotency_keys") == 0

    service.start()
    async with _client(service, budget) as client:
        done = await client.post(IMPORT, json=body, headers={"Idempotency-Key": KEY})
        again = await client.post(IMPORT, json=body, headers={"Idempotency-Key": KEY})
    assert (done.status_code, done.json()["allocated"]) == (200, 577)
    assert again.content == done.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await _count(budget.url, "allocations") == done.json()["allocated"] + done.json()["followed"]


@pytest.mark.parametrize("after", [0.05, 0.2, 0.35])
async def test_killed_at_any_moment_it_is_all_or_nothing(
    budget: Budget, service_on: Callable[[str], ServiceProcess], after: float
) -> None:
    service = service_on(budget.url)
    service.start()
    async with _client(service, budget) as client:
        body = {"year": 2027, "rows": await _good_rows(client, budget.rows)}
        request = asyncio.create_task(client.post(IMPORT, json=body))
        await asyncio.sleep(after)
        service.kill()
        answered = (await asyncio.gather(request, return_exceptions=True))[0]
    await asyncio.sleep(0.3)
    found = await _count(budget.url, "allocations")
    assert found in {0, 577 + 569}
    assert await _log_is_whole(budget) == found
    if isinstance(answered, httpx.Response):
        assert found  # who was told of it can rely on it


async def test_sigterm_ends_the_service_cleanly(budget: Budget, service_on: Callable[[str], ServiceProcess]) -> None:
    service = service_on(budget.url)
    service.start()
    assert service.stop() in {0, 143, -15}
    assert await _count(budget.url, _CONNECTED) == 0
