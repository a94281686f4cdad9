"""/assessments: changed by whoever may, one at a time; read within reach, filtered and in pages."""

import asyncio
from typing import Any

from sqlalchemy import text

from app.auth.api_keys import create_api_key
from app.domain.access import Role
from app.domain.plan_versions import PlanStatus
from tests.api.planning import Caller, World, codes, rules
from tests.api.test_assessments import activity_at_su, assessment, goal_at_su, refused
from tests.api.test_nodes_change import set_status


async def test_an_assessment_is_not_changed_once_its_plan_is_archived(world: World) -> None:
    goal = await goal_at_su(world)
    region = world.caller()
    made = await region.made("/assessments", assessment(goal))
    await set_status(world, PlanStatus.ARCHIVED)
    answer = await region.changed("PATCH", f"/assessments/{made['id']}", {"analysis": "Efterklok."})
    assert (answer.status_code, rules(answer)) == (409, {"I1"})
    assert await region.found(f"/assessments/{made['id']}") == made


async def test_a_change_is_conditional_and_signed(world: World) -> None:
    goal = await goal_at_su(world)
    made = await world.caller().made("/assessments", assessment(goal, grade="partly", measures="Omtag."))
    board = world.caller("SU", Role.REPORTER)
    path = f"/assessments/{made['id']}"
    assert (await board.send("PATCH", path, {"grade": "achieved"})).status_code == 428
    stale = await board.tag(path)
    answer = await board.changed("PATCH", path, {"grade": "achieved"})
    changed = answer.json()
    assert (answer.status_code, changed["grade"], changed["measures"]) == (200, "achieved", "Omtag.")
    assert (made["assessed_by"], changed["assessed_by"]) == ("VGR-administrator", "SU-reporter")
    assert changed["assessed_at"] > made["assessed_at"]
    assert answer.headers["etag"] == await board.tag(path) != stale
    late = await board.send("PATCH", path, {"grade": "partly"}, headers={"If-Match": stale})
    assert late.status_code == 412
    assert (await board.found(path))["grade"] == "achieved"


async def test_two_changes_at_once_lose_none(world: World) -> None:
    goal = await goal_at_su(world)
    board = world.caller("SU", Role.REPORTER)
    made = await board.made("/assessments", assessment(goal))
    path = f"/assessments/{made['id']}"
    tag = {"If-Match": await board.tag(path)}
    answers = await asyncio.gather(*(board.send("PATCH", path, {"analysis": f"{i}"}, headers=tag) for i in range(3)))
    assert sorted(a.status_code for a in answers) == [200, 412, 412]


async def test_a_change_obeys_the_rules_and_can_not_move_it(world: World) -> None:
    goal = await goal_at_su(world)
    board = world.caller("SU", Role.REPORTER)
    made = await board.made("/assessments", assessment(goal))
    path = f"/assessments/{made['id']}"
    answer = await board.changed("PATCH", path, {"grade": "on_plan", "status": "paused"})
    assert (answer.status_code, rules(answer)) == (422, {"F1", "F3"})
    assert codes(await board.changed("PATCH", path, {"grade": None})) == {"": "says_nothing"}
    moved = await board.changed("PATCH", path, {"unit": "NU", "period": "2027-T2"})
    assert codes(moved) == {"/unit": "extra_forbidden", "/period": "extra_forbidden"}
    assert await board.found(path) == made


async def test_who_may_not(world: World, other_region: Any) -> None:
    goal = await goal_at_su(world)
    reader, neighbour = world.caller("SU", Role.READER), world.caller("NU", Role.REPORTER)
    stranger = world.caller(region=other_region)
    answer = await refused(reader, world, assessment(goal))
    assert (answer.status_code, answer.json()["rule"]) == (403, "B1")
    assert codes(await refused(neighbour, world, assessment(goal))) == {"/unit": "unknown_unit"}
    above = await refused(world.caller("SU", Role.REPORTER), world, assessment(goal, "VGR"))
    assert (above.status_code, above.json()["rule"]) == (403, "B1")
    made = await world.caller().made("/assessments", assessment(goal))
    path, stale = f"/assessments/{made['id']}", {"If-Match": '"1"'}
    assert (await reader.changed("PATCH", path, {"grade": "partly"})).status_code == 403
    for hidden in (neighbour, stranger):
        assert (await hidden.send("GET", path)).status_code == 404
        assert (await hidden.send("PATCH", path, {"grade": "partly"}, headers=stale)).status_code == 404
        assert (await hidden.found("/assessments"))["items"] == []
    assert await world.caller().found(path) == made


async def test_a_key_that_is_limited_to_an_indicator_does_not_assess(world: World) -> None:
    region = world.caller()
    measure = await region.indicator("Väntetid", unit_of_measure="dagar")
    made = await region.made("/assessments", assessment(measure, "VGR", "2027-03", analysis="Kortare."))
    async with world.database.unit_of_work(world.region.id) as uow:
        scopes = [f"indicator:{measure['measure']['code']}"]
        key = await create_api_key(
            uow, world.region.principal(), name="catalogue", unit="VGR", role=Role.REPORTER, scopes=scopes
        )
    limited = Caller(world.http, key.plaintext)
    path = f"/assessments/{made['id']}"
    assert await limited.found(path) == made
    for answer in (
        await limited.send("POST", "/assessments", assessment(measure, "VGR", "2027-04", analysis="Längre.")),
        await limited.changed("PATCH", path, {"analysis": "Längre."}),
    ):
        assert (answer.status_code, answer.json()["rule"]) == (403, "B1")
    assert await world.count("assessments") == 1


async def test_what_a_unit_left_behind_is_history(world: World) -> None:
    region = world.caller()
    activity = await activity_at_su(world)
    await region.made("/allocations", {"node": activity["id"], "unit": "SU-OM"})
    made = await region.made("/assessments", assessment(activity, "SU-OM", "2027-04", status="ongoing"))
    tag = {"If-Match": await region.tag(f"/assessments/{made['id']}")}
    async with world.database.unit_of_work(world.region.id) as uow:
        leave = "update org_placements set valid = daterange(lower(valid), '2026-01-01') where unit_id = any(:u)"
        left = [world.region.unit_ids[code] for code in ("SU-F2", "SU-OM", "SU-VH")]
        await uow.session.execute(text(leave), {"u": left})
    answer = await region.send("PATCH", f"/assessments/{made['id']}", {"analysis": "Efterklok."}, headers=tag)
    assert answer.status_code == 404
    answer = await region.send("POST", "/assessments", assessment(activity, "SU-OM", "2027-05", status="ongoing"))
    assert codes(answer) == {"/node": "unknown_node", "/unit": "unknown_unit"}


async def test_an_assessment_of_a_unit_above_is_not_seen_from_below(world: World) -> None:
    goal = await goal_at_su(world)
    region = world.caller()
    made = [await region.made("/assessments", assessment(goal, unit)) for unit in ("VGR", "SU", "SU-F2")]
    seen = (await world.caller("SU", Role.READER).found("/assessments"))["items"]
    assert {a["id"] for a in seen} == {made[1]["id"], made[2]["id"]}


async def test_assessments_are_filtered_and_paged_by_period(world: World) -> None:
    goal, activity = await goal_at_su(world), await activity_at_su(world)
    region = world.caller()
    for unit in ("SU", "VGR"):
        for period in ("2027-T2", "2027-T1"):
            await region.made("/assessments", assessment(goal, unit, period))
    await region.made("/assessments", assessment(activity, "SU-F2", "2027-05", status="ongoing"))

    async def found(**wanted: Any) -> list[tuple[str, str]]:
        return [(a["unit"], a["period"]) for a in (await region.found("/assessments", **wanted))["items"]]

    everything = await found()
    assert everything == [
        ("SU", "2027-T1"),
        ("VGR", "2027-T1"),
        ("SU-F2", "2027-05"),
        ("SU", "2027-T2"),
        ("VGR", "2027-T2"),
    ]
    su, below = [everything[0], everything[3]], [everything[0], everything[2], everything[3]]
    unit_id = str(world.region.unit_ids["SU"])
    for named in ("SU", "code:SU", unit_id):
        assert await found(unit=named) == su
        assert await found(under=named) == below
    assert await found(node=activity["id"]) == await found(column="aktivitet") == [("SU-F2", "2027-05")]
    assert await found(period="2027-T2") == everything[3:]
    assert await found(module="VGSP") == []
    assert await found(module="VGPU", unit="VGR", period="2027-T1") == [("VGR", "2027-T1")]
    pages: list[Any] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await region.found("/assessments", limit=2, **cursor)
        pages.append([(a["unit"], a["period"]) for a in page["items"]])
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert pages == [everything[:2], everything[2:4], everything[4:]]


async def test_filters_that_are_none(world: World) -> None:
    region = world.caller()
    assert codes(await region.send("GET", "/assessments", period="2027-Q1")) == {"period": "period_format"}
    assert (await region.send("GET", "/assessments", grade="partly")).status_code == 422
    assert (await region.send("GET", "/assessments", unit="NOWHERE")).status_code == 404
    assert (await region.send("GET", "/assessments", under="NOWHERE")).status_code == 404
    for missing in ("0198c3a0-0000-7000-8000-000000000000", "x"):
        assert (await region.send("GET", f"/assessments/{missing}")).status_code in {404, 422}
