"""/allocations: given, refused, followed, previewed, instructed, withdrawn."""

import asyncio
from typing import Any

from app.domain.access import Role
from tests.api.planning import FOCUS, GOAL, REASON, Caller, World, codes, rules, warned
from tests.api.test_nodes_change import assess


async def budget(region: Caller) -> tuple[Any, Any]:
    """A goal and its focus area."""
    goal = await region.node("mal", "VGR", GOAL)
    return goal, await region.node("fokusomrade", "VGR", FOCUS, goal["id"])


async def test_a_node_is_allocated_and_told(world: World) -> None:
    region = world.caller()
    goal, _ = await budget(region)
    answer = await region.send(
        "POST", "/allocations", {"node": goal["id"], "unit": "SU", "instruction": " Börja med akuten. "}
    )
    assert answer.status_code == 201
    [made] = answer.json()["items"]
    assert answer.headers["location"] == f"/api/v1/allocations/{made['id']}"
    assert (made["unit"], made["origin"], made["instruction"]) == ("SU", "allocated", "Börja med akuten.")
    assert await region.found(f"/allocations/{made['id']}") == made
    again = await region.made("/allocations", {"node": goal["id"], "unit": "SU"})
    assert again["items"] == [made]
    instructed = await region.made("/allocations", {"node": goal["id"], "unit": "SU", "instruction": "Ny."})
    assert (instructed["items"][0]["id"], instructed["items"][0]["instruction"]) == (made["id"], "Ny.")
    assert await world.count("allocations") == 1


async def test_everything_unknown_is_told_at_once(world: World) -> None:
    region = world.caller()
    goal, _ = await budget(region)
    answer = await region.send(
        "POST",
        "/allocations",
        {
            "items": [
                {"node": goal["id"], "units": ["SU", "INGEN", "SU"]},
                {"node": world.region.unit_ids["SU"].hex, "unit": "NU"},
            ]
        },
    )
    assert codes(answer) == {
        "/items/0/units/1": "unknown_unit",
        "/items/0/units/2": "duplicate",
        "/items/1/node": "unknown_node",
    }
    for body in (
        {"node": goal["id"]},
        {"node": goal["id"], "unit": "SU", "units": ["NU"]},
        {"unit": "SU"},
        {"node": goal["id"], "unit": "SU", "items": [{"node": goal["id"], "unit": "NU"}]},
        {"node": goal["id"], "unit": "SU", "origin": "own"},
    ):
        assert (await region.send("POST", "/allocations", body)).status_code == 422
    assert await world.count("allocations") == 0


async def test_up_and_sideways_are_refused(world: World) -> None:
    region = world.caller()
    own = await region.node("verksamhetsmal", "SU-F2", "Alla remisser bedöms inom fem arbetsdagar")
    for unit in ("SU", "VGR", "NU", "SU-F2"):
        answer = await region.send("POST", "/allocations", {"node": own["id"], "unit": unit})
        assert (answer.status_code, rules(answer)) == (409, {"A1"}), unit
    mine = await region.node("mal", "SU", "Patienter är medskapare i vårdens utformning", justification=REASON)
    answer = await region.send("POST", "/allocations", {"node": mine["id"], "unit": "NU"})
    assert rules(answer) == {"A1", "N3"}
    assert await world.count("allocations") == 0
    await region.made("/allocations", {"node": mine["id"], "unit": "SU-OM"})


async def test_a_focus_area_goes_where_its_goal_goes(world: World) -> None:
    region = world.caller()
    goal, focus = await budget(region)
    alone = await region.send("POST", "/allocations", {"node": focus["id"], "units": ["SU", "NU"]})
    assert (alone.status_code, rules(alone)) == (409, {"A2"})
    assert len(alone.json()["errors"]) == 2
    together = {"items": [{"node": focus["id"], "unit": "SU"}, {"node": goal["id"], "unit": "SU"}]}
    made = await region.made("/allocations", together)
    assert [x["node"] for x in made["items"]] == [focus["id"], goal["id"]]
    half = {"items": [{"node": focus["id"], "unit": "NU"}, {"node": goal["id"], "unit": "SU"}]}
    assert rules(await region.send("POST", "/allocations", half)) == {"A2"}
    assert await world.count("allocations") == 2


async def test_indicators_follow_their_goal(world: World) -> None:
    region = world.caller()
    goal, _ = await budget(region)
    here = await region.indicator("Andel nöjda patienter")
    kept = await region.indicator("Andel av regionens resor", region_level_only=True)
    await region.made("/links", {"parent": goal["id"], "children": [here["id"], kept["id"]]})
    made = await region.made("/allocations", {"node": goal["id"], "units": ["SU", "NU"]})
    assert {(x["node"], x["unit"]) for x in made["followed"]} == {(here["id"], "SU"), (here["id"], "NU")}
    named = await region.made("/allocations", {"node": kept["id"], "unit": "SU"})
    assert warned(named) == {"A3"}
    again = await region.made("/allocations", {"node": goal["id"], "units": ["SU", "NU"]})
    assert again["followed"] == []


async def test_a_board_opts_in_for_itself(world: World) -> None:
    goal, focus = await budget(world.caller())
    board = world.caller("SU", Role.REPORTER)
    early = await board.send("POST", "/allocations", {"node": focus["id"], "unit": "SU", "origin": "opted_in"})
    assert rules(early) == {"A2"}
    given = await board.send("POST", "/allocations", {"node": goal["id"], "unit": "SU"})
    assert (given.status_code, given.json()["rule"]) == (403, "B1")
    below = await board.send("POST", "/allocations", {"node": goal["id"], "unit": "SU-F2", "origin": "opted_in"})
    assert rules(below) == {"A4"}
    made = await board.made("/allocations", {"node": goal["id"], "unit": "SU", "origin": "opted_in"})
    assert made["items"][0]["origin"] == "opted_in"
    out = await board.changed("DELETE", f"/allocations/{made['items'][0]['id']}")
    assert out.status_code == 200


async def test_one_hands_on_what_one_has(world: World) -> None:
    region = world.caller()
    goal, _ = await budget(region)
    board = world.caller("SU", Role.REPORTER)
    early = await board.send("POST", "/allocations", {"node": goal["id"], "unit": "SU-F2"})
    assert (early.status_code, early.json()["rule"]) == (403, "B1")
    [from_above] = (await region.made("/allocations", {"node": goal["id"], "unit": "SU"}))["items"]
    await board.made("/allocations", {"node": goal["id"], "unit": "SU-F2"})
    unseen = await board.send("POST", "/allocations", {"node": goal["id"], "unit": "NU"})
    assert codes(unseen) == {"/unit": "unknown_unit"}
    # What came from above is the giver's to change and to take back.
    path = f"/allocations/{from_above['id']}"
    assert (await board.changed("PATCH", path, {"instruction": "Nej"})).status_code == 403
    assert (await board.changed("DELETE", path)).status_code == 403
    reader = world.caller("SU", Role.READER)
    assert (await reader.send("POST", "/allocations", {"node": goal["id"], "unit": "SU-OM"})).status_code == 403


async def test_an_assignment_goes_to_a_provider(world: World) -> None:
    giver = world.caller("OSN", Role.REPORTER)
    task = await giver.node("uppdrag", "OSN", "Öppna en mottagning för sällsynta diagnoser")
    made = await giver.made("/allocations", {"node": task["id"], "unit": "SU"})
    assert warned(made) == set()
    assert [x["unit"] for x in (await giver.found("/allocations"))["items"]] == ["SU"]
    receiver = world.caller("SU", Role.READER)
    assert (await receiver.found(f"/nodes/{task['id']}"))["unit"] == "OSN"
    assert (await world.caller("NU", Role.READER).send("GET", f"/nodes/{task['id']}")).status_code == 404


async def test_a_preview_counts_and_changes_nothing(world: World) -> None:
    region = world.caller()
    goal, focus = await budget(region)
    here = await region.indicator("Andel nöjda patienter")
    await region.made("/links", {"parent": goal["id"], "child": here["id"]})
    await region.made("/allocations", {"node": goal["id"], "unit": "NU"})
    before = await world.counts()
    told = await region.made(
        "/allocations/preview", {"items": [{"node": n["id"], "units": ["SU", "NU"]} for n in (goal, focus)]}
    )
    assert told == {
        "units": [
            {"unit": "NU", "nodes": 1, "duties": 1, "reports_a_year": 3},
            {"unit": "SU", "nodes": 3, "duties": 3, "reports_a_year": 18},
        ],
        "followed": 1,
        "findings": [],
    }
    refused = await region.made("/allocations/preview", {"node": focus["id"], "unit": "SU"})
    assert [(f["rule"], f["severity"]) for f in refused["findings"]] == [("A2", "refused")]
    assert await world.counts() == before


async def test_an_instruction_is_changed(world: World) -> None:
    region = world.caller()
    goal, _ = await budget(region)
    [made] = (await region.made("/allocations", {"node": goal["id"], "unit": "SU", "instruction": "Först."}))["items"]
    path = f"/allocations/{made['id']}"
    tag = await region.tag(path)
    assert (await region.send("PATCH", path, {"instruction": "Ny."})).status_code == 428
    answer = await region.changed("PATCH", path, {"instruction": "Ny."})
    assert answer.json()["instruction"] == "Ny."
    assert (await region.send("PATCH", path, {}, headers={"If-Match": tag})).status_code == 412
    assert (await region.changed("PATCH", path, {"instruction": None})).json()["instruction"] is None
    assert codes(await region.changed("PATCH", path, {"unit": "NU"})) == {"/unit": "extra_forbidden"}


async def test_lists_by_unit_node_and_origin(world: World) -> None:
    region = world.caller()
    goal, focus = await budget(region)
    await region.made("/allocations", {"items": [{"node": n["id"], "units": ["SU", "SU-F2"]} for n in (goal, focus)]})
    await world.caller("NU").made("/allocations", {"node": goal["id"], "unit": "NU", "origin": "opted_in"})

    async def listed(caller: Caller, **params: Any) -> list[tuple[str, str]]:
        items = (await caller.found("/allocations", **params))["items"]
        return [(x["column"], x["unit"]) for x in items]

    assert await listed(region, unit="SU") == [("mal", "SU"), ("fokusomrade", "SU")]
    assert await listed(region, under="SU", column="mal") == [("mal", "SU"), ("mal", "SU-F2")]
    assert await listed(region, origin="opted_in") == [("mal", "NU")]
    assert await listed(region, node=focus["id"], year=2027, module="VGPU") == [
        ("fokusomrade", "SU"),
        ("fokusomrade", "SU-F2"),
    ]
    assert await listed(region, year=2026) == []
    assert await listed(world.caller("SU-F2", Role.READER)) == [("mal", "SU-F2"), ("fokusomrade", "SU-F2")]
    assert (await region.send("GET", "/allocations", unit="INGEN")).status_code == 404


async def test_withdrawing_takes_what_followed_along(world: World) -> None:
    region = world.caller()
    goal, focus = await budget(region)
    shared, own = await region.indicator("Andel nöjda patienter"), await region.indicator("Andel återbesök i tid")
    await region.made("/links", {"parent": goal["id"], "children": [shared["id"], own["id"]]})
    await region.made("/links", {"parent": focus["id"], "child": shared["id"]})
    made = await region.made("/allocations", {"items": [{"node": n["id"], "unit": "SU"} for n in (goal, focus)]})
    of_goal, of_focus = (f"/allocations/{x['id']}" for x in made["items"])
    answer = await region.changed("DELETE", of_goal)
    assert (answer.status_code, rules(answer)) == (409, {"A5"})
    assert [d["id"] for d in answer.json()["errors"][0]["facts"]["dependents"]] == [focus["id"]]
    forced = await region.changed("DELETE", of_goal, force="true")
    assert warned(forced.json()) == {"A5"}
    left = {x["node"] for x in (await region.found("/allocations", unit="SU"))["items"]}
    assert left == {focus["id"], shared["id"]}
    assert (await region.changed("DELETE", of_focus)).status_code == 200
    assert await world.count("allocations") == 0


async def test_what_is_built_on_is_listed_and_force_needs_a_role(world: World) -> None:
    region = world.caller()
    goal, _ = await budget(region)
    made = await region.made("/allocations", {"node": goal["id"], "units": ["SU", "SU-F2"]})
    path = f"/allocations/{made['items'][0]['id']}"
    theirs = await world.caller("SU").node("verksamhetsmal", "SU-OM", "Alla remisser bedöms i tid", goal["id"])
    await assess(world, goal["id"], "SU-F2")
    answer = await region.changed("DELETE", path)
    assert (answer.status_code, rules(answer)) == (409, {"A5"})
    facts = answer.json()["errors"][0]["facts"]
    assert [c["id"] for c in facts["children"]] == [theirs["id"]]
    assert [u["code"] for u in facts["allocations"]] == ["SU-F2"]
    assert facts["assessments"] == 1
    assert (await world.caller(role=Role.REPORTER).changed("DELETE", path, force="true")).status_code == 403
    assert await world.count("allocations") == 2


async def test_the_same_allocation_from_two_requests(world: World) -> None:
    region = world.caller()
    goal, _ = await budget(region)
    wish = {"node": goal["id"], "units": ["SU", "NU", "SAS"]}
    answers = await asyncio.gather(*(region.send("POST", "/allocations", wish) for _ in range(4)))
    assert {a.status_code for a in answers} == {201}
    assert len({tuple(x["id"] for x in a.json()["items"]) for a in answers}) == 1
    assert await world.count("allocations") == 3


async def test_a_focus_area_is_given_while_its_goal_is_taken_back(world: World) -> None:
    """Whoever comes first wins; a focus area without its goal is never left behind (A2)."""
    region = world.caller()
    goal, focus = await budget(region)
    for unit in ("SU", "NU", "SAS", "SKAS"):
        [made] = (await region.made("/allocations", {"node": goal["id"], "unit": unit}))["items"]
        given, taken = await asyncio.gather(
            region.send("POST", "/allocations", {"node": focus["id"], "unit": unit}),
            region.send("DELETE", f"/allocations/{made['id']}", headers={"If-Match": '"1"'}),
        )
        assert (given.status_code, taken.status_code) in {(201, 409), (409, 200)}, (given.text, taken.text)
        left = [x["column"] for x in (await region.found("/allocations", unit=unit))["items"]]
        assert left in ([], ["mal", "fokusomrade"])


async def test_a_child_is_made_while_its_goal_is_taken_back(world: World) -> None:
    """A node stands under a goal that its unit can see, or the goal is gone first (K4, A5)."""
    giver = world.caller("OSN")
    board = world.caller("SU", Role.REPORTER)
    task = await giver.node("uppdrag", "OSN", "Öppna en mottagning för sällsynta diagnoser")
    [made] = (await giver.made("/allocations", {"node": task["id"], "unit": "SU"}))["items"]
    child, taken = await asyncio.gather(
        board.send(
            "POST",
            "/nodes",
            {
                "module": "VGPU",
                "year": 2027,
                "column": "verksamhetsmal",
                "unit": "SU",
                "title": "Mottagningen är öppen i maj",
                "parents": [task["id"]],
            },
        ),
        giver.send("DELETE", f"/allocations/{made['id']}", headers={"If-Match": '"1"'}),
    )
    assert (child.status_code, taken.status_code) in {(201, 409), (409, 200), (422, 200)}, (child.text, taken.text)
