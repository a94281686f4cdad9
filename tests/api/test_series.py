"""/indicators/{id}/series: own figures and those put together from below, held against targets (I5, I6)."""

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.access import Role
from app.domain.aggregation import aggregate
from app.domain.indicators import Figures, IndicatorView
from app.domain.plan_versions import PlanStatus
from tests.api.figures import COUNTED, IMPORTS, REGIONAL, SHARE, integration, make_indicators, row
from tests.api.planning import World, add_plan, add_units
from tests.api.problem_answers import assert_problem

APRIL = "2027-04"


@pytest.fixture(autouse=True)
async def indicators(world: World) -> None:
    await make_indicators(world)


async def series(world: World, indicator: str = COUNTED, unit: str = "VGR", **params: Any) -> list[Any]:
    found = await world.caller().found(f"/indicators/code:{indicator}/series", unit=f"code:{unit}", **params)
    assert isinstance(found["items"], list)
    return found["items"]


async def one(world: World, indicator: str, unit: str, period: str = APRIL, sex: str = "T", **params: Any) -> Any:
    [item] = await series(world, indicator, unit, period_from=period, period_to=period, sex=sex, **params)
    return item


async def test_i5_accepted_counts_add_up_and_the_upper_unit_goes_first(world: World) -> None:
    rows = [row(COUNTED, unit, APRIL, value=value) for unit, value in (("SU-VH", 5), ("SU-OM", 3), ("NU", 4))]
    await world.caller().made(IMPORTS, rows)
    at_region = await one(world, COUNTED, "VGR")
    assert (at_region["value"], at_region["origin"], at_region["contributing"]) == (7, "below", 2)
    assert (await one(world, COUNTED, "SU-F2"))["value"] == 3
    own = await one(world, COUNTED, "SU-OM")
    assert (own["value"], own["origin"], own["contributing"]) == (3, "own", 0)
    assert (await one(world, COUNTED, "SU-OM", figures="below"))["value"] == 5
    assert await series(world, COUNTED, "SU", figures="own") == []


async def test_i5_accepted_a_ratio_comes_from_its_summed_parts(world: World) -> None:
    rows = [
        row(SHARE, "SU", APRIL, numerator=1, denominator=2),
        row(SHARE, "NU", APRIL, numerator=1, denominator=98),
        row(SHARE, "SV", APRIL, numerator=0, denominator=0),
    ]
    await world.caller().made(IMPORTS, rows)
    item = await one(world, SHARE, "VGR")
    assert (item["value"], item["numerator"], item["denominator"], item["contributing"]) == (2, 2, 100, 3)


async def test_i5_refused_an_average_of_percentages(world: World) -> None:
    rows = [row(SHARE, "SU", APRIL, value=50), row(SHARE, "NU", APRIL, numerator=1, denominator=4)]
    await world.caller().made(IMPORTS, rows)
    item = await one(world, SHARE, "VGR")
    assert (item["value"], item["contributing"]) == (None, 0)
    assert "1 of 2 units" in item["reason"]


async def test_i5_edge_a_denominator_of_zero_is_no_value(world: World) -> None:
    await world.caller().made(IMPORTS, [row(SHARE, "SU", APRIL, numerator=0, denominator=0)])
    put = await one(world, SHARE, "VGR")
    assert (put["value"], put["denominator"], put["reason"]) == (None, 0, "The denominator is 0: no value.")
    own = await one(world, SHARE, "SU")
    assert (own["value"], own["origin"]) == (None, "own")
    assert own["reason"]


async def test_i6_held_against_the_target_and_the_same_period_of_the_year_before(world: World) -> None:
    await add_plan(world.database, world.region, 2026, PlanStatus.PLANNING)
    admin = world.caller()
    body = {"module": "VGI", "year": 2026, "column": "indikator", "unit": "VGR"}
    await admin.made(
        "/nodes", {**body, "title": "Antal sökande till öppna lediga platser", "measure": {"code": COUNTED}}
    )
    targets = [{"year": 2027, "printed": "Öka >10 %"}, {"year": 2027, "unit": "NU", "printed": "≤3"}]
    await admin.changed("PUT", f"/indicators/code:{COUNTED}/targets", {"items": targets})
    said = (("SU", "2026-04", 60), ("NU", "2026-04", 40), ("SU", APRIL, 80), ("NU", APRIL, 31))
    await admin.made(IMPORTS, [row(COUNTED, unit, period, value=value) for unit, period, value in said])
    held = (await one(world, COUNTED, "VGR"))["attainment"]
    assert (held["status"], held["target"], held["comparison"]) == ("reached", "Öka >10 %", 100)
    nearest = (await one(world, COUNTED, "NU"))["attainment"]
    assert (nearest["status"], nearest["target"], nearest["comparison"]) == ("not_reached", "≤3", None)
    before = (await one(world, COUNTED, "VGR", "2026-04"))["attainment"]
    assert (before["status"], before["target"]) == ("no_target", None)
    assert [i["period"] for i in await series(world, period_from=APRIL)] == [APRIL]


async def test_only_totals_are_held(world: World) -> None:
    await world.caller().made(IMPORTS, [row(COUNTED, "SU", APRIL, sex, value=2) for sex in "TKM"])
    found = await series(world)
    assert [(i["sex"], i["value"], i["attainment"] is None) for i in found] == [
        ("T", 2, False),
        ("K", 2, True),
        ("M", 2, True),
    ]


async def test_i10_edge_a_figure_of_the_region_is_the_regions(world: World) -> None:
    await world.caller().made(IMPORTS, [row(REGIONAL, "VGR", APRIL, value=3)])
    assert (await one(world, REGIONAL, "VGR"))["origin"] == "own"
    assert await series(world, REGIONAL, "SU") == []


async def moved(world: World, unit: str, parent: str, on: date) -> None:
    """The unit stands under another from that day on."""
    async with world.database.unit_of_work(world.region.id) as uow:
        unit_id, parent_id = world.region.unit_ids[unit], world.region.unit_ids[parent]
        said = {"unit": unit_id, "parent": parent_id, "on": on, "region": world.region.id}
        await uow.session.execute(
            text("update org_placements set valid = daterange(lower(valid), :on) where unit_id = :unit"), said
        )
        await uow.session.execute(
            text(
                "insert into org_placements (region_id, id, unit_id, parent_id, valid, created_by, updated_by)"
                " values (:region, gen_random_uuid(), :unit, :parent, daterange(:on, null), 'test', 'test')"
            ),
            said,
        )


async def test_summed_in_the_tree_as_reported_or_of_a_day(world: World) -> None:
    await add_plan(world.database, world.region, 2026, PlanStatus.PLANNING)
    body = {"module": "VGI", "year": 2026, "column": "indikator", "unit": "VGR"}
    title = "Antal sökande till öppna lediga platser"
    await world.caller().made("/nodes", {**body, "title": title, "measure": {"code": COUNTED}})
    rows = [row(COUNTED, "SU-OM", month, value=5) for month in ("2026-03", "2026-09")]
    await world.caller().made(IMPORTS, rows)
    await moved(world, "SU-OM", "NU-F", date(2026, 6, 1))

    async def at(unit: str, **params: Any) -> list[str]:
        return [i["period"] for i in await series(world, COUNTED, unit, period_from="2026", sex="T", **params)]

    assert (await at("SU"), await at("NU")) == (["2026-03"], ["2026-09"])
    assert (await at("SU", tree="2026-01-01"), await at("NU", tree="2026-01-01")) == (["2026-03", "2026-09"], [])
    assert (await at("SU", tree="2026-11-01"), await at("NU", tree="2026-11-01")) == ([], ["2026-03", "2026-09"])
    assert await at("VGR") == ["2026-03", "2026-09"]
    # The list of outcomes reads the tree the same way.
    listed = [
        [o["period"] for o in (await world.caller().found("/outcomes", under=f"code:{unit}", tree=tree))["items"]]
        for unit, tree in (("SU", "reported"), ("NU", "reported"), ("SU", "2026-01-01"), ("NU", "2026-01-01"))
    ]
    assert listed == [["2026-03"], ["2026-09"], ["2026-03", "2026-09"], []]


async def test_one_sees_the_series_of_ones_own_part(world: World) -> None:
    await world.caller().made(IMPORTS, [row(COUNTED, "SU-OM", APRIL, value=5), row(COUNTED, "NU", APRIL, value=5)])
    path = f"/indicators/code:{COUNTED}/series"
    reader = world.caller("SU", Role.READER)
    assert [i["value"] for i in (await reader.found(path, unit="code:SU"))["items"]] == [5]
    for unit in ("VGR", "NU"):
        assert_problem(await reader.send("GET", path, unit=f"code:{unit}"), 404, "not-found")
    key = await integration(world, f"indicator:{SHARE}")
    assert_problem(await key.send("GET", path, unit="code:SU"), 404, "not-found")


async def test_parameters_that_are_none(world: World) -> None:
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"tree": "yesterday"}, "tree"),
        ({"tree": "2027-1-1"}, "tree"),
        ({"tree": "2027-02-30"}, "tree"),
        ({"period_from": "2027-02", "period_to": "2027-01"}, "period_to"),
        ({"period_from": "1990"}, "period_from"),
        ({"figures": "all"}, "figures"),
        ({"sex": "X"}, "sex"),
    )
    for params, parameter in wrong:
        answer = await world.caller().send("GET", f"/indicators/code:{COUNTED}/series", unit="code:SU", **params)
        assert {e["parameter"] for e in assert_problem(answer, 422, "invalid")["errors"]} == {parameter}


async def test_as_many_statements_for_many_periods_as_for_one(world: World, count_queries: Any) -> None:
    months = [f"2027-{month:02d}" for month in range(1, 13)]
    units = ("SU", "SU-OM", "SU-VH", "NU", "SV", "NU-F")
    await world.caller().made(IMPORTS, [row(COUNTED, unit, month, value=1) for unit in units for month in months])
    counted = []
    for unit, period in (("SU-OM", "2027-01"), ("VGR", "2027")):
        with count_queries() as counter:
            await series(world, COUNTED, unit, period_from=period, period_to=period)
        # Not those about who asks: that is remembered, or not.
        counted.append(len([s for s in counter.statements if "outcome" in s or "targets" in s]))
    assert counted[0] == counted[1]


async def test_i5_the_database_sums_as_the_rule_does(world: World) -> None:
    """Random reports all over a random tree, summed in SQL and by the rule: the same for every unit."""
    made = random.Random(20)
    codes = ["SU"]
    for i in range(14):
        above = made.choice(codes)
        await add_units(world.database, world.region, ((f"R{i}", above, "unit"),))
        codes.append(f"R{i}")
    rows, said = [], {}
    for indicator in (COUNTED, SHARE):
        for code in made.sample(codes, 10):
            numbers: Any = made.choice([{"value": 3}, {"value": 7.5}])
            if indicator == SHARE:
                numbers = made.choice(
                    [{"numerator": 3, "denominator": 8}, {"numerator": 0, "denominator": 0}, {"numerator": 5,
                     "denominator": 9}, {"value": 40}]
                )  # fmt: skip
            rows.append(row(indicator, code, APRIL, **numbers))
            said[indicator, code] = numbers
    assert (await world.caller().made(IMPORTS, rows))["imported"] == len(rows)
    tree = (await world.caller().found("/units/code:SU/subtree"))["items"]
    ids = world.region.unit_ids
    parent_of = {ids[u["code"]]: ids[u["parent"]] for u in tree if u["parent"]}
    for indicator in (COUNTED, SHARE):
        view = IndicatorView(id=ids["SU"], code=indicator, is_ratio=indicator == SHARE, scale=Decimal(100))
        outcomes = {ids[c]: figures(view, numbers) for (i, c), numbers in said.items() if i == indicator}
        for code in codes:
            expected = aggregate(view, ids[code], parent_of, outcomes)
            found = await series(world, indicator, code, period_from=APRIL, sex="T", figures="below")
            if not found:
                assert expected.value is None
                assert not expected.contributing
                continue
            assert found[0]["value"] == (None if expected.value is None else pytest.approx(float(expected.value)))
            assert found[0]["numerator"] == (None if expected.numerator is None else expected.numerator)
            assert found[0]["contributing"] == len(expected.contributing)
            assert found[0]["reason"] == (None if expected.reason is None else expected.reason.en)


def figures(view: IndicatorView, said: dict[str, Any]) -> Figures:
    numbers = {name: Decimal(str(value)) for name, value in said.items()}
    value = numbers.get("value")
    if view.is_ratio and value is None and numbers["denominator"]:
        value = 100 * numbers["numerator"] / numbers["denominator"]
    return Figures(value, numbers.get("numerator"), numbers.get("denominator"))
