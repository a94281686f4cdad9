"""/links: made, refused by each rule without a trace, taken away; and two requests at once."""

import asyncio
from typing import Any

from app.domain.access import Role
from app.domain.plan_versions import PlanStatus
from tests.api.planning import FOCUS, GOAL, REASON, YEAR, Caller, World, add_plan, codes, rules, warned

DATES = {"start_date": "2027-01-11", "end_date": "2027-06-30"}


async def strategy(region: Caller) -> list[Any]:
    """A chain of VGSP: strategy -> goal -> interim goal -> activity -> sub-activity."""
    chain: list[Any] = []
    for column, title, more in (
        ("strategi", "Strategi för god miljö", {}),
        ("overgripande_mal", "Minskad klimatpåverkan", {}),
        ("delmal", "Fossilfria transporter", {}),
        ("aktivitet", "Byt ut fordonen", DATES),
        ("delaktivitet", "Upphandla laddplatser", DATES),
    ):
        body = {"module": "VGSP", "year": YEAR, "column": column, "unit": "VGR", "title": title, **more}
        chain.append(await region.made("/nodes", body | {"parents": [c["id"] for c in chain[-1:]]}))
    return chain


async def test_a_link_is_made_and_taken_away(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    focus = await region.node("fokusomrade", "VGR", FOCUS)
    before = await region.tag(f"/nodes/{focus['id']}")
    answer = await region.send("POST", "/links", {"parent": goal["id"], "child": focus["id"]})
    assert answer.status_code == 201
    made = answer.json()
    [link] = made["items"]
    assert answer.headers["location"] == f"/api/v1/links/{link['id']}"
    assert (link["parent"]["id"], link["child"]["id"], link["year"]) == (goal["id"], focus["id"], YEAR)
    assert (made["chain"], made["followed"], made["warnings"]) == ([focus["id"]], 0, [])
    assert await region.tag(f"/nodes/{focus['id']}") != before
    assert (await region.found("/links", parent=goal["id"]))["items"] == [link]
    assert (await region.found("/links", child=goal["id"]))["items"] == []
    path = f"/links/{link['id']}"
    assert (await region.send("DELETE", path)).status_code == 428
    assert (await region.send("DELETE", path, headers={"If-Match": '"2"'})).status_code == 412
    assert (await region.changed("DELETE", path)).json() == {"id": link["id"], "warnings": []}
    assert (await region.send("GET", path)).status_code == 404
    assert (await region.found(f"/nodes/{focus['id']}"))["parents"] == []


async def test_several_children_are_linked_or_none(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    areas = [await region.node("fokusomrade", "VGR", t) for t in (FOCUS, "Förbättra hälsan i befolkningen")]
    other = await region.node("mal", "VGR", "Färre köer")
    ids = [a["id"] for a in areas]
    refused = await region.send("POST", "/links", {"parent": goal["id"], "children": [*ids, other["id"]]})
    assert (refused.status_code, rules(refused)) == (422, {"K1"})
    assert refused.json()["errors"][0]["pointer"] == "/children/2"
    twice = await region.send("POST", "/links", {"parent": goal["id"], "children": [ids[0], ids[0]]})
    assert (twice.status_code, rules(twice)) == (409, {"K7"})
    assert await world.count("node_links") == 0
    made = await region.made("/links", {"parent": goal["id"], "children": ids})
    assert [x["child"]["id"] for x in made["items"]] == ids


async def test_forms_that_are_none(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    for body in ({"parent": goal["id"]}, {"parent": goal["id"], "child": goal["id"], "children": [goal["id"]]}):
        assert codes(await region.send("POST", "/links", body)) == {"": "child_or_children"}
    assert codes(await region.send("POST", "/links", {"parent": "x", "child": goal["id"]})) == {
        "/parent": "uuid_parsing"
    }


async def test_nodes_of_another_region_are_not_there(world: World, other_region: Any) -> None:
    await add_plan(world.database, other_region, YEAR, PlanStatus.LIVE)
    theirs = await world.caller(region=other_region).node("mal", "VGR", GOAL)
    region = world.caller()
    focus = await region.node("fokusomrade", "VGR", FOCUS)
    answer = await region.send("POST", "/links", {"parent": theirs["id"], "child": focus["id"]})
    assert (answer.status_code, rules(answer)) == (422, {"K3"})
    assert await world.count("node_links") == 0


async def test_a_circle_and_another_years_plan_are_refused(world: World) -> None:
    await add_plan(world.database, world.region, 2028, PlanStatus.PLANNING)
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    focus = await region.node("fokusomrade", "VGR", FOCUS, goal["id"])
    later = await region.made(
        "/nodes", {"module": "VGPU", "year": 2028, "column": "fokusomrade", "unit": "VGR", "title": FOCUS}
    )
    circle = await region.send("POST", "/links", {"parent": focus["id"], "child": goal["id"]})
    assert circle.status_code in {409, 422}
    assert rules(circle) == {"K1", "K3"}
    itself = await region.send("POST", "/links", {"parent": goal["id"], "child": goal["id"]})
    assert "K3" in rules(itself)
    years = await region.send("POST", "/links", {"parent": goal["id"], "child": later["id"]})
    assert (years.status_code, rules(years)) == (422, {"K3"})
    assert await world.count("node_links") == 1


async def test_duplicates_are_refused_inherited_ones_too(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    focus = await region.node("fokusomrade", "VGR", FOCUS, goal["id"])
    own = await region.node("verksamhetsmal", "SU", "Alla remisser bedöms", focus["id"])
    for child in (focus, own):
        answer = await region.send("POST", "/links", {"parent": goal["id"], "child": child["id"]})
        assert (answer.status_code, rules(answer)) == (409, {"K7"})


async def test_two_requests_for_one_link(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    focus = await region.node("fokusomrade", "VGR", FOCUS)
    wish = {"parent": goal["id"], "child": focus["id"]}
    answers = await asyncio.gather(*(region.send("POST", "/links", wish) for _ in range(4)))
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]
    assert {frozenset(rules(a)) for a in answers if a.status_code == 409} == {frozenset({"K7"})}


async def test_the_last_parent_is_not_unlinked_not_even_by_two_at_once(world: World) -> None:
    region = world.caller()
    first = await region.node("aktivitet", "SU-F2", "Inför gemensam remissportal", **DATES)
    second = await region.node("aktivitet", "SU-F2", "Se över schemamodellen", **DATES)
    part = await region.node("delaktivitet", "SU-F2", "Anslut området", first["id"], second["id"], **DATES)
    links = (await region.found("/links", child=part["id"]))["items"]
    answers = await asyncio.gather(
        *(region.send("DELETE", f"/links/{x['id']}", headers={"If-Match": '"1"'}) for x in links)
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    assert rules(max(answers, key=lambda a: a.status_code)) == {"K2"}
    assert await world.count("node_links") == 1


async def test_vgsp_shows_in_vgpu_and_never_the_other_way(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    chain = await strategy(region)
    back = await region.send("POST", "/links", {"parent": chain[1]["id"], "child": goal["id"]})
    assert back.status_code == 422
    assert "M1" in rules(back)
    assert await world.count("node_links") == 4
    made = await region.made("/links", {"parent": goal["id"], "child": chain[3]["id"], "chain": True})
    assert made["chain"] == [chain[3]["id"], chain[4]["id"]]
    again = await region.send("POST", "/links", {"parent": goal["id"], "child": chain[3]["id"]})
    assert (again.status_code, rules(again)) == (409, {"M6"})
    advised = await region.made("/links", {"parent": goal["id"], "child": chain[2]["id"]})
    assert "M4" in warned(advised)
    gone = await region.changed("DELETE", f"/nodes/{goal['id']}")
    assert warned(gone.json()) == {"M5"}
    assert [(await region.found(f"/nodes/{c['id']}"))["title"] for c in chain] == [c["title"] for c in chain]


async def test_an_indicator_is_linked_when_it_is_approved(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    made = await region.indicator("Andel nöjda patienter", approved=False)
    wish = {"parent": goal["id"], "child": made["id"]}
    refused = await region.send("POST", "/links", wish)
    assert (refused.status_code, rules(refused)) == (409, {"M2"})
    await region.made(f"/indicators/{made['measure']['indicator']}/approve", None)
    linked = await region.made("/links", wish)
    assert linked["items"][0]["child"]["module"] == "VGI"
    assert (await region.found(f"/nodes/{made['id']}"))["approved"] is True


async def test_a_board_links_the_regions_indicator_under_its_own_goal(world: World) -> None:
    made = await world.caller().indicator("Andel nöjda patienter")
    goal = await world.caller().node("mal", "VGR", GOAL)
    board = world.caller("SU", Role.REPORTER)
    own = await board.node("mal", "SU", "Patienter är medskapare i vårdens utformning", justification=REASON)
    await board.made("/links", {"parent": own["id"], "child": made["id"]})
    theirs = await board.send("POST", "/links", {"parent": goal["id"], "child": made["id"]})
    assert (theirs.status_code, theirs.json()["rule"]) == (403, "B1")


async def test_an_indicator_linked_late_follows_its_goal(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    await region.made("/allocations", {"node": goal["id"], "units": ["SU", "NU"]})
    here, kept = (
        await region.indicator("Andel nöjda patienter"),
        await region.indicator("Andel av regionens resor", region_level_only=True),
    )
    made = await region.made("/links", {"parent": goal["id"], "children": [here["id"], kept["id"]]})
    assert made["followed"] == 2
    units = {x["unit"] for x in (await region.found("/allocations", node=here["id"]))["items"]}
    assert units == {"SU", "NU"}


async def test_a_reader_links_nothing(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    focus = await region.node("fokusomrade", "VGR", FOCUS)
    answer = await world.caller(role=Role.READER).send("POST", "/links", {"parent": goal["id"], "child": focus["id"]})
    assert answer.status_code == 403
