"""Bad input of every kind: a problem with the status it should have, never a fault."""

import httpx
import pytest

from app.api.problems import KINDS
from tests.api.problem_answers import assert_problem, codes

PLANS = "/api/v1/plan-versions"
JSON = {"Content-Type": "application/json"}


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


@pytest.mark.parametrize(
    "at", ["0", "1798761600", "2027-1-1", "20270101", "2027-01-01T00:00:00", "2027-02-30", "å", ""]
)
async def test_a_day_is_written_in_one_way(client: httpx.AsyncClient, at: str) -> None:
    said = assert_problem(await client.get(f"/api/v1/units?at={at}"), 422, "invalid")
    assert [e["parameter"] for e in said["errors"]] == ["at"]


@pytest.mark.parametrize("flag", ["1", "on", "yes", "True", "TRUE", "t", "", " true"])
async def test_a_flag_is_true_or_false(client: httpx.AsyncClient, flag: str) -> None:
    answer = await client.post(f"/api/v1/outcome-imports?dry_run={flag}", json=[])
    said = assert_problem(answer, 422, "invalid")
    assert [e["parameter"] for e in said["errors"]] == ["dry_run"]


async def test_a_word_in_the_place_of_an_id_is_not_taken_for_one(client: httpx.AsyncClient) -> None:
    answer = await client.patch("/api/v1/nodes/similar", json={}, headers={"If-Match": "*"})
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


async def test_a_huge_path_segment_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/units/" + "x" * 5000)).status_code in {404, 422}
