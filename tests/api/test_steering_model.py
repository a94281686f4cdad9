"""/regions/self, /modules and /keyword-groups: what a client needs to know of a region before it plans there."""

from typing import Any

import pytest

from app.domain.access import Role
from app.domain.steering_model import Column
from app.regions.loader import load_region
from app.services.model_cache import steering_model
from tests.api.planning import World, add_units, codes

VGR = load_region("vgr")
LOCAL_TO_SU = {g.name for g in VGR.keyword_groups if g.unit == "SU-F"}
SHARED = [g.name for g in VGR.keyword_groups if g.unit is None]


async def test_the_region_and_the_caller(world: World) -> None:
    found = await world.caller("SU", Role.REPORTER).found("/regions/self")
    assert (found["id"], found["code"], found["board_level"]) == (str(world.region.id), world.region.code, "board")
    assert [level["code"] for level in found["levels"]] == list(VGR.model.levels)
    assert [level["position"] for level in found["levels"]] == list(range(len(VGR.model.levels)))
    assert [(level["name"], level["name_en"]) for level in found["levels"]] == [
        VGR.model.level_names[code] for code in VGR.model.levels
    ]
    assert found["viewer"] == {
        "subject": "SU-reporter",
        "role": "reporter",
        "groups": ["reporter"],
        "unit": "SU",
        "whole_region": False,
        "permissions": [
            "allocations:write",
            "assessments:write",
            "corrections:decide",
            "nodes:write",
            "outcomes:write",
            "read",
        ],
        "scopes": [],
    }
    top = (await world.caller().found("/regions/self"))["viewer"]
    assert (top["role"], top["whole_region"]) == ("administrator", True)
    assert set(top["permissions"]) > set(found["viewer"]["permissions"])


async def test_another_regions_credential_sees_its_own(world: World, other_region: Any) -> None:
    assert (await world.caller(region=other_region).found("/regions/self"))["code"] == other_region.code


async def test_modules_carry_every_property_of_their_columns(world: World) -> None:
    found = (await world.caller("SU", Role.READER).found("/modules"))["items"]
    assert [m["code"] for m in found] == [m.code for m in VGR.model.modules]
    for shown, module in zip(found, VGR.model.modules, strict=True):
        assert (shown["name"], shown["name_en"]) == (module.name, module.name_en)
        assert [c["code"] for c in shown["columns"]] == [c.code for c in module.columns]
        for column, expected in zip(shown["columns"], module.columns, strict=True):
            assert {k: column[k] for k in Column.model_fields} == expected.model_dump(mode="json")
            scale = VGR.model.scale(expected)
            assert column["scale"] == (None if scale is None else scale.model_dump(mode="json"))
    links = {(link.source, link.target) for link in VGR.model.module_links}
    assert {(m["code"], target) for m in found for target in m["links_to"]} == links
    assert {(source, m["code"]) for m in found for source in m["links_from"]} == links


async def test_ids_are_those_of_the_rows(world: World) -> None:
    async with world.database.unit_of_work(world.region.id) as uow:
        loaded = await steering_model(uow)
    for module in (await world.caller().found("/modules"))["items"]:
        assert module["id"] == str(loaded.module_ids[module["code"]])
        for column in module["columns"]:
            assert column["id"] == str(loaded.column_ids[module["code"], column["code"]])


async def test_a_module_by_code_and_by_id(world: World) -> None:
    region = world.caller()
    [module] = (await region.found("/modules", code="VGSP"))["items"]
    assert await region.found("/modules/code:VGSP") == module == await region.found(f"/modules/{module['id']}")
    assert (await region.found("/modules/code:VGSP/columns"))["items"] == module["columns"]
    assert (await region.found("/modules", code="NONE"))["items"] == []
    for unknown in ("code:NONE", "NONE", "0198c3a0-0000-7000-8000-000000000000"):
        for path in (f"/modules/{unknown}", f"/modules/{unknown}/columns"):
            assert (await region.send("GET", path)).status_code == 404


@pytest.mark.parametrize("path", ["/modules", "/modules/code:VGPU/columns", "/keyword-groups"])
async def test_lists_come_in_pages(world: World, path: str) -> None:
    region = world.caller()
    whole = (await region.found(path, limit=500))["items"]
    assert len(whole) > 1
    found: list[Any] = []
    cursor: dict[str, Any] = {}
    while True:
        answer = await region.send("GET", path, limit=2, **cursor)
        page = answer.json()
        assert (page["next"] is not None) == ('rel="next"' in answer.headers.get("link", ""))
        assert 0 < len(page["items"]) <= 2
        found += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == whole
    for wrong in ({"cursor": "x"}, {"limit": 0}, {"limit": 501}):
        assert list(codes(await region.send("GET", path, **wrong))) == list(wrong)
    assert (await region.send("GET", path, nothing="1")).status_code == 422


@pytest.mark.parametrize("path", ["/modules", "/modules/code:VGPU", "/modules/code:VGPU/columns", "/keyword-groups"])
async def test_what_has_not_changed_is_not_sent_again(world: World, path: str) -> None:
    reader = world.caller("SU", Role.READER)
    answer = await reader.send("GET", path, headers={"If-None-Match": await reader.tag(path)})
    assert (answer.status_code, answer.content) == (304, b"")


async def test_keyword_groups_with_their_keywords_in_order(world: World) -> None:
    region = world.caller()
    found = (await region.found("/keyword-groups", limit=500))["items"]
    assert {(g["name"], g["unit"]) for g in found} == {(g.name, g.unit) for g in VGR.keyword_groups}
    assert [g["name"] for g in found].index("Måluppfyllelse") > [g["name"] for g in found].index("Beslutat i")
    [goals] = [g for g in found if g["name"] == "Måluppfyllelse"]
    [shipped] = [g for g in VGR.keyword_groups if g.name == "Måluppfyllelse"]
    assert [k["text"] for k in goals["keywords"]] == list(shipped.keywords)
    assert await region.found(f"/keyword-groups/{goals['id']}") == goals
    assert (await region.send("GET", "/keyword-groups/0198c3a0-0000-7000-8000-000000000000")).status_code == 404


async def test_keyword_groups_of_a_column(world: World) -> None:
    region = world.caller()
    for module in VGR.model.modules:
        names = {name for c in module.columns for name in (*c.keyword_groups, *c.local_keyword_groups)}
        found = (await region.found("/keyword-groups", module=module.code, limit=500))["items"]
        assert {g["name"] for g in found} == names
    column = VGR.model.modules[0].columns[1]
    found = (await region.found("/keyword-groups", module="VGPU", column=column.code, limit=500))["items"]
    assert {g["name"] for g in found} == {*column.keyword_groups, *column.local_keyword_groups}
    refused: tuple[dict[str, Any], ...] = (
        {"module": "NONE"},
        {"column": "none"},
        {"module": "VGI", "column": column.code},
    )
    for wrong in refused:
        assert (await region.send("GET", "/keyword-groups", **wrong)).status_code == 404


async def test_local_groups_apply_where_they_are_local_and_below(world: World) -> None:
    region = world.caller()

    async def at(unit: str) -> list[str]:
        return [g["name"] for g in (await region.found("/keyword-groups", unit=unit, limit=500))["items"]]

    await add_units(world.database, world.region, (("SU-O", "SU-F", "area"),))
    assert set(await at("SU-O")) == set(await at("SU-F")) == {*SHARED, *LOCAL_TO_SU}
    assert set(await at("SU")) == set(await at("NU")) == set(SHARED)
    assert await at(str(world.region.unit_ids["SU-F"])) == await at("code:SU-F") == await at("SU-F")
    assert (await region.send("GET", "/keyword-groups", unit="NOWHERE")).status_code == 404


async def test_local_groups_are_seen_by_those_who_see_their_unit(world: World) -> None:
    [local] = [
        g for g in (await world.caller().found("/keyword-groups", limit=500))["items"] if g["name"] == "Nyckelord SU"
    ]
    board = (await world.caller("SU", Role.READER).found("/keyword-groups", limit=500))["items"]
    assert {g["name"] for g in board if g["unit"]} == LOCAL_TO_SU
    neighbour = world.caller("NU", Role.READER)
    seen = (await neighbour.found("/keyword-groups", limit=500))["items"]
    assert {g["unit"] for g in seen} <= {None, "NU-F"}
    assert (await neighbour.send("GET", f"/keyword-groups/{local['id']}")).status_code == 404
    assert (await neighbour.send("GET", "/keyword-groups", unit="SU-F")).status_code == 404
