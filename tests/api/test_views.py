"""Views over HTTP: who may set them, which one applies (B5)."""

from typing import Any
from uuid import uuid4

from fastapi import FastAPI

from app.settings import Settings
from tests.api.conftest import client_of, group_token
from tests.api.planning import World, codes

VIEWS = "/views"


def said(name: str, **more: Any) -> dict[str, Any]:
    return {"module": "VGPU", "name": name, "filter": {"columns": ["mal"]}, **more}


async def effective(world: World, app: FastAPI, settings: Settings, group: str, unit: str) -> str | None:
    async with client_of(app, Authorization=f"Bearer {group_token(settings, world.region, group, unit)}") as http:
        found = (await http.get("/api/v1/views/effective")).json()["view"]
        return None if found is None else str(found["name"])


async def test_the_most_specific_one_applies(world: World, app: FastAPI, settings: Settings) -> None:
    admin = world.caller()
    assert await effective(world, app, settings, "chef", "SU-F") is None
    await admin.made(VIEWS, said("alla"))
    await admin.made(VIEWS, said("chefer", permission_group="chef"))
    await admin.made(VIEWS, said("SU", unit="SU"))
    await admin.made(VIEWS, said("sjukhus", units=["SU-F", "NU"]))
    await admin.made(VIEWS, said("annan modul", unit="SU", module="VGI", filter={}))
    assert await effective(world, app, settings, "titta", "KU") == "alla"
    assert await effective(world, app, settings, "chef", "KU") == "chefer"
    assert await effective(world, app, settings, "chef", "SU") == "SU"
    assert await effective(world, app, settings, "chef", "SU-F") == "sjukhus"
    assert await effective(world, app, settings, "titta", "NU-F") == "sjukhus"
    assert (await admin.send("GET", f"{VIEWS}/effective", module="HEMMA")).status_code == 404


async def test_a_view_is_set_changed_and_taken_away(world: World) -> None:
    admin = world.caller()
    keyword = str(await world.keyword("Beslutat i"))
    body = said("SU", unit="SU", filter={"columns": ["mal"], "keywords": [keyword], "statuses": ["ongoing"]})
    made = await admin.made(VIEWS, body)
    assert (made["kind"], made["units"], made["filter"]) == ("unit", ["SU"], body["filter"])
    path = f"{VIEWS}/{made['id']}"
    changed = await admin.changed("PATCH", path, {"name": "Sahlgrenska", "filter": {"columns": []}})
    assert changed.status_code == 200, changed.text
    assert changed.json()["filter"] == {"columns": [], "keywords": [keyword], "statuses": ["ongoing"]}
    assert await admin.found(path) == changed.json()
    again = await admin.send("POST", VIEWS, said("igen", unit="SU"))
    assert (again.status_code, again.json()["rule"]) == (409, "B5")
    overlapping = await admin.send("POST", VIEWS, said("grupp", units=["SU", "NU"]))
    assert overlapping.status_code == 201
    assert (await admin.send("POST", VIEWS, said("grupp 2", units=["NU", "KU"]))).status_code == 409
    assert (await admin.send("DELETE", path, headers={"If-Match": '"1"'})).status_code == 412
    assert (await admin.changed("DELETE", path)).status_code == 204
    assert (await admin.send("GET", path)).status_code == 404
    assert [v["name"] for v in (await admin.found(VIEWS, module="VGPU", kind="unit_group"))["items"]] == ["grupp"]


async def test_what_a_view_can_not_say(world: World) -> None:
    wrong = {"columns": ["skostorlek"], "keywords": [str(uuid4())]}
    answer = await world.caller().send("POST", VIEWS, said("x", units=["SU", "HEMMA"], filter=wrong))
    assert codes(answer) == {
        "/units/1": "unknown_unit",
        "/filter/columns/0": "unknown_column",
        "/filter/keywords/0": "unknown_keyword",
    }
    others: list[dict[str, Any]] = [
        {"permission_group": "kung"},
        {"module": "HEMMA"},
        {"unit": "SU", "permission_group": "chef"},
        {"units": []},
    ]
    for more in others:
        assert (await world.caller().send("POST", VIEWS, said("x", **more))).status_code == 422


async def test_one_sets_views_where_one_may(world: World) -> None:
    part, whole = world.caller("SU"), world.caller()
    assert (await part.send("POST", VIEWS, said("alla"))).status_code == 403
    assert (await part.send("POST", VIEWS, said("chefer", permission_group="chef"))).status_code == 403
    assert (await part.send("POST", VIEWS, said("vgr", unit="VGR"))).status_code == 403
    assert (await part.send("POST", VIEWS, said("nu", unit="NU"))).status_code == 422  # not seen
    mine = await part.made(VIEWS, said("min", unit="SU-F"))
    shared = await whole.made(VIEWS, said("delad", units=["SU", "NU"]))
    far = await whole.made(VIEWS, said("borta", unit="NU"))
    seen = {v["name"]: v["units"] for v in (await part.found(VIEWS))["items"]}
    assert seen == {"min": ["SU-F"], "delad": ["SU"]}
    assert (await part.send("GET", f"{VIEWS}/{far['id']}")).status_code == 404
    change = await part.changed("PATCH", f"{VIEWS}/{shared['id']}", {"name": "min nu"})
    assert (change.status_code, change.json()["rule"]) == (403, "B1")  # it is for units out of sight, too
    assert (await part.changed("PATCH", f"{VIEWS}/{mine['id']}", {"name": "ny"})).status_code == 200
