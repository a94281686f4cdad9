"""/assessments: said by whoever answers for a node, refused by each rule without a trace, told once, changed."""

import asyncio
from typing import Any

from sqlalchemy import text

from app.domain.access import Role
from app.domain.plan_versions import PlanStatus
from tests.api.planning import GOAL, REASON, Caller, World, codes, rules, warned
from tests.api.test_nodes_change import set_status

DATES = {"start_date": "2027-01-11", "end_date": "2027-06-30"}


async def goal_at_su(world: World) -> Any:
    """The region's goal, allocated to SU."""
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    await region.made("/allocations", {"node": goal["id"], "unit": "SU"})
    return goal


async def activity_at_su(world: World) -> Any:
    return await world.caller().node("aktivitet", "SU-F2", "Inför gemensam remissportal", **DATES)


def assessment(node: Any, unit: str = "SU", period: str = "2027-T1", **said: Any) -> dict[str, Any]:
    return {"node": node["id"], "unit": unit, "period": period, **(said or {"grade": "achieved"})}


async def refused(caller: Caller, world: World, body: dict[str, Any]) -> Any:
    """POST that must be refused and leave nothing behind."""
    answer = await caller.send("POST", "/assessments", body)
    assert answer.status_code >= 400, answer.text
    assert await world.count("assessments") == 0
    return answer


async def test_an_assessment_is_made_and_read(world: World) -> None:
    goal = await goal_at_su(world)
    board = world.caller("SU", Role.REPORTER)
    body = assessment(goal, grade="achieved", analysis=" Vi är på väg. ")
    answer = await board.send("POST", "/assessments", body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made == made | {
        "node_id": goal["id"],
        "module": "VGPU",
        "column": "mal",
        "unit": "SU",
        "period": "2027-T1",
        "grade": "achieved",
        "status": None,
        "analysis": "Vi är på väg.",
        "measures": None,
        "assessed_by": "SU-reporter",
        "warnings": [],
    }
    path = f"/assessments/{made['id']}"
    assert answer.headers["location"] == f"/api/v1{path}"
    read = await board.send("GET", path)
    assert read.json() == made
    assert read.headers["etag"] == answer.headers["etag"]
    unchanged = await board.send("GET", path, headers={"If-None-Match": read.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


async def test_one_that_falls_short_is_warned_of_until_it_has_measures(world: World) -> None:
    goal = await goal_at_su(world)
    board = world.caller("SU", Role.REPORTER)
    made = await board.made("/assessments", assessment(goal, grade="partly"))
    assert warned(made) == {"F2"}
    assert made["warnings"][0]["pointer"] == "/measures"
    answer = await board.changed("PATCH", f"/assessments/{made['id']}", {"measures": "Fler tider på kvällar."})
    assert (answer.status_code, answer.json()["warnings"]) == (200, [])
    emptied = await board.changed("PATCH", f"/assessments/{made['id']}", {"measures": None})
    assert warned(emptied.json()) == {"F2"}


async def test_an_activity_has_a_status_of_its_own_that_the_plan_keeps_apart(world: World) -> None:
    activity = await activity_at_su(world)
    unit = world.caller("SU-F2", Role.REPORTER)
    body = assessment(activity, "SU-F2", "2027-04", grade="minor_deviation", status="ongoing", measures="Omtag.")
    made = await unit.made("/assessments", body)
    assert (made["grade"], made["status"], made["warnings"]) == ("minor_deviation", "ongoing", [])
    assert (await unit.found(f"/nodes/{activity['id']}"))["status"] == activity["status"] != "ongoing"


async def test_a_grade_stands_on_the_columns_scale(world: World) -> None:
    goal, activity = await goal_at_su(world), await activity_at_su(world)
    region = world.caller()
    answer = await refused(region, world, assessment(goal, grade="on_plan", status="ongoing"))
    assert (answer.status_code, rules(answer)) == (422, {"F1", "F3"})
    assert {e["pointer"] for e in answer.json()["errors"]} == {"/grade", "/status"}
    answer = await refused(region, world, assessment(activity, "SU-F2", "2027-04", grade="achieved"))
    assert (answer.status_code, rules(answer)) == (422, {"F3"})
    assert "on_plan" in answer.json()["errors"][0]["facts"]["allowed"]


async def test_a_period_is_of_the_nodes_own_periodicity(world: World) -> None:
    goal = await goal_at_su(world)
    region = world.caller()
    for period in ("2027-04", "2027"):
        answer = await refused(region, world, assessment(goal, period=period))
        assert (answer.status_code, rules(answer)) == (422, {"I1"})
    answer = await region.changed("PATCH", f"/nodes/{goal['id']}", {"periodicity": "month"})
    assert answer.status_code == 200
    assert rules(await refused(region, world, assessment(goal))) == {"I1"}
    await region.made("/assessments", assessment(goal, period="2027-04"))


async def test_a_period_is_of_the_nodes_own_plan_and_that_one_is_open(world: World) -> None:
    goal = await goal_at_su(world)
    region = world.caller()
    answer = await refused(region, world, assessment(goal, period="2028-T1"))
    assert (answer.status_code, rules(answer)) == (409, {"I1"})
    await set_status(world, PlanStatus.ARCHIVED)
    answer = await refused(region, world, assessment(goal))
    assert (answer.status_code, rules(answer)) == (409, {"I1"})


async def test_a_unit_answers_for_what_it_owns_or_was_allocated(world: World) -> None:
    goal = await goal_at_su(world)
    region = world.caller()
    answer = await refused(region, world, assessment(goal, "NU"))
    assert (answer.status_code, rules(answer)) == (409, {"K4"})
    assert answer.json()["errors"][0]["pointer"] == "/unit"
    for unit in ("VGR", "SU", "SU-F2"):
        await region.made("/assessments", assessment(goal, unit))


async def test_several_broken_rules_are_told_at_once(world: World) -> None:
    goal = await goal_at_su(world)
    answer = await refused(world.caller(), world, assessment(goal, "NU", "2027-04", grade="on_plan"))
    assert (answer.status_code, rules(answer)) == (422, {"K4", "I1", "F1"})


async def test_a_second_assessment_is_told_which_one_to_change(world: World) -> None:
    goal = await goal_at_su(world)
    board = world.caller("SU", Role.REPORTER)
    made = await board.made("/assessments", assessment(goal))
    answer = await board.send("POST", "/assessments", assessment(goal, grade="partly"))
    assert answer.status_code == 409
    assert codes(answer) == {"": "already_assessed"}
    assert answer.json()["errors"][0]["facts"] == {"assessment": made["id"]}
    assert (await board.found(f"/assessments/{made['id']}"))["grade"] == "achieved"
    await board.made("/assessments", assessment(goal, period="2027-T2"))


async def test_two_at_once_make_one(world: World) -> None:
    goal = await goal_at_su(world)
    board = world.caller("SU", Role.REPORTER)
    grades = ("achieved", "partly", "not_achieved", "achieved")
    answers = await asyncio.gather(*(board.send("POST", "/assessments", assessment(goal, grade=g)) for g in grades))
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]
    [made] = [a.json()["id"] for a in answers if a.status_code == 201]
    late = [a.json()["errors"][0] for a in answers if a.status_code == 409]
    assert [(e["code"], e["facts"]["assessment"]) for e in late] == [("already_assessed", made)] * 3
    assert await world.count("assessments") == 1


async def test_a_repeated_request_is_done_once(world: World) -> None:
    goal = await goal_at_su(world)
    board = world.caller("SU", Role.REPORTER)
    key = {"Idempotency-Key": "t1"}
    first, again = [await board.send("POST", "/assessments", assessment(goal), headers=key) for _ in range(2)]
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    other = await board.send("POST", "/assessments", assessment(goal, grade="partly"), headers=key)
    assert other.status_code == 422
    assert await world.count("assessments") == 1


async def test_forms_that_are_none(world: World) -> None:
    goal = await goal_at_su(world)
    region = world.caller()
    unknown = {
        "node": "0198c3a0-0000-7000-8000-000000000000",
        "unit": "NOWHERE",
        "period": "2027-T4",
        "grade": "partly",
    }
    answer = await refused(region, world, unknown)
    assert answer.status_code == 422
    assert codes(answer) == {"/node": "unknown_node", "/unit": "unknown_unit", "/period": "period_format"}
    for said, wrong in (
        ({"measures": "Fler tider."}, {"": "says_nothing"}),
        ({"grade": None}, {"": "says_nothing"}),
        ({"analysis": "a\0b"}, {"/analysis": "control_character"}),
        ({"analysis": "  "}, {"/analysis": "blank"}),
        ({"analysis": "x" * 20_001}, {"/analysis": "string_too_long"}),
        ({"grade": "A"}, {"/grade": "string_pattern_mismatch"}),
        ({"status": "late"}, {"/status": "enum"}),
        ({"wording": "uppnås"}, {"/wording": "extra_forbidden"}),
    ):
        answer = await refused(region, world, assessment(goal, **said))
        assert (answer.status_code, codes(answer)) == (422, wrong)


async def test_what_a_linked_goal_is_assessed_as_stands_in_one_place(world: World) -> None:
    """M5: an assessment belongs to the node, whatever the node is linked into, and survives the link."""
    region = world.caller()
    own = await region.node("mal", "SU", "Ännu bättre mat", justification=REASON)
    body = {"module": "VGSP", "year": 2027, "column": "aktivitet", "unit": "SU", "title": "Byt ut fordonen", **DATES}
    shared = await region.made("/nodes", body)
    link = (await region.made("/links", {"parent": own["id"], "child": shared["id"]}))["items"][0]
    made = await region.made("/assessments", assessment(shared, "SU", "2027-04", status="ongoing"))
    assert (made["module"], made["column"]) == ("VGSP", "aktivitet")
    assert (await region.changed("DELETE", f"/links/{link['id']}")).status_code == 200
    assert await region.found(f"/assessments/{made['id']}") == made
    async with world.database.unit_of_work(world.region.id) as uow:
        stored = await uow.session.execute(text("select node_id, unit_id from assessments"))
        assert [(str(r.node_id), r.unit_id) for r in stored] == [(shared["id"], world.region.unit_ids["SU"])]
