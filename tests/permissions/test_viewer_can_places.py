"""viewer_can of units, indicators and allocations says yes exactly where the endpoint then lets one in."""

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
ASKED = {"include": "viewer_can"}


@pytest.fixture(scope="module")
def the_app(settings: Settings, database: Database) -> FastAPI:
    return create_app(settings, database)


@pytest.fixture(scope="module")
async def the_estate(the_app: FastAPI, settings: Settings, database: Database) -> Any:
    async with client_of(the_app) as http:
        yield await make_estate(await make_world(settings, database, await make_region(database), http))


async def _set(estate: Estate, statement: str) -> None:
    async with estate.world.database.owner_unit_of_work(estate.world.region.id) as uow:
        await uow.session.execute(text(statement), {"r": estate.world.region.id})


async def _told(http: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """By action; and every list says what the single one does."""
    answer = await http.get(path, params=ASKED)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()["viewer_can"]
    for each in said.values():
        assert each["may"] == (not each["why_not"])
    return said


def _why(said: dict[str, Any]) -> set[tuple[str, str]]:
    return {(reason["why"], reason["rule"]) for each in said.values() for reason in each["why_not"]}


async def _at_unit(http: httpx.AsyncClient, estate: Estate, side: str, name: str) -> set[tuple[str, str]]:
    things = estate.things[side]
    said = await _told(http, f"/api/v1/units/code:{side}")
    row = {"indicator": estate.shared["indicator_code"], "unit": side, "period": f"{YEAR}-05", "sex": "T", "value": 1}
    node = {"module": "VGPU", "column": "verksamhetsmal", "year": YEAR, "unit": side, "title": f"Eget {name} {side}"}
    assessment = {"node": things["node"], "unit": side, "period": f"{YEAR}-T2", "grade": "achieved"}
    lock = {"unit": side, "period": "2026-11", "reason": "Klart"}
    tries: dict[str, tuple[str, Any]] = {
        "create_nodes": ("/api/v1/nodes", node),
        "assess": ("/api/v1/assessments", assessment),
        "report_outcomes": ("/api/v1/outcome-imports?dry_run=true&mode=best_effort", [row]),
        "lock_periods": ("/api/v1/period-locks", lock),
        "add_users": ("/api/v1/users", {"user_name": name, "subject": name, "name": "Ny", "unit": side}),
    }
    assert said.keys() == tries.keys()
    for action, (path, body) in tries.items():
        answer = await http.post(path, json=body)
        let_in = answer.status_code != 403
        if action == "report_outcomes" and let_in:
            let_in = answer.json()["unchanged"] + answer.json()["imported"] == 1
        if action == "add_users":
            let_in = answer.status_code == 201
        assert said[action]["may"] == let_in, (action, said[action], answer.text)
    return _why(said)


@pytest.mark.parametrize("state", ["open", "archived", "full"])
async def test_yes_exactly_where_one_is_let_in(
    the_app: FastAPI, settings: Settings, the_estate: Estate, state: str
) -> None:
    estate, seen = the_estate, set[tuple[str, str]]()
    status = "archived" if state == "archived" else "live"
    await _set(estate, f"update plan_versions set status = '{status}' where region_id = :r and year = {YEAR}")
    await _set(estate, f"update licences set total = {'used' if state == 'full' else 'null'} where region_id = :r")
    for number, (group, (place, side)) in enumerate(
        itertools.product(READING, ((ABOVE, OUTSIDE), (INSIDE, INSIDE), (INSIDE, ABOVE)))
    ):
        token = group_token(settings, estate.world.region, group, place, subject=f"{group}-{place}")
        async with client_of(the_app, Authorization=f"Bearer {token}") as http:
            if side == ABOVE:  # the top is seen from below, and not acted upon
                seen |= _why(await _told(http, f"/api/v1/units/code:{side}"))
                continue
            if state != "archived":
                seen |= await _at_unit(http, estate, side, f"{state}-{number}")
            allocation = f"/api/v1/allocations/{estate.things[side]['allocation']}"
            said = await _told(http, allocation)
            tag = (await http.get(allocation)).headers["etag"]
            body = {"instruction": f"{group} {state}"}
            answer = await http.patch(allocation, json=body, headers={"If-Match": tag})
            assert said["change"]["may"] == (answer.status_code == 200), (group, place, said, answer.text)
            assert said["withdraw"] == said["change"]
            seen |= _why(said)
            indicator = f"/api/v1/indicators/{estate.shared['indicator']}"
            said = await _told(http, indicator)
            answer = await http.post(f"{indicator}/approve")
            assert said["approve"]["may"] == (answer.status_code == 200), (group, place, said, answer.text)
            assert said["set_targets"] == said["approve"]
            seen |= _why(said)
    expected = {("role", "B1"), ("reach", "B1")}
    assert seen == expected | {"open": set(), "archived": {("archived", "V3")}, "full": {("licence", "B4")}}[state]


async def test_lists_say_what_the_single_ones_do(the_app: FastAPI, settings: Settings, the_estate: Estate) -> None:
    token = group_token(settings, the_estate.world.region, "chef", INSIDE)
    async with client_of(the_app, Authorization=f"Bearer {token}") as http:
        for resource in ("units", "allocations", "indicators"):
            path = f"/api/v1/{resource}"
            items = (await http.get(path, params=ASKED)).json()["items"]
            assert items
            for item in items[:5]:
                assert item["viewer_can"] == await _told(http, f"{path}/{item['id']}")
            assert all(item["viewer_can"] is None for item in (await http.get(path)).json()["items"])


async def test_graphql_tells_the_same_of_units(the_app: FastAPI, settings: Settings, the_estate: Estate) -> None:
    able = "viewerCan { action may whyNot { why rule message } }"
    for group in READING:
        token = group_token(settings, the_estate.world.region, group, INSIDE)
        async with client_of(the_app, Authorization=f"Bearer {token}") as http:
            asked = {"query": f"{{ units(first: 20) {{ edges {{ node {{ code {able} }} }} }} }}"}
            found = (await http.post("/graphql", json=asked)).json()["data"]["units"]["edges"]
            told = {edge["node"]["code"]: edge["node"]["viewerCan"] for edge in found}
            rest = (await http.get("/api/v1/units", params={**ASKED, "limit": 20})).json()["items"]
            assert told
            for unit in rest:
                said = {a["action"]: {"may": a["may"], "why_not": a["whyNot"]} for a in told[unit["code"]]}
                assert said == unit["viewer_can"]


async def test_a_page_costs_the_same_however_long(
    the_app: FastAPI, settings: Settings, the_estate: Estate, count_queries: Any
) -> None:
    token = group_token(settings, the_estate.world.region, "chef", ABOVE)
    async with client_of(the_app, Authorization=f"Bearer {token}") as http:
        for resource in ("units", "allocations"):
            counts = []
            for limit in (2, 1, 3):  # the first brings the model to memory
                with count_queries() as counter:
                    await http.get(f"/api/v1/{resource}", params={**ASKED, "limit": limit})
                counts.append(len(counter))
            assert counts[1] == counts[2]
