"""The three forms that outcomes come in, as Excel and others write them, and bodies that are none of them."""

import json
from typing import Any

import pytest

from tests.api.figures import COUNTED, IMPORTS, SHARE, conflicts, counts, make_indicators, row, send
from tests.api.planning import World
from tests.api.problem_answers import assert_problem

CSV = "text/csv; charset=utf-8"
NDJSON = "application/x-ndjson"
SWEDISH = "indicator;unit;period;sex;value;comment\r\n"


@pytest.fixture(autouse=True)
async def indicators(world: World) -> None:
    await make_indicators(world)


async def values(world: World) -> dict[str, object]:
    return {o["unit"]: o["value"] for o in (await world.caller().found("/outcomes"))["items"]}


async def test_csv_as_a_swedish_excel_writes_it(world: World) -> None:
    body = f'\ufeff{SWEDISH}{COUNTED};SU;2027-08;T;1\u00a0234,5;"rad ett\r\nrad två; å, ä, ö"\r\n;;;;;\r\n'
    body += f"{COUNTED};SU-F2;2027-08;T;\u22122,25;\r\n"
    answer = await send(world.caller(), body, CSV)
    assert counts(answer.json()) == (2, 2, 0, 0, 0), answer.text
    assert await values(world) == {"SU": 1234.5, "SU-F2": -2.25}
    [first, second] = (await world.caller().found("/outcomes"))["items"]
    assert (first["comment"], second["comment"]) == ("rad ett\r\nrad två; å, ä, ö", None)


async def test_csv_as_others_write_it(world: World) -> None:
    body = f"Indicator, unit ,period,sex,numerator,denominator\n{SHARE},SU,2027-08,T,1,2.5\n"
    answer = await send(world.caller(), body, CSV)
    assert counts(answer.json()) == (1, 1, 0, 0, 0), answer.text
    assert await values(world) == {"SU": 40}


async def test_a_comma_that_separates_is_no_decimal_comma(world: World) -> None:
    body = f'indicator,unit,period,sex,value\n{COUNTED},SU,2027-08,T,"1,5"\n'
    answer = await send(world.caller(), body, CSV, mode="best_effort")
    assert conflicts(answer.json()) == [(1, "I9", "value")]


async def test_rows_of_csv_count_from_one_after_the_header(world: World) -> None:
    body = SWEDISH + f"{COUNTED};SU;2027-08;T;1;\n{COUNTED};NOWHERE;2027-08;T;1;\n"
    answer = await send(world.caller(), body, CSV, mode="best_effort")
    assert conflicts(answer.json()) == [(2, "I9", "unit")]


async def test_lines_of_json(world: World) -> None:
    # A line separator inside a text is no end of a line: only the newline is.
    lines = [row(comment="före\u2028efter\u2029slut"), row(unit="SU-F2", value=2.5)]
    body = "\r\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n\n"
    answer = await send(world.caller(), body, NDJSON)
    assert answer.status_code == 200, answer.text
    assert counts(answer.json()) == (2, 2, 0, 0, 0)
    assert await values(world) == {"SU": 1, "SU-F2": 2.5}


@pytest.mark.parametrize(
    ("media_type", "body", "code"),
    [
        ("application/json", b'[{"indicator": "\xff"}]', "invalid_utf8"),
        (NDJSON, b'{"indicator": "\xed\xa0\x80"}', "invalid_utf8"),
        ("text/csv", b"indicator;unit\n\xe5;\xe4\n", "invalid_utf8"),
        ("application/json", b"", "malformed_json"),
        ("application/json", b"[", "malformed_json"),
        ("application/json", b'[{"value": NaN}]', "malformed_json"),
        ("application/json", b'[{"value": -Infinity}]', "malformed_json"),
        ("application/json", b"[" * 1000 + b"]" * 1000, "malformed_json"),
        ("application/json", b'[{"comment": ' + b"[" * 200_000, "malformed_json"),
        ("application/json", b'[{"value": ' + b"9" * 5000 + b"}]", "malformed_json"),
        ("application/json", b'[{"unit": "SU", "unit": "NU"}]', "malformed_json"),
        ("application/json", b"{}", "not_an_array"),
        ("application/json", b"null", "not_an_array"),
        ("application/json", b"[1]", "not_an_object"),
        (NDJSON, b"{}\n[]\n", "not_an_object"),
        (NDJSON, b"{}\n{", "malformed_json"),
        ("text/csv", b"", "unknown_field"),
        ("text/csv", b"indicator;colour\n", "unknown_field"),
        ("text/csv", b"indicator;unit;unit\nA;B;C\n", "repeated_field"),
        ("text/csv", b"indicator;unit\nA\n", "wrong_cell_count"),
        ("text/csv", b'indicator;unit\n"A;B\n', "unreadable"),
        ("text/csv", b"indicator;unit\n" + b"x" * 200_000 + b";SU\n", "unreadable"),
    ],
)
async def test_a_body_that_can_not_be_read_is_refused_whole(
    world: World, media_type: str, body: bytes, code: str
) -> None:
    answer = await send(world.caller(), body, media_type, mode="best_effort")
    said = assert_problem(answer, 422, "invalid")
    assert [e["code"] for e in said["errors"]] == [code]
    assert await world.count("outcome_imports") == 0


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/xml", "application/json-seq"])
async def test_other_forms_are_not_taken(world: World, media_type: str) -> None:
    assert_problem(await send(world.caller(), "[]", media_type), 415, "unsupported-media-type")


@pytest.mark.parametrize("params", [{"mode": "sometimes"}, {"dry_run": "perhaps"}, {"dryrun": "true"}])
async def test_parameters_are_held_to_their_form(world: World, params: dict[str, Any]) -> None:
    assert_problem(await world.caller().send("POST", IMPORTS, [row()], **params), 422, "invalid")
    assert await world.count("outcomes") == 0
