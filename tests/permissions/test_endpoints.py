"""Every endpoint x every permission group x inside and outside its reach, from the contract (B1, B2)."""

import json
import string
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.openapi_document import openapi_document
from app.db.session import Database
from app.domain.access import Permission
from app.domain.permission_groups import rights_of
from app.main import create_app
from app.regions.loader import load_region
from app.settings import Settings
from tests.api.conftest import client_of, group_token
from tests.api.planning import make_world
from tests.conftest import make_region
from tests.permissions.decisions import OPERATIONS, Operation
from tests.permissions.estate import ABOVE, INSIDE, MARK, OUTSIDE, Estate, make_estate

GROUPS = {g.code: rights_of(g.rights) for g in load_region("vgr").permission_groups}
STALE = '"0"'
# What the path's parameter is, by the resource's name.
PATH_THINGS = {
    "units": "unit", "modules": "module", "keyword-groups": "keyword_group", "plan-versions": "plan_version",
    "nodes": "node", "links": "link", "allocations": "allocation", "assessments": "assessment",
    "indicators": "indicator", "outcome-imports": "outcome_import", "period-locks": "period_lock",
    "corrections": "correction", "users": "user", "api-keys": "api_key", "views": "view",
    "permission-groups": "code", "problems": "slug",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Route:
    """An operation of the contract."""

    id: str
    method: str
    path: str
    takes_match: bool


def routes() -> list[Route]:
    return [
        Route(
            operation["operationId"],
            method.upper(),
            path,
            any(p["name"] == "If-Match" for p in operation.get("parameters", ())),
        )
        for path, methods in openapi_document()["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_has_a_decision_and_no_decision_is_left_over() -> None:
    """A new endpoint: say in `decisions.py` what it asks of whoever calls."""
    assert {route.id for route in routes()} == set(OPERATIONS)


@pytest.fixture(scope="module")
async def estate(app_: FastAPI, settings: Settings, database: Database) -> Any:
    async with client_of(app_) as http:
        yield await make_estate(await make_world(settings, database, await make_region(database), http))


@pytest.fixture(scope="module")
def app_(settings: Settings, database: Database) -> FastAPI:
    return create_app(settings, database)


@dataclass(slots=True)
class Case:
    """One request, who sends it, and what must come of it."""

    route: Route
    group: str
    place: str
    side: str

    @property
    def decision(self) -> Operation:
        return OPERATIONS[self.route.id]

    @property
    def held(self) -> frozenset[Permission]:
        return GROUPS[self.group]

    @property
    def reached(self) -> bool:
        if self.decision.own:
            return self.place == ABOVE
        return self.decision.thing is None or self.place == ABOVE or self.side == INSIDE

    def wrong(self, answer: httpx.Response) -> str | None:
        """What is wrong with the answer; None: nothing."""
        status = answer.status_code
        if self.decision.open:
            return None if status == 200 else "open to everybody"
        if Permission.READ not in self.held:
            return None if status == 403 else "a group that may not read got in"
        if self.place != ABOVE and MARK in answer.text and MARK not in str(answer.request.content):
            return "what is outside shows"
        return "a fault" if status in {401, 500} else self._wrong_status(answer)

    def _wrong_status(self, answer: httpx.Response) -> str | None:
        status = answer.status_code
        may = self.decision.right in self.held and not (self.decision.whole and self.place != ABOVE)
        if not may:
            allowed = {403} if self.reached else {403, 404, 422}
            return None if status in allowed else "may not, and was not told so"
        if self.reached:
            return None if status not in {403, 404} else "may, and was refused"
        if self.decision.thing == "row":
            return None if status == 422 or answer.json().get("imported") == 0 else "a row outside was taken"
        return None if status in self.decision.told else "outside the reach, and not refused"

    def __str__(self) -> str:
        return f"{self.route.method} {self.route.path} as {self.group}@{self.place} on {self.side}"


def cases() -> Iterator[Case]:
    for route in routes():
        for group, held in GROUPS.items():
            yield Case(route, group, ABOVE, INSIDE)
            if Permission.READ not in held:
                continue  # refused at the door, wherever it is and whatever it asks
            yield Case(route, group, INSIDE, INSIDE)
            if OPERATIONS[route.id].thing is not None:
                yield Case(route, group, INSIDE, OUTSIDE)


def _filled(template: Any, values: dict[str, str]) -> Any:
    if isinstance(template, str):
        named = {name for _, name, _, _ in string.Formatter().parse(template) if name}
        return template.format(**{n: values[n] for n in named})
    if isinstance(template, dict):
        return {k: _filled(v, values) for k, v in template.items()}
    if isinstance(template, list):
        return [_filled(v, values) for v in template]
    return template


async def _send(http: httpx.AsyncClient, estate: Estate, case: Case, token: str, number: int) -> httpx.Response:
    values = {**estate.shared, **estate.things[case.side], "fresh": f"ny-{number}"}
    if case.decision.thing == "allocation":
        values["unit"] = f"{case.side}-F"
    resource = case.route.path.removeprefix("/api/v1").split("/")[1]
    thing = PATH_THINGS.get(resource, "")
    path = case.route.path
    for name in ("id", "code", "slug"):
        path = path.replace(f"{{{name}}}", f"code:{values['unit']}" if thing == "unit" else values.get(thing, ""))
    query = _filled(case.decision.query, values)
    headers = {"Authorization": f"Bearer {token}"}
    if case.route.takes_match:
        headers["If-Match"] = STALE  # what may be done stops at 412, and the next case finds the thing as it was
    body = None if case.decision.body is None else json.dumps(_filled(case.decision.body, values))
    if body is not None:
        headers["Content-Type"] = "application/json"
    address = f"{path}?{query}" if query else path
    return await http.request(case.route.method, address, content=body, headers=headers)


async def test_every_endpoint_for_every_group_inside_and_outside(
    app_: FastAPI, settings: Settings, estate: Estate, record_property: Any
) -> None:
    tokens = {
        (group, place): group_token(settings, estate.world.region, group, place, subject=f"{group}-{place}")
        for group in GROUPS
        for place in (ABOVE, INSIDE)
    }
    wrong = []
    number = 0
    async with client_of(app_) as http:
        for number, case in enumerate(cases(), start=1):  # the number of cases is told below
            answer = await _send(http, estate, case, tokens[case.group, case.place], number)
            if fault := case.wrong(answer):
                wrong.append(f"{case}: {fault} ({answer.status_code} {answer.text[:200]})")
    record_property("cases", number)
    assert number > 1_000
    assert wrong == [], "\n" + "\n".join(wrong[:60])
