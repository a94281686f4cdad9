"""GraphQL over HTTP: media types, status codes, GET, persisted questions, a client that leaves."""

import asyncio
import hashlib
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.domain.access import Role
from app.graphql import answering
from app.graphql.context import GraphQLContext
from app.graphql.documents import Prepared
from tests.api.planning import World

NEW, OLD = "application/graphql-response+json", "application/json"
GOOD = "{ __typename }"
HASHED = "query Named($code: String!) { unit(code: $code) { code } }"
DIGEST = hashlib.sha256(HASHED.encode()).hexdigest()


async def sent(world: World, method: str = "POST", accept: str = NEW, **more: Any) -> httpx.Response:
    """A request with a credential."""
    headers = {"Authorization": f"Bearer {world.caller().token}", "Accept": accept, **more.pop("headers", {})}
    return await world.http.request(method, "/graphql", headers=headers, **more)


def persisted(digest: str = DIGEST, version: int = 1) -> dict[str, Any]:
    """The extensions of a persisted question."""
    return {"persistedQuery": {"version": version, "sha256Hash": digest}}


@pytest.mark.parametrize("accept", [NEW, OLD, "*/*", f"{NEW};charset=utf-8, {OLD};q=0.5"])
async def test_the_answer_comes_in_a_media_type_that_is_accepted(world: World, accept: str) -> None:
    answer = await sent(world, accept=accept, json={"query": GOOD})
    assert (answer.status_code, answer.json()) == (200, {"data": {"__typename": "Query"}})
    assert answer.headers["content-type"].startswith(NEW if NEW in accept else OLD)


@pytest.mark.parametrize(
    ("body", "new", "old"),
    [
        ({"query": GOOD}, 200, 200),
        ({"query": "{"}, 400, 200),
        ({"query": "{ nope }"}, 400, 200),
        ({"query": "query($c: String!) { unit(code: $c) { code } }"}, 400, 200),
        ({"query": "query($c: String!) { unit(code: $c) { code } }", "variables": {"c": 1}}, 400, 200),
        ({"query": "query A { me { subject } }", "operationName": "B"}, 400, 200),
        ({"query": '{ nodes(module: "NOPE", year: 2027) { totalCount } }'}, 200, 200),
        ({"query": '{ a: unit(code: "SU") { code } units(first: 0) { edges { cursor } } }'}, 200, 200),
        ({"query": GOOD, "variables": "x"}, 400, 400),
        ({"query": GOOD, "operationName": 1}, 400, 400),
        ({"query": GOOD, "extensions": 1}, 400, 400),
        ({"query": 7}, 400, 400),
        ({}, 400, 400),
        ({"query": GOOD, "variables": None, "operationName": None, "extensions": None}, 200, 200),
        ({"query": GOOD, "extensions": {"other": 1}}, 200, 200),
    ],
)
async def test_status_codes(world: World, body: dict[str, Any], new: int, old: int) -> None:
    first, second = await sent(world, "POST", NEW, json=body), await sent(world, "POST", OLD, json=body)
    assert (first.status_code, second.status_code) == (new, old)
    # Without data there is no 2xx in the new media type.
    assert ("data" in first.json()) == (new == 200)
    assert first.json() == second.json()


@pytest.mark.parametrize("media_type", ["text/plain", "application/graphql", "application/json; charset=latin-1", ""])
async def test_a_body_in_another_form_is_refused(world: World, media_type: str) -> None:
    answer = await sent(world, content=b'{"query": "{ __typename }"}', headers={"Content-Type": media_type})
    assert answer.status_code == 415


async def test_utf_8_may_be_said(world: World) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert (await sent(world, content=b'{"query": "{ __typename }"}', headers=headers)).status_code == 200


@pytest.mark.parametrize("query", ["mutation { me { subject } }", "mutation M { __typename }"])
async def test_get_changes_nothing(world: World, query: str) -> None:
    answer = await sent(world, "GET", params={"query": query})
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("name", ["variables", "extensions"])
async def test_an_empty_parameter_is_none(world: World, name: str) -> None:
    assert (await sent(world, "GET", params={"query": GOOD, name: ""})).status_code == 200
    assert (await sent(world, "GET", params={"query": GOOD, name: "{"})).status_code == 400


async def test_a_persisted_question_is_sent_once_and_then_by_its_hash(world: World) -> None:
    ask = {"extensions": persisted(), "variables": {"code": "SU"}}
    unknown = await sent(world, accept=OLD, json=ask)
    assert unknown.status_code == 200
    [error] = unknown.json()["errors"]
    assert (error["message"], error["extensions"]["code"]) == ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
    assert (await sent(world, accept=NEW, json=ask)).status_code == 400

    told = {"data": {"unit": {"code": "SU"}}}
    assert (await sent(world, json={**ask, "query": HASHED})).json() == told
    assert (await sent(world, json=ask)).json() == told
    params = {"extensions": httpx.Response(200, json=persisted()).text, "variables": '{"code": "SU"}'}
    by_url = await sent(world, "GET", params=params, headers={"Accept": f"text/html, {NEW}"})
    assert by_url.json() == told


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": GOOD, "extensions": persisted("0" * 64)}, "BAD_REQUEST"),
        ({"query": GOOD, "extensions": persisted("short")}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": 1}}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": {"version": 1}}}, "BAD_REQUEST"),
        ({"extensions": persisted(version=2)}, "PERSISTED_QUERY_NOT_SUPPORTED"),
    ],
)
async def test_a_hash_that_is_none(world: World, body: dict[str, Any], code: str) -> None:
    answer = await sent(world, json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == code


async def test_what_is_not_valid_is_not_kept(world: World) -> None:
    bad = "{ nope }"
    extensions = persisted(hashlib.sha256(bad.encode()).hexdigest())
    await sent(world, json={"query": bad, "extensions": extensions})
    again = await sent(world, json={"extensions": extensions})
    assert again.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_large_answer_is_put_together_beside_the_loop(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    question = {"query": '{ nodes(module: "VGPU", year: 2027) { totalCount } }'}
    inside = (await sent(world, json=question)).content
    monkeypatch.setattr(answering, "LARGE", -1)
    assert (await sent(world, json=question)).content == inside


async def test_what_a_client_that_leaves_asked_for_is_given_up(
    world: World, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is whole afterwards, and the next request is answered."""
    given_up = asyncio.Event()

    async def slow(_prepared: Prepared, context: GraphQLContext) -> None:
        try:
            while True:
                await (await context.uow.session.connection()).exec_driver_sql("select pg_sleep(0.05)")
        except asyncio.CancelledError:
            given_up.set()
            raise

    monkeypatch.setattr(answering, "planned", slow)
    token = world.caller(role=Role.READER).token
    body = b'{"query": "{ me { subject } }"}'
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]
    answers: list[Any] = []

    async def receive() -> dict[str, Any]:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        answers.append(message)

    headers = [(b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": "/graphql",
             "raw_path": b"/graphql", "root_path": "", "scheme": "http", "query_string": b"", "headers": headers,
             "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "app": app, "state": {}}  # fmt: skip
    await asyncio.wait_for(app(scope, receive, send), 10)
    assert given_up.is_set()
    assert answers[0]["status"] == 499
    monkeypatch.undo()
    assert (await sent(world, json={"query": "{ me { subject } }"})).status_code == 200
