"""Responsibilities without a person, and what a synchronisation would make of them (B3)."""

from typing import Any

import pytest
from sqlalchemy import text

from app.domain.access import Role
from tests.api.planning import GOAL, YEAR, Caller, World, codes
from tests.people import make_user

ORPHANED = "/responsibilities/orphaned"
PREVIEW = "/directory/sync-preview"
ROLE = "Övergripande ansvar"


async def node_with(world: World, *responsible: tuple[str, str], unit: str = "SU") -> str:
    """A node of the unit, allocated to its administration, with these (unit, sub) answering for it."""
    admin = world.caller()
    goal = await admin.send("GET", "/nodes", module="VGPU", column="mal")
    found = goal.json()["items"]
    parent = found[0]["id"] if found else (await admin.node("mal", "VGR", GOAL))["id"]
    node: str = (await admin.node("verksamhetsmal", unit, f"Korta köerna {len(responsible)} {unit}", parent))["id"]
    await admin.made("/allocations", {"items": [{"node": node, "unit": f"{unit}-F"}]})
    said = {"items": [{"unit": u, "role": ROLE, "subject": s} for u, s in responsible]}
    put = await admin.changed("PUT", f"/nodes/{node}/responsibilities", said)
    assert put.status_code == 200, put.text
    return node


async def people(world: World, **held: str) -> None:
    for subject, memberships in held.items():
        await make_user(
            world.database, world.region, subject, *memberships.split(), active=not subject.startswith("ex")
        )


async def orphaned(caller: Caller, **wanted: Any) -> dict[str, str]:
    return {item["subject"]: item["reason"] for item in (await caller.found(ORPHANED, **wanted))["items"]}


@pytest.fixture
async def some(world: World) -> World:
    await people(
        world,
        boss="chef@SU",
        here="anvandare@SU-F",
        below="verksamhetsstod@SU-F",
        other="anvandare@NU",
        ex="anvandare@SU",
        narrow="anvandare@SU:VGI",
        twin="anvandare@SU",
    )
    subjects = ("boss", "below", "other", "ex", "narrow", "nobody")
    await node_with(world, *(("SU", s) for s in subjects), ("SU-F", "here"))
    return world


async def test_who_is_not_there_any_more(some: World) -> None:
    found = await some.caller().found(ORPHANED)
    expected = {"ex": "left", "narrow": "no_access", "nobody": "unknown", "other": "no_access"}
    assert {item["subject"]: item["reason"] for item in found["items"]} == expected
    first = found["items"][0]
    assert (first["unit"], first["owner"], first["module"], first["year"]) == ("SU", "SU", "VGPU", YEAR)
    by = {item["subject"]: [(s["subject"], s["because"]) for s in item["successors"]] for item in found["items"]}
    assert by["nobody"] == [("boss", "leads_unit")]
    assert by["ex"] == [("boss", "leads_unit"), ("twin", "same_group")]


async def test_support_of_a_board_is_not_there_for_the_whole_region(world: World) -> None:
    """One level up, but never the top: as the permission itself."""
    await people(world, support="verksamhetsstod@SU")
    admin = world.caller()
    goal = await admin.node("mal", "VGR", GOAL)
    said = {"items": [{"unit": "VGR", "role": ROLE, "subject": "support"}]}
    await admin.changed("PUT", f"/nodes/{goal['id']}/responsibilities", said)
    assert await orphaned(admin) == {"support": "no_access"}


async def test_filters_pages_and_reach(some: World) -> None:
    admin = some.caller()
    assert await orphaned(admin, reason="left") == {"ex": "left"}
    assert await orphaned(admin, subject="nobody") == {"nobody": "unknown"}
    assert len(await orphaned(admin, under="SU", module="VGPU", year=YEAR)) == 4
    assert await orphaned(admin, unit="SU-F") == {}
    assert await orphaned(admin, module="VGI") == {}
    assert await orphaned(admin, year=YEAR + 1) == {}
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await admin.found(ORPHANED, limit=3, **cursor)
        seen += [item["subject"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == ["ex", "narrow", "nobody", "other"]
    assert len(await orphaned(some.caller("SU", Role.READER))) == 4
    for outside in ("NU", "SU-F"):
        assert await orphaned(some.caller(outside)) == {}
    assert (await some.caller("NU").send("GET", ORPHANED, unit="SU")).status_code == 404
    assert (await admin.send("GET", ORPHANED, reason="bored")).status_code == 422


async def test_graphql_tells_the_same(some: World) -> None:
    admin = some.caller()
    fields = "unitCode role subject reason title year successors { subject name because message }"
    seen, after = [], ""
    while True:
        call = f'orphanedResponsibilities(under: "SU", first: 3{after})'
        asked = {"query": f"{{ {call} {{ nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}"}
        headers = {"Authorization": f"Bearer {admin.token}", "Accept-Language": "en"}
        found = (await some.http.post("/graphql", json=asked, headers=headers)).json()["data"][
            "orphanedResponsibilities"
        ]
        seen += found["nodes"]
        if not found["pageInfo"]["hasNextPage"]:
            break
        after = f', after: "{found["pageInfo"]["endCursor"]}"'
    rest = (await admin.found(ORPHANED))["items"]
    names = {"unitCode": "unit"}
    assert [{names.get(k, k): v for k, v in each.items() if k != "successors"} for each in seen] == [
        {k: each[k] for k in ("unit", "role", "subject", "reason", "title", "year")} for each in rest
    ]
    keys = ("subject", "name", "because", "message")
    assert [each["successors"] for each in seen] == [
        [{key: s[key] for key in keys} for s in each["successors"]] for each in rest
    ]


async def test_names_are_for_those_who_may_see_users(some: World) -> None:
    told = (await some.caller("SU", Role.READER).found(ORPHANED, subject="nobody"))["items"][0]["successors"]
    assert [(s["subject"], s["name"]) for s in told] == [("boss", None)]
    told = (await some.caller().found(ORPHANED, subject="nobody"))["items"][0]["successors"]
    assert [(s["subject"], s["name"]) for s in told] == [("boss", "boss")]


async def test_what_is_archived_needs_nobody(some: World) -> None:
    async with some.database.unit_of_work(some.region.id) as uow:
        await uow.session.execute(text("update plan_versions set status = 'archived'"))
    assert await orphaned(some.caller()) == {}


async def changes(world: World) -> list[Any]:
    """All that a preview must leave as it was."""
    tables = ("users", "directory_users", "directory_groups", "directory_group_members", "memberships", "licences")
    async with world.database.unit_of_work(world.region.id, read_only=True) as uow:
        return [
            (await uow.session.execute(text(f"select * from {table} order by 1, 2, 3"))).all()
            for table in (*tables, "audit_entries")
        ]


async def test_a_preview_says_what_will_be_orphaned_and_changes_nothing(world: World) -> None:
    await people(world, kim="chef@SU-F", boss="chef@SU", stay="anvandare@SU-F")
    await node_with(world, ("SU-F", "kim"), ("SU-F", "stay"))
    admin, before = world.caller(), await changes(world)
    told = await admin.made(PREVIEW, {"people": [{"user_name": "KIM", "active": False}, {"user_name": "ny"}]})
    assert {k: v for k, v in told.items() if k != "orphaned"} == {
        "received": 2,
        "new": 1,
        "leaving": 1,
        "returning": 0,
        "moving": 0,
        "licences": {"total": None, "used": 3},
        "used_after": 3,
        "orphaned_count": 1,
        "warnings": [],
    }
    (lost,) = told["orphaned"]
    assert (lost["subject"], lost["reason"], lost["unit"]) == ("kim", "left", "SU-F")
    assert [(s["subject"], s["because"]) for s in lost["successors"]] == [("boss", "leads_above")]
    assert await changes(world) == before
    assert await orphaned(admin) == {}


async def test_a_preview_of_moves_and_groups(world: World) -> None:
    await people(world, kim="chef@SU-F", other="titta@NU")
    await node_with(world, ("SU-F", "kim"), ("SU-F", "other"))
    admin = world.caller()
    async with world.database.unit_of_work(world.region.id) as uow:
        await uow.session.execute(
            text("insert into directory_users (region_id, user_id) select region_id, id from users")
        )
    tag = await admin.tag("/directory/mapping")
    body = {"groups": [{"directory_group": "Läsare", "group": "titta", "unit": "SU"}], "departments": []}
    await admin.send("PUT", "/directory/mapping", body, headers={"If-Match": tag})
    assert await orphaned(admin) == {"other": "no_access"}
    before = await changes(world)
    # By moving to another administration kim loses what was given in the old one, by hand.
    told = await admin.made(PREVIEW, {"people": [{"user_name": "kim", "department": "KU-F"}]})
    assert (told["moving"], [o["subject"] for o in told["orphaned"]]) == (1, ["kim"])
    # With a group that reads there, all is well.
    told = await admin.made(PREVIEW, {"people": [{"user_name": "kim", "department": "KU-F", "groups": ["läsare"]}]})
    assert (told["moving"], told["orphaned"]) == (1, [])
    # Who is not named, where all are, leaves.
    told = await admin.made(PREVIEW, {"people": [{"user_name": "other"}], "complete": True})
    assert (told["leaving"], [o["subject"] for o in told["orphaned"]]) == (1, ["kim"])
    assert await changes(world) == before


async def test_a_preview_counts_licences(world: World) -> None:
    await people(world, kim="chef@SU", ex="titta@SU")
    admin = world.caller()
    assert (await admin.changed("PATCH", "/licences", {"total": 1})).status_code == 200
    told = await admin.made(PREVIEW, {"people": [{"user_name": "ex"}, {"user_name": "ny"}]})
    assert (told["returning"], told["new"], told["licences"], told["used_after"]) == (1, 1, {"total": 1, "used": 1}, 3)
    assert [w["rule"] for w in told["warnings"]] == ["B4"]


async def test_a_preview_is_for_who_looks_after_all_users(world: World) -> None:
    assert (await world.caller("SU").send("POST", PREVIEW, {"people": []})).status_code == 403
    wrong = await world.caller().send("POST", PREVIEW, {"people": [{"user_name": "a b"}, {"name": "x"}]})
    assert wrong.status_code == 422
    assert {"/people/0/user_name", "/people/1/user_name", "/people/1/name"} <= set(codes(wrong))
