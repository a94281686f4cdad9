"""/period-locks: set and lifted with a reason, by an administrator; what is locked is refused (R6)."""

import asyncio
from typing import Any

from app.domain.access import Role
from tests.api.planning import Caller, World, codes, rules
from tests.api.test_assessments import assessment, goal_at_su

LOCKS = "/period-locks"
LOCK = {"unit": "SU", "period": "2027-T2", "reason": "Klarmarkerad inför nämnden"}


async def lock(caller: Caller, **said: Any) -> Any:
    return await caller.made(LOCKS, {**LOCK, **said})


async def test_a_lock_is_set_read_listed_and_lifted(world: World) -> None:
    admin = world.caller()
    answer = await admin.send("POST", LOCKS, LOCK)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made == made | LOCK | {
        "what": "all",
        "source": "administrator",
        "locked_by": "VGR-administrator",
        "unlocked_at": None,
        "unlock_reason": None,
    }
    path = f"{LOCKS}/{made['id']}"
    assert answer.headers["location"] == f"/api/v1{path}"
    assert await admin.found(path) == made
    await lock(admin, period="2027-04", what="outcomes")
    assert [i["period"] for i in (await admin.found(LOCKS))["items"]] == ["2027-T2", "2027-04"]
    lifted = await admin.made(f"{path}/unlock", {"reason": "Fel siffror"})
    assert (lifted["unlocked_by"], lifted["unlock_reason"]) == ("VGR-administrator", "Fel siffror")
    in_force = await admin.found(LOCKS, in_force=True, unit="SU")
    assert [i["period"] for i in in_force["items"]] == ["2027-04"]
    assert [i["id"] for i in (await admin.found(LOCKS, in_force=False, under="SU"))["items"]] == [made["id"]]
    assert (await admin.found(LOCKS, period="2027-04", what="all"))["items"] == []
    again = await lock(admin)
    assert again["id"] != made["id"]


async def test_it_is_lifted_once_and_set_once(world: World) -> None:
    admin = world.caller()
    made = await lock(admin)
    twice = await admin.send("POST", LOCKS, LOCK)
    assert (twice.status_code, rules(twice)) == (409, {"R6"})
    assert twice.json()["errors"][0]["facts"]["lock"] == made["id"]
    await admin.made(f"{LOCKS}/{made['id']}/unlock", {"reason": "x"})
    again = await admin.send("POST", f"{LOCKS}/{made['id']}/unlock", {"reason": "x"})
    assert (again.status_code, rules(again)) == (409, {"R6"})


async def test_two_at_once_make_one_lock(world: World) -> None:
    admin = world.caller()
    answers = await asyncio.gather(*(admin.send("POST", LOCKS, LOCK) for _ in range(4)))
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]
    assert await world.count("period_locks") == 1


async def test_only_an_administrator_in_reach_locks_and_unlocks(world: World) -> None:
    made = await lock(world.caller())
    path = f"{LOCKS}/{made['id']}"
    for caller, status in (
        (world.caller("SU", Role.REPORTER), 403),
        (world.caller("VGR", Role.READER), 403),
        (world.caller("SU-F2"), 404),
    ):
        assert (await caller.send("POST", f"{path}/unlock", {"reason": "x"})).status_code == status
    below = world.caller("SU-F2")
    assert (await below.found(LOCKS))["items"] == []
    assert (await below.send("GET", path)).status_code == 404
    assert (await below.send("POST", LOCKS, LOCK)).status_code == 403
    assert (await world.caller("SU", Role.REPORTER).send("POST", LOCKS, LOCK)).status_code == 403
    assert (await world.caller("SU").made(f"{path}/unlock", {"reason": "x"}))["unlocked_by"] == "SU-administrator"


async def test_what_is_wrong_is_told_at_once(world: World) -> None:
    answer = await world.caller().send("POST", LOCKS, {"unit": "XX", "period": "2027-Q1", "reason": "x"})
    assert answer.status_code == 422
    assert codes(answer) == {"/unit": "unknown_unit", "/period": "period_format"}
    for reason in ("", "  ", "\u0000"):
        assert (await world.caller().send("POST", LOCKS, {**LOCK, "reason": reason})).status_code == 422


async def test_assessments_of_a_locked_period_are_refused_until_it_is_unlocked(world: World) -> None:
    goal = await goal_at_su(world)
    admin, board = world.caller(), world.caller("SU", Role.REPORTER)
    standing = await board.made("/assessments", assessment(goal, period="2027-T1"))
    locked = await lock(admin, period="2027")
    for answer in (
        await board.send("POST", "/assessments", assessment(goal, period="2027-T2")),
        await board.changed("PATCH", f"/assessments/{standing['id']}", {"analysis": "Ändrat i efterhand"}),
    ):
        assert (answer.status_code, rules(answer)) == (409, {"R6"}), answer.text
        assert answer.json()["errors"][0]["facts"]["lock"] == locked["id"]
    assert (await board.found(f"/assessments/{standing['id']}"))["analysis"] is None
    await admin.made(f"{LOCKS}/{locked['id']}/unlock", {"reason": "Rättelse"})
    await board.made("/assessments", assessment(goal, period="2027-T2"))


async def test_a_lock_holds_its_own_unit_its_own_periods_and_what_it_says(world: World) -> None:
    goal = await goal_at_su(world)
    board = world.caller("SU", Role.REPORTER)
    await lock(world.caller(), period="2027-T1")
    await lock(world.caller(), period="2027-T2", what="outcomes")
    await lock(world.caller(), unit="SU-F2", period="2027")
    await board.made("/assessments", assessment(goal, period="2027-T2"))
    await board.made("/assessments", assessment(goal, period="2027-T3"))
    refused = await board.send("POST", "/assessments", assessment(goal, "SU-F2", "2027-T3"))
    assert (refused.status_code, rules(refused)) == (409, {"R6"})
