"""/corrections: held, listed, accepted or declined; nothing of a locked period changes before that (I7, R6)."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.db.queries.corrections import HOLD, SUPERSEDE
from app.domain.access import Role
from app.domain.identity import new_id
from tests.api.figures import COUNTED, history, make_indicators, row
from tests.api.planning import Caller, World, codes, rules
from tests.api.test_period_locks import lock

INBOX = "/corrections"


@pytest.fixture
async def locked(world: World) -> World:
    """An outcome of 1 at SU in August, locked."""
    await make_indicators(world)
    await world.caller("SU", Role.REPORTER).made("/outcome-imports", [row()])
    await lock(world.caller())
    return world


async def hold(world: World, value: int, *, unit: str = "SU", period: str = "2027-08", is_new: bool = False) -> UUID:
    """A correction as an import sets it aside."""
    async with world.database.unit_of_work(world.region.id) as uow:
        indicator = (await uow.session.execute(text("select id from indicators where code = 'CNT-1'"))).scalar_one()
        place = {
            "region_id": world.region.id,
            "indicator_ids": [indicator],
            "unit_ids": [world.region.unit_ids[unit]],
            "periods": [period],
            "sexes": ["T"],
            "values_": [Decimal(value)],
            "numerators": [None],
            "denominators": [None],
            "statuses": [None],
            "comments": ["rättad"],
            "proposed_by": "sender",
        }
        await uow.session.execute(SUPERSEDE, place)
        made = new_id()
        standing = {f"standing_{n}": [None] for n in ("numerators", "denominators", "statuses", "comments")}
        await uow.session.execute(
            HOLD,
            {
                **place,
                **standing,
                "ids": [made],
                "are_new": [is_new],
                "standing_values": [None if is_new else Decimal(1)],
                "source": "manual",
                "import_id": None,
            },
        )
    return made


async def value(world: World, **where: Any) -> Any:
    found = await world.caller().found("/outcomes", indicator=COUNTED, **(where or {"unit": "code:SU"}))
    return [(i["value"], i["comment"], i["recorded_by"]) for i in found["items"]]


async def test_it_is_listed_and_changes_nothing(locked: World) -> None:
    held = await hold(locked, 5)
    assert await value(locked) == [(1, None, "SU-reporter")]
    admin = locked.caller()
    [item] = (await admin.found(INBOX, state="held", mine=True, indicator=COUNTED, unit="SU", period="2027-08"))[
        "items"
    ]
    assert item == item | {
        "id": str(held),
        "indicator": COUNTED,
        "unit": "SU",
        "state": "held",
        "proposed": {"value": 5, "numerator": None, "denominator": None, "status": None, "comment": "rättad"},
        "proposed_by": "sender",
        "decided_at": None,
    }
    assert item["standing"]["value"] == 1
    assert await admin.found(f"{INBOX}/{held}") == item
    assert (await admin.found(INBOX, state="declined"))["items"] == []
    assert len((await admin.found(INBOX, under="VGR"))["items"]) == 1


async def test_accepted_it_becomes_the_outcome_and_history_keeps_what_stood(locked: World) -> None:
    held = await hold(locked, 5)
    done = await locked.caller().made(f"{INBOX}/{held}/accept", {"reason": "Avstämt"})
    assert (done["state"], done["decided_by"], done["proposed_by"]) == ("accepted", "VGR-administrator", "sender")
    assert await value(locked) == [(5, "rättad", "VGR-administrator")]
    [kept] = await history(locked)
    assert (kept.value, kept.recorded_by, kept.replaced_by) == (1, "SU-reporter", "VGR-administrator")
    again = await locked.caller().send("POST", f"{INBOX}/{held}/accept", {})
    assert (again.status_code, rules(again)) == (409, {"I7"})


async def test_one_that_did_not_stand_is_shown_so_and_accepted(locked: World) -> None:
    held = await hold(locked, 9, period="2027-07", is_new=True)
    assert (await locked.caller().found(f"{INBOX}/{held}"))["standing"] is None
    await locked.caller().made(f"{INBOX}/{held}/accept", {})
    assert [v for v, _, _ in await value(locked)] == [9, 1]


async def test_declined_the_outcome_stays(locked: World) -> None:
    held = await hold(locked, 5)
    assert (await locked.caller().send("POST", f"{INBOX}/{held}/decline", {})).status_code == 422
    done = await locked.caller().made(f"{INBOX}/{held}/decline", {"reason": "Fel enhet"})
    assert (done["state"], done["decision_reason"]) == ("declined", "Fel enhet")
    assert await value(locked) == [(1, None, "SU-reporter")]
    again = await locked.caller().send("POST", f"{INBOX}/{held}/accept", {})
    assert (again.status_code, rules(again)) == (409, {"I7"})


async def test_two_who_accept_at_once_write_it_once(locked: World) -> None:
    held = await hold(locked, 5)
    answers = await asyncio.gather(*(locked.caller().send("POST", f"{INBOX}/{held}/accept", {}) for _ in range(4)))
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]
    assert len(await history(locked)) == 1


async def test_one_accepts_while_another_declines(locked: World) -> None:
    held = await hold(locked, 5)
    admin = locked.caller()
    answers = await asyncio.gather(
        admin.send("POST", f"{INBOX}/{held}/accept", {}), admin.send("POST", f"{INBOX}/{held}/decline", {"reason": "x"})
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    state = (await admin.found(f"{INBOX}/{held}"))["state"]
    assert await value(locked) == [
        (5, "rättad", "VGR-administrator") if state == "accepted" else (1, None, "SU-reporter")
    ]


async def test_many_are_accepted_together_or_not_at_all(locked: World) -> None:
    admin = locked.caller()
    first, second = await hold(locked, 5), await hold(locked, 6, period="2027-07", is_new=True)
    declined = await hold(locked, 7, period="2027-06", is_new=True)
    await admin.made(f"{INBOX}/{declined}/decline", {"reason": "x"})
    ids = [str(first), str(second)]
    refused = await admin.send("POST", f"{INBOX}/accept", {"ids": [*ids, str(declined)]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (409, "/ids/2")
    unknown = await admin.send("POST", f"{INBOX}/accept", {"ids": [*ids, str(new_id()), ids[0]]})
    assert (unknown.status_code, codes(unknown)) == (422, {"/ids/2": "unknown_correction", "/ids/3": "duplicate"})
    assert [v for v, _, _ in await value(locked)] == [1]
    done = await admin.made(f"{INBOX}/accept", {"ids": ids})
    assert {i["state"] for i in done["items"]} == {"accepted"}
    assert [v for v, _, _ in await value(locked)] == [6, 5]


async def test_accepted_after_the_unlock(locked: World) -> None:
    held = await hold(locked, 5)
    admin = locked.caller()
    [standing] = (await admin.found("/period-locks"))["items"]
    await admin.made(f"/period-locks/{standing['id']}/unlock", {"reason": "x"})
    await admin.made(f"{INBOX}/{held}/accept", {})
    assert [v for v, _, _ in await value(locked)] == [5]


async def test_when_the_outcome_changes_meanwhile_it_is_superseded(locked: World) -> None:
    held = await hold(locked, 5)
    admin = locked.caller()
    [standing] = (await admin.found("/period-locks"))["items"]
    await admin.made(f"/period-locks/{standing['id']}/unlock", {"reason": "x"})
    await locked.caller("SU", Role.REPORTER).made("/outcome-imports", [row(value=4)])
    assert (await admin.found(f"{INBOX}/{held}"))["state"] == "superseded"
    late = await admin.send("POST", f"{INBOX}/{held}/accept", {})
    assert (late.status_code, rules(late)) == (409, {"I7"})
    assert [v for v, _, _ in await value(locked)] == [4]


async def test_a_later_correction_takes_the_place_of_the_one_that_waits(locked: World) -> None:
    first, same, other = await hold(locked, 5), await hold(locked, 5), await hold(locked, 6)
    items = (await locked.caller().found(INBOX))["items"]
    assert [(i["id"], i["state"]) for i in items] == [(str(first), "superseded"), (str(other), "held")]
    assert str(same) not in {i["id"] for i in items}


async def test_who_decides(locked: World) -> None:
    held = await hold(locked, 5)
    path = f"{INBOX}/{held}"
    board, below = locked.caller("SU", Role.REPORTER), locked.caller("SU-F2", Role.REPORTER)
    assert (await locked.caller("VGR", Role.READER).send("POST", f"{path}/accept", {})).status_code == 403
    assert (await below.send("GET", path)).status_code == 404
    assert (await below.send("POST", f"{path}/accept", {})).status_code == 404
    assert [i["id"] for i in (await board.found(INBOX))["items"]] == [str(held)]
    assert (await board.found(INBOX, mine=True))["items"] == []
    refused = await board.send("POST", f"{path}/accept", {})
    assert (refused.status_code, refused.json()["rule"]) == (403, "B1")
    await _name_responsible(locked, "SU-reporter")
    assert [i["id"] for i in (await board.found(INBOX, mine=True))["items"]] == [str(held)]
    assert (await board.made(f"{path}/accept", {}))["decided_by"] == "SU-reporter"


async def test_an_archived_year_takes_no_correction(locked: World) -> None:
    held = await hold(locked, 5)
    async with locked.database.unit_of_work(locked.region.id) as uow:
        await uow.session.execute(text("update plan_versions set status = 'archived' where year = 2027"))
    refused = await locked.caller().send("POST", f"{INBOX}/{held}/accept", {})
    assert (refused.status_code, rules(refused)) == (409, {"I9"})
    assert (await locked.caller().found(f"{INBOX}/{held}"))["state"] == "held"


async def test_another_region_sees_nothing_of_it(locked: World, other_region: Any) -> None:
    held = await hold(locked, 5)
    stranger: Caller = locked.caller(region=other_region)
    assert (await stranger.found(INBOX))["items"] == []
    assert (await stranger.send("POST", f"{INBOX}/{held}/accept", {})).status_code == 404


async def _name_responsible(world: World, subject: str) -> None:
    async with world.database.unit_of_work(world.region.id) as uow:
        await uow.session.execute(
            text(
                "insert into responsibilities (region_id, node_id, unit_id, role, subject)"
                " select n.region_id, n.id, :unit, 'x', :subject from nodes n"
                " join indicators i on i.region_id = n.region_id and i.id = n.indicator_id where i.code = 'CNT-1'"
            ),
            {"unit": world.region.unit_ids["SU"], "subject": subject},
        )


async def test_an_import_into_a_locked_period_is_set_aside_with_its_reason(locked: World) -> None:
    board = locked.caller("SU", Role.REPORTER)
    answer = await board.send(
        "POST", "/outcome-imports", [row(value=5), row(period="2027-09", value=3), row(period="2027-07")]
    )
    assert answer.status_code == 202, answer.text
    said = answer.json()
    assert (said["status"], said["imported"], said["updated"], said["held"]) == ("completed", 1, 0, 2)
    assert any("2027-T2 is locked" in w["message"] for w in said["warnings"])
    items = (await locked.caller().found(INBOX, state="held"))["items"]
    assert {(i["period"], i["proposed"]["value"], i["standing"] is None) for i in items} == {
        ("2027-08", 5, False),
        ("2027-07", 1, True),
    }
    assert {i["import_id"] for i in items} == {said["id"]}
    assert [v for v, _, _ in await value(locked)] == [1, 3]
    await locked.caller().made(f"{INBOX}/accept", {"ids": [i["id"] for i in items]})
    assert [v for v, _, _ in await value(locked)] == [1, 5, 3]
    again = await board.made("/outcome-imports", [row(value=5), row(period="2027-07")])
    assert (again["unchanged"], again["held"]) == (2, 0)
