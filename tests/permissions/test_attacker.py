"""An attacker with a reader's token for one part of the tree (SU), who knows every id and word of another part (NU).

What is tried here is told in docs/security.md, with what can be reached. The outside bears a mark; every answer is
looked through for it and for the outside's ids, and compared with the answer about something that was never there: it
must be the same, or the answer tells that the thing exists.
"""

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from arro3.io import read_parquet
from fastapi import FastAPI
from sqlalchemy import text

from app.api.openapi_document import openapi_document
from app.db.session import Database
from app.db.tables import Base
from app.domain.access import Role
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import client_of, token_for
from tests.api.planning import make_world
from tests.conftest import make_region
from tests.permissions.estate import INSIDE, MARK, OUTSIDE, Estate, make_estate

NOWHERE = "FINNSEJ"
DOCUMENT = openapi_document()


@dataclass(slots=True)
class Attack:
    """Who attacks, with what knowledge, and what came of it."""

    http: httpx.AsyncClient
    estate: Estate
    token: str
    admin: str
    tried: int = 0
    leaks: list[str] = field(default_factory=list)

    @property
    def outside(self) -> dict[str, str]:
        """Ids of things outside, by kind; the unit is a code."""
        return self.estate.things[OUTSIDE]

    @property
    def secrets(self) -> list[str]:
        """What no answer may hold."""
        return [MARK, *(v for k, v in self.outside.items() if k not in {"unit", "allocation_of_goal"})]

    async def send(self, method: str, path: str, *, as_admin: bool = False, **more: Any) -> httpx.Response:
        """A request with the reader's token, or the administrator's for comparison."""
        headers = {"Authorization": f"Bearer {self.admin if as_admin else self.token}", **more.pop("headers", {})}
        self.tried += not as_admin
        return await self.http.request(method, path, headers=headers, **more)

    async def ask(self, question: str, **variables: Any) -> httpx.Response:
        """A GraphQL question."""
        return await self.send("POST", "/graphql", json={"query": question, "variables": variables})

    def look(self, answer: httpx.Response, what: str, *said: str) -> httpx.Response:
        """Note a leak where an answer holds what is outside, but for what the attacker said itself."""
        shown = answer.text
        for word in said:
            shown = shown.replace(word, "")
        if answer.status_code >= 500:
            self.leaks.append(f"{what}: {answer.status_code}")
        self.leaks += [f"{what}: shows {secret}" for secret in self.secrets if secret in shown]
        return answer

    def alike(self, real: httpx.Response, made_up: httpx.Response, what: str, *said: str) -> None:
        """Note a leak where an answer about the outside differs from one about nothing."""
        if _plain(real, *said) != _plain(made_up, *said):
            self.leaks.append(f"{what}: {_plain(real, *said)} is not {_plain(made_up, *said)}"[:600])


def _plain(answer: httpx.Response, *said: str) -> tuple[int, str]:
    body = re.sub(r'"request_id":"[^"]*"', "", answer.text)
    for word in said:
        body = body.replace(word, "?")
    return answer.status_code, body


@pytest.fixture(scope="module")
def service(settings: Settings, database: Database) -> FastAPI:
    return create_app(settings, database)


@pytest.fixture(scope="module")
async def ground(service: FastAPI, settings: Settings, database: Database) -> Any:
    async with client_of(service) as http:
        estate = await make_estate(await make_world(settings, database, await make_region(database), http))
        region = estate.world.region
        reader = token_for(settings, region, role=Role.READER, unit=INSIDE, subject="attacker")
        yield Attack(http, estate, reader, token_for(settings, region, subject="admin"))


@pytest.fixture
def attack(ground: Attack) -> Attack:
    """Each test looks at its own leaks."""
    return Attack(ground.http, ground.estate, ground.token, ground.admin)


def reads() -> Iterator[tuple[str, list[str]]]:
    """Paths of GET operations under /api/v1, with their query parameters."""
    for path, methods in DOCUMENT["paths"].items():
        if "get" in methods and path.startswith("/api/v1"):
            yield path, [p["name"] for p in methods["get"].get("parameters", ()) if p["in"] == "query"]


def _query_of(path: str) -> str:
    """What a read can't do without."""
    if path.endswith(("/explain", "/series", "/chart.svg")):
        return "?unit=code:SU" + ("&period=2027-01" if path.endswith("/explain") else "")
    return ""


async def test_what_is_looked_for_shows_to_who_may_see_it(attack: Attack) -> None:
    """Or nothing here could fail."""
    for path in ("nodes", "assessments", "users", "keyword-groups", "period-locks", "api-keys"):
        attack.leaks.clear()
        attack.look(await attack.send("GET", f"/api/v1/{path}?limit=500", as_admin=True), path)
        assert attack.leaks, path
    node = await attack.send("GET", f"/api/v1/nodes/{attack.outside['node']}", as_admin=True)
    attack.leaks.clear()
    attack.alike(node, await attack.send("GET", f"/api/v1/nodes/{uuid4()}"), "a node")
    assert attack.leaks


async def test_every_id_of_the_outside_in_every_place_for_an_id(attack: Attack) -> None:
    for path, _ in reads():
        if not re.search(r"{(id|code|slug)}", path):
            continue
        for kind, value in attack.outside.items():
            said = [f"code:{value}", value] if kind == "unit" else [value]
            for each in said:
                other = each.replace(value, NOWHERE if kind == "unit" else str(uuid4()))
                wanted = [re.sub(r"{\w+}", name, path) + _query_of(path) for name in (each, other)]
                real, made_up = [await attack.send("GET", address) for address in wanted]
                attack.look(real, wanted[0], value)
                attack.alike(real, made_up, wanted[0], each, other)
    assert attack.tried > 500
    assert attack.leaks == []


# Filter -> what of the outside it can be asked for.
FILTERS = {
    "node": "node", "parent": "node", "child": "node", "unit": "unit", "under": "unit", "owner": "unit", "code": "unit",
    "keyword": "keyword_group", "id": "node", "subject": "person", "search": "words",
}  # fmt: skip


async def test_every_filter_with_what_is_outside(attack: Attack) -> None:
    outside = {**attack.outside, "person": f"person-{MARK}", "words": f"korta {MARK}"}
    for template, names in reads():
        path = template.replace("{id}", attack.estate.shared["indicator"])
        for name in set(names) & set(FILTERS):
            value = outside[FILTERS[name]]
            other = NOWHERE if FILTERS[name] == "unit" else value.replace(MARK, NOWHERE)
            other = str(uuid4()) if other == value else other
            for form in ("{}", "code:{}") if FILTERS[name] == "unit" else ("{}",):
                said = [form.format(each) for each in (value, other)]
                query = _query_of(path).lstrip("?").replace("unit=code:SU", "") if name == "unit" else _query_of(path)
                more = dict(part.split("=") for part in query.lstrip("?").split("&") if "=" in part)
                real, made_up = [await attack.send("GET", path, params={**more, name: each}) for each in said]
                attack.look(real, f"{path}?{name}={said[0]}", *said)
                attack.alike(real, made_up, f"{path}?{name}={said[0]}", *said, value, other)
    assert attack.tried > 60
    assert attack.leaks == []


async def test_every_list_and_export_without_a_filter(attack: Attack) -> None:
    for path, _ in reads():
        for shown in {path.replace("{id}", attack.estate.shared[k]) for k in ("indicator", "goal", "plan_version")}:
            address = shown + _query_of(path)
            attack.look(await attack.send("GET", address), address)
    for form in ("csv", "xlsx", "parquet"):
        exported = await attack.send("GET", f"/api/v1/exports/outcomes?format={form}")
        told = _unpacked(form, exported.content)
        assert INSIDE in told
        assert not any(secret in told for secret in attack.secrets), form
        assert f'"{OUTSIDE}"' not in told, form
    assert (await attack.send("GET", "/api/v1/exports/audit")).status_code == 403
    assert attack.leaks == []


def _unpacked(form: str, content: bytes) -> str:
    """What a file says: packed, it would hide what is looked for."""
    if form == "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            return "".join(file.read(name).decode() for name in file.namelist())
    if form == "parquet":
        table = read_parquet(io.BytesIO(content)).read_all()
        return str([table.column(i).to_pylist() for i in range(table.num_columns)])
    return content.decode()


def _forged(cursor: str, values: list[Any]) -> str:
    digest, _ = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return base64.urlsafe_b64encode(json.dumps([digest, values]).encode()).decode().rstrip("=")


async def test_cursors_edited_to_lie_outside_before_everything_and_beyond_all_numbers(attack: Attack) -> None:
    lists = [p for p, names in reads() if "cursor" in names and "{" not in p]
    edited = 0
    for path in lists:
        cursor = (await attack.send("GET", path, params={"limit": 1})).json().get("next")
        if cursor is None:
            continue
        _, marked = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        for place, (kind, _) in enumerate(marked):
            for value in _OTHERS[kind]:
                values = [*marked[:place], value, *marked[place + 1 :]]
                answer = await attack.send("GET", path, params={"limit": 100, "cursor": _forged(cursor, values)})
                attack.look(answer, f"{path} after {value}", MARK if MARK in str(value) else "\0")
                assert answer.status_code in {200, 422}, (path, value, answer.text)
                edited += 1
        for others in ([], marked * 2, [["x", 1]], "text", None, [["s", ["a"]]]):
            answer = await attack.send("GET", path, params={"cursor": _forged(cursor, others)})  # type: ignore[arg-type]
            assert answer.status_code == 422, (path, others, answer.text)
    assert edited > 40
    assert attack.leaks == []


_OTHERS: dict[str, list[list[Any]]] = {
    "s": [["s", ""], ["s", MARK], ["s", "\U0010ffff"], ["s", "a\0"], ["i", 1], ["s", "'; drop table nodes; --"]],
    "i": [["i", -1], ["i", 0], ["i", 2**31], ["i", 2**63 - 1], ["i", 2**63], ["i", 10**30], ["i", "1"], ["s", "1"]],
    "u": [["u", "00000000-0000-0000-0000-000000000000"], ["u", "f" * 32], ["u", "x"], ["s", MARK]],
    "t": [["t", "0001-01-01T00:00:00"], ["t", "9999-12-31T23:59:59+00:00"], ["t", "now"], ["i", 5]],
    "d": [["d", "0001-01-01"], ["d", "9999-12-31"], ["d", "2027-02-30"], ["s", "2027-01-01"]],
}


async def test_tags_of_what_is_outside_are_no_way_to_ask_whether_it_changed(attack: Attack) -> None:
    for path, kind in (("nodes", "node"), ("assessments", "assessment"), ("users", "user"), ("links", "link")):
        address = f"/api/v1/{path}/{attack.outside[kind]}"
        tag = (await attack.send("GET", address, as_admin=True)).headers["etag"]
        for name in (tag, "*", '"1"', f"W/{tag}"):
            answer = await attack.send("GET", address, headers={"If-None-Match": name})
            assert answer.status_code in {403, 404}, (address, name)
            changed = await attack.send("PATCH", address, headers={"If-Match": name}, json={})
            assert changed.status_code in {403, 404, 405, 415, 422}, (address, name, changed.text)
    # Another's tag of a list opens nothing: it is made of who asks, too.
    theirs = (await attack.send("GET", "/api/v1/nodes", as_admin=True)).headers["etag"]
    mine = await attack.send("GET", "/api/v1/nodes", headers={"If-None-Match": theirs})
    assert (mine.status_code, mine.headers["etag"] == theirs) == (200, False)
    attack.look(mine, "a list with another's tag")
    assert attack.leaks == []


async def test_graphql_one_question_many_and_about_itself(attack: Attack) -> None:
    node, unit = attack.outside["node"], OUTSIDE
    pairs = [
        ("query($v: ID!) { node(id: $v) { id title rollup { nodes } } }", node, str(uuid4())),
        ("query($v: String!) { unit(code: $v) { name children { code } } }", unit, NOWHERE),
        ('query($v: String!) { followUp(unit: $v, period: "2027-T1") { rollup { nodes } } }', unit, NOWHERE),
        ("query($v: String!) { units(under: $v) { edges { node { code } } } }", unit, NOWHERE),
        ('query($v: String!) { nodes(module: "VGPU", year: 2027, unit: $v) { totalCount } }', unit, NOWHERE),
        ('query($v: String!) { nodes(module: "VGPU", year: 2027, search: $v) { totalCount } }', MARK, NOWHERE),
        ('query($v: String!) { nodes(module: "VGPU", year: 2027, keyword: $v) { totalCount } }', f"{MARK} lokal", "x"),
    ]
    for question, real, made_up in pairs:
        about, beside = [await attack.ask(question, v=value) for value in (real, made_up)]
        attack.look(about, question, real)
        attack.alike(about, beside, question, real, made_up)
    aliases = " ".join(f'a{i}: node(id: "{node}") {{ title }}' for i in range(25))
    attack.look(await attack.ask(f"{{ {aliases} }}"), "aliases", node)
    batch = await attack.send("POST", "/graphql", json=[{"query": "{ me { subject } }"}] * 50)
    assert batch.status_code == 400
    too_many = await attack.ask("{ " + " ".join(f"a{i}: me {{ subject }}" for i in range(100)) + " }")
    assert "TOO_MANY_ALIASES" in too_many.text
    described = attack.look(await attack.ask("{ __schema { types { name fields { name } } } }"), "introspection")
    assert "Mutation" not in {t["name"] for t in described.json()["data"]["__schema"]["types"]}
    deep = 'fragment f on Node { id title parents { id title } children { id title } } { followUp(unit: "SU", period: "2027-T1") { roots { ...f } missing(first: 100) { unit { code } node { title } } } }'  # noqa: E501
    attack.look(await attack.ask(deep), "up and down from what is mine")
    assert attack.leaks == []


async def test_counts_count_what_one_sees(attack: Attack) -> None:
    seen: list[str] = []
    params: dict[str, Any] = {"module": "VGPU", "year": 2027, "limit": 1}
    while True:
        page = (await attack.send("GET", "/api/v1/nodes", params=params)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    counted = await attack.ask('{ nodes(module: "VGPU", year: 2027) { totalCount } }')
    assert counted.json()["data"]["nodes"]["totalCount"] == len(seen) == len(set(seen))
    rollup = '{ followUp(unit: "%s", period: "2027-T1") { rollup { nodes units { total reported } } } }'
    mine, top = [(await attack.ask(rollup % unit)).json() for unit in (INSIDE, "VGR")]
    assert mine["data"]["followUp"]["rollup"]["units"]["total"] > 0
    # The top, which one sees but doesn't reach, is not followed up: its sums are of others.
    assert (top["data"], top["errors"][0]["extensions"]["code"]) == (None, "NOT_FOUND")


async def test_pages_around_the_data(attack: Attack) -> None:
    for path in ("/metrics", "/healthz", "/readyz", "/docs", "/redoc", "/openapi.json", "/problems", "/graphql"):
        answer = await attack.http.get(path, headers={"Accept": "text/html, */*"})
        attack.look(answer, path)
        assert OUTSIDE not in re.findall(r'"([A-Z]{2})"', answer.text) or path == "/openapi.json", path
    metrics = (await attack.http.get("/metrics")).text
    assert not any(value in metrics for kind, value in attack.outside.items() if kind != "unit")
    assert attack.estate.world.region.code not in metrics
    assert attack.leaks == []


async def test_other_ways_to_write_an_address_or_a_method(attack: Attack) -> None:
    node = attack.outside["node"]
    addresses = [
        f"/api/v1/nodes/{node}/", f"/api/v1//nodes/{node}", f"/api/v1/units/../nodes/{node}",
        f"/api/v1/units/%2e%2e/nodes/{node}", f"/API/V1/nodes/{node}", f"/api/v1/nodes/{node};x=1",
        f"/api/v1/nodes/{node}%00", f"/api/v1/nodes/{node}?include=viewer_can", f"/api/v1/nodes/{node.upper()}",
        f"/api/v1/nodes/{node.replace('-', '')}", f"/api/v1/nodes/urn:uuid:{node}", f"/api/v1/nodes/{{{node}}}",
        "/api/v1/units/code:nu", "/api/v1/units/code:NU%20", "/api/v1/units/code:%4e%55",
        f"/graphql?query={{node(id:%22{node}%22){{title}}}}", "/static/../../etc/passwd", "/static/%2e%2e/settings.py",
    ]  # fmt: skip
    for address in addresses:
        answer = attack.look(await attack.send("GET", address), address, node, node.upper(), node.replace("-", ""))
        assert "root:" not in answer.text
    for name in ("X-HTTP-Method-Override", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-User", "X-Remote-User"):
        sent = {name: "DELETE" if "Method" in name else "/api/v1/audit" if "URL" in name else "admin"}
        answer = await attack.send("GET", "/api/v1/regions/self", headers=sent)
        assert (answer.status_code, answer.json()["viewer"]["subject"]) == (200, "attacker")
    # Two credentials: the first one counts, and is the attacker's.
    both = [("Authorization", f"Bearer {attack.token}"), ("Authorization", f"Bearer {uuid4()}")]
    twice = await attack.http.get("/api/v1/regions/self", headers=both)
    assert twice.json()["viewer"]["subject"] == "attacker"
    assert attack.leaks == []


async def test_wording_is_compared_with_what_one_sees(attack: Attack) -> None:
    for title in (f"Korta köerna {MARK}", f"Korta köerna {NOWHERE}"):
        said = {"title": title, "module": "VGPU", "year": 2027}
        answer = await attack.send("POST", "/api/v1/nodes/similar", json=said)
        attack.look(answer, title, title)
    assert attack.leaks == []


async def _rows(database: Database) -> dict[str, int]:
    async with database.owner_engine.connect() as owner:
        left_out = {"rate_counts", "data_versions", "jobs"}
        names = [name for name in sorted(Base.metadata.tables) if name not in left_out]
        return {name: int(await owner.scalar(text(f"select count(*) from {name}")) or 0) for name in names}


async def test_nothing_can_be_changed(attack: Attack, database: Database) -> None:
    """Every operation that changes, on everything of both sides: refused, and the log has nothing to tell."""
    before = await _rows(database)
    allowed = {"compareWording"}
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            if method == "get" or operation["operationId"] in allowed:
                continue
            for side in (INSIDE, OUTSIDE):
                for value in attack.estate.things[side].values():
                    address = re.sub(r"{\w+}", value, path)
                    for body in ({}, {"items": [], "unit": side, "title": "x", "reason": "x"}):
                        headers = {"If-Match": "*", "Idempotency-Key": str(uuid4())}
                        answer = await attack.send(method.upper(), address, json=body, headers=headers)
                        assert 400 <= answer.status_code < 500, (method, address, answer.text)
                    if "{" not in path:
                        break
    assert attack.tried > 400
    assert await _rows(database) == before


async def test_unknown_wrong_and_revoked_keys_take_the_same_statements(
    attack: Attack, count_queries: Any, settings: Settings
) -> None:
    """How long a refusal takes is made of what is asked of the database: it is the same for all of them."""
    region = attack.estate.world.region
    made = await attack.estate.world.caller().made("/api-keys", {"name": "k", "unit": INSIDE, "group": "titta"})
    prefix, secret = made["key"].rsplit("_", 1)
    wrong = [f"{prefix}_{secret[::-1]}", f"styr_{region.code.lower()}_{'0' * 32}_{secret}"]
    revoked = await attack.estate.world.caller().made("/api-keys", {"name": "r", "unit": INSIDE, "group": "titta"})
    await attack.estate.world.caller().made(f"/api-keys/{revoked['id']}/revoke", None)
    statements = []
    for key in (*wrong, revoked["key"]):
        with count_queries() as counted:
            answer = await attack.http.get("/api/v1/units", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 401
        statements.append(list(counted.statements))
    assert statements[0] == statements[1] == statements[2]
    assert settings.environment == "development"
