"""Groups by SCIM, as Entra ID changes them, and what the mapping makes of them (B1, B3)."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.auth.memberships import principal_of_user
from app.db.session import Database
from app.domain.findings import Forbidden
from app.services.calendar_day import today
from app.services.directory_map import MappingSaid
from app.services.directory_map import put_mapping as put_the_mapping
from app.services.facts import asked
from tests.api.conftest import ClientFor
from tests.conftest import TestRegion
from tests.people import make_user
from tests.scim_client import ENTERPRISE, Directory, assert_scim_error

MAPPING = "/api/v1/directory/mapping"


async def put_mapping(client: httpx.AsyncClient, groups: list[Any], departments: list[Any] = []) -> httpx.Response:  # noqa: B006  # never changed
    tag = (await client.get(MAPPING)).headers["etag"]
    body = {"groups": groups, "departments": departments}
    return await client.put(MAPPING, json=body, headers={"If-Match": tag})


async def held(database: Database, region: TestRegion, source: str = "directory") -> set[tuple[str, str, str]]:
    """(user, group, unit) of the memberships."""
    wanted = (
        "select u.user_name, m.group_code, o.code from memberships m join users u on u.id = m.user_id"
        " join org_units o on o.id = m.unit_id where m.region_id = :r and m.source = :s and m.valid @> current_date"
    )
    async with database.unit_of_work(region.id, read_only=True) as uow:
        found = await uow.session.execute(text(wanted), {"r": region.id, "s": source})
        return {(row.user_name, row.group_code, row.code) for row in found}


def line(directory_group: str, group: str, unit: str, module: str | None = None) -> dict[str, Any]:
    return {"directory_group": directory_group, "group": group, "unit": unit, "module": module}


async def test_members_come_and_go_as_entra_says(directory: Directory) -> None:
    a, b, c = [(await directory.user(name))["id"] for name in ("a", "b", "c")]
    group = await directory.group("Chefer SU", a)
    path = f"/Groups/{group['id']}"

    async def members(*operations: dict[str, Any]) -> set[str]:
        changed = await directory.patched(path, *operations)
        assert changed == await directory.found(path)
        return {m["value"] for m in changed.get("members", [])}

    assert await members({"op": "Add", "path": "members", "value": [{"value": b}, {"value": c}]}) == {a, b, c}
    assert await members({"op": "Add", "path": "members", "value": [{"value": b}]}) == {a, b, c}
    assert await members({"op": "Remove", "path": f'members[value eq "{a}"]'}) == {b, c}
    assert await members({"op": "Remove", "path": "members", "value": [{"value": b}]}) == {c}
    assert await members({"op": "Remove", "path": "members", "value": [{"value": "nobody"}]}) == {c}
    assert await members({"op": "Replace", "path": "members", "value": [{"value": a, "type": "User"}]}) == {a}
    assert await members({"op": "Add", "value": {"members": [{"value": b}], "displayName": "X"}}) == {a, b}
    assert await members({"op": "Remove", "path": f'members[value eq "{a}" or value eq "x"]'}) == {b}
    two: list[dict[str, Any]] = [
        {"op": "Remove", "path": "members"},
        {"op": "Add", "path": "members", "value": {"value": c}},
    ]
    assert await members(*two) == {c}
    assert await members({"op": "Remove", "path": "members"}) == set()
    assert (await directory.found(path))["displayName"] == "X"


async def test_members_that_can_not_be(directory: Directory) -> None:
    user = (await directory.user("a"))["id"]
    inner, group = await directory.group("Inre"), await directory.group("Yttre", user)
    path = f"/Groups/{group['id']}"
    groups = [{"value": inner["id"], "type": "Group"}], [{"value": inner["id"]}]
    values: list[Any] = [*groups, [{"value": "x"}], ["x"], [{}], [5]]
    for value in values:
        for op in ("Add", "Replace"):
            assert_scim_error(
                await directory.patch(path, {"op": op, "path": "members", "value": value}), 400, "invalidValue"
            )
    assert await directory.found(path) == group
    gone = await directory.user("gone")
    await directory.send("DELETE", f"/Users/{gone['id']}")
    add = {"op": "Add", "path": "members", "value": [{"value": gone["id"]}]}
    assert_scim_error(await directory.patch(path, add), 400, "invalidValue")


async def test_groups_are_found_named_and_deleted(directory: Directory) -> None:
    user = (await directory.user("a"))["id"]
    group = await directory.group("Chefer SU", user)
    assert_scim_error(await directory.send("POST", "/Groups", {**group, "displayName": "chefer su"}), 409, "uniqueness")
    for question in ('displayName eq "CHEFER su"', f'members eq "{user}"', f'members[value eq "{user}"]', "members pr"):
        found = await directory.found("/Groups", filter=question, excludedAttributes="members")
        assert [g["id"] for g in found["Resources"]] == [group["id"]]
        assert "members" not in found["Resources"][0]
    for other in ('displayName eq "Andra"', 'members eq "nobody"', f'id eq "{user}"'):
        assert (await directory.found("/Groups", filter=other))["totalResults"] == 0
    [shown] = (await directory.found(f"/Users/{user}"))["groups"]
    assert (shown["value"], shown["display"]) == (group["id"], "Chefer SU")
    path = f"/Groups/{group['id']}"
    renamed = await directory.patched(path, {"op": "Replace", "path": "displayName", "value": "Chefer NU"})
    assert renamed["members"] == group["members"]
    answer = await directory.send("PUT", path, {"schemas": group["schemas"], "displayName": "Tom"})
    assert "members" not in answer.json()
    assert (await directory.send("DELETE", path)).status_code == 204
    assert_scim_error(await directory.send("GET", path), 404)
    assert "groups" not in await directory.found(f"/Users/{user}")


async def test_people_and_groups_are_searched_together(directory: Directory) -> None:
    a, b = [(await directory.user(name, displayName=name.upper()))["id"] for name in ("a", "b")]
    group = await directory.group("A", a)

    async def found(**wanted: Any) -> list[str]:
        answer = await directory.send("POST", "/.search", wanted)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["Resources"]]

    assert await found() == [a, b, group["id"]]
    assert await found(startIndex=2, count=2) == [b, group["id"]]
    assert await found(startIndex=3, count=1) == [group["id"]]
    assert await found(startIndex=4) == []
    assert await found(filter='displayName eq "a"') == [a, group["id"]]
    assert await found(filter='userName eq "b"') == [b]
    assert await found(filter="members pr") == [group["id"]]
    assert await found(filter="not (userName pr)") == [group["id"]]
    unknown = await directory.send("POST", "/.search", {"filter": "shoeSize pr"})
    assert_scim_error(unknown, 400, "invalidFilter")
    assert_scim_error(await directory.send("POST", "/.search", {"sortBy": "displayName"}), 501)


async def test_the_mapping_makes_memberships_of_groups(
    directory: Directory, client: httpx.AsyncClient, database: Database, region: TestRegion
) -> None:
    a, b = [(await directory.user(name))["id"] for name in ("a", "b")]
    chefs = await directory.group("Chefer SU", a)
    assert await held(database, region) == set()
    before = (await client.get(MAPPING)).json()
    assert before["unmapped_groups"] == [{"directory_group": "Chefer SU", "members": 1}]
    put = await put_mapping(client, [line("CHEFER su", "chef", "SU"), line("Alla", "titta", "VGR", "VGPU")])
    assert put.status_code == 200, put.text
    assert put.json()["unmapped_groups"] == []
    assert await held(database, region) == {("a", "chef", "SU")}
    everybody = await directory.group("Alla", a, b)
    assert await held(database, region) == {("a", "chef", "SU"), ("a", "titta", "VGR"), ("b", "titta", "VGR")}
    await directory.patched(f"/Groups/{everybody['id']}", {"op": "Remove", "path": f'members[value eq "{a}"]'})
    assert await held(database, region) == {("a", "chef", "SU"), ("b", "titta", "VGR")}
    # A renamed group keeps what it gives.
    await directory.patched(
        f"/Groups/{chefs['id']}", {"op": "Replace", "path": "displayName", "value": "Chefer Sahlgrenska"}
    )
    assert await held(database, region) == {("a", "chef", "SU"), ("b", "titta", "VGR")}
    assert "Chefer Sahlgrenska" in {m["directory_group"] for m in (await client.get(MAPPING)).json()["groups"]}
    await directory.send("DELETE", f"/Groups/{everybody['id']}")
    assert await held(database, region) == {("a", "chef", "SU")}
    await directory.send("DELETE", f"/Users/{a}")
    assert await held(database, region) == set()


async def test_what_a_mapping_can_not_say(client: httpx.AsyncClient, client_for: ClientFor) -> None:
    wrong = await put_mapping(
        client,
        [
            line("G", "kung", "SU"),
            line("G", "chef", "HEMMA"),
            line("G", "chef", "SU", "VGXX"),
            line("g", "chef", "HEMMA"),
        ],
        [{"department": "A", "unit": "SU"}, {"department": "a", "unit": "INGEN"}],
    )
    assert wrong.status_code == 422
    assert {(e["pointer"], e["code"]) for e in wrong.json()["errors"]} == {
        ("/groups/0/group", "unknown_group"),
        ("/groups/1/unit", "unknown_unit"),
        ("/groups/2/module", "unknown_module"),
        ("/groups/3", "duplicate"),
        ("/groups/3/unit", "unknown_unit"),
        ("/departments/1", "duplicate"),
        ("/departments/1/unit", "unknown_unit"),
    }
    client_group = await put_mapping(client, [line("G", "katalogsynk", "VGR")])
    assert (client_group.status_code, client_group.json()["rule"]) == (422, "B1")
    stale = await client.put(MAPPING, json={"groups": [], "departments": []}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    part = client_for(unit="SU")
    assert (await part.get(MAPPING)).status_code == 403


async def test_nobody_maps_to_more_than_they_have(database: Database, region: TestRegion) -> None:
    await make_user(database, region, "model", "titta@VGR", "styrmodelladministrator@VGR")
    async with database.unit_of_work(region.id) as uow:
        found = await principal_of_user(uow, "model", today(), region_code=region.code)
        assert found is not None
        a = await asked(uow, found, today())

        def mapping(*groups: str) -> MappingSaid:
            return MappingSaid.model_validate({"groups": [line("G", g, "SU") for g in groups], "departments": []})

        await put_the_mapping(a, mapping("titta", "styrmodelladministrator"), lambda _: None)
        with pytest.raises(Forbidden):
            await put_the_mapping(a, mapping("titta", "chef"), lambda _: None)
        # What somebody else has put there may stay.
        await uow.session.execute(
            text("update directory_group_mappings set group_code = 'chef' where group_code = 'titta'")
        )
        await put_the_mapping(a, mapping("chef"), lambda _: None)


async def test_a_move_ends_what_was_given_in_the_old_administration(
    directory: Directory, client: httpx.AsyncClient, database: Database, region: TestRegion
) -> None:
    """B3: by hand at the old administration, at another, and on region level."""
    user_id = await make_user(database, region, "kim", "chef@SU-F", "titta@NU", "titta@VGR")
    department = f"{ENTERPRISE}:department"
    path = f"/Users/{user_id}"
    await directory.patched(path, {"op": "Add", "path": department, "value": "SU-F"})
    everything = {("kim", "chef", "SU-F"), ("kim", "titta", "NU"), ("kim", "titta", "VGR")}
    assert await held(database, region, "manual") == everything
    await directory.patched(path, {"op": "Replace", "path": department, "value": "En enhet som ingen känner"})
    assert await held(database, region, "manual") == everything
    assert (await client.get(MAPPING)).json()["unknown_departments"] == [
        {"department": "En enhet som ingen känner", "people": 1}
    ]
    put = await put_mapping(client, [], [{"department": "en enhet som ingen KÄNNER", "unit": "KU-F"}])
    assert put.status_code == 200
    assert put.json()["unknown_departments"] == []
    assert await held(database, region, "manual") == {("kim", "titta", "NU"), ("kim", "titta", "VGR")}
    assert (await client.get(f"/api/v1/users/{user_id}")).json()["unit"] == "KU-F"


async def test_leaving_and_returning(
    directory: Directory, client: httpx.AsyncClient, database: Database, region: TestRegion
) -> None:
    """B3, B4: who leaves frees the licence and is refused; who returns is who they were."""
    await put_mapping(client, [line("Chefer", "chef", "SU")])
    kim = await directory.user("kim")
    await directory.group("Chefer", kim["id"])
    licences = (await client.get("/api/v1/licences")).json()["used"]
    path = f"/Users/{kim['id']}"
    await directory.patched(path, {"op": "Replace", "path": "active", "value": "False"})
    assert (await client.get("/api/v1/licences")).json()["used"] == licences - 1
    await directory.patched(path, {"op": "Replace", "path": "active", "value": "True"})
    assert (await client.get("/api/v1/licences")).json()["used"] == licences
    assert await held(database, region) == {("kim", "chef", "SU")}


async def test_fifty_race_for_the_last_licence(
    directory: Directory, client: httpx.AsyncClient, database: Database, region: TestRegion
) -> None:
    await directory.user("first")
    tag = (await client.get("/api/v1/licences")).headers["etag"]
    limited = await client.patch("/api/v1/licences", json={"total": 2}, headers={"If-Match": tag})
    assert limited.json() == {"total": 2, "used": 1}
    bodies = [{"schemas": [], "userName": f"racer-{i}"} for i in range(50)]
    answers = await asyncio.gather(*(directory.send("POST", "/Users", body) for body in bodies))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 49
    for answer in answers:
        if answer.status_code == 409:
            assert assert_scim_error(answer, 409)["detail"].startswith("B4: The region's 2 licences are all in use.")
    assert (await client.get("/api/v1/licences")).json() == {"total": 2, "used": 2}
    assert (await directory.found("/Users", filter='userName sw "racer"'))["totalResults"] == 1
    # One who is not active takes none, and can't be made active either.
    idle = await directory.user("idle", active=False)
    wake = {"op": "Replace", "path": "active", "value": "True"}
    assert_scim_error(await directory.patch(f"/Users/{idle['id']}", wake), 409)


async def test_two_groups_that_give_the_same_at_once(
    directory: Directory, client: httpx.AsyncClient, database: Database, region: TestRegion
) -> None:
    await put_mapping(client, [line(f"G{i}", "chef", "SU") for i in range(8)])
    kim = (await directory.user("kim"))["id"]
    groups = [await directory.group(f"G{i}") for i in range(8)]
    add = {"op": "Add", "path": "members", "value": [{"value": kim}]}
    answers = await asyncio.gather(*(directory.patch(f"/Groups/{g['id']}", add) for g in groups))
    assert [a.status_code for a in answers] == [200] * 8
    assert await held(database, region) == {("kim", "chef", "SU")}


@pytest.mark.slow
async def test_a_group_of_thousands_is_added_to_without_reading_it(
    directory: Directory, database: Database, region: TestRegion, count_queries: Any
) -> None:
    async with database.unit_of_work(region.id) as uow:
        await uow.session.execute(
            text(
                "insert into users (region_id, id, user_name, subject, name, name_sort, active, created_by, updated_by)"
                " select :r, gen_random_uuid(), 'u' || n, 's' || n, 'n', 'n', true, 't', 't'"
                " from generate_series(1, 3000) n"
            ),
            {"r": region.id},
        )
    everybody = [
        u["id"]
        for page in range(6)
        for u in (await directory.found("/Users", startIndex=1 + page * 500, count=500))["Resources"]
    ]
    group = await directory.group("Alla", *everybody)
    assert len(group["members"]) == 3000
    one = (await directory.user("en till"))["id"]
    with count_queries() as counter:
        answer = await directory.send(
            "PATCH",
            f"/Groups/{group['id']}?excludedAttributes=members",
            {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "Add", "path": "members", "value": [{"value": one}]}],
            },
        )
    assert answer.status_code == 200
    assert not any("ORDER BY users.name_sort" in s for s in counter.statements)
    found = await directory.found(f"/Groups/{group['id']}", attributes="members")
    assert len(found["members"]) == 3001
