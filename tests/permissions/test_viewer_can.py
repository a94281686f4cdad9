"""viewer_can says yes exactly where the endpoint then accepts: generated for every group, side, plan and lock."""

import itertools
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.db.session import Database
from app.domain.access import Permission
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import client_of, group_token
from tests.api.planning import YEAR, make_world
from tests.conftest import make_region
from tests.permissions.estate import ABOVE, INSIDE, OUTSIDE, Estate, make_estate
from tests.permissions.test_endpoints import GROUPS

READING = [group for group, held in GROUPS.items() if Permission.READ in held]


@pytest.fixture(scope="module")
def own_app(settings: Settings, database: Database) -> FastAPI:
    return create_app(settings, database)


@pytest.fixture(scope="module")
async def own_estate(own_app: FastAPI, settings: Settings, database: Database) -> Any:
    async with client_of(own_app) as http:
        yield await make_estate(await make_world(settings, database, await make_region(database), http))


async def _set(estate: Estate, statement: str) -> None:
    async with estate.world.database.owner_unit_of_work(estate.world.region.id) as uow:
        await uow.session.execute(text(statement), {"r": estate.world.region.id})


async def _accepted(http: httpx.AsyncClient, method: str, path: str, body: Any) -> bool:
    tag = (await http.get(path)).headers["etag"]
    return (await http.request(method, path, json=body, headers={"If-Match": tag})).status_code == 200


async def _compare(http: httpx.AsyncClient, path: str, body: Any) -> list[Any]:
    told = (await http.get(path, params={"include": "viewer_can"})).json()["viewer_can"]["change"]
    assert told["may"] == (not told["why_not"])
    assert told["may"] == await _accepted(http, "PATCH", path, body), (path, told)
    return [(h["why"], h["rule"]) for h in told["why_not"]]


@pytest.mark.parametrize("state", ["open", "locked", "archived"])
async def test_yes_exactly_where_the_endpoint_accepts(
    own_app: FastAPI, settings: Settings, own_estate: Estate, state: str
) -> None:
    estate, seen = own_estate, set[Any]()
    status = "archived" if state == "archived" else "live"
    await _set(estate, f"update plan_versions set status = '{status}' where region_id = :r and year = {YEAR}")
    await _set(estate, "delete from period_locks where region_id = :r")
    if state == "locked":
        for side in (INSIDE, OUTSIDE):
            said = {"unit": side, "period": f"{YEAR}-T1", "reason": "Klart"}
            await estate.world.caller().made("/period-locks", said)
    for group, (place, side) in itertools.product(READING, ((ABOVE, OUTSIDE), (INSIDE, INSIDE))):
        token = group_token(settings, estate.world.region, group, place, subject=f"{group}-{place}")
        things = estate.things[side]
        async with client_of(own_app, Authorization=f"Bearer {token}") as http:
            seen |= set(await _compare(http, f"/api/v1/nodes/{things['node']}", {"description": f"{group} {state}"}))
            # A goal of the region, seen by everybody: in reach for who reaches all of it.
            goal = f"/api/v1/nodes/{estate.shared['goal']}"
            seen |= set(await _compare(http, goal, {"description": f"{group} {state}"}))
            seen |= set(await _compare(http, f"/api/v1/assessments/{things['assessment']}", {"analysis": f"{group}"}))
            listed = (await http.get("/api/v1/nodes", params={"include": "viewer_can"})).json()["items"]
            assert all(node["viewer_can"]["change"] is not None for node in listed)
    expected = {("role", "B1"), ("reach", "B1")}
    expected |= {"open": set(), "locked": {("locked", "R6")}, "archived": {("archived", "V3"), ("archived", "I1")}}[
        state
    ]
    assert seen == expected


ABLE = "{ viewerCan { action may whyNot { why rule message } } }"


@pytest.mark.parametrize("status", ["live", "archived"])
async def test_graphql_tells_the_same(own_app: FastAPI, settings: Settings, own_estate: Estate, status: str) -> None:
    estate = own_estate
    await _set(estate, f"update plan_versions set status = '{status}' where region_id = :r and year = {YEAR}")
    for group, (place, side) in itertools.product(READING, ((ABOVE, OUTSIDE), (INSIDE, INSIDE))):
        token = group_token(settings, estate.world.region, group, place, subject=f"{group}-{place}")
        async with client_of(own_app, Authorization=f"Bearer {token}") as http:
            for node in (estate.things[side]["node"], estate.shared["goal"]):
                told = (await http.get(f"/api/v1/nodes/{node}", params={"include": "viewer_can"})).json()["viewer_can"]
                asked = {"query": f'{{ node(id: "{node}") {ABLE} }}'}
                found = (await http.post("/graphql", json=asked)).json()["data"]["node"]["viewerCan"]
                assert {a["action"]: {"may": a["may"], "why_not": a["whyNot"]} for a in found} == told
            follow = f'{{ followUp(unit: "{side}", period: "{YEAR}-T1") {{ roots {{ id children {ABLE} }} }} }}'
            chain = (await http.post("/graphql", json={"query": follow})).json()["data"]["followUp"]["roots"]
            assert all(len(child["viewerCan"]) == 2 for root in chain for child in root["children"])


async def test_nothing_is_told_unasked(own_app: FastAPI, settings: Settings, own_estate: Estate) -> None:
    token = group_token(settings, own_estate.world.region, "titta", INSIDE)
    async with client_of(own_app, Authorization=f"Bearer {token}") as http:
        assert (await http.get(f"/api/v1/nodes/{own_estate.shared['goal']}")).json()["viewer_can"] is None
