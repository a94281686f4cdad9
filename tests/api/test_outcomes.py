"""/outcomes: what was measured, within reach, filtered and in pages."""

from typing import Any

import pytest

from app.domain.access import Role
from tests.api.figures import COUNTED, IMPORTS, SHARE, integration, make_indicators, row
from tests.api.planning import Caller, World
from tests.api.problem_answers import assert_problem

Place = tuple[str, str, str, str]


@pytest.fixture(autouse=True)
async def outcomes(world: World) -> None:
    """Two indicators, three units, three months, a count by sex."""
    await make_indicators(world)
    months = ("2027-01", "2027-02", "2027-03")
    rows = [row(i, unit, month) for i in (COUNTED, SHARE) for unit in ("NU", "SU", "SU-OM") for month in months]
    rows += [row(COUNTED, "SU", "2027-03", sex, value=0.5) for sex in "KM"]
    await world.caller().made(IMPORTS, rows)


async def places(caller: Caller, path: str = "/outcomes", **params: Any) -> list[Place]:
    found = await caller.found(path, limit=500, **params)
    return [(o["indicator"], o["unit"], o["period"], o["sex"]) for o in found["items"]]


async def test_all_in_order(world: World) -> None:
    found = await places(world.caller())
    assert len(found) == 20
    assert [(i, u, p) for i, u, p, _ in found] == sorted((i, u, p) for i, u, p, _ in found)


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"indicator": COUNTED}, 11),
        ({"indicator": "NO-SUCH"}, 0),
        ({"unit": "code:SU"}, 8),
        ({"under": "code:SU"}, 14),
        ({"period": "2027-02"}, 6),
        ({"period": "2027-T1"}, 0),
        ({"period_from": "2027-02"}, 14),
        ({"period_to": "2027-02"}, 12),
        ({"period_from": "2027-02", "period_to": "2027-02"}, 6),
        ({"period_from": "2027-T1", "period_to": "2027"}, 20),
        ({"period_from": "2027-03", "period_to": "2027-01"}, 0),
        ({"sex": "K"}, 1),
        ({"sex": ["K", "M"]}, 2),
        ({"indicator": COUNTED, "unit": "code:SU", "period": "2027-03", "sex": "T"}, 1),
    ],
)
async def test_filters_narrow_and_combine(world: World, params: dict[str, Any], count: int) -> None:
    assert len(await places(world.caller(), **params)) == count


@pytest.mark.parametrize(
    ("params", "status", "parameter"),
    [
        ({"period": "januari"}, 422, "period"),
        ({"period_from": "2027-13"}, 422, "period_from"),
        ({"period_to": ""}, 422, "period_to"),
        ({"sex": "X"}, 422, "sex"),
        ({"colour": "red"}, 422, "colour"),
        ({"period": ["2027-01", "2027-02"]}, 422, "period"),
        ({"indicator": "x" * 101}, 422, "indicator"),
        ({"unit": "code:NOWHERE"}, 404, None),
        ({"under": "SU"}, 404, None),
    ],
)
async def test_filters_that_are_none(world: World, params: dict[str, Any], status: int, parameter: str | None) -> None:
    said = assert_problem(
        await world.caller().send("GET", "/outcomes", **params), status, "invalid" if status == 422 else "not-found"
    )
    if parameter is not None:
        assert {e["parameter"] for e in said["errors"]} == {parameter}


async def test_one_sees_the_outcomes_of_ones_own_part(world: World) -> None:
    reader = world.caller("SU", Role.READER)
    assert {unit for _, unit, _, _ in await places(reader)} == {"SU", "SU-OM"}
    assert {unit for _, unit, _, _ in await places(world.caller("SU-OM", Role.READER))} == {"SU-OM"}
    # The unit above is seen, its figures are not; another board is not seen at all.
    assert await places(world.caller("SU-OM", Role.READER), unit="code:SU") == []
    assert_problem(await reader.send("GET", "/outcomes", unit="code:NU"), 404, "not-found")


async def test_a_key_sees_the_outcomes_of_its_scopes(world: World) -> None:
    key = await integration(world, f"indicator:{SHARE}")
    assert {indicator for indicator, *_ in await places(key)} == {SHARE}
    assert await places(key, indicator=COUNTED) == []


async def test_an_indicators_own_list(world: World) -> None:
    found = await places(world.caller(), f"/indicators/code:{SHARE}/outcomes", under="code:SU")
    assert len(found) == 6
    assert {indicator for indicator, *_ in found} == {SHARE}


@pytest.mark.parametrize("limit", [1, 3, 19, 20])
async def test_pages_hold_each_outcome_once(world: World, limit: int) -> None:
    caller, whole, found = world.caller(), await places(world.caller()), []
    params: dict[str, Any] = {"limit": limit}
    while True:
        page = await caller.found("/outcomes", **params)
        found += [(o["indicator"], o["unit"], o["period"], o["sex"]) for o in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert found == whole


async def test_numbers_are_numbers(world: World) -> None:
    await world.caller().made(IMPORTS, [row(SHARE, "SU", "2027-05", numerator="1.50", denominator=4, comment="å")])
    [shown] = (await world.caller().found("/outcomes", period="2027-05"))["items"]
    assert (shown["value"], shown["numerator"], shown["denominator"], shown["comment"]) == (37.5, 1.5, 4, "å")
    assert (shown["source"], shown["recorded_by"]) == ("manual", "VGR-administrator")
    assert shown["import_id"]
    assert shown["recorded_at"].endswith("Z")
