"""Idempotency-Key: the same key and request gives the first answer again, done once, also when two come at once."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select, update

from app.api.idempotency import KEPT_FOR
from app.db.session import Database
from app.db.tables import IdempotencyKeyRow
from app.domain.access import Role
from tests.api.conftest import ClientFor
from tests.conftest import TestRegion

PLANS = "/api/v1/plan-versions"
KEY = {"Idempotency-Key": "first-plan"}
PLAN = {"year": 2027, "status": "live"}


async def test_the_first_answer_again_and_done_once(client: httpx.AsyncClient) -> None:
    first = await client.post(PLANS, json=PLAN, headers=KEY)
    second = await client.post(PLANS, json=PLAN, headers=KEY)
    assert first.status_code == second.status_code == 201
    assert second.content == first.content
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["content-type"] == first.headers["content-type"]
    assert second.headers["etag"] == first.headers["etag"]
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert len((await client.get(PLANS)).json()["items"]) == 1


async def test_twins_at_once_are_done_once(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post(PLANS, json=PLAN, headers=KEY) for _ in range(6)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert sum("idempotency-replayed" in a.headers for a in answers) == 5


async def test_the_same_key_with_another_body_is_refused_and_changes_nothing(client: httpx.AsyncClient) -> None:
    await client.post(PLANS, json=PLAN, headers=KEY)
    answer = await client.post(PLANS, json={"year": 2028, "status": "planning"}, headers=KEY)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/idempotency-key-reused"
    assert [p["year"] for p in (await client.get(PLANS)).json()["items"]] == [2027]


async def test_a_refused_request_keeps_nothing_and_is_tried_again(client: httpx.AsyncClient) -> None:
    await client.post(PLANS, json=PLAN)
    refused = await client.post(PLANS, json={"year": 2028, "status": "live"}, headers=KEY)
    assert refused.status_code == 409
    again = await client.post(PLANS, json={"year": 2028, "status": "live"}, headers=KEY)
    assert again.status_code == 409
    assert "idempotency-replayed" not in again.headers
    # Nothing was kept under the key: it can still be used for the request as it should have been.
    assert (await client.post(PLANS, json={"year": 2028, "status": "planning"}, headers=KEY)).status_code == 201


async def test_a_key_is_its_callers_own(client_for: ClientFor) -> None:
    first = await client_for(subject="one").post(PLANS, json=PLAN, headers=KEY)
    second = await client_for(subject="two").post(PLANS, json={"year": 2028, "status": "planning"}, headers=KEY)
    assert (first.status_code, second.status_code) == (201, 201)


async def test_a_key_is_forgotten_after_a_day_and_old_ones_are_cleared_away(
    client: httpx.AsyncClient, database: Database, region: TestRegion
) -> None:
    for year, key in ((2027, "old"), (2028, "older")):
        made = await client.post(PLANS, json={"year": year, "status": "planning"}, headers={"Idempotency-Key": key})
        assert made.status_code == 201
    async with database.unit_of_work(region.id) as uow:
        aged = IdempotencyKeyRow.created_at - KEPT_FOR - timedelta(minutes=1)
        await uow.session.execute(update(IdempotencyKeyRow).values(created_at=aged))
    answer = await client.post(PLANS, json={"year": 2029, "status": "planning"}, headers={"Idempotency-Key": "old"})
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers
    async with database.unit_of_work(region.id) as uow:
        assert await uow.session.scalar(select(func.count()).select_from(IdempotencyKeyRow)) == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "nyckelå".encode("latin-1"), "tab\there"])
async def test_a_key_of_another_form_is_refused(client: httpx.AsyncClient, key: str | bytes) -> None:
    raw = key if isinstance(key, bytes) else key.encode()
    answer = await client.post(PLANS, json=PLAN, headers=[(b"Idempotency-Key", raw)])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"].lower() == "idempotency-key"


async def test_who_lost_rights_is_not_given_the_answer_again(
    client: httpx.AsyncClient, client_for: ClientFor, database: Database
) -> None:
    """The same subject with other rights: it asks anew, and is refused as anybody who may not."""
    first = await client.post(PLANS, json=PLAN, headers=KEY)
    assert first.status_code == 201
    for less in (client_for(role=Role.READER), client_for(unit="SU")):
        again = await less.post(PLANS, json=PLAN, headers=KEY)
        assert again.status_code == 422
        assert again.json()["type"] == "/problems/idempotency-key-of-other-rights"
        assert first.json()["id"] not in again.text
        assert (await less.post(PLANS, json=PLAN, headers={"Idempotency-Key": "another"})).status_code == 403
    assert (await client.post(PLANS, json=PLAN, headers=KEY)).content == first.content


async def test_an_answer_of_an_earlier_version_is_not_given_again(
    client: httpx.AsyncClient, database: Database, region: TestRegion
) -> None:
    """It doesn't say under which rights it was given."""
    await client.post(PLANS, json=PLAN, headers=KEY)
    async with database.unit_of_work(region.id) as uow:
        await uow.session.execute(update(IdempotencyKeyRow).values(grants_hash=None))
    assert (await client.post(PLANS, json=PLAN, headers=KEY)).status_code == 422
