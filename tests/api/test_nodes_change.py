"""PATCH and DELETE /nodes/{id}: preconditions, the rules asked again, what stands in the way."""

import asyncio
from typing import Any

from sqlalchemy import text

from app.domain.access import Role
from app.domain.plan_versions import PlanStatus
from tests.api.planning import FOCUS, GOAL, REASON, World, codes, rules, warned

DATES = {"start_date": "2027-01-11", "end_date": "2027-06-30"}


async def test_a_change_needs_the_version_that_was_read(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    path = f"/nodes/{goal['id']}"
    assert (await region.send("PATCH", path, {"description": "Ny"})).status_code == 428
    old = await region.tag(path)
    changed = await region.send("PATCH", path, {"description": "Ny"}, headers={"If-Match": old})
    assert changed.status_code == 200
    assert changed.json()["description"] == "Ny"
    assert changed.headers["etag"] == await region.tag(path) != old
    stale = await region.send("PATCH", path, {"description": "Nyast"}, headers={"If-Match": old})
    assert stale.status_code == 412
    assert stale.json()["type"] == "/problems/stale"
    assert (await region.send("DELETE", path, headers={"If-Match": old})).status_code == 412
    assert (await region.found(path))["description"] == "Ny"


async def test_two_changes_of_one_version_end_as_one(world: World) -> None:
    region = world.caller()
    path = f"/nodes/{(await region.node('mal', 'VGR', GOAL))['id']}"
    tag = {"If-Match": await region.tag(path)}
    answers = await asyncio.gather(
        *(region.send("PATCH", path, {"description": d}, headers=tag) for d in ("A", "B", "C"))
    )
    assert sorted(a.status_code for a in answers) == [200, 412, 412]


async def test_merge_patch_leaves_sets_and_takes_away(world: World) -> None:
    region = world.caller()
    made = await region.node("aktivitet", "SU-F2", "Utbilda i videosamtal", description="Först", **DATES)
    path = f"/nodes/{made['id']}"
    answer = await region.send(
        "PATCH",
        path,
        {"description": None, "status": "ongoing", "periodicity": "tertial", "end_date": "2027-09-30"},
        headers={"If-Match": await region.tag(path), "Content-Type": "application/merge-patch+json"},
    )
    after = answer.json()
    assert (after["description"], after["status"], after["periodicity"]) == (None, "ongoing", "tertial")
    assert (after["start_date"], after["end_date"], after["title"]) == ("2027-01-11", "2027-09-30", made["title"])
    for patch, pointer in (({"title": None}, "/title"), ({"status": None}, "/status"), ({"id": "x"}, "/id")):
        assert set(codes(await region.changed("PATCH", path, patch))) == {pointer}


async def test_a_new_title_is_compared_like_a_new_node(world: World) -> None:
    region = world.caller()
    await region.node("mal", "VGR", GOAL)
    own = await region.node("mal", "SU", "Patienter är medskapare i vårdens utformning", justification=REASON)
    path = f"/nodes/{own['id']}"
    refused = await region.changed("PATCH", path, {"title": "Vård ska ges jämlikt i hela Västra Götalandsregionen"})
    assert refused.status_code == 409
    assert rules(refused) == {"N2"}
    unjustified = await region.changed("PATCH", path, {"justification": None})
    assert unjustified.status_code == 422
    assert rules(unjustified) == {"N2"}
    assert (await region.found(path))["title"] == own["title"]
    kept = await region.changed("PATCH", path, {"title": "Patienter är medskapare i hela vården"})
    assert kept.status_code == 200
    assert [n["id"] for n in (await region.found("/nodes", search="hela vården"))["items"]] == [own["id"]]


async def test_dates_are_checked_against_parents_and_children(world: World) -> None:
    region = world.caller()
    activity = await region.node("aktivitet", "SU-F2", "Inför gemensam remissportal", **DATES)
    part = await region.node("delaktivitet", "SU-OM", "Anslut området", activity["id"], **DATES)
    shorter = await region.changed("PATCH", f"/nodes/{activity['id']}", {"end_date": "2027-03-31"})
    assert warned(shorter.json()) == {"K6"}
    longer = await region.changed("PATCH", f"/nodes/{part['id']}", {"end_date": "2027-07-31"})
    assert warned(longer.json()) == {"K6"}
    undated = await region.changed("PATCH", f"/nodes/{part['id']}", {"end_date": None})
    assert (undated.status_code, rules(undated)) == (422, {"K5"})


async def test_only_an_activity_has_a_status(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    answer = await region.changed("PATCH", f"/nodes/{goal['id']}", {"status": "ongoing", "measure": {}})
    assert codes(answer) == {"/status": "status_unwanted", "/measure": "measure_unwanted"}


async def test_what_is_above_is_seen_but_not_changed(world: World) -> None:
    goal = await world.caller().node("mal", "VGR", GOAL)
    board = world.caller("SU", Role.REPORTER)
    for answer in (
        await board.changed("PATCH", f"/nodes/{goal['id']}", {"description": "Vår"}),
        await board.changed("DELETE", f"/nodes/{goal['id']}"),
        await board.send("PUT", f"/nodes/{goal['id']}/keywords", {"keywords": []}, headers={"If-Match": '"1"'}),
    ):
        assert answer.status_code == 403
        assert answer.json()["rule"] == "B1"
    own = await world.caller().node("mal", "NU", "Ännu bättre mat", justification=REASON)
    hidden = await board.send("PATCH", f"/nodes/{own['id']}", {"title": "Vår"}, headers={"If-Match": '"1"'})
    assert hidden.status_code == 404


async def test_an_archived_plan_is_not_changed(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    await set_status(world, PlanStatus.ARCHIVED)
    path = f"/nodes/{goal['id']}"
    answers = [
        await region.changed("PATCH", path, {"title": "Ny"}),
        await region.changed("DELETE", path),
        await region.changed("PUT", f"{path}/keywords", {"keywords": []}),
        await region.changed("PUT", f"{path}/responsibilities", {"items": []}),
        await region.send("POST", "/allocations", {"node": goal["id"], "unit": "SU"}),
    ]
    assert [(a.status_code, rules(a)) for a in answers] == [(409, {"V3"})] * len(answers)
    assert (await region.found(path))["title"] == GOAL


async def set_status(world: World, status: PlanStatus) -> None:
    async with world.database.unit_of_work(world.region.id) as uow:
        await uow.session.execute(text("update plan_versions set status = :s"), {"s": status.value})


async def test_deleting_takes_links_and_allocations_along(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    focus = await region.node("fokusomrade", "VGR", FOCUS, goal["id"])
    await region.made("/allocations", {"node": goal["id"], "units": ["SU", "NU"]})
    before = await region.tag(f"/nodes/{focus['id']}")
    answer = await region.changed("DELETE", f"/nodes/{goal['id']}")
    assert answer.status_code == 200
    assert answer.json() == {"id": goal["id"], "warnings": []}
    assert (await region.send("GET", f"/nodes/{goal['id']}")).status_code == 404
    assert (await world.count("allocations"), await world.count("node_links")) == (0, 0)
    orphan = await region.send("GET", f"/nodes/{focus['id']}")
    assert orphan.json()["parents"] == []
    assert orphan.headers["etag"] != before


async def test_the_last_parent_of_a_sub_activity_stays(world: World) -> None:
    region = world.caller()
    first = await region.node("aktivitet", "SU-F2", "Inför gemensam remissportal", **DATES)
    second = await region.node("aktivitet", "SU-F2", "Se över schemamodellen", **DATES)
    part = await region.node("delaktivitet", "SU-F2", "Anslut området", first["id"], second["id"], **DATES)
    assert (await region.changed("DELETE", f"/nodes/{first['id']}")).status_code == 200
    answer = await region.changed("DELETE", f"/nodes/{second['id']}")
    assert (answer.status_code, rules(answer)) == (409, {"K2"})
    assert (await region.found(f"/nodes/{part['id']}"))["parents"] == [second["id"]]


async def test_two_parents_deleted_at_once_leave_one(world: World) -> None:
    region = world.caller()
    activities = [
        await region.node("aktivitet", "SU-F2", title, **DATES) for title in ("Inför portal", "Se över scheman")
    ]
    part = await region.node("delaktivitet", "SU-F2", "Anslut", *(x["id"] for x in activities), **DATES)
    paths = [f"/nodes/{x['id']}" for x in activities]
    tags = [await region.tag(p) for p in paths]
    answers = await asyncio.gather(
        *(region.send("DELETE", p, headers={"If-Match": t}) for p, t in zip(paths, tags, strict=True))
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    assert len((await region.found(f"/nodes/{part['id']}"))["parents"]) == 1


async def test_a_child_is_born_while_its_parent_dies(world: World) -> None:
    """Either the parent goes first and the child has none to stand under, or the child holds it in place."""
    region = world.caller()
    activity = await region.node("aktivitet", "SU-F2", "Inför gemensam remissportal", **DATES)
    path = f"/nodes/{activity['id']}"
    tag = await region.tag(path)
    wish = {
        "module": "VGPU",
        "year": 2027,
        "column": "delaktivitet",
        "unit": "SU-F2",
        "title": "Anslut området",
        "parents": [activity["id"]],
        **DATES,
    }
    born, died = await asyncio.gather(
        region.send("POST", "/nodes", wish), region.send("DELETE", path, headers={"If-Match": tag})
    )
    assert (born.status_code, died.status_code) in {(201, 409), (422, 200)}, (born.text, died.text)
    assert await world.count("nodes") == (2 if born.status_code == 201 else 0)


async def test_what_others_have_built_on_goes_only_by_force(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    await region.made("/allocations", {"node": goal["id"], "unit": "SU"})
    board = world.caller("SU", Role.REPORTER)
    theirs = await board.node("verksamhetsmal", "SU", "Alla remisser bedöms inom fem arbetsdagar", goal["id"])
    path = f"/nodes/{goal['id']}"
    answer = await region.changed("DELETE", path)
    assert (answer.status_code, rules(answer)) == (409, {"A5"})
    assert [c["id"] for c in answer.json()["errors"][0]["facts"]["children"]] == [theirs["id"]]
    reporter = world.caller("VGR", Role.REPORTER)
    assert (await reporter.changed("DELETE", path, force="true")).status_code == 403
    forced = await region.changed("DELETE", path, force="true")
    assert forced.status_code == 200
    assert warned(forced.json()) == {"A5"}


async def test_an_assessed_node_is_history(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    await assess(world, goal["id"], "VGR")
    answer = await region.changed("DELETE", f"/nodes/{goal['id']}", force="true")
    assert (answer.status_code, rules(answer)) == (409, {"A5"})
    assert answer.json()["errors"][0]["facts"]["assessments"] == 1


async def assess(world: World, node: Any, unit: str) -> None:
    async with world.database.unit_of_work(world.region.id) as uow:
        await uow.session.execute(
            text(
                "insert into assessments (region_id, id, node_id, unit_id, period, period_start, period_end, grade,"
                " assessed_by, created_by, updated_by) values (:r, gen_random_uuid(), :n, :u, '2027-T1', '2027-01-01',"
                " '2027-04-30', 'partly', 'test', 'test', 'test')"
            ),
            {"r": world.region.id, "n": node, "u": world.region.unit_ids[unit]},
        )
