"""People by SCIM: made, found, changed as Entra ID does it, deleted, brought back (B3)."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.db.session import Database
from app.settings import Settings
from tests.api.conftest import ClientFor, client_of, group_token
from tests.api.planning import GOAL, World
from tests.conftest import TestRegion
from tests.people import make_user
from tests.scim_client import ENTERPRISE, PATCH, USER, Directory, assert_scim_error

FULL = {
    "schemas": [USER, ENTERPRISE],
    "externalId": "0e5f-1",
    "userName": "kim.exempel@example.org",
    "active": True,
    "displayName": "Kim Exempel",
    "title": "Controller",
    "emails": [{"primary": True, "type": "work", "value": "kim.exempel@example.org"}],
    "name": {"formatted": "Kim Exempel", "givenName": "Kim", "familyName": "Exempel"},
    "phoneNumbers": [{"type": "work", "value": "010-1"}],
    ENTERPRISE: {"department": "SU", "employeeNumber": "1"},
}


async def rows(database: Database, region: TestRegion, statement: str, **more: Any) -> list[Any]:
    async with database.unit_of_work(region.id, read_only=True) as uow:
        return list((await uow.session.execute(text(statement), {"r": region.id, **more})).all())


async def test_a_user_is_made_as_entra_sends_it(directory: Directory, database: Database, region: TestRegion) -> None:
    answer = await directory.send("POST", "/Users", FULL)
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["content-type"].startswith("application/scim+json")
    assert answer.headers["location"] == made["meta"]["location"]
    assert answer.headers["etag"] == made["meta"]["version"]
    assert made["emails"] == FULL["emails"]
    assert made[ENTERPRISE] == {"department": "SU"}
    assert "title" not in made  # what nobody needs is not kept
    [row] = await rows(
        database, region, "select * from users u where u.region_id = :r and u.user_name = 'kim.exempel@example.org'"
    )
    assert (row.subject, row.external_id, row.name, row.email, row.active) == (
        "0e5f-1",
        "0e5f-1",
        "Kim Exempel",
        "kim.exempel@example.org",
        True,
    )
    assert row.unit_id == region.unit_ids["SU"]
    assert await directory.found(f"/Users/{made['id']}") == made


async def test_what_another_has_is_refused(directory: Directory) -> None:
    await directory.made("/Users", FULL)
    for same in ({**FULL, "externalId": "other", "userName": FULL["userName"].upper()}, {**FULL, "userName": "other"}):  # type: ignore[attr-defined]
        assert_scim_error(await directory.send("POST", "/Users", same), 409, "uniqueness")


@pytest.mark.parametrize(
    ("operations", "path", "value"),
    [
        ([{"op": "Replace", "path": "active", "value": "False"}], "active", False),
        ([{"op": "Replace", "value": {"active": "False"}}], "active", False),
        ([{"op": "Add", "path": "displayName", "value": "Kim E"}], "displayName", "Kim E"),
        ([{"op": "replace", "path": "name.givenName", "value": "Kimmo"}], "name.givenName", "Kimmo"),
        ([{"op": "Add", "value": {"name.familyName": "Ny", "displayName": "K N"}}], "name.familyName", "Ny"),
        (
            [{"op": "Replace", "path": 'emails[type eq "work"].value', "value": "n@example.org"}],
            "email",
            "n@example.org",
        ),
        ([{"op": "Add", "path": 'emails[type eq "home"].value', "value": "h@example.org"}], "emails.1.type", "home"),
        ([{"op": "Replace", "path": f"{ENTERPRISE}:department", "value": "NU"}], "department", "NU"),
        ([{"op": "Replace", "value": {f"{ENTERPRISE}:department": "NU"}}], "department", "NU"),
        ([{"op": "Add", "value": {ENTERPRISE: {"department": "NU"}}}], "department", "NU"),
        ([{"op": "Remove", "path": f"{ENTERPRISE}:department"}], "department", None),
        ([{"op": "Remove", "path": "name.givenName"}], "name.givenName", None),
        ([{"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "1"}], "active", True),
        ([{"op": "Replace", "path": "externalId", "value": "0e5f-2"}], "externalId", "0e5f-2"),
    ],
)
async def test_it_is_changed_as_entra_sends_it(
    operations: list[dict[str, Any]], path: str, value: Any, directory: Directory
) -> None:
    made = await directory.made("/Users", FULL)
    changed = await directory.patched(f"/Users/{made['id']}", *operations)
    assert await directory.found(f"/Users/{made['id']}") == changed
    short = {"email": "emails.0.value", "department": f"{ENTERPRISE}|department"}.get(path, path)
    found: Any = changed
    for step in short.split("|") if "|" in short else short.split("."):
        found = found[int(step)] if step.isdigit() else found.get(step) if found else None
    assert found == value


async def test_a_patch_that_can_not_be_done_changes_nothing(directory: Directory) -> None:
    made = await directory.made("/Users", FULL)
    path = f"/Users/{made['id']}"
    first = {"op": "Replace", "path": "displayName", "value": "Annan"}
    for wrong, keyword in (
        ({"op": "Replace", "path": "active", "value": "kanske"}, "invalidValue"),
        ({"op": "Replace", "path": "emails[type eq", "value": "x"}, "invalidPath"),
        ({"op": "Remove"}, "noTarget"),
        ({"op": "Byt", "path": "active", "value": True}, "invalidValue"),
        ({"op": "Remove", "path": "userName"}, "mutability"),
        ({"op": "Replace", "path": "id", "value": "1"}, "mutability"),
        ({"op": "Replace", "path": "userName", "value": "a\u0000b"}, "invalidValue"),
        ({"op": "Replace", "path": "userName", "value": "x" * 300}, "invalidValue"),
        ({"op": "Replace", "path": 'emails[type eq "work"].value', "value": "ingen adress"}, "invalidValue"),
    ):
        assert_scim_error(await directory.patch(path, first, wrong), 400, keyword)
    assert await directory.found(path) == made


async def test_to_take_back_what_was_said_of_being_active_wakes_nobody(
    directory: Directory, database: Database, region: TestRegion
) -> None:
    made = await directory.made("/Users", {**FULL, "active": False})
    path = f"/Users/{made['id']}"
    for operation in ({"op": "Remove", "path": "active"}, {"op": "Add", "path": "displayName", "value": "Ny"}):
        assert "active" not in await directory.patched(path, operation)
        [row] = await rows(database, region, "select active from users where region_id = :r")
        assert row.active is False
    assert (await directory.patched(path, {"op": "Add", "path": "active", "value": True}))["active"] is True


async def test_put_takes_away_what_is_not_said(directory: Directory) -> None:
    made = await directory.made("/Users", FULL)
    said = {"schemas": [USER], "userName": "annan@example.org", "externalId": "0e5f-1"}
    answer = await directory.send("PUT", f"/Users/{made['id']}", said)
    assert answer.status_code == 200
    left = answer.json()
    assert (left["userName"], left["id"], left["active"]) == ("annan@example.org", made["id"], True)
    assert not {"emails", "name", "displayName", ENTERPRISE} & left.keys()


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ('userName eq "ANNA@example.org"', {"anna"}),
        ('externalId eq "x-bo"', {"bo"}),
        ('externalId eq "X-BO"', set()),
        ('emails[type eq "work"].value eq "anna@example.org"', {"anna"}),
        ('active eq true and emails[type eq "home"].value eq "anna@example.org"', set()),
        ('displayName eq "emails[type eq 1].value eq 2"', set()),
        ('emails[type eq "work" and value sw "anna"]', {"anna"}),
        ('emails.value co "@example"', {"anna"}),
        ('emails[type eq "work"]', {"anna"}),
        ("emails pr", {"anna"}),
        ("not (emails pr)", {"bo", "cilla"}),
        ('name.givenName eq "Bo"', {"bo"}),
        ("name pr", {"bo"}),
        ("active eq false", {"cilla"}),
        ("active eq true and (displayName pr or externalId pr)", {"anna", "bo"}),
        ('displayName ne "Anna"', {"bo", "cilla"}),
        ("displayName eq null", {"bo", "cilla"}),
        (f'{ENTERPRISE}:department eq "su"', {"bo"}),
        ('meta.created gt "2020-01-01T00:00:00Z"', {"anna", "bo", "cilla"}),
        ('meta.lastModified lt "2020-01-01T00:00:00Z"', set()),
        ('userName gt "anna@example.org"', {"bo", "cilla"}),
        ('userName co "%"', set()),
        ('userName ew "_rg"', set()),
        ('displayName eq "x\' or 1=1 --"', set()),
        ("emails.primary eq true", {"anna"}),
        ('groups.display eq "Alla"', {"anna"}),
    ],
)
async def test_filters(filter_: str, expected: set[str], directory: Directory) -> None:
    emails = [{"value": "anna@example.org", "type": "work", "primary": True}]
    anna = await directory.user("anna@example.org", displayName="Anna", emails=emails)
    await directory.user("bo", externalId="x-bo", name={"givenName": "Bo"}, **{ENTERPRISE: {"department": "SU"}})
    await directory.user("cilla", active=False)
    await directory.group("Alla", anna["id"])
    answer = await directory.send("GET", "/Users", filter=filter_)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert {u["userName"].partition("@")[0] for u in found.get("Resources", [])} == expected
    assert found["totalResults"] == len(expected)


@pytest.mark.parametrize(
    ("query", "keyword"),
    [
        ({"filter": "userName eq"}, "invalidFilter"),
        ({"filter": 'shoeSize eq "42"'}, "invalidFilter"),
        ({"filter": 'meta.location eq "x"'}, "invalidFilter"),
        ({"filter": 'active gt "x"'}, "invalidFilter"),
        ({"filter": 'meta.created gt "2020-01-01T00:00:00"'}, "invalidFilter"),
        ({"filter": 'userName eq "\\ud800"'}, "invalidFilter"),
        ({"filter": "(" * 200}, "invalidFilter"),
        ({"count": "many"}, "invalidValue"),
        ({"startIndex": "x"}, "invalidValue"),
        ({"sortBy": "shoeSize"}, "invalidPath"),
        ({"sortBy": "userName", "sortOrder": "up"}, "invalidValue"),
        ({"attributes": "userName", "excludedAttributes": "active"}, "invalidValue"),
    ],
)
async def test_questions_that_can_not_be_answered(query: dict[str, Any], keyword: str, directory: Directory) -> None:
    assert_scim_error(await directory.send("GET", "/Users", **query), 400, keyword)


async def test_pages_order_and_attributes(directory: Directory) -> None:
    for name in ("b", "a", "C"):
        await directory.user(name, displayName=name.upper())
    page = await directory.found("/Users", sortBy="userName", count=2)
    assert [u["userName"] for u in page["Resources"]] == ["a", "b"]
    assert (page["totalResults"], page["itemsPerPage"], page["startIndex"]) == (3, 2, 1)
    page = await directory.found("/Users", sortBy="userName", sortOrder="descending", startIndex=3, count=2)
    assert [u["userName"] for u in page["Resources"]] == ["a"]
    assert await directory.found("/Users", count=0) == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 3,
        "startIndex": 1,
        "itemsPerPage": 0,
        "Resources": [],
    }
    assert (await directory.found("/Users", startIndex=10**30))["totalResults"] == 3
    [only, *_] = (await directory.found("/Users", attributes="displayName"))["Resources"]
    assert only.keys() == {"schemas", "id", "displayName"}
    [without, *_] = (await directory.found("/Users", excludedAttributes="displayName,meta"))["Resources"]
    assert without.keys() == {"schemas", "id", "userName", "active"}
    searched = await directory.send("POST", "/Users/.search", {"filter": 'userName eq "c"', "attributes": ["active"]})
    assert [u.keys() - {"schemas", "id"} for u in searched.json()["Resources"]] == [{"active"}]


async def test_tags(directory: Directory) -> None:
    made = await directory.user("tag")
    path, tag = f"/Users/{made['id']}", made["meta"]["version"]
    assert (await directory.send("GET", path, headers={"If-None-Match": tag})).status_code == 304
    operation = {"op": "replace", "path": "displayName", "value": "Ny"}
    body = {"schemas": [PATCH], "Operations": [operation]}
    assert (await directory.send("PATCH", path, body, headers={"If-Match": tag})).status_code == 200
    assert_scim_error(await directory.send("PATCH", path, body, headers={"If-Match": tag}), 412)
    assert_scim_error(await directory.send("DELETE", path, headers={"If-Match": tag}), 412)
    assert (await directory.send("GET", path, headers={"If-None-Match": tag})).status_code == 200


async def test_who_is_deleted_leaves_and_may_come_back(
    directory: Directory, database: Database, region: TestRegion
) -> None:
    made = await directory.made("/Users", FULL)
    path = f"/Users/{made['id']}"
    assert (await directory.send("DELETE", path)).status_code == 204
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        body: dict[str, Any] = {"schemas": [USER], "userName": "x"}
        if method == "PATCH":
            body = {"schemas": [PATCH], "Operations": [{"op": "remove", "path": "displayName"}]}
        assert_scim_error(await directory.send(method, path, None if method in {"GET", "DELETE"} else body), 404)
    assert (await directory.found("/Users", filter='externalId eq "0e5f-1"'))["totalResults"] == 0
    [row] = await rows(database, region, "select active from users where region_id = :r and external_id = '0e5f-1'")
    assert row.active is False
    back = await directory.made("/Users", {**FULL, "userName": "kim.annat@example.org"})
    assert (back["id"], back["userName"], back["active"]) == (made["id"], "kim.annat@example.org", True)


async def test_a_namesake_is_somebody_else(directory: Directory, database: Database, region: TestRegion) -> None:
    first = await directory.user("kim", externalId="one")
    await directory.send("DELETE", f"/Users/{first['id']}")
    second = await directory.user("kim", externalId="two")
    assert second["id"] != first["id"]
    found = await rows(database, region, "select user_name from users where region_id = :r order by created_at")
    assert [row.user_name for row in found] == [f"kim#{first['id']}", "kim"]


async def test_a_user_made_by_hand_is_found_and_taken_over(
    directory: Directory, database: Database, region: TestRegion
) -> None:
    user_id = await make_user(database, region, "hand", "titta@SU")
    [found] = (await directory.found("/Users", filter='userName eq "hand"'))["Resources"]
    assert (found["id"], found["displayName"]) == (str(user_id), "hand")
    await directory.patched(f"/Users/{user_id}", {"op": "Add", "path": "externalId", "value": "e-1"})
    wanted = "select subject, name from users where region_id = :r"
    assert [tuple(row) for row in await rows(database, region, wanted)] == [("e-1", "hand")]


async def test_a_sub_that_an_administrator_gave_is_kept(
    directory: Directory, client: httpx.AsyncClient, database: Database, region: TestRegion
) -> None:
    said = {"user_name": "hand", "subject": "a-sub", "name": "Hand"}
    made = (await client.post("/api/v1/users", json=said)).json()
    await directory.patched(f"/Users/{made['id']}", {"op": "Add", "path": "externalId", "value": "e-1"})
    assert (await client.get(f"/api/v1/users/{made['id']}")).json()["subject"] == "a-sub"


async def test_what_one_answers_for_follows_ones_sub(
    directory: Directory, world: World, database: Database, region: TestRegion
) -> None:
    kim = await directory.user("kim")
    admin = world.caller()
    node = await admin.node("verksamhetsmal", "SU", "Korta köerna", (await admin.node("mal", "VGR", GOAL))["id"])
    said = {"items": [{"unit": "SU", "role": "Övergripande ansvar", "subject": "kim"}]}
    put = await admin.changed("PUT", f"/nodes/{node['id']}/responsibilities", said)
    assert put.status_code == 200, put.text
    await directory.patched(f"/Users/{kim['id']}", {"op": "Replace", "path": "userName", "value": "kim.ny"})
    found = await admin.found(f"/nodes/{node['id']}/responsibilities")
    assert [r["subject"] for r in found["items"]] == ["kim.ny"]


async def test_bodies_that_are_none(directory: Directory) -> None:
    twice = b'{"userName": "a", "userName": "b"}'
    bad = [(b"{", "invalidSyntax"), (b"[]", "invalidSyntax"), (twice, "invalidSyntax"), (b"{}", "invalidValue")]
    for content, keyword in [*bad, (b'{"userName": 5}', "invalidValue")]:
        headers = {"Content-Type": "application/scim+json"}
        assert_scim_error(await directory.http.post("/scim/v2/Users", content=content, headers=headers), 400, keyword)
    headers = {"Content-Type": "text/plain"}
    assert_scim_error(await directory.http.post("/scim/v2/Users", content=b"{}", headers=headers), 415)


async def test_addresses_that_are_none(directory: Directory, anonymous: httpx.AsyncClient) -> None:
    assert_scim_error(await directory.send("GET", "/Users/nobody"), 404)
    assert_scim_error(await directory.send("GET", "/Nothing"), 404)
    assert_scim_error(await directory.send("PUT", "/Users"), 405)
    assert_scim_error(await directory.send("POST", "/Bulk", {}), 501)
    assert_scim_error(await directory.send("GET", "/Me"), 501)
    assert_scim_error(await directory.http.get("/scim/v2/Users/%00"), 400, "invalidSyntax")
    assert_scim_error(await anonymous.get("/scim/v2/Users"), 401)


async def test_it_is_for_who_may_write_the_directory_of_the_whole_region(
    app: FastAPI, settings: Settings, region: TestRegion, other_region: TestRegion, client_for: ClientFor
) -> None:
    made = await Directory(client_for()).user("someone")
    for group, unit in (
        ("titta", "VGR"),
        ("chef", "VGR"),
        ("styrmodelladministrator", "VGR"),
        ("integration", "VGR"),
        ("katalogsynk", "SU"),
        ("administrator", "SU"),
    ):
        async with client_of(app, Authorization=f"Bearer {group_token(settings, region, group, unit)}") as http:
            sent = Directory(http)
            for path in ("/Users", "/Groups", "/Schemas", f"/Users/{made['id']}"):
                assert_scim_error(await sent.send("GET", path), 403)
            assert_scim_error(await sent.send("POST", "/Users", FULL), 403)
            assert_scim_error(await sent.send("DELETE", f"/Users/{made['id']}"), 403)
    async with client_of(
        app, Authorization=f"Bearer {group_token(settings, other_region, 'katalogsynk', 'VGR')}"
    ) as far:
        assert_scim_error(await Directory(far).send("GET", f"/Users/{made['id']}"), 404)
        assert (await Directory(far).found("/Users"))["totalResults"] == 0
