"""/units: the tree as it stands and as it stood, and the part of it that a credential sees (B2)."""

from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.db.session import Database
from app.domain.access import Role
from app.services.calendar_day import today
from tests.api.conftest import ClientFor
from tests.api.planning import World
from tests.conftest import TestRegion

MOVED_ON = date(2025, 7, 1)
# SU-F is VGR's own, the others are the test's.
BELOW_SU = {"SU", "SU-F", "SU-F2", "SU-OM", "SU-VH"}


async def move(world: World, code: str, under: str, on: date) -> None:
    """The unit hangs under another one from that day on."""
    ids = {"u": world.region.unit_ids[code], "p": world.region.unit_ids[under], "d": on}
    async with world.database.unit_of_work(world.region.id) as uow:
        await uow.session.execute(
            text("update org_placements set valid = daterange(lower(valid), :d) where unit_id = :u"), ids
        )
        await uow.session.execute(
            text(
                "insert into org_placements (region_id, id, unit_id, parent_id, valid, created_by, updated_by)"
                " select region_id, gen_random_uuid(), :u, :p, daterange(:d, null), 'test', 'test'"
                " from org_units where id = :u"
            ),
            ids,
        )


async def codes(world: World, path: str, unit: str = "VGR", **params: Any) -> list[str]:
    found = await world.caller(unit, Role.READER).found(path, limit=500, **params)
    return [u["code"] for u in found["items"]]


async def subtree(world: World, code: str, **params: Any) -> dict[str, int]:
    found = await world.caller().found(f"/units/code:{code}/subtree", **params)
    return {u["code"]: u["depth"] for u in found["items"]}


async def test_a_unit_by_id_and_by_code(world: World) -> None:
    by_code = await world.caller().found("/units/code:SU")
    assert by_code == await world.caller().found(f"/units/{world.region.unit_ids['SU']}")
    assert (by_code["code"], by_code["level"], by_code["parent"]) == ("SU", "board", "VGR")
    assert (await world.caller().found("/units/code:VGR"))["parent"] is None


@pytest.mark.parametrize("key", ["code:NOWHERE", "code:", "SU", "code:su", "0", "code:" + "x" * 190, "%20"])
async def test_a_unit_that_is_not_there(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.get(f"/api/v1/units/{key}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


async def test_another_regions_units_are_not_there(client: httpx.AsyncClient, other_region: TestRegion) -> None:
    for path in ("", "/subtree"):
        answer = await client.get(f"/api/v1/units/{other_region.unit_ids['SU']}{path}")
        assert answer.status_code == 404
    answer = await client.get("/api/v1/units", params={"under": str(other_region.unit_ids["SU"])})
    assert answer.status_code == 404


async def test_filters_narrow_and_combine(world: World) -> None:
    assert len(await codes(world, "/units", level="board")) == 32
    assert await codes(world, "/units", code="SU") == ["SU"]
    assert await codes(world, "/units", under="code:SU", level="area") == ["SU-OM"]
    assert set(await codes(world, "/units", under="code:SU")) == BELOW_SU
    assert await codes(world, "/units", level="no-such-level") == []


async def test_a_subtree_comes_from_the_top_down(world: World) -> None:
    found = await subtree(world, "SU")
    assert found == {"SU": 0, "SU-F": 1, "SU-F2": 1, "SU-OM": 2, "SU-VH": 3}
    assert list(found.values()) == sorted(found.values())
    assert await subtree(world, "SU-VH") == {"SU-VH": 0}


async def test_the_tree_of_a_day_is_the_one_that_stood_then(world: World) -> None:
    await move(world, "SU-F2", "NU", MOVED_ON)
    assert set(await subtree(world, "SU", at="2025-06-30")) == BELOW_SU
    assert set(await subtree(world, "SU", at="2025-07-01")) == {"SU", "SU-F"}
    assert set(await subtree(world, "SU")) == {"SU", "SU-F"}
    assert set(await subtree(world, "NU")) >= {"SU-F2", "SU-OM", "SU-VH"}
    then, now = [await world.caller().found("/units/code:SU-F2", **q) for q in ({"at": "2025-06-30"}, {})]
    assert (then["parent"], now["parent"]) == ("SU", "NU")
    assert await codes(world, "/units", under="code:SU", at="2025-06-30", level="area") == ["SU-OM"]


async def test_before_the_tree_began_there_is_nothing(world: World) -> None:
    assert await codes(world, "/units", at="1900-01-01") == []
    assert (await world.caller().send("GET", "/units/code:SU", at="0001-01-01")).status_code == 404
    assert (await world.caller().send("GET", "/units/code:SU", at="9999-12-31")).status_code == 200


@pytest.mark.parametrize("at", ["today", "2025-02-30", "20250630", "2025-06-30T00:00:00", "0", "", "10000-01-01"])
async def test_a_day_that_is_none(client: httpx.AsyncClient, at: str) -> None:
    for path in ("/api/v1/units", "/api/v1/units/code:SU", "/api/v1/units/code:SU/subtree"):
        answer = await client.get(path, params={"at": at})
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "at")


async def test_one_sees_ones_own_part_and_what_is_above_it(world: World) -> None:
    assert set(await codes(world, "/units", "SU")) == BELOW_SU | {"VGR"}
    assert set(await codes(world, "/units", "SU-OM")) == {"VGR", "SU", "SU-F2", "SU-OM", "SU-VH"}
    reader = world.caller("SU", Role.READER)
    for code, status in (("VGR", 200), ("SU-VH", 200), ("NU", 404)):
        assert (await reader.send("GET", f"/units/code:{code}")).status_code == status
    assert (await reader.send("GET", "/units", under="code:NU")).status_code == 404
    # What is above is seen, what else hangs there is not.
    below_top = await reader.found("/units/code:VGR/subtree")
    assert {u["code"] for u in below_top["items"]} == BELOW_SU | {"VGR"}


async def test_what_was_moved_away_is_no_longer_seen(world: World) -> None:
    await move(world, "SU-F2", "NU", MOVED_ON)
    assert set(await codes(world, "/units", "SU")) == {"VGR", "SU", "SU-F"}
    assert {"SU-F2", "SU-OM"} <= set(await codes(world, "/units", "NU"))


async def test_a_unit_whose_credential_is_left_without_a_place_is_refused(
    client_for: ClientFor, database: Database, region: TestRegion
) -> None:
    gone = {"u": region.unit_ids["SU"], "d": today()}
    async with database.unit_of_work(region.id) as uow:
        children = "select count(*) from org_placements where parent_id = :u and valid @> cast(:d as date)"
        await uow.session.execute(
            text("update org_placements set valid = daterange(lower(valid), :d) where parent_id = :u"), gone
        )
        await uow.session.execute(
            text("update org_placements set valid = daterange(lower(valid), :d) where unit_id = :u"), gone
        )
        assert await uow.session.scalar(text(children), gone) == 0
    assert (await client_for(Role.READER, "SU").get("/api/v1/units")).status_code == 401


async def test_reads_are_tagged(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/units", "/api/v1/units/code:SU", "/api/v1/units/code:SU/subtree"):
        first = await client.get(path)
        again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
