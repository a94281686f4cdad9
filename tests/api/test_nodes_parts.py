"""/nodes/{id}/keywords, /responsibilities, /similar, /links, /allocations."""

from app.domain.access import Role
from tests.api.planning import FOCUS, GOAL, REASON, YEAR, World, codes, rules

ROLE = "Övergripande ansvar"


async def test_keywords_are_replaced_whole(world: World) -> None:
    region = world.caller()
    decided, strategy = await world.keyword("Beslutat i"), await world.keyword("Strategier")
    goal = await region.node("mal", "VGR", GOAL, keywords=[str(decided)])
    path = f"/nodes/{goal['id']}/keywords"
    before = await region.tag(f"/nodes/{goal['id']}")
    assert await region.tag(path) == before
    answer = await region.changed("PUT", path, {"keywords": [str(strategy), str(strategy)]})
    assert answer.status_code == 200, answer.text
    assert [k["group"] for k in answer.json()["items"]] == ["Strategier"]
    assert (await region.found(f"/nodes/{goal['id']}"))["keywords"] == answer.json()["items"]
    stale = await region.send("PUT", path, {"keywords": []}, headers={"If-Match": before})
    assert stale.status_code == 412
    assert (await region.send("PUT", path, {"keywords": []})).status_code == 428
    barred = await region.changed("PUT", path, {"keywords": [str(await world.keyword("Uppdrag"))]})
    assert (barred.status_code, rules(barred)) == (422, {"N6"})
    emptied = await region.changed("PUT", path, {"keywords": []})
    assert emptied.json()["items"] == []


async def test_local_keywords_stay_in_their_part_of_the_tree(world: World) -> None:
    region = world.caller()
    local = str(await world.keyword("Nyckelord SU"))
    at_region = await region.node("mal", "VGR", GOAL)
    answer = await region.changed("PUT", f"/nodes/{at_region['id']}/keywords", {"keywords": [local]})
    assert codes(answer) == {"/keywords/0": "keyword_group_not_of_unit"}


async def test_each_unit_names_its_own_people(world: World) -> None:
    region, su, nu = world.caller(), world.caller("SU", Role.REPORTER), world.caller("NU", Role.REPORTER)
    goal = await region.node("mal", "VGR", GOAL)
    await region.made("/allocations", {"node": goal["id"], "units": ["SU", "NU"]})
    path = f"/nodes/{goal['id']}/responsibilities"
    for who, unit in ((su, "SU"), (nu, "NU")):
        body = {"items": [{"unit": unit, "role": ROLE, "subject": f"person-{unit}"}]}
        answer = await who.changed("PUT", path, body)
        assert answer.status_code == 200, answer.text
    everyone = (await region.found(path))["items"]
    assert [(r["unit"], r["subject"]) for r in everyone] == [("NU", "person-NU"), ("SU", "person-SU")]
    assert [r["unit"] for r in (await su.found(path))["items"]] == ["SU"]
    await su.changed("PUT", path, {"items": []})
    assert [r["unit"] for r in (await region.found(path))["items"]] == ["NU"]


async def test_responsibilities_that_are_none(world: World) -> None:
    region = world.caller()
    own = await region.node("mal", "SU", "Patienter är medskapare i vårdens utformning", justification=REASON)
    path = f"/nodes/{own['id']}/responsibilities"
    wrong = {
        "items": [
            {"unit": "SU", "role": "Ingen roll", "subject": "a"},
            {"unit": "NU", "role": ROLE, "subject": "a"},
            {"unit": "INGEN", "role": ROLE, "subject": "a"},
        ]
    }
    answer = await region.changed("PUT", path, wrong)
    assert codes(answer) == {
        "/items/0/role": "unknown_role",
        "/items/1/unit": "node_not_at_unit",
        "/items/2/unit": "unknown_unit",
    }
    twice = {"items": [{"unit": "SU", "role": ROLE, "subject": "a"}] * 2}
    assert codes(await region.changed("PUT", path, twice)) == {"/items": "duplicate"}
    stale = await region.send("PUT", path, {"items": []}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    reader = await world.caller("SU", Role.READER).changed("PUT", path, {"items": []})
    assert reader.status_code == 403


async def test_similar_nodes_come_with_their_score(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", "Sjukvårdens köer ska kortas och tillgängligheten ska öka")
    other = await region.node("mal", "VGR", "Sjukvårdens köer ska kortas inom psykiatrin")
    await region.node("mal", "VGR", "Medarbetarnas arbetsmiljö ska förbättras")
    [found] = (await region.found(f"/nodes/{goal['id']}/similar"))["items"]
    assert (found["id"], found["verdict"], found["reason"]) == (other["id"], "unlike", None)
    assert 60 < found["score"] < 75
    thought = {"title": "Köer ska kortas och tillgänglighet öka i sjukvården", "module": "VGPU", "year": YEAR}
    compared = await region.made("/nodes/similar", thought)
    assert compared["items"][0]["id"] == goal["id"]
    assert compared["items"][0]["verdict"] == "alike"
    opposite = await region.made("/nodes/similar", thought | {"title": "Sjukvårdens köer ska minska"})
    assert {r["reason"] for r in opposite["items"]} <= {None, "opposite"}
    unknown = await region.send("POST", "/nodes/similar", {"title": "Något", "module": "X", "year": 2031})
    assert codes(unknown) == {"/module": "unknown_module", "/year": "unknown_year"}


async def test_links_and_allocations_of_a_node(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)
    focus = await region.node("fokusomrade", "VGR", FOCUS, goal["id"])
    below = await region.node("verksamhetsmal", "SU", "Alla remisser bedöms", focus["id"])
    await region.made("/allocations", {"items": [{"node": n["id"], "unit": "SU"} for n in (goal, focus)]})
    links = (await region.found(f"/nodes/{focus['id']}/links"))["items"]
    assert [(x["parent"]["id"], x["child"]["id"]) for x in links] == [
        (goal["id"], focus["id"]),
        (focus["id"], below["id"]),
    ]
    assert links[0]["parent"] == {
        "id": goal["id"],
        "title": GOAL,
        "module": "VGPU",
        "column": "mal",
        "unit": "VGR",
    }
    [told] = (await region.found(f"/nodes/{focus['id']}/allocations"))["items"]
    assert (told["unit"], told["origin"], told["title"]) == ("SU", "allocated", FOCUS)
    # NU sees the goal above it, but not what SU has put under it, nor what SU has been given.
    nu = world.caller("NU", Role.READER)
    assert len((await nu.found(f"/nodes/{focus['id']}/links"))["items"]) == 1
    assert (await nu.found(f"/nodes/{focus['id']}/allocations"))["items"] == []
