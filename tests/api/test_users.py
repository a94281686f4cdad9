"""Users, memberships and licences over HTTP (B1, B3, B4)."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.auth.memberships import principal_of_user
from app.db.paging import Page
from app.db.session import Database
from app.domain.access import Role
from app.domain.findings import Forbidden, NotFound
from app.services.calendar_day import today
from app.services.facts import asked
from app.services.users import (
    MembershipsSaid,
    UserFilter,
    UserSaid,
    create_user,
    list_users,
    put_memberships,
    read_user,
)
from tests.api.conftest import ClientFor
from tests.conftest import TestRegion
from tests.people import make_user

USERS = "/api/v1/users"


def said(name: str, **more: Any) -> dict[str, Any]:
    return {"user_name": f"{name}@example.org", "subject": name, "name": name, **more}


async def change(client: httpx.AsyncClient, method: str, path: str, body: Any, *, of: str | None = None) -> Any:
    tag = (await client.get(of or path)).headers["etag"]
    return await client.request(method, path, json=body, headers={"If-Match": tag})


async def test_a_user_is_made_moved_and_taken_out(
    client: httpx.AsyncClient, database: Database, region: TestRegion
) -> None:
    made = await client.post(USERS, json=said("anna-1", unit="SU"))
    assert made.status_code == 201
    path = made.headers["location"]
    given = {"items": [{"group": "chef", "unit": "SU"}, {"group": "titta", "unit": "NU", "module": "VGPU"}]}
    put = await change(client, "PUT", f"{path}/memberships", given, of=path)
    assert put.status_code == 200, put.text
    assert [(m["group"], m["unit"], m["module"], m["source"]) for m in put.json()["memberships"]] == [
        ("titta", "NU", "VGPU", "manual"),
        ("chef", "SU", None, "manual"),
    ]
    moved = await change(client, "PATCH", path, {"unit": "NU", "active": False})
    assert (moved.json()["unit"], moved.json()["active"]) == ("NU", False)
    async with database.unit_of_work(region.id, read_only=True) as uow:
        assert await principal_of_user(uow, "anna-1", today(), region_code=region.code) is None
    found = (await client.get(USERS, params={"unit": "NU", "active": False, "search": "anna"})).json()
    assert [u["subject"] for u in found["items"]] == ["anna-1"]


async def test_what_is_wrong_is_told_at_once(client: httpx.AsyncClient) -> None:
    made = await client.post(USERS, json=said("bo-1"))
    path = made.headers["location"]
    again = await client.post(USERS, json=said("bo-1"))
    assert again.status_code == 422
    assert again.json()["errors"][0]["pointer"] in {"/user_name", "/subject"}
    wrong = {"items": [{"group": "kung", "unit": "MARS", "module": "X"}]}
    put = await change(client, "PUT", f"{path}/memberships", wrong, of=path)
    assert [e["pointer"] for e in put.json()["errors"]] == ["/items/0/group", "/items/0/unit", "/items/0/module"]
    twice = {"items": [{"group": "chef", "unit": "SU"}] * 2}
    assert (await change(client, "PUT", f"{path}/memberships", twice, of=path)).status_code == 422
    for group in ("modulagare", "integration"):
        refused = await change(
            client, "PUT", f"{path}/memberships", {"items": [{"group": group, "unit": "SU"}]}, of=path
        )
        assert refused.status_code in {409, 422}
        assert refused.json()["rule"] == "B1"


async def test_an_administrator_of_a_part_gives_no_more_than_it_has(database: Database, region: TestRegion) -> None:
    inside = await make_user(database, region, "i-1", "titta@SU-F")
    outside = await make_user(database, region, "o-1", "titta@NU")
    await make_user(database, region, "local", "anvandare@SU", "styrmodelladministrator@SU")
    async with database.unit_of_work(region.id) as uow:
        local = await principal_of_user(uow, "local", today(), region_code=region.code)
        assert local is not None
        a = await asked(uow, local, today())
        found, _ = await list_users(a, Page(), UserFilter())
        assert sorted(u.row.subject for u in found) == ["i-1", "local"]
        with pytest.raises(NotFound):
            await read_user(a, outside)

        def memberships(group: str, unit: str) -> MembershipsSaid:
            return MembershipsSaid.model_validate({"items": [{"group": group, "unit": unit}]})

        await put_memberships(a, inside, memberships("anvandare", "SU-F"), lambda _: None)
        for group, unit in (("administrator", "SU-F"), ("anvandare", "VGR")):
            with pytest.raises(Forbidden):
                await put_memberships(a, inside, memberships(group, unit), lambda _: None)
        with pytest.raises(Forbidden):
            await create_user(a, UserSaid(user_name="n", subject="n", name="n"))


async def test_a_reader_sees_no_users(client_for: ClientFor) -> None:
    reader = client_for(role=Role.READER, unit="SU")
    for path in (USERS, "/api/v1/licences"):
        assert (await reader.get(path)).status_code == 403
    assert (await reader.get("/api/v1/permission-groups/chef")).json()["levels_up"] == 0
    assert (await reader.get("/api/v1/permission-groups/kung")).status_code == 404


async def test_fifty_sign_ups_race_for_the_last_licence(
    client: httpx.AsyncClient, database: Database, region: TestRegion
) -> None:
    await client.post(USERS, json=said("first"))
    limited = await change(client, "PATCH", "/api/v1/licences", {"total": 2})
    assert limited.json() == {"total": 2, "used": 1}
    below = await change(client, "PATCH", "/api/v1/licences", {"total": 0})
    assert (below.status_code, below.json()["rule"]) == (409, "B4")
    answers = await asyncio.gather(*(client.post(USERS, json=said(f"racer-{i}")) for i in range(50)))
    statuses = sorted(a.status_code for a in answers)
    assert statuses.count(201) == 1, statuses
    assert all(s in {201, 409, 503} for s in statuses)
    refused = [a.json() for a in answers if a.status_code == 409]
    assert {problem.get("rule") for problem in refused} == {"B4"}
    async with database.unit_of_work(region.id, read_only=True) as uow:
        active = text("select count(*) from users where region_id = :r and active")
        assert await uow.session.scalar(active, {"r": region.id}) == 2
    taken = (await client.get(USERS, params={"search": "racer"})).json()["items"][0]["id"]
    await change(client, "PATCH", f"{USERS}/{taken}", {"active": False})
    assert (await client.post(USERS, json=said("next"))).status_code == 201
