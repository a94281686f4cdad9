"""/plan-versions: a year each, one of them live (V1), also when two are begun at once."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.db.session import Database
from app.domain.access import Role
from tests.api.conftest import ClientFor
from tests.api.problem_answers import assert_problem
from tests.conftest import TestRegion

PLANS = "/api/v1/plan-versions"


async def begin(client: httpx.AsyncClient, year: int, status: str = "planning") -> httpx.Response:
    return await client.post(PLANS, json={"year": year, "status": status})


async def test_a_plan_is_begun_and_read(client: httpx.AsyncClient) -> None:
    made = await begin(client, 2028)
    assert made.status_code == 201
    read = await client.get(made.headers["location"])
    assert read.json() == made.json()
    assert read.headers["etag"] == made.headers["etag"]
    assert (read.json()["year"], read.json()["status"], read.json()["created_by"]) == (2028, "planning", "test")


async def test_planning_is_what_a_plan_begins_with(client: httpx.AsyncClient) -> None:
    assert (await client.post(PLANS, json={"year": 2028})).json()["status"] == "planning"


async def test_the_keywords_that_name_the_year_come_with_it(
    client: httpx.AsyncClient, database: Database, region: TestRegion
) -> None:
    await begin(client, 2034)
    async with database.unit_of_work(region.id) as uow:
        assert await uow.session.scalar(text("select count(*) from keywords where text like '%2034%'"))


async def test_plans_are_listed_by_year_and_filtered_by_status(client: httpx.AsyncClient) -> None:
    for year, status in ((2029, "planning"), (2027, "live"), (2026, "archived"), (2028, "planning")):
        assert (await begin(client, year, status)).status_code == 201
    listed = (await client.get(PLANS)).json()["items"]
    assert [p["year"] for p in listed] == [2026, 2027, 2028, 2029]
    planned = (await client.get(PLANS, params={"status": "planning"})).json()["items"]
    assert [p["year"] for p in planned] == [2028, 2029]


@pytest.mark.parametrize("status", ["planning", "live", "archived"])
async def test_v1_a_year_that_is_taken(client: httpx.AsyncClient, status: str) -> None:
    await begin(client, 2027)
    said = assert_problem(await begin(client, 2027, status), 409, "V1")
    assert [(e["rule"], e["pointer"]) for e in said["errors"]] == [("V1", "/year")]


async def test_v1_both_that_is_wrong_is_told(client: httpx.AsyncClient) -> None:
    await begin(client, 2027, "live")
    said = assert_problem(await begin(client, 2027, "live"), 409, "V1")
    assert {e["pointer"] for e in said["errors"]} == {"/year", "/status"}


async def test_v1_two_live_plans_at_once(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(begin(client, year, "live") for year in range(2027, 2033)))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 5
    for refused in (a for a in answers if a.status_code == 409):
        said = assert_problem(refused, 409, "V1")
        assert {e["pointer"] for e in said["errors"]} == {"/status"}
    assert len((await client.get(PLANS)).json()["items"]) == 1


async def test_v1_one_year_twice_at_once(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(begin(client, 2030) for _ in range(6)))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 5
    for refused in (a for a in answers if a.status_code == 409):
        said = assert_problem(refused, 409, "V1")
        assert {e["pointer"] for e in said["errors"]} == {"/year"}


async def test_regions_have_a_live_plan_each(
    client: httpx.AsyncClient, database: Database, other_region: TestRegion
) -> None:
    async with database.unit_of_work(other_region.id) as uow:
        await uow.session.execute(
            text(
                "insert into plan_versions (region_id, id, year, status, created_by, updated_by)"
                " values (:r, gen_random_uuid(), 2027, 'live', 'test', 'test')"
            ),
            {"r": other_region.id},
        )
    assert (await begin(client, 2027, "live")).status_code == 201
    assert len((await client.get(PLANS)).json()["items"]) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/year"),
        ({"year": None}, "/year"),
        ({"year": 1899}, "/year"),
        ({"year": 3000}, "/year"),
        ({"year": 2027.5}, "/year"),
        ({"year": 10**300}, "/year"),
        ({"year": True}, "/year"),
        ({"year": 2027, "status": "later"}, "/status"),
        ({"year": 2027, "status": None}, "/status"),
        ({"year": 2027, "colour": "red"}, "/colour"),
        ([], ""),
        ("2027", ""),
    ],
)
async def test_a_body_that_is_none(client: httpx.AsyncClient, body: Any, pointer: str) -> None:
    said = assert_problem(await client.post(PLANS, json=body), 422, "invalid")
    assert [e["pointer"] for e in said["errors"]] == [pointer]
    assert (await client.get(PLANS)).json()["items"] == []


@pytest.mark.parametrize("role", [Role.READER, Role.REPORTER])
async def test_only_administrators_begin_plans(client_for: ClientFor, role: Role) -> None:
    said = assert_problem(await begin(client_for(role), 2027), 403, "forbidden")
    assert said["rule"] == "B1"
    assert (await client_for(role).get(PLANS)).json()["items"] == []


async def test_an_administrator_of_a_part_begins_none(client_for: ClientFor) -> None:
    assert_problem(await begin(client_for(Role.ADMINISTRATOR, "SU"), 2027), 403, "forbidden")


async def test_everybody_in_the_region_sees_its_plans(client_for: ClientFor, client: httpx.AsyncClient) -> None:
    made = await begin(client, 2027)
    reader = client_for(Role.READER, "SU")
    assert (await reader.get(made.headers["location"])).json() == made.json()


async def test_another_regions_plan_is_not_there(
    client: httpx.AsyncClient, database: Database, other_region: TestRegion
) -> None:
    async with database.unit_of_work(other_region.id) as uow:
        plan_id = await uow.session.scalar(
            text(
                "insert into plan_versions (region_id, id, year, status, created_by, updated_by)"
                " values (:r, gen_random_uuid(), 2027, 'live', 'test', 'test') returning id"
            ),
            {"r": other_region.id},
        )
    assert_problem(await client.get(f"{PLANS}/{plan_id}"), 404, "not-found")
    assert_problem(await client.get(f"{PLANS}/code:2027"), 422, "invalid")
