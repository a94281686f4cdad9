"""/indicators: read, approved before they are linked (M2), held against targets that can be read."""

import asyncio
from typing import Any

import pytest

from app.domain.access import Role
from tests.api.figures import integration
from tests.api.planning import GOAL, World, rules
from tests.api.problem_answers import assert_problem

CODE = "IND-900"
PATH = f"/indicators/code:{CODE}"


async def made(world: World, *, approved: bool = False, **measure: Any) -> Any:
    words = {"code": CODE, **measure}
    return await world.caller().indicator("Andel besök som kommer i rätt tid", approved=approved, **words)


async def put(world: World, items: Any, tag: str | None = None, role: Role = Role.ADMINISTRATOR) -> Any:
    caller = world.caller("VGR", role)
    match = {"If-Match": tag or await caller.tag(PATH)}
    return await caller.send("PUT", f"{PATH}/targets", {"items": items}, headers=match)


async def test_by_id_by_code_and_by_key_in_the_catalogue(world: World) -> None:
    node = await made(world, input="catalogue", catalogue_key="on-time")
    by_code = await world.caller().found(PATH)
    assert by_code["id"] == node["measure"]["indicator"]
    for key in (by_code["id"], "code:on-time"):
        assert await world.caller().found(f"/indicators/{key}") == by_code
    for key in ("code:NO-SUCH", "on-time", "01a20000-0000-7000-8000-000000000000"):
        assert_problem(await world.caller().send("GET", f"/indicators/{key}"), 404, "not-found")


async def test_filters(world: World) -> None:
    admin = world.caller()
    await made(world, approved=True)
    await admin.indicator("Medelvårdtid", approved=False, code="CAT-9", input="catalogue", catalogue_key="los")

    async def found(**params: Any) -> list[str]:
        return [i["code"] for i in (await admin.found("/indicators", **params))["items"]]

    assert await found() == ["CAT-9", CODE]
    assert await found(code=CODE) == [CODE]
    assert await found(input="catalogue") == ["CAT-9"]
    assert await found(approved="true") == [CODE]
    assert await found(approved="false") == ["CAT-9"]
    assert await found(approved="false", input="manual") == []


async def test_m2_refused_until_approved(world: World) -> None:
    admin, node = world.caller(), await made(world)
    goal = await admin.node("mal", "VGR", GOAL)
    link = {"parent": goal["id"], "child": node["id"]}
    refused = await admin.send("POST", "/links", link)
    assert "M2" in rules(refused)
    approved = await admin.made(f"{PATH}/approve", None)
    assert approved["approved_at"]
    await admin.made("/links", link)


async def test_approved_twice_is_approved_once(world: World) -> None:
    admin = world.caller()
    await made(world)
    first = await admin.send("POST", f"{PATH}/approve")
    again = await admin.send("POST", f"{PATH}/approve")
    assert first.json() == again.json()
    assert first.headers["etag"] == again.headers["etag"]


@pytest.mark.parametrize(("unit", "role"), [("VGR", Role.READER), ("VGR", Role.REPORTER), ("SU", Role.ADMINISTRATOR)])
async def test_only_who_steers_the_region_approves_and_sets_targets(world: World, unit: str, role: Role) -> None:
    await made(world)
    caller = world.caller(unit, role)
    assert_problem(await caller.send("POST", f"{PATH}/approve"), 403, "forbidden")
    match = {"If-Match": await caller.tag(PATH)}
    refused = await caller.send("PUT", f"{PATH}/targets", {"items": []}, headers=match)
    assert_problem(refused, 403, "forbidden")
    assert (await world.caller().found(PATH))["approved_at"] is None


async def test_targets_are_read_out_of_what_is_printed(world: World) -> None:
    await made(world)
    items = [
        {"year": 2027, "printed": "Öka >1 %"},
        {"year": 2027, "unit": "SU", "printed": "<4,5 %"},
        {"year": 2026, "printed": "90 %"},
    ]
    answer = await put(world, items)
    assert answer.status_code == 200, answer.text
    assert [(t["year"], t["unit"], t["printed"], t["kind"], t["bound"]) for t in answer.json()["items"]] == [
        (2026, None, "90 %", "equal", 90),
        (2027, None, "Öka >1 %", "increase", 1),
        (2027, "SU", "<4,5 %", "less", 4.5),
    ]
    read = await world.caller().send("GET", f"{PATH}/targets")
    assert (read.json(), read.headers["etag"]) == (answer.json(), answer.headers["etag"])
    assert await world.caller().tag(PATH) == answer.headers["etag"]


async def test_targets_are_replaced_whole(world: World) -> None:
    await made(world)
    await put(world, [{"year": 2026, "printed": "Öka"}, {"year": 2027, "printed": "Öka"}])
    after = await put(world, [{"year": 2027, "printed": "Minska"}])
    assert [(t["year"], t["printed"]) for t in after.json()["items"]] == [(2027, "Minska")]
    assert (await put(world, [])).json() == {"items": []}


async def test_without_if_match_428_and_with_an_old_one_412(world: World) -> None:
    await made(world)
    said = {"items": [{"year": 2027, "printed": "Öka"}]}
    assert_problem(await world.caller().send("PUT", f"{PATH}/targets", said), 428, "precondition-required")
    old = await world.caller().tag(PATH)
    assert (await put(world, said["items"], old)).status_code == 200
    assert_problem(await put(world, [], old), 412, "stale")
    for odd in ('"0"', "W/" + await world.caller().tag(PATH), "x", '""'):
        assert_problem(await put(world, [], odd), 412, "stale")
    assert len((await world.caller().found(f"{PATH}/targets"))["items"]) == 1
    assert (await put(world, [], "*")).status_code == 200


async def test_two_who_set_targets_at_once(world: World) -> None:
    await made(world)
    tag = await world.caller().tag(PATH)
    answers = await asyncio.gather(*(put(world, [{"year": y, "printed": "Öka"}], tag) for y in range(2027, 2032)))
    assert sorted(a.status_code for a in answers) == [200, 412, 412, 412, 412]
    [won] = [a.json() for a in answers if a.status_code == 200]
    assert await world.caller().found(f"{PATH}/targets") == won


@pytest.mark.parametrize(
    ("items", "pointer", "code"),
    [
        ([{"year": 2027, "printed": "kanske"}], "/items/0/printed", "unreadable_target"),
        ([{"year": 2027, "printed": "Öka >1e400 %"}], "/items/0/printed", "unreadable_target"),
        ([{"year": 2027, "printed": "< NaN"}], "/items/0/printed", "unreadable_target"),
        ([{"year": 2027, "printed": "Öka"}, {"year": 2027, "printed": "Minska"}], "/items/1", "duplicate"),
        ([{"year": 2027, "printed": "Öka", "unit": "NOWHERE"}], "/items/0/unit", "unknown_unit"),
        ([{"year": 2027, "printed": "Öka", "unit": "SU\0"}], "/items/0/unit", "control_character"),
        ([{"year": 2027, "printed": "Öka\0"}], "/items/0/printed", "control_character"),
        ([{"year": 2027, "printed": ""}], "/items/0/printed", "blank"),
        ([{"year": 2027, "printed": "9" * 101}], "/items/0/printed", "string_too_long"),
        ([{"year": 20270, "printed": "Öka"}], "/items/0/year", "less_than_equal"),
        ([{"year": 2027}], "/items/0/printed", "missing"),
        ([{"year": 2027, "printed": "Öka"}] * 501, "/items", "too_long"),
        ({}, "/items", "list_type"),
    ],
)
async def test_targets_that_are_none(world: World, items: Any, pointer: str, code: str) -> None:
    await made(world)
    said = assert_problem(await put(world, items), 422, "invalid")
    assert [(e["pointer"], e["code"]) for e in said["errors"]] == [(pointer, code)]
    assert (await world.caller().found(f"{PATH}/targets"))["items"] == []


async def test_half_a_character_is_no_text(world: World) -> None:
    await made(world)
    headers = {"If-Match": await world.caller().tag(PATH), "Content-Type": "application/json"}
    headers |= {"Authorization": f"Bearer {world.caller().token}"}
    body = b'{"items": [{"year": 2027, "printed": "\\ud800", "unit": "\\udfff"}]}'
    answer = await world.http.put(f"/api/v1{PATH}/targets", content=body, headers=headers)
    said = assert_problem(answer, 422, "invalid")
    assert {e["pointer"] for e in said["errors"]} == {"/items/0/printed", "/items/0/unit"}


async def test_a_key_sees_the_indicators_of_its_scopes(world: World) -> None:
    await made(world, approved=True)
    await world.caller().indicator("Medelvårdtid", code="OTHER-1")
    key = await integration(world, f"indicator:{CODE}")
    assert [i["code"] for i in (await key.found("/indicators"))["items"]] == [CODE]
    for path in ("", "/targets", "/outcomes"):
        assert (await key.send("GET", f"{PATH}{path}")).status_code == 200
        assert_problem(await key.send("GET", f"/indicators/code:OTHER-1{path}"), 404, "not-found")


async def test_as_many_statements_for_many_targets_as_for_one(world: World, count_queries: Any) -> None:
    await made(world)
    units = [code for code in world.region.unit_ids if code != "VGR"]
    counted = []
    for wanted in (units[:1], units):
        with count_queries() as counter:
            answer = await put(world, [{"year": 2027, "unit": unit, "printed": "Öka"} for unit in wanted])
        assert len(answer.json()["items"]) == len(wanted)
        counted.append(len(counter))
    assert counted[0] == counted[1]


async def test_every_unknown_unit_is_named_at_once(world: World) -> None:
    await made(world)
    said = await put(world, [{"year": year, "unit": f"X{year}", "printed": "Öka"} for year in (2026, 2027)])
    assert [e["pointer"] for e in said.json()["errors"]] == ["/items/0/unit", "/items/1/unit"]
