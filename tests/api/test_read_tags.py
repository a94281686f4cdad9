"""The tag of a read: other when its answer may be another, the same when not, in every replica, before any work."""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.api.read_tags import RESTS_ON
from app.db.session import Database
from app.db.tables import Base
from app.demo.chain_view import chain_query
from app.domain.access import Role
from app.graphql.bounds import Bounds
from app.graphql.documents import Question, prepare
from app.graphql.rests_on import tables_of
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import client_of
from tests.api.planning import FOCUS, GOAL, Caller, World
from tests.conftest import TestRegion

CHANGES = ("POST", "PUT", "PATCH", "DELETE")


def _graphql(query: str) -> str:
    return f"/graphql?{urlencode({'query': query})}"


def _follow_up(fields: str) -> str:
    return _graphql(f'{{ followUp(unit: "SU", period: "2027-T2") {{ {fields} }} }}')


PLAIN = _follow_up("roots { title children { title } }")
COUNTED = _follow_up("rollup { nodes }")
RESPONSIBLE = _follow_up("roots { responsible { subject } }")


async def _tags(caller: Caller, *paths: str) -> list[str]:
    """The tags of reads; those of /graphql are asked by GET."""
    found = []
    for path in paths:
        address = path if path.startswith("/graphql") else f"/api/v1{path}"
        answer = await caller.http.get(address, headers={"Authorization": f"Bearer {caller.token}"})
        assert answer.status_code == 200, answer.text
        found.append(answer.headers["etag"])
    return found


class Plan:
    """A small plan that every kind of change can be made to."""

    def __init__(self, admin: Caller, goal: str, focus: str, indicator: Any, allocation: str) -> None:
        self.admin, self.goal, self.focus, self.indicator, self.allocation = admin, goal, focus, indicator, allocation

    @property
    def measure(self) -> str:
        """The path of the indicator."""
        return f"/indicators/{self.indicator['measure']['indicator']}"


@pytest.fixture
async def plan(world: World) -> Plan:
    admin = world.caller()
    goal = (await admin.node("mal", "VGR", GOAL))["id"]
    focus = (await admin.node("fokusomrade", "VGR", FOCUS, goal))["id"]
    indicator = await admin.indicator("Andel som väntat", approved=False, unit_of_measure="%", direction="up")
    made = await admin.made("/allocations", {"items": [{"node": goal, "unit": "SU"}]})
    return Plan(admin, goal, focus, indicator, made["items"][0]["id"])


async def _linked(plan: Plan) -> str:
    await plan.admin.made(f"{plan.measure}/approve", None)
    made = await plan.admin.made("/links", {"parent": plan.focus, "child": plan.indicator["id"]})
    return str(made["items"][0]["id"])


async def _assessed(plan: Plan) -> str:
    said = {"node": plan.goal, "unit": "SU", "period": "2027-T2", "grade": "partly", "measures": "Fler tider"}
    return str((await plan.admin.made("/assessments", said))["id"])


async def _outcome(plan: Plan) -> None:
    await plan.admin.made(f"{plan.measure}/approve", None)
    row = {"indicator": plan.indicator["measure"]["code"], "unit": "SU", "period": "2027-01", "sex": "T", "value": 4}
    await plan.admin.made("/outcome-imports", [row])


async def _nothing(_: Plan) -> None:
    pass


async def _put_responsibilities(plan: Plan) -> None:
    said = {"items": [{"role": "Övergripande ansvar", "unit": "SU", "subject": "anna"}]}
    await _sent(plan, "PUT", f"/nodes/{plan.goal}/responsibilities", said)


Step = Callable[[Plan], Awaitable[Any]]


async def _sent(plan: Plan, method: str, path: str, body: Any = None) -> None:
    answer = await plan.admin.changed(method, path, body)
    assert answer.status_code == 200, answer.text


# Route -> (what must stand, the change, a read that must change, a read that must not).
WRITES: dict[str, tuple[Step, Callable[[Plan, Any], Awaitable[Any]], str, str]] = {
    "POST /allocations": (
        _nothing,
        lambda p, _: p.admin.made("/allocations", {"items": [{"node": p.focus, "unit": "SU"}]}),
        "/allocations",
        "/units",
    ),
    "POST /allocations/import": (
        _nothing,
        lambda p, _: p.admin.made("/allocations/import", {"year": 2027, "rows": [{"node": p.focus, "unit": "SU"}]}),
        "/allocations",
        "/units",
    ),
    "DELETE /allocations/{id}": (
        _nothing,
        lambda p, _: _sent(p, "DELETE", f"/allocations/{p.allocation}"),
        "/allocations",
        "/keyword-groups",
    ),
    "PATCH /allocations/{id}": (
        _nothing,
        lambda p, _: _sent(p, "PATCH", f"/allocations/{p.allocation}", {"instruction": "Bryt ner"}),
        "/allocations",
        "/keyword-groups",
    ),
    "POST /assessments": (_nothing, lambda p, _: _assessed(p), COUNTED, PLAIN),
    "PATCH /assessments/{id}": (
        _assessed,
        lambda p, made: _sent(p, "PATCH", f"/assessments/{made}", {"grade": "achieved"}),
        "/assessments",
        "/nodes",
    ),
    "POST /indicators/{id}/approve": (
        _nothing,
        lambda p, _: p.admin.made(f"{p.measure}/approve", None),
        "/indicators",
        "/units",
    ),
    "PUT /indicators/{id}/targets": (
        _nothing,
        lambda p, _: _sent(p, "PUT", f"{p.measure}/targets", {"items": [{"year": 2027, "printed": "Öka"}]}),
        COUNTED,
        "/units",
    ),
    "POST /links": (_nothing, lambda p, _: _linked(p), "/links", "/units"),
    "DELETE /links/{id}": (_linked, lambda p, made: _sent(p, "DELETE", f"/links/{made}"), "/links", "/plan-versions"),
    "POST /nodes": (
        _nothing,
        lambda p, _: p.admin.node("verksamhetsmal", "SU-F2", "Patienter får svar samma vecka", p.focus),
        "/nodes",
        "/modules",
    ),
    "PATCH /nodes/{id}": (
        _nothing,
        lambda p, _: _sent(p, "PATCH", f"/nodes/{p.goal}", {"description": "Mer"}),
        PLAIN,
        "/plan-versions",
    ),
    "DELETE /nodes/{id}": (
        _nothing,
        lambda p, _: _sent(p, "DELETE", f"/nodes/{p.indicator['id']}"),
        "/nodes",
        "/units",
    ),
    "PUT /nodes/{id}/keywords": (
        _nothing,
        lambda p, _: _sent(p, "PUT", f"/nodes/{p.goal}/keywords", {"keywords": []}),
        "/nodes",
        "/units",
    ),
    "PUT /nodes/{id}/responsibilities": (
        _nothing,
        lambda p, _: _put_responsibilities(p),
        RESPONSIBLE,
        PLAIN,
    ),
    "POST /outcome-imports": (_nothing, lambda p, _: _outcome(p), "/outcomes", "/units"),
    "POST /plan-versions": (
        _nothing,
        lambda p, _: p.admin.made("/plan-versions", {"year": 2028}),
        "/plan-versions",
        "/units",
    ),
}
ONLY_ASKED = {"POST /allocations/preview", "POST /nodes/similar"}
"""POST because the question is long: nothing is written."""


def _routes(app: FastAPI, methods: tuple[str, ...]) -> set[str]:
    found = set()
    for path, operations in app.openapi()["paths"].items():
        found |= {f"{m.upper()} {path.removeprefix('/api/v1')}" for m in operations if m.upper() in methods}
    return found


def test_what_is_tried_here_is_what_there_is(app: FastAPI) -> None:
    """A new route that writes: a line in WRITES, with a read whose tag changes, and one whose tag does not."""
    assert set(WRITES) | ONLY_ASKED <= _routes(app, CHANGES)


@pytest.mark.parametrize("route", WRITES)
async def test_a_change_changes_the_tag_of_what_it_changes_and_no_other(plan: Plan, route: str) -> None:
    prepare, change, affected, untouched = WRITES[route]
    made = await prepare(plan)
    before = await _tags(plan.admin, affected, untouched)
    assert await _tags(plan.admin, affected, untouched) == before
    await change(plan, made)
    after = await _tags(plan.admin, affected, untouched)
    assert after[0] != before[0]
    assert after[1] == before[1]


async def _whole_chains(caller: Caller) -> list[bytes]:
    answers = []
    for unit in ("VGR", "SU", "SU-F2"):
        body = {"query": chain_query(), "variables": {"unit": unit, "period": "2027-T2"}}
        answer = await caller.http.post("/graphql", json=body, headers={"Authorization": f"Bearer {caller.token}"})
        assert b"errors" not in answer.content
        answers.append(answer.content)
    return answers


@pytest.mark.parametrize("route", WRITES)
async def test_after_a_change_what_was_kept_is_what_would_be_read(plan: Plan, database: Database, route: str) -> None:
    prepare, change, _, _ = WRITES[route]
    made = await prepare(plan)
    await _whole_chains(plan.admin)
    await change(plan, made)
    answered = await _whole_chains(plan.admin)
    database.kept.clear()
    assert answered == await _whole_chains(plan.admin)


async def test_a_refused_change_leaves_every_tag(plan: Plan) -> None:
    before = await _tags(plan.admin, "/nodes", "/allocations", COUNTED)
    refused = await plan.admin.send("POST", "/nodes", {"module": "VGPU", "year": 2027, "column": "mal", "unit": "SU",
                                                       "title": GOAL})  # fmt: skip
    assert refused.status_code in {409, 422}
    assert await _tags(plan.admin, "/nodes", "/allocations", COUNTED) == before


_FROM = re.compile(r"\b(?:from|join)\s+([a-z_]+)", re.IGNORECASE)
# What is read of an import's record (when, by which way) is written with its first outcome, and never changed.
_KEPT_BY = {"org_ancestors": "org_placements", "outcome_imports": "outcome_facts"}


def _read_tables(statements: list[str]) -> set[str]:
    named = {_KEPT_BY.get(name, name) for statement in statements for name in _FROM.findall(statement)}
    return named & set(Base.metadata.tables)


@pytest.mark.parametrize("route", sorted(RESTS_ON))
async def test_a_read_rests_on_no_table_that_is_not_said(plan: Plan, count_queries: Any, route: str) -> None:
    """What the route says it rests on, held against the statements that it sends."""
    ids = {"modules": "code:VGPU", "units": "code:SU", "nodes": plan.goal, "indicators": plan.measure.split("/")[-1]}
    path = route.removeprefix("/api/v1")
    if "{id}" in path:
        kind = path.split("/")[1]
        if kind not in ids:
            listed = await plan.admin.found(f"/{kind}")
            ids[kind] = listed["items"][0]["id"]
        path = path.replace("{id}", ids[kind])
    await plan.admin.send("GET", path)  # the caller and the model are known from here on
    with count_queries() as counter:
        assert (await plan.admin.send("GET", path)).status_code == 200
    assert len(counter) > 0
    assert _read_tables(counter.statements) <= RESTS_ON[route]


@pytest.mark.parametrize("fields", [
    "roots { title keywords { text } owner { code } children { id origin instruction } }",
    "roots { assessment { grade wording } assessmentsBelow { grade } }",
    "roots { ... on Indicator { outcome { value } target { printed } attainment { status } aggregated { value } } }",
    "roots { responsible { subject } }",
    "rollup { nodes } missing { kind }",
])  # fmt: skip
async def test_a_question_rests_on_no_table_that_is_not_said(
    plan: Plan, database: Database, count_queries: Any, fields: str
) -> None:
    bounds = Bounds(depth=20, aliases=50, tokens=5000, cost=10**9)
    query = f'{{ followUp(unit: "SU", period: "2027-T2") {{ {fields} }} }}'
    said = tables_of(prepare(Question(query, {}), bounds).names)
    assert said is not None
    await _tags(plan.admin, _graphql(query))
    database.kept.clear()
    with count_queries() as counter:
        await _tags(plan.admin, _graphql(query))
    read = _read_tables(counter.statements)
    assert "nodes" in read
    assert read <= said


async def test_a_question_with_an_unknown_field_rests_on_everything() -> None:
    assert tables_of(frozenset({"followUp", "aFieldOfTomorrow"})) is None


async def _revalidated(caller: Caller, path: str) -> tuple[httpx.Response, httpx.Response]:
    headers = {"Authorization": f"Bearer {caller.token}"}
    first = await caller.http.get(path, headers=headers)
    again = await caller.http.get(path, headers={**headers, "If-None-Match": first.headers["etag"]})
    return first, again


@pytest.mark.parametrize("path", ["/api/v1/nodes", "/api/v1/units", COUNTED])
async def test_304_costs_one_statement(plan: Plan, database: Database, count_queries: Any, path: str) -> None:
    await _revalidated(plan.admin, path)
    database.kept.clear()
    with count_queries() as counter:
        first, again = await _revalidated(plan.admin, path)
    whole = len(counter.statements) - 1
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["vary"] == first.headers["vary"]
    assert whole > 1
    assert "enter_region" in counter.statements[-1]


async def test_the_same_question_by_post_has_the_same_tag_and_is_answered(plan: Plan) -> None:
    """304 is for GET (RFC 9110 §13.1.2); who asks by POST gets the answer, and a tag to compare."""
    query = '{ followUp(unit: "SU", period: "2027-T2") { rollup { nodes } } }'
    (tag,) = await _tags(plan.admin, _graphql(query))
    headers = {"Authorization": f"Bearer {plan.admin.token}", "If-None-Match": tag}
    answer = await plan.admin.http.post("/graphql", json={"query": query}, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["etag"] == tag


async def test_a_question_that_went_wrong_has_no_tag(plan: Plan) -> None:
    query = '{ followUp(unit: "NO-SUCH", period: "2027-T2") { rollup { nodes } } }'
    headers = {"Authorization": f"Bearer {plan.admin.token}"}
    answer = await plan.admin.http.get(_graphql(query), headers=headers)
    assert answer.json()["errors"]
    assert "etag" not in answer.headers


async def test_replicas_agree(
    plan: Plan, world: World, settings: Settings, database_url: str, region: TestRegion
) -> None:
    """Two instances with nothing in common but the database: the same tags, and a change at one seen at the other."""
    other_database = Database(database_url)
    paths = ("/nodes", "/units", COUNTED, PLAIN)
    async with client_of(create_app(settings, other_database)) as http:
        there = Caller(http, plan.admin.token)
        tags = await _tags(plan.admin, *paths)
        assert await _tags(there, *paths) == tags
        await _sent(plan, "PATCH", f"/nodes/{plan.goal}", {"description": "Mer"})
        headers = {"Authorization": f"Bearer {there.token}", "If-None-Match": tags[0]}
        answer = await http.get("/api/v1/nodes", headers=headers)
        assert answer.status_code == 200
        assert "Mer" in answer.text
        assert await _tags(there, *paths) == await _tags(plan.admin, *paths)
    await other_database.aclose()


async def test_callers_who_see_other_things_have_other_tags(plan: Plan, world: World) -> None:
    callers = [plan.admin, world.caller("SU"), world.caller("SU", Role.READER), world.caller("NU")]
    tags = [(await _tags(caller, "/nodes"))[0] for caller in callers]
    assert len(set(tags)) == len(tags)


async def test_a_writer_that_is_still_open_changes_no_tag_and_no_answer(plan: Plan, world: World) -> None:
    """The order that would be stale: asked while a writer is open, committed, asked again with the tag from before."""
    headers = {"Authorization": f"Bearer {plan.admin.token}"}
    path = "/api/v1/units/code:SU"
    async with world.database.unit_of_work(world.region.id) as writer:
        await writer.session.execute(text("update org_units set name = 'Nytt namn' where code = 'SU'"))
        first = await plan.admin.http.get(path, headers=headers)
        assert "Nytt namn" not in first.text
    again = await plan.admin.http.get(path, headers={**headers, "If-None-Match": first.headers["etag"]})
    assert again.status_code == 200
    assert "Nytt namn" in again.text
    assert again.headers["etag"] != first.headers["etag"]


async def test_a_unit_that_moves_moves_its_credentials_at_once(plan: Plan, world: World, region: TestRegion) -> None:
    """What a credential stands for is kept between requests, and never after it has changed."""
    board = world.caller("SU")
    query = {"query": "{ me { wholeRegion unit { code } } }"}
    headers = {"Authorization": f"Bearer {board.token}"}
    assert (await board.http.post("/graphql", json=query, headers=headers)).status_code == 200
    async with world.database.unit_of_work(region.id) as uow:
        await uow.session.execute(
            text(
                "update org_placements set valid = daterange(lower(valid), current_date - 1)"
                " where unit_id = :unit or unit_id in (select unit_id from org_ancestors where ancestor_id = :unit)"
            ),
            {"unit": region.unit_ids["SU"]},
        )
    assert (await board.http.post("/graphql", json=query, headers=headers)).status_code == 401
