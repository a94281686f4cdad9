"""POST /allocations/import: the real tables of 2027 and 2025; what a row can get wrong; all or nothing."""

from typing import Any

import pytest

from app.domain.access import Role
from app.regions.loader import load_region
from app.services.plan_loading import allocation_rows, load_budget
from tests.api.planning import FOCUS, GOAL, YEAR, Caller, World, codes, rules

DATA = load_region("vgr")
ODD_ONE_OUT = "Ökad robusthet genom samverkan i samhällsplanering"


async def budget_rows(world: World, year: int) -> list[dict[str, Any]]:
    async with world.database.unit_of_work(world.region.id) as uow:
        return [dict(row) for row in allocation_rows(await load_budget(uow, world.region.principal(), DATA, year))]


async def test_the_table_of_2027_breaks_one_rule_in_two_rows(world: World) -> None:
    rows = await budget_rows(world, 2027)
    region = world.caller()
    dry = await region.made("/allocations/import", {"year": 2027, "rows": rows}, dry_run="true")
    assert (dry["received"], dry["conflict_count"], dry["dry_run"]) == (579, 2, True)
    assert [(c["rule"], c["field"], c["value"]) for c in dry["conflicts"]] == [
        ("A2", "unit", "KUN"),
        ("A2", "unit", "MRN"),
    ]
    assert all(ODD_ONE_OUT in c["message"] for c in dry["conflicts"])
    assert (dry["allocated"], dry["warnings"], await world.count("allocations")) == (577, [], 0)
    refused = await region.send("POST", "/allocations/import", {"year": 2027, "rows": rows})
    assert (refused.status_code, rules(refused)) == (409, {"A2"})
    assert [e["pointer"] for e in refused.json()["errors"]] == [f"/rows/{c['row'] - 1}/unit" for c in dry["conflicts"]]
    assert await world.count("allocations") == 0
    left_out = {c["row"] for c in dry["conflicts"]}
    kept = [row for number, row in enumerate(rows, start=1) if number not in left_out]
    done = await region.made("/allocations/import", {"year": 2027, "rows": kept})
    assert (done["allocated"], done["conflicts"]) == (577, [])
    assert done["followed"] == dry["followed"] > 0
    assert await world.count("allocations") == 577 + done["followed"]
    again = await region.made("/allocations/import", {"year": 2027, "rows": kept})
    assert (again["allocated"], again["followed"], again["unchanged"]) == (0, 0, 577)


async def test_the_table_of_2025_breaks_none(world: World) -> None:
    rows = await budget_rows(world, 2025)
    dry = await world.caller().made("/allocations/import", {"year": 2025, "rows": rows}, dry_run="true")
    assert (dry["received"], dry["allocated"], dry["conflicts"]) == (412, 412, [])


async def test_the_number_of_statements_does_not_grow_with_the_rows(world: World, count_queries: Any) -> None:
    rows = await budget_rows(world, 2027)

    async def cost(part: list[dict[str, Any]]) -> int:
        with count_queries() as counter:
            await world.caller().made("/allocations/import", {"year": 2027, "rows": part}, dry_run="true")
        return len(counter)

    await cost(rows[:1])  # the tree and the model are kept from one request to the next
    assert await cost(rows) <= await cost(rows[:200]) + 1 <= 25  # one look-up more where indicators follow


async def plan(region: Caller) -> tuple[str, str]:
    goal = await region.node("mal", "VGR", GOAL)
    focus = await region.node("fokusomrade", "VGR", FOCUS, goal["id"])
    return goal["id"], focus["id"]


async def test_rows_name_nodes_by_title(world: World) -> None:
    region = world.caller()
    goal, focus = await plan(region)
    rows = [
        {"title": GOAL, "unit": "SU", "instruction": "Börja med akuten."},
        {"title": FOCUS, "column": "fokusomrade", "unit": "SU"},
    ]
    done = await region.made("/allocations/import", {"year": YEAR, "module": "VGPU", "rows": rows})
    assert (done["allocated"], done["unchanged"]) == (2, 0)
    listed = (await region.found("/allocations", unit="SU"))["items"]
    assert [(x["node"], x["instruction"]) for x in listed] == [(goal, "Börja med akuten."), (focus, None)]
    rows[0]["instruction"], rows[1]["instruction"] = "Ny.", "Också ny."
    dry = await region.made("/allocations/import", {"year": YEAR, "rows": rows}, dry_run="true")
    assert (dry["updated"], dry["unchanged"]) == (2, 0)
    again = await region.made("/allocations/import", {"year": YEAR, "rows": rows})
    assert (again["updated"], again["unchanged"]) == (2, 0)
    assert [x["instruction"] for x in (await region.found("/allocations", unit="SU"))["items"]] == ["Ny.", "Också ny."]


async def test_every_conflict_has_its_row_and_rule(world: World) -> None:
    region = world.caller()
    goal, focus = await plan(region)
    twin = await region.node("fokusomrade", "VGR", GOAL + " igen", goal)
    await region.changed("PATCH", f"/nodes/{twin['id']}", {"title": GOAL})
    rows: list[dict[str, Any]] = [
        {"node": focus, "unit": "SU"},  # without its goal
        {"node": goal, "unit": "NU"},
        {"node": goal, "unit": "NU"},  # twice
        {"node": goal, "unit": "INGEN"},
        {"title": "Finns inte", "unit": "SU"},
        {"title": GOAL, "unit": "SU"},  # two nodes are called that
        {"node": goal, "unit": "VGR"},  # upward
        {"node": world.region.unit_ids["SU"].hex, "unit": "SU"},
    ]
    dry = await region.made("/allocations/import", {"year": YEAR, "rows": rows}, dry_run="true")
    assert [(c["row"], c["rule"], c["field"]) for c in dry["conflicts"]] == [
        (1, "A2", "unit"),
        (3, "A7", "unit"),
        (4, "A7", "unit"),
        (5, "A7", "title"),
        (6, "A7", "title"),
        (7, "A1", "unit"),
        (8, "A7", "node"),
    ]
    assert (dry["received"], dry["allocated"], dry["conflict_count"]) == (8, 1, 7)
    assert dry["conflicts"][3]["value"] == "Finns inte"
    refused = await region.send("POST", "/allocations/import", {"year": YEAR, "rows": rows})
    assert refused.status_code in {409, 422}
    assert len(refused.json()["errors"]) == 7
    assert await world.count("allocations") == 0


async def test_a_goal_that_is_refused_carries_no_focus_area(world: World) -> None:
    region = world.caller()
    goal, focus = await plan(region)
    rows = [{"node": focus, "unit": "VGR"}, {"node": goal, "unit": "VGR"}]
    dry = await region.made("/allocations/import", {"year": YEAR, "rows": rows}, dry_run="true")
    assert {(c["row"], c["rule"]) for c in dry["conflicts"]} == {(1, "A1"), (2, "A1")}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"year": 2031, "rows": []}, {"/year": "unknown_year"}),
        ({"year": YEAR, "module": "INGEN", "rows": []}, {"/module": "unknown_module"}),
        ({"year": YEAR, "rows": [{"unit": "SU"}]}, {"/rows/0": "node_or_title"}),
        ({"year": YEAR, "rows": [{"title": "a\u0000b", "unit": "SU"}]}, {"/rows/0/title": "control_character"}),
        ({"year": YEAR, "rows": [{"title": "a"}]}, {"/rows/0/unit": "missing"}),
        ({"year": YEAR, "rows": {}}, {"/rows": "list_type"}),
    ],
)
async def test_tables_that_are_none(world: World, body: dict[str, Any], found: dict[str, str]) -> None:
    answer = await world.caller().send("POST", "/allocations/import", body)
    assert answer.status_code == 422
    assert codes(answer) == found


async def test_a_board_imports_for_its_own_part_of_the_tree(world: World) -> None:
    region, board = world.caller(), world.caller("SU", Role.REPORTER)
    goal, _ = await plan(region)
    await region.made("/allocations", {"node": goal, "unit": "SU"})
    rows = [{"node": goal, "unit": "SU-F2"}, {"node": goal, "unit": "SU"}, {"node": goal, "unit": "NU"}]
    dry = await board.made("/allocations/import", {"year": YEAR, "rows": rows}, dry_run="true")
    assert [(c["row"], c["rule"]) for c in dry["conflicts"]] == [(2, "B1"), (3, "A7")]
    assert (await board.send("POST", "/allocations/import", {"year": YEAR, "rows": rows})).status_code == 403
    done = await board.made("/allocations/import", {"year": YEAR, "rows": rows[:1]})
    assert done["allocated"] == 1
    reader = world.caller("SU", Role.READER)
    assert (await reader.send("POST", "/allocations/import", {"year": YEAR, "rows": []})).status_code == 403


async def test_an_import_is_done_once_per_key(world: World) -> None:
    region = world.caller()
    goal, _ = await plan(region)
    body = {"year": YEAR, "rows": [{"node": goal, "unit": "SU"}]}
    key = {"Idempotency-Key": "import-1"}
    first = await region.send("POST", "/allocations/import", body, headers=key)
    again = await region.send("POST", "/allocations/import", body, headers=key)
    assert first.json() == again.json()
    assert first.json()["allocated"] == 1
    other = await region.send("POST", "/allocations/import", body | {"rows": []}, headers=key)
    assert other.status_code == 422
