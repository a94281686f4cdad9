"""GET /nodes: filters, order, pages; and that what one may not see is absent everywhere."""

from typing import Any

import pytest

from app.domain.access import Role
from tests.api.planning import FOCUS, GOAL, REASON, World, codes


async def small_plan(world: World) -> dict[str, str]:
    """A goal with a focus area, allocated to SU; one goal of SU's own and one of NU's."""
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL, keywords=[str(await world.keyword("Beslutat i"))])
    focus = await region.node("fokusomrade", "VGR", FOCUS, goal["id"])
    await region.made("/allocations", {"items": [{"node": n, "unit": "SU"} for n in (goal["id"], focus["id"])]})
    own = await region.node("mal", "SU", "Ökad delaktighet för anhöriga", justification=REASON)
    theirs = await region.node("mal", "NU", "Ännu bättre mat på avdelningarna", justification=REASON)
    return {"goal": goal["id"], "focus": focus["id"], "own": own["id"], "theirs": theirs["id"]}


async def found(world: World, ids: dict[str, str], *, unit: str = "VGR", **params: Any) -> list[str]:
    names = {v: k for k, v in ids.items()}
    page = await world.caller(unit, Role.READER).found("/nodes", **params)
    return [names[node["id"]] for node in page["items"]]


async def test_filters(world: World) -> None:
    ids = await small_plan(world)
    assert await found(world, ids) == ["focus", "goal", "theirs", "own"]
    assert await found(world, ids, sort="-title") == ["own", "theirs", "goal", "focus"]
    assert await found(world, ids, sort="created_at") == ["goal", "focus", "own", "theirs"]
    assert await found(world, ids, column="fokusomrade") == ["focus"]
    assert await found(world, ids, module="VGI") == []
    assert await found(world, ids, year=2026) == []
    assert await found(world, ids, keyword="Regionfullmäktiges budget") == ["goal"]
    assert await found(world, ids, parent=ids["goal"]) == ["focus"]
    assert await found(world, ids, search="JÄMLIK kvinno") == ["focus"]
    assert await found(world, ids, search="100% säkert_") == []
    assert await found(world, ids, owner="SU") == ["own"]
    assert await found(world, ids, owner="code:NU") == ["theirs"]


async def test_unit_filter_is_own_and_allocated(world: World) -> None:
    ids = await small_plan(world)
    page = await world.caller().found("/nodes", unit="SU")
    assert {n["id"] for n in page["items"]} == {ids["goal"], ids["focus"], ids["own"]}
    by_id = await world.caller().found("/nodes", unit=str(world.region.unit_ids["SU"]))
    assert by_id["items"] == page["items"]


async def test_one_sees_ones_own_line_and_what_is_allocated_to_it(world: World) -> None:
    ids = await small_plan(world)
    assert await found(world, ids, unit="SU-OM") == ["focus", "goal", "own"]
    assert await found(world, ids, unit="NU") == ["focus", "goal", "theirs"]
    hidden = await world.caller("NU", Role.READER).send("GET", f"/nodes/{ids['own']}")
    assert hidden.status_code == 404
    for part in ("links", "allocations", "keywords", "responsibilities", "similar"):
        answer = await world.caller("NU", Role.READER).send("GET", f"/nodes/{ids['own']}/{part}")
        assert answer.status_code == 404, part


async def test_another_region_sees_nothing(world: World, other_region: Any) -> None:
    ids = await small_plan(world)
    stranger = world.caller(region=other_region)
    assert (await stranger.found("/nodes"))["items"] == []
    assert (await stranger.found("/links"))["items"] == []
    assert (await stranger.found("/allocations"))["items"] == []
    assert (await stranger.send("GET", f"/nodes/{ids['goal']}")).status_code == 404


async def test_pages_cover_everything_once(world: World) -> None:
    ids = await small_plan(world)
    region, seen, cursor = world.caller(), list[str](), dict[str, Any]()
    while True:
        answer = await region.send("GET", "/nodes", limit=3, sort="-title", **cursor)
        page = answer.json()
        seen += [n["id"] for n in page["items"]]
        if page["next"] is None:
            break
        assert 'rel="next"' in answer.headers["link"]
        cursor = {"cursor": page["next"]}
    assert seen == [ids[k] for k in ("own", "theirs", "goal", "focus")]
    foreign = await region.send("GET", "/nodes", limit=3, sort="title", cursor=cursor["cursor"])
    assert foreign.status_code == 422


async def test_a_list_is_not_sent_twice(world: World) -> None:
    await small_plan(world)
    region = world.caller()
    first = await region.send("GET", "/nodes")
    again = await region.send("GET", "/nodes", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"modul": "VGPU"}, 422),
        ({"module": "INGEN"}, 422),
        ({"column": "ingen"}, 422),
        ({"year": "tjugo"}, 422),
        ({"limit": 501}, 422),
        ({"sort": "status"}, 422),
        ({"parent": "inget"}, 422),
        ({"unit": "INGEN"}, 404),
    ],
)
async def test_unknown_filters_are_told(world: World, params: dict[str, Any], status: int) -> None:
    answer = await world.caller().send("GET", "/nodes", **params)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if status == 422:
        assert set(codes(answer)) == set(params)


async def test_a_page_of_nodes_takes_few_statements(world: World, count_queries: Any) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL)

    async def cost() -> int:
        with count_queries() as counter:
            await region.found("/nodes", limit=500)
        return len(counter)

    one = await cost()
    for title in ("Färre köer", "Bättre hälsa", "Mer forskning", "Kortare väg"):
        await region.node("fokusomrade", "VGR", title, goal["id"])
    assert await cost() == one
