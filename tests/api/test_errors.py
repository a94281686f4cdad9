"""Every error is a problem with the status it should have, whatever the input; nothing is a 500."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.problems import KINDS
from app.db.session import ConcurrentChange, ConstraintBroken, Database, DatabaseUnavailable
from app.domain.findings import (
    Finding,
    Forbidden,
    InputError,
    InvalidInput,
    NotFound,
    RulesBroken,
    Severity,
)
from app.domain.texts import Text
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import client_of

PROBLEM = "application/problem+json"
PLANS = "/api/v1/plan-versions"
JSON = {"Content-Type": "application/json"}
WORDS = Text("på svenska", "in English")


def codes(answer: httpx.Response) -> list[str]:
    return [item["code"] for item in answer.json()["errors"]]


def assert_problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    said: dict[str, Any] = answer.json()
    assert said["type"] == f"/problems/{slug}"
    assert said["status"] == status
    assert said["title"]
    assert said["detail"]
    assert said["request_id"] == answer.headers["x-request-id"]
    return said


async def test_unknown_path_is_a_problem(client: httpx.AsyncClient) -> None:
    said = assert_problem(await client.get("/api/v1/nothing/here"), 404, "not-found")
    assert said["instance"] == "/api/v1/nothing/here"


async def test_a_path_with_a_slash_too_many_is_not_there_rather_than_redirected(client: httpx.AsyncClient) -> None:
    assert_problem(await client.post(f"{PLANS}/", json={}), 404, "not-found")


async def test_wrong_method_names_every_right_one(client: httpx.AsyncClient) -> None:
    answer = await client.delete(PLANS)
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD, POST"


async def test_problems_speak_swedish_or_english(client: httpx.AsyncClient) -> None:
    swedish = await client.get("/nothing", headers={"Accept-Language": "sv-SE"})
    english = await client.get("/nothing", headers={"Accept-Language": "de, en-GB;q=0.8, sv;q=0.7"})
    assert swedish.json()["title"] == KINDS["not-found"].title.sv
    assert english.json()["title"] == KINDS["not-found"].title.en
    assert english.headers["content-language"] == "en"


async def test_unknown_and_repeated_parameters_are_refused_together(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/units?lvl=board&colour=red&level=board&level=unit")
    said = assert_problem(answer, 422, "invalid")
    assert [(e["parameter"], e["code"]) for e in said["errors"]] == [
        ("lvl", "unknown_parameter"),
        ("colour", "unknown_parameter"),
        ("level", "repeated_parameter"),
    ]


async def test_unknown_and_missing_fields_are_named_by_pointer(client: httpx.AsyncClient) -> None:
    answer = await client.post(PLANS, json={"yaer": 2027, "a/b~c": 1}, headers={"Accept-Language": "en"})
    said = assert_problem(answer, 422, "invalid")
    assert {(e["pointer"], e["code"]) for e in said["errors"]} == {
        ("/year", "missing"),
        ("/yaer", "extra_forbidden"),
        ("/a~1b~0c", "extra_forbidden"),
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "missing"),
        (b"{", "json_invalid"),
        (b'{"year": 2027,}', "json_invalid"),
        (b'{"year": NaN}', "json_invalid"),
        (b'{"year": -Infinity}', "json_invalid"),
        (b'{"year": 1e400}', "json_invalid"),
        (b'{"year": ' + b"9" * 5000 + b"}", "json_invalid"),
        (b'{"year": 2027, "year": 2028}', "json_invalid"),
        (b'{"year": 20\xff27}', "invalid_utf8"),
        (b"\xef\xbb\xbf{", "json_invalid"),
        (b"[" * 100_000, "nested_too_deep"),
        (b'{"a":' * 1000 + b"1" + b"}" * 1000, "nested_too_deep"),
    ],
)
async def test_what_is_not_json_is_told_so(client: httpx.AsyncClient, body: bytes, code: str) -> None:
    answer = await client.post(PLANS, content=body, headers=JSON)
    assert_problem(answer, 422, "invalid")
    assert codes(answer) == [code]


async def test_brackets_in_a_text_are_no_nesting(client: httpx.AsyncClient) -> None:
    answer = await client.post(PLANS, json={"year": "[" * 200 + '\\"' + "{" * 200})
    assert_problem(answer, 422, "invalid")
    assert codes(answer) == ["int_parsing"]


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b'"text"',
        b"3",
        b'{"year": 9223372036854775808}',
        b'{"year": -1}',
        b'{"year": 2027.5}',
        b'{"year": true}',
        b'{"year": 2027, "status": "\\u0000"}',
        b'{"year": 2027, "status": "\\ud800"}',
        b'{"year": 2027, "\\ud800": 1}',
        b'{"year": 2027, "\\u0000": 1}',
    ],
)
async def test_values_of_another_kind_are_refused(client: httpx.AsyncClient, body: bytes) -> None:
    assert_problem(await client.post(PLANS, content=body, headers=JSON), 422, "invalid")


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data", "", "nonsense"])
async def test_another_media_type_is_415(client: httpx.AsyncClient, content_type: str) -> None:
    answer = await client.post(PLANS, content=b"{}", headers={"Content-Type": content_type})
    said = assert_problem(answer, 415, "unsupported-media-type")
    assert "application/json" in said["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/units?code=%ff",
        "/api/v1/units?code=a%00b",
        "/api/v1/units?%ff=1",
        "/api/v1/units/%ff",
        "/api/v1/units/code:%00",
        "/api/v1/units/code:%c3",
    ],
)
async def test_an_address_that_is_not_text_is_refused(client: httpx.AsyncClient, path: str) -> None:
    assert_problem(await client.get(path), 422, "invalid")


@pytest.mark.parametrize("limit", ["0", "-1", "501", "9" * 400, "ten", "", "1.5", "1e3"])
async def test_a_limit_out_of_bounds_is_refused(client: httpx.AsyncClient, limit: str) -> None:
    said = assert_problem(await client.get(f"/api/v1/units?limit={limit}"), 422, "invalid")
    assert said["errors"][0]["parameter"] == "limit"


async def test_a_huge_path_segment_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/units/" + "x" * 5000)).status_code in {404, 422}


@pytest.fixture
def broken(settings: Settings, database: Database) -> FastAPI:
    """The service with routes that raise what services and the database raise."""
    app = create_app(settings, database)
    raised: dict[str, Exception] = {
        "state": RulesBroken([Finding("N1", WORDS, "/unit")]),
        "form": RulesBroken([Finding("N1", WORDS, "/unit"), Finding("K5", WORDS, "/parents", facts={"n": 1})]),
        "confirm": RulesBroken(
            [Finding("N2", WORDS, "/title", Severity.CONFIRM), Finding("N7", WORDS, "", Severity.WARNING)]
        ),
        "missing": NotFound("unit", "X"),
        "forbidden": Forbidden(WORDS, rule="B1"),
        "input": InvalidInput([InputError("/a", "unknown_unit", WORDS), InputError("/b", "unknown_node", WORDS)]),
        "down": DatabaseUnavailable("secret-host refused"),
        "race": ConcurrentChange("40001"),
        "constraint": ConstraintBroken("uq_secret", "Key (secret)"),
        "fault": RuntimeError("secret"),
    }
    for name, error in raised.items():
        app.get(f"/raise/{name}")(_raiser(error))
    return app


def _raiser(error: Exception) -> Any:
    async def route() -> None:
        raise error

    return route


async def raised(app: FastAPI, name: str) -> httpx.Response:
    async with client_of(app, **{"Accept-Language": "en"}) as client:
        return await client.get(f"/raise/{name}")


async def test_a_rule_that_depends_on_state_is_a_conflict(broken: FastAPI) -> None:
    said = assert_problem(await raised(broken, "state"), 409, "N1")
    assert said["rule"] == "N1"
    assert said["detail"] == "in English"


async def test_all_broken_rules_are_listed_and_one_of_form_makes_it_422(broken: FastAPI) -> None:
    said = assert_problem(await raised(broken, "form"), 422, "N1")
    assert [(e["rule"], e["pointer"], e["severity"]) for e in said["errors"]] == [
        ("N1", "/unit", "refused"),
        ("K5", "/parents", "refused"),
    ]
    assert said["errors"][1]["facts"] == {"n": 1}


async def test_what_waits_for_confirmation_is_a_conflict_with_its_warnings(broken: FastAPI) -> None:
    said = assert_problem(await raised(broken, "confirm"), 409, "N2")
    assert [e["severity"] for e in said["errors"]] == ["confirm", "warning"]


async def test_the_rest_of_the_family(broken: FastAPI) -> None:
    assert_problem(await raised(broken, "missing"), 404, "not-found")
    assert assert_problem(await raised(broken, "forbidden"), 403, "forbidden")["rule"] == "B1"
    said = assert_problem(await raised(broken, "input"), 422, "invalid")
    assert [(e["pointer"], e["code"]) for e in said["errors"]] == [("/a", "unknown_unit"), ("/b", "unknown_node")]
    assert_problem(await raised(broken, "race"), 409, "conflict")


async def test_a_database_that_is_down_is_503_with_retry_after(broken: FastAPI) -> None:
    answer = await raised(broken, "down")
    assert_problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("name", ["down", "constraint", "fault"])
async def test_nothing_of_the_inside_is_told(broken: FastAPI, name: str) -> None:
    assert "secret" not in (await raised(broken, name)).text


async def test_a_fault_of_ours_is_a_problem_with_the_id_that_the_log_has(
    broken: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await raised(broken, "fault")
    said = assert_problem(answer, 500, "internal")
    assert said["request_id"] == answer.headers["x-request-id"]
    assert any(record.exc_info and "secret" in str(record.exc_info[1]) for record in caplog.records)
