"""/indicators/{id}/explain: a number tells what it is made of."""

from datetime import date
from typing import Any

import pytest

from app.domain.access import Role
from app.services.calendar_day import today
from tests.api.figures import COUNTED, IMPORTS, REGIONAL, SHARE, integration, make_indicators, row
from tests.api.planning import GOAL, World
from tests.api.problem_answers import assert_problem

APRIL = "2027-04"


@pytest.fixture(autouse=True)
async def indicators(world: World) -> None:
    await make_indicators(world)


async def told(world: World, indicator: str, unit: str = "VGR", **params: Any) -> Any:
    said = {"period": APRIL, **params}
    return await world.caller().found(f"/indicators/code:{indicator}/explain", unit=f"code:{unit}", **said)


def by_part(answer: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for unit in answer["items"]:
        found.setdefault(unit["part"], []).append(unit["code"])
    return found


async def test_who_is_in_it_who_is_not_and_how(world: World) -> None:
    admin = world.caller()
    goal = await admin.node("mal", "VGR", GOAL)
    node = (await admin.found("/nodes", module="VGI", year=2027, search="rätt tid"))["items"][0]
    await admin.made("/links", {"parent": goal["id"], "child": node["id"]})
    await admin.made("/allocations", {"node": goal["id"], "units": ["SU", "NU", "SV", "SAS"]})
    made = await admin.made(
        IMPORTS,
        [
            row(SHARE, "SU", APRIL, numerator=3, denominator=8, comment="efter rättning"),
            row(SHARE, "SU-OM", APRIL, numerator=1, denominator=1),
            row(SHARE, "NU", APRIL, numerator=5, denominator=8),
            row(SHARE, "SV", APRIL, numerator=0, denominator=0),
            row(SHARE, "SKAS", "2027-03", numerator=1, denominator=1),
        ],
    )
    answer = await told(world, SHARE)
    assert (answer["value"], answer["numerator"], answer["denominator"], answer["origin"]) == (50, 8, 16, "below")
    assert answer["formula"] == "The sum of 3 numerators over the sum of their denominators: 100 × 8 / 16 = 50."
    assert by_part(answer) == {
        "contributing": ["NU", "SU", "SV"],
        "answered_for": ["SU-OM"],
        "missing": ["SKAS", "SAS"],
    }
    units = {unit["code"]: unit for unit in answer["items"]}
    assert units["SU-OM"]["answered_by"] == "SU"
    assert (units["SAS"]["expected_because"], units["SKAS"]["expected_because"]) == ("allocated", "reported_before")
    assert units["SAS"]["outcome"] is None
    reported = units["SU"]["outcome"]
    assert (reported["import_id"], reported["numerator"], reported["comment"]) == (made["id"], 3, "efter rättning")
    assert reported["recorded_at"].endswith("Z")
    assert reported["recorded_by"] == "VGR-administrator"
    whole = {"contributing": 3, "no_value": 0, "missing": 2, "answered_for": 1, "share": 0.6}
    assert answer["coverage"] == whole
    assert (answer["tree"], answer["reason"], answer["own"]) == (str(min(today(), date(2027, 4, 30))), None, None)


async def test_the_units_own_outcome_goes_first_and_what_is_below_is_told(world: World) -> None:
    await world.caller().made(IMPORTS, [row(COUNTED, "SU", APRIL, value=9), row(COUNTED, "SU-OM", APRIL, value=4)])
    answer = await told(world, COUNTED, "SU")
    assert (answer["origin"], answer["value"], answer["own"]["value"], answer["below"]) == ("own", 9, 9, 4)
    assert by_part(answer) == {"contributing": ["SU-OM"]}
    assert "goes before" in answer["formula"]


async def test_why_there_is_no_value(world: World) -> None:
    nothing = await told(world, COUNTED)
    assert (nothing["origin"], nothing["value"], nothing["items"]) == (None, None, [])
    assert nothing["reason"] == "No unit below has reported an outcome."
    assert nothing["coverage"]["share"] is None
    regional = await told(world, REGIONAL, "SU")
    assert "region level only" in regional["reason"]
    await world.caller().made(IMPORTS, [row(SHARE, "SU", APRIL, value=50)])
    bare = await told(world, SHARE)
    assert "average of percentages" in bare["reason"]
    assert (bare["value"], by_part(bare)) == (None, {"no_value": ["SU"]})
    await world.caller().made(IMPORTS, [row(SHARE, "VGR", APRIL, numerator=0, denominator=0)])
    assert (await told(world, SHARE))["reason"] == "The unit has reported “no value”."


async def test_in_swedish(world: World) -> None:
    headers = {"Accept-Language": "sv"}
    path = f"/indicators/code:{COUNTED}/explain"
    answer = await world.caller().send("GET", path, headers=headers, unit="code:VGR", period=APRIL)
    assert answer.json()["reason"] == "Ingen enhet nedanför har lämnat utfall."


async def test_units_come_in_pages(world: World) -> None:
    units = ("SU", "NU", "SV", "SKAS", "SAS")
    await world.caller().made(IMPORTS, [row(COUNTED, unit, APRIL, value=1) for unit in units])
    whole, found, cursor = await told(world, COUNTED), [], None
    while True:
        page = await told(world, COUNTED, limit=2, **({"cursor": cursor} if cursor else {}))
        assert {k: v for k, v in page.items() if k not in {"items", "next"}} == {
            k: v for k, v in whole.items() if k not in {"items", "next"}
        }
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == whole["items"]
    assert len(found) == 5


async def test_one_sees_only_ones_own_part(world: World) -> None:
    await world.caller().made(IMPORTS, [row(COUNTED, u, APRIL, value=1) for u in ("SU-OM", "NU")])
    path = f"/indicators/code:{COUNTED}/explain"
    reader = world.caller("SU", Role.READER)
    answer = await reader.found(path, unit="code:SU", period=APRIL)
    assert by_part(answer) == {"contributing": ["SU-OM"]}
    for unit in ("VGR", "NU"):
        assert_problem(await reader.send("GET", path, unit=f"code:{unit}", period=APRIL), 404, "not-found")
    key = await integration(world, f"indicator:{SHARE}")
    assert_problem(await key.send("GET", path, unit="code:SU", period=APRIL), 404, "not-found")


async def test_parameters_that_are_none(world: World) -> None:
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"period": "april"}, "period"),
        ({"period": APRIL, "tree": "x"}, "tree"),
        ({}, "period"),
    )
    for params, parameter in wrong:
        answer = await world.caller().send("GET", f"/indicators/code:{COUNTED}/explain", unit="code:SU", **params)
        assert {e["parameter"] for e in assert_problem(answer, 422, "invalid")["errors"]} == {parameter}
