"""Each rule that an outcome meets on its way in, by row and field; nothing of a bad row is kept."""

import json
from typing import Any

import pytest

from app.domain.access import Role
from tests.api.figures import (
    CATALOGUED,
    COUNTED,
    IMPORTS,
    REGIONAL,
    SHARE,
    SPLIT,
    conflicts,
    counts,
    integration,
    make_indicators,
    row,
    send,
)
from tests.api.planning import Caller, World, warned


def nested(depth: int) -> Any:
    """Lists in lists."""
    found: Any = []
    for _ in range(depth):
        found = [found]
    return found


@pytest.fixture(autouse=True)
async def indicators(world: World) -> None:
    await make_indicators(world)


async def alone(caller: Caller, bad: Any) -> list[tuple[int, str, str]]:
    """The conflicts of a row between two good ones."""
    rows = [row(value=5), bad, row(unit="SU-F2", value=5)]
    # Not the client's own JSON, which can't write half a character.
    answer = await send(caller, json.dumps(rows), "application/json", mode="best_effort")
    assert answer.status_code == 200, answer.text
    assert counts(answer.json())[4] == 1
    return conflicts(answer.json())


@pytest.mark.parametrize(
    ("bad", "rule", "field"),
    [
        (row("NO-SUCH"), "I9", "indicator"),
        (row(unit="NO-SUCH"), "I9", "unit"),
        (row(unit="su"), "I9", "unit"),
        (row(unit="\ud800"), "I9", "unit"),
        (row(unit="SU\0"), "I9", "unit"),
        (row("CNT-1\0"), "I9", "indicator"),
        (row("\udfff"), "I9", "indicator"),
        (row("x" * 101), "I9", "indicator"),
        (row(indicator=7), "I9", "indicator"),
        (row(unit=None), "I9", "unit"),
        (row(unit=["SU"]), "I9", "unit"),
        (row(period="2025-08"), "I9", "period"),
        (row(period="2031-08"), "I9", "period"),
        (row(period="2027-13"), "I9", "period"),
        (row(period="2027-8"), "I9", "period"),
        (row(period=2027), "I9", "period"),
        (row(period="２０２７-08"), "I9", "period"),
        (row(period="0000-01"), "I9", "period"),
        (row(sex="X"), "I9", "sex"),
        (row(sex="t"), "I9", "sex"),
        (row(sex=None), "I9", "sex"),
        (row(value="NaN"), "I9", "value"),
        (row(value="Infinity"), "I9", "value"),
        (row(value="-inf"), "I9", "value"),
        (row(value="1e400"), "I9", "value"),
        (row(value="1e-400"), "I9", "value"),
        (row(value=10**15), "I9", "value"),
        (row(value="0.0000000001"), "I9", "value"),
        (row(value="twelve"), "I9", "value"),
        (row(value=True), "I9", "value"),
        (row(value=[1]), "I9", "value"),
        (row(value={"a": 1}), "I9", "value"),
        (row(value=nested(60)), "I9", "value"),
        (row(value=nested(800)), "I9", "value"),
        (row(comment=nested(900)), "I9", "comment"),
        (row(comment="a\0b"), "I9", "comment"),
        (row(comment="\ud800"), "I9", "comment"),
        (row(comment="x" * 2001), "I9", "comment"),
        (row(comment=5), "I9", "comment"),
        (row(colour="red"), "I9", "colour"),
        (row(period="2027"), "I1", "period"),
        (row(period="2027-T2"), "I1", "period"),
        (row(CATALOGUED), "I2", "indicator"),
        (row("los-mean"), "I2", "indicator"),
        (row(REGIONAL), "I10", "unit"),
        (row(value=None), "I3", "value"),
        (row(numerator=1, denominator=2), "I3", "numerator"),
        (row(SHARE, numerator=1), "I3", "denominator"),
        (row(SHARE, denominator=1), "I3", "numerator"),
        (row(SHARE, value=51, numerator=1, denominator=2), "I3", "value"),
        (row(SHARE, numerator=10**14, denominator="0.000000001"), "I3", "numerator"),
    ],
)
async def test_a_bad_row_is_a_conflict_of_its_rule(world: World, bad: Any, rule: str, field: str) -> None:
    found = await alone(world.caller(), bad)
    assert (2, rule, field) in found
    assert {number for number, _, _ in found} == {2}
    assert await world.count("outcomes") == 2


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1E308", "9" * 400])
async def test_a_number_that_no_one_can_hold_is_a_conflict_also_as_a_number(world: World, number: str) -> None:
    body = json.dumps([row(value=0)]).replace("0}", f"{number}}}")
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {world.caller().token}"}
    answer = await world.http.post(f"/api/v1{IMPORTS}", content=body, headers=headers)
    assert (answer.status_code, conflicts(answer.json())) == (422, [(1, "I9", "value")])


@pytest.mark.parametrize(
    "good",
    [
        row(value=0),
        row(value=-12.5),
        row(value="999999999999999.999999999"),
        row(value="1e3"),
        row(SHARE, value=33.3, numerator=1, denominator=3),
        row(SHARE, value=12.5),
        row(SHARE, numerator=1, denominator=0),
        row(REGIONAL, "VGR"),
        row(comment="första raden\nandra raden, med ”citat” och 🙂"),
        row(comment=""),
    ],
)
async def test_what_lies_at_the_edge_of_a_rule_is_taken(world: World, good: Any) -> None:
    done = await world.caller().made(IMPORTS, [good])
    assert counts(done) == (1, 1, 0, 0, 0)


async def test_every_rule_that_a_row_breaks_is_told(world: World) -> None:
    bad = [row(REGIONAL, period="2027-T2", numerator=1), row(unit="?", sex="?", value="?")]
    answer = await world.caller().send("POST", IMPORTS, bad)
    assert {(n, r) for n, r, _ in conflicts(answer.json())} == {(1, "I1"), (1, "I10"), (1, "I3"), (2, "I9")}


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (row(unit="NO-SUCH", period="2027-13"), {("I9", "period"), ("I9", "unit")}),
        (row("NO-SUCH", unit="NO-SUCH", sex="X"), {("I9", "sex"), ("I9", "indicator"), ("I9", "unit")}),
        (row("NO-SUCH", period="2025-08"), {("I9", "indicator"), ("I9", "period")}),
        (row(CATALOGUED, unit="NO-SUCH", period="x"), {("I9", "period"), ("I9", "unit"), ("I2", "indicator")}),
        (row(unit="NO-SUCH", period="2027-T2"), {("I9", "unit"), ("I1", "period")}),
        (row(REGIONAL, value="x"), {("I9", "value"), ("I10", "unit")}),
        (row(indicator=7, unit="NO-SUCH"), {("I9", "indicator"), ("I9", "unit")}),
    ],
)
async def test_faults_of_form_and_of_what_is_named_are_told_together(world: World, bad: Any, told: Any) -> None:
    found = await alone(world.caller(), bad)
    assert sorted(found) == sorted((2, rule, field) for rule, field in told)


async def test_a_unit_out_of_reach_is_told_beside_a_fault_of_form(world: World) -> None:
    done = await world.caller("SU-F2", Role.REPORTER).send("POST", IMPORTS, [row(unit="SU", period="2027-13")])
    assert set(conflicts(done.json())) == {(1, "B1", "unit"), (1, "I9", "period")}


async def test_an_integration_delivers_what_the_catalogue_has_and_nothing_else(world: World) -> None:
    key = await integration(world)
    done = await key.made(IMPORTS, [row("los-mean"), row(CATALOGUED, "SU-F2")])
    assert counts(done) == (2, 2, 0, 0, 0)
    shown = (await world.caller().found("/outcomes", indicator=CATALOGUED))["items"]
    assert {o["source"] for o in shown} == {"catalogue"}
    assert await alone(world.caller(), row(CATALOGUED)) == [(2, "I2", "indicator")]
    refused = await key.send("POST", IMPORTS, [row(COUNTED)])
    assert conflicts(refused.json()) == [(1, "I2", "indicator")]


async def test_a_key_of_one_indicator_does_not_know_the_others(world: World) -> None:
    key = await integration(world, f"indicator:{CATALOGUED}")
    done = await key.made(IMPORTS, [row(CATALOGUED), row(COUNTED)], mode="best_effort")
    assert (counts(done), conflicts(done)) == ((2, 1, 0, 0, 1), [(2, "I9", "indicator")])


async def test_reach_is_part_of_the_rules(world: World) -> None:
    reporter = world.caller("SU-F2", Role.REPORTER)
    rows = [row(unit="SU-OM"), row(unit="SU"), row(unit="NU")]
    done = await reporter.made(IMPORTS, rows, mode="best_effort")
    # SU lies above and is seen; NU is not, and looks like a unit that does not exist (B2).
    assert conflicts(done) == [(2, "B1", "unit"), (3, "I9", "unit")]
    assert counts(done) == (3, 1, 0, 0, 2)


@pytest.mark.parametrize(
    ("values", "remarks"),
    [
        ({"T": 10}, 1),
        ({"T": 10, "K": 6}, 1),
        ({"T": 10, "K": 6, "M": 4}, 0),
        ({"T": 10, "K": 6, "M": 5}, 1),
    ],
)
async def test_the_split_by_sex_is_remarked_on_and_kept(world: World, values: dict[str, int], remarks: int) -> None:
    done = await world.caller().made(IMPORTS, [row(SPLIT, sex=sex, value=v) for sex, v in values.items()])
    assert counts(done)[1] == len(values)
    assert len(done["warnings"]) == remarks
    assert warned(done) <= {"I4"}


async def test_the_split_looks_at_what_stands_already(world: World) -> None:
    admin = world.caller()
    await admin.made(IMPORTS, [row(SPLIT, sex=sex, value=v) for sex, v in (("T", 10), ("K", 6))])
    done = await admin.made(IMPORTS, [row(SPLIT, sex="M", value=5)])
    assert [w["facts"]["sum"] for w in done["warnings"]] == ["11"]
