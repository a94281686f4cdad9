"""Measure nodes: the indicator behind them, made once and shared by the years (M2, V4)."""

from typing import Any
from uuid import UUID

import pytest

from app.domain.access import Role
from app.domain.plan_versions import PlanStatus
from tests.api.planning import GOAL, YEAR, World, add_plan, codes, rules, warned
from tests.outcome_facts import write_months

RATIO = {"unit_of_measure": "%", "direction": "up", "scale": 100, "numerator": "Nådda", "denominator": "Alla"}
TITLE = "Andel prio 1 alarm som nås inom 20 minuter"


def body(module: str, unit: str, *parents: str, **measure: Any) -> dict[str, Any]:
    return {
        "module": module,
        "year": YEAR,
        "column": "indikator",
        "unit": unit,
        "title": TITLE,
        "parents": list(parents),
        "measure": measure,
    }


async def test_an_indicator_is_made_with_its_node(world: World) -> None:
    made = await world.caller().made("/nodes", body("VGI", "VGR", **RATIO, code="IND-038"))
    assert made["approved"] is False
    assert made["warnings"] == []
    measure = made["measure"]
    assert (measure["code"], measure["scale"], measure["is_ratio"]) == ("IND-038", 100, True)
    shown = await world.caller().found("/indicators/code:IND-038")
    assert (shown["id"], shown["title"]) == (measure["indicator"], TITLE)


async def test_a_code_is_made_where_none_is_said(world: World) -> None:
    made = await world.caller().made("/nodes", body("VGI", "VGR"))
    assert made["measure"]["code"].startswith("VGR-")
    assert made["measure"]["is_ratio"] is False


@pytest.mark.parametrize(
    ("measure", "pointer", "code"),
    [
        ({"numerator": "Nådda"}, "/measure", "half_a_ratio"),
        ({"input": "catalogue"}, "/measure", "catalogue_key_missing"),
        ({"is_ratio": False, "numerator": "a", "denominator": "b"}, "/measure", "not_a_ratio"),
        ({"scale": 0}, "/measure/scale", "greater_than"),
        ({"scale": 10**12}, "/measure/scale", "decimal_whole_digits"),
        ({"code": "små bokstäver"}, "/measure/code", "string_pattern_mismatch"),
        ({"direction": "sideways"}, "/measure/direction", "enum"),
    ],
)
async def test_measures_that_are_none(world: World, measure: dict[str, Any], pointer: str, code: str) -> None:
    answer = await world.caller().send("POST", "/nodes", body("VGI", "VGR", **measure))
    assert answer.status_code == 422
    assert codes(answer) == {pointer: code}


async def test_a_measure_stands_in_a_measure_column_only(world: World) -> None:
    region = world.caller()
    none = await region.send("POST", "/nodes", body("VGI", "VGR") | {"measure": None})
    assert codes(none) == {"/measure": "measure_missing"}
    goal = await region.send("POST", "/nodes", body("VGPU", "VGR") | {"column": "mal"})
    assert codes(goal) == {"/measure": "measure_unwanted"}


async def test_a_boards_own_indicator_is_warned_of(world: World) -> None:
    made = await world.caller("SU", Role.REPORTER).made("/nodes", body("VGPU", "SU"))
    assert warned(made) == {"M2"}


@pytest.mark.parametrize("measure", [{"code": "IND-038"}, {"catalogue_key": "kat/38"}, {}])
async def test_a_shared_indicator_is_linked_not_copied(world: World, measure: dict[str, Any]) -> None:
    """By its code, by its key in the catalogue, by its very title."""
    await world.caller().made("/nodes", body("VGI", "VGR", code="IND-038", catalogue_key="kat/38"))
    before = await world.counts()
    answer = await world.caller("SU", Role.REPORTER).send("POST", "/nodes", body("VGPU", "SU", **measure))
    assert answer.status_code == 409
    assert rules(answer) == {"M2"}
    assert await world.counts() == before


async def test_the_same_indicator_goes_on_in_the_next_year(world: World) -> None:
    await add_plan(world.database, world.region, 2028, PlanStatus.PLANNING)
    region = world.caller()
    first = await region.made("/nodes", body("VGI", "VGR", **RATIO, code="IND-038"))
    twice = await region.send("POST", "/nodes", body("VGI", "VGR", code="IND-038"))
    assert rules(twice) == {"M2"}
    unlike = await region.send("POST", "/nodes", body("VGI", "VGR", code="IND-038", scale=1) | {"year": 2028})
    assert codes(unlike) == {"/measure/scale": "indicator_differs"}
    second = await region.made("/nodes", body("VGI", "VGR", code="IND-038") | {"year": 2028})
    assert second["measure"]["indicator"] == first["measure"]["indicator"]
    assert await world.count("indicators") == 1
    await region.changed("DELETE", f"/nodes/{first['id']}")
    assert await world.count("indicators") == 1
    await region.changed("DELETE", f"/nodes/{second['id']}")
    assert await world.count("indicators") == 0


async def test_another_boards_code_is_taken(world: World) -> None:
    await add_plan(world.database, world.region, 2028, PlanStatus.PLANNING)
    await world.caller("NU").made("/nodes", body("VGPU", "NU", code="NU-1"))
    answer = await world.caller("SU").send("POST", "/nodes", body("VGPU", "SU", code="NU-1") | {"title": "Annat"})
    assert answer.status_code == 422
    assert codes(answer) == {"/measure/code": "indicator_taken"}


async def test_a_change_of_the_measure_changes_the_tag(world: World) -> None:
    region = world.caller()
    made = await region.made("/nodes", body("VGI", "VGR", **RATIO, code="IND-038"))
    path = f"/nodes/{made['id']}"
    before = await region.tag(path)
    answer = await region.changed(
        "PATCH", path, {"title": "Nytt namn", "measure": {"scale": 1000, "direction": "down"}}
    )
    assert answer.status_code == 200, answer.text
    assert (answer.json()["measure"]["scale"], answer.json()["measure"]["direction"]) == (1000, "down")
    assert answer.json()["measure"]["unit_of_measure"] == "%"
    assert (await region.found("/indicators/code:IND-038"))["title"] == "Nytt namn"
    assert await region.tag(path) != before
    half = await region.changed("PATCH", path, {"measure": {"numerator": None}})
    assert codes(half) == {"/measure/numerator": "half_a_ratio"}
    keyless = await region.changed("PATCH", path, {"measure": {"input": "catalogue"}})
    assert codes(keyless) == {"/measure/catalogue_key": "catalogue_key_missing"}


async def test_scale_stands_once_there_are_outcomes(world: World) -> None:
    region = world.caller()
    made = await region.made("/nodes", body("VGI", "VGR", **RATIO))
    async with world.database.unit_of_work(world.region.id) as uow:
        await write_months(uow, UUID(made["measure"]["indicator"]), world.region.unit_ids["VGR"], 1)
    answer = await region.changed("PATCH", f"/nodes/{made['id']}", {"measure": {"scale": 1}})
    assert codes(answer) == {"/measure/scale": "outcomes_stand"}
    assert (
        await region.changed("PATCH", f"/nodes/{made['id']}", {"measure": {"direction": "down"}})
    ).status_code == 200
    assert (await region.changed("DELETE", f"/nodes/{made['id']}")).status_code == 200
    assert await world.count("indicators") == 1


async def test_a_new_indicator_follows_its_allocated_goal(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    await region.made("/allocations", {"node": goal["id"], "units": ["SU", "NU"]})
    made = await region.made("/nodes", body("VGPU", "VGR", goal["id"]))
    told = await region.found(f"/nodes/{made['id']}/allocations")
    assert {x["unit"] for x in told["items"]} == {"SU", "NU"}
    kept = await region.made("/nodes", body("VGPU", "VGR", goal["id"], region_level_only=True) | {"title": "Annan"})
    assert (await region.found(f"/nodes/{kept['id']}/allocations"))["items"] == []
