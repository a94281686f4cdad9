"""Questions that are too much, or that are none: typed errors, and never a 500."""

import json
from typing import Any

import httpx
import pytest

from app.graphql import loads
from tests.api.planning import World


async def _post(world: World, body: Any = None, **more: Any) -> httpx.Response:
    sent = {"Authorization": f"Bearer {world.caller().token}", **more.pop("headers", {})}
    return await world.http.post("/graphql", json=body, headers=sent, **more)


def _code(answer: httpx.Response) -> str:
    code: str = answer.json()["errors"][0]["extensions"]["code"]
    return code


def _nested(levels: int) -> str:
    return '{ unit(code: "SU") ' + "{ parent " * levels + "{ code }" + " }" * levels + " }"


WIDE = (
    '{ nodes(module: "VGPU", year: 2027, first: 500) { edges { node { '
    + "children { " * 7
    + "id title description }"
    + " }" * 9
    + " }"
)
BOMB = (
    "{ ...a0 } "
    + " ".join(f"fragment a{i} on Query {{ ...a{i + 1} ...a{i + 1} }}" for i in range(30))
    + (" fragment a30 on Query { me { subject } }")
)


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (_nested(1000), "QUERY_TOO_DEEP"),
        (_nested(40), "QUERY_TOO_DEEP"),
        ("{ " + " ".join(f"a{i}: me {{ subject }}" for i in range(300)) + " }", "TOO_MANY_ALIASES"),
        ("{ me { " + "subject " * 10_000 + "} }", "TOO_MANY_TOKENS"),
        (WIDE, "QUERY_TOO_COSTLY"),
        (BOMB, "QUERY_TOO_COSTLY"),
        ("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("mutation { me { subject } }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ followUp(unit: "SU", period: "2027-13") { unit { code } } }', "GRAPHQL_VALIDATION_FAILED"),
        ("{ units(first: 0) { edges { cursor } } }", "BAD_USER_INPUT"),
        ("{ units(first: 501) { edges { cursor } } }", "BAD_USER_INPUT"),
        ("{ units(first: -1) { edges { cursor } } }", "BAD_USER_INPUT"),
        ("{ units(first: 99999999999999999999) { edges { cursor } } }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ units(after: "%%%") { edges { cursor } } }', "BAD_USER_INPUT"),
        ('{ nodes(module: "NOPE", year: 2027) { totalCount } }', "NOT_FOUND"),
    ],
)
async def test_over_a_bound_or_wrong(world: World, question: str, code: str) -> None:
    answer = await _post(world, {"query": question})
    assert answer.status_code in {200, 400}
    assert _code(answer) == code


async def test_a_costly_question_is_told_what_it_costs(world: World) -> None:
    question = "{ " + " ".join(
        f"u{i}: units(first: 500) {{ edges {{ node {{ id code name level kind provider }} }} }}" for i in range(30)
    )
    answer = await _post(world, {"query": question + " }"})
    [error] = answer.json()["errors"]
    assert error["extensions"]["found"] > error["extensions"]["most"]
    assert str(error["extensions"]["found"]) in error["message"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"query": 1}', 400),
        (b'{"query": "{ me { subject } }", "variables": []}', 400),
        (b'{"query": "{ me { subject } }", "nope": 1}', 400),
        (b'\xff{"query": "x"}', 400),
        (b'{"query": "\xff"}', 400),
        (b"[" * 100_000, 400),
    ],
)
async def test_no_graphql_request_at_all(world: World, content: bytes, status: int) -> None:
    answer = await _post(world, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.json()["errors"]


@pytest.mark.parametrize("code", ["a\0b", "\ud800", "x" * 100_000, "' or 1=1 --"])
async def test_strange_texts_are_texts(world: World, code: str) -> None:
    body = {"query": "query($c: String!) { unit(code: $c) { code } }", "variables": {"c": code}}
    # As ASCII: half a surrogate pair can be written in JSON, though not in UTF-8.
    content = json.dumps(body).encode("ascii")
    answer = await _post(world, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in {200, 400}
    assert answer.json().get("data") in (None, {"unit": None})
    if answer.json().get("errors"):
        assert _code(answer) != "INTERNAL"


async def test_a_fault_of_ours_is_masked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret of the inside")

    monkeypatch.setattr(loads, "read_unit", broken)
    answer = await _post(world, {"query": "{ me { subject } }"})
    assert _code(answer) == "INTERNAL"
    assert "secret" not in answer.text


async def test_without_a_credential(world: World) -> None:
    answer = await world.http.post("/graphql", json={"query": "{ me { subject } }"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


async def test_status_and_media_type_follow_what_is_accepted(world: World) -> None:
    new = {"Accept": "application/graphql-response+json"}
    good = await _post(world, {"query": "{ me { subject } }"}, headers=new)
    bad = await _post(world, {"query": "{ nope }"}, headers=new)
    old = await _post(world, {"query": "{ nope }"})
    variables = {"query": "query($u: String!) { unit(code: $u) { code } }"}
    lacking = await _post(world, variables, headers=new)
    assert (good.status_code, bad.status_code, old.status_code, lacking.status_code) == (200, 400, 200, 400)
    assert good.headers["content-type"].startswith("application/graphql-response+json")
    assert "data" not in bad.json()
    wrong = await _post(world, content=b"{ me }", headers={"Content-Type": "application/graphql"})
    assert wrong.status_code == 415


async def test_a_question_in_the_url(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.caller().token}"}
    asked = {"query": "query A { me { subject } } query B { region { code } }", "operationName": "B"}
    answer = await world.http.get("/graphql", params=asked, headers=headers)
    assert answer.json()["data"] == {"region": {"code": world.region.code}}
    unsaid = await world.http.get("/graphql", params={"query": asked["query"]}, headers=headers)
    assert _code(unsaid) == "BAD_USER_INPUT"


async def test_the_schema_can_be_asked_about(world: World) -> None:
    answer = await _post(world, {"query": "{ __schema { types { name } } }"})
    names = {t["name"] for t in answer.json()["data"]["__schema"]["types"]}
    assert {"FollowUp", "Node", "Indicator", "Activity", "TextNode", "Rollup", "Period"} <= names


async def test_a_field_that_fails_leaves_the_connection_whole(world: World) -> None:
    """The executor would cancel the other fields in the middle of their statements."""
    bad = 'a: nodes(module: "NOPE", year: 2027) { totalCount } b: units { edges { cursor } } c: region { code }'
    for question in (f"{{ {bad} }}", f"{{ {bad} __schema {{ queryType {{ name }} }} }}"):
        for _ in range(3):
            answer = await _post(world, {"query": question})
            assert (answer.status_code, _code(answer)) == (200, "NOT_FOUND")
            assert answer.json()["data"] is None
