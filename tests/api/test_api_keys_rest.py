"""/api-keys: made once, shown once, rotated, taken back; and nobody makes a key that may do more than they may."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text, update

from app.db.tables import ApiKeyRow
from app.services.calendar_day import now
from app.settings import Settings
from tests.api.conftest import client_of, group_token
from tests.api.credentials import ME, ask, assert_refused
from tests.api.planning import Caller, World, codes, rules
from tests.people import make_user

KEYS = "/api-keys"
SAID = {"name": "katalogen", "unit": "SU", "group": "integration", "scopes": ["module:VGI"]}


async def make(caller: Caller, **changes: Any) -> Any:
    return await caller.made(KEYS, {**SAID, **changes})


async def test_a_key_is_shown_once_and_is_who_it_says(world: World, app: FastAPI) -> None:
    answer = await world.caller().send("POST", KEYS, SAID)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json()
    assert made["key"].startswith(f"styr_{world.region.code.lower()}_")
    assert (made["group"], made["unit"], made["scopes"]) == ("integration", "SU", ["module:VGI"])
    viewer = (await ask(app, made["key"])).json()["viewer"]
    assert (viewer["subject"], viewer["unit"], viewer["scopes"]) == ("key:katalogen", "SU", ["module:VGI"])
    assert "outcomes:write" in viewer["permissions"]
    for path in (KEYS, answer.headers["location"].removeprefix("/api/v1")):
        shown = await world.caller().send("GET", path)
        assert made["key"].rsplit("_", 1)[1] not in shown.text
    [listed] = (await world.caller().found(KEYS))["items"]
    assert (listed["id"], listed["last_used_at"] is not None) == (made["id"], True)


async def test_a_key_lasts_a_year_unless_said_otherwise(world: World) -> None:
    admin = world.caller()
    assert (await make(admin, name="a"))["expires_at"][:4] == str((now() + timedelta(days=365)).year)
    assert (await make(admin, name="b", expires_at=None))["expires_at"] is None
    soon = (now() + timedelta(days=1)).isoformat()
    assert (await make(admin, name="c", expires_at=soon))["expires_at"] is not None


async def test_the_secret_is_kept_nowhere_not_even_for_a_request_that_is_sent_again(world: World, app: FastAPI) -> None:
    admin = world.caller()
    headers = {"Idempotency-Key": "once"}
    first = await admin.send("POST", KEYS, SAID, headers=headers)
    again = await admin.send("POST", KEYS, SAID, headers=headers)
    assert again.headers["idempotency-replayed"] == "true"
    assert {**first.json(), "key": None} == again.json()
    secret = first.json()["key"].rsplit("_", 1)[1]
    rotated = await admin.send("POST", f"{KEYS}/{first.json()['id']}/rotate", {}, headers={"Idempotency-Key": "two"})
    secrets = [secret, rotated.json()["key"].rsplit("_", 1)[1]]
    async with world.database.owner_engine.connect() as owner:
        for table in ("api_keys", "idempotency_keys", "audit_entries"):
            rows = await owner.scalar(text(f"select string_agg(t::text, ' ') from {table} t"))
            kept = await owner.scalar(text("select string_agg(encode(body, 'escape'), ' ') from idempotency_keys"))
            assert not any(s in (rows or "") + (kept or "") for s in secrets)
    assert (await ask(app, rotated.json()["key"])).status_code == 200


async def test_a_new_secret_ends_the_old_one_at_once(world: World, app: FastAPI) -> None:
    admin = world.caller()
    made = await make(admin)
    assert (await ask(app, made["key"])).status_code == 200
    rotated = await admin.made(f"{KEYS}/{made['id']}/rotate", {})
    assert rotated["key"] != made["key"]
    assert (rotated["rotated_at"] is not None, rotated["previous_until"]) == (True, None)
    assert_refused(await ask(app, made["key"]))
    assert (await ask(app, rotated["key"])).json()["viewer"]["subject"] == "key:katalogen"


async def test_or_after_an_overlap(world: World, app: FastAPI) -> None:
    admin = world.caller()
    made = await make(admin)
    rotated = await admin.made(f"{KEYS}/{made['id']}/rotate", {"overlap_hours": 1})
    assert [(await ask(app, key)).status_code for key in (made["key"], rotated["key"])] == [200, 200]
    async with world.database.unit_of_work(world.region.id) as uow:
        await uow.session.execute(update(ApiKeyRow).values(previous_until=now() - timedelta(seconds=1)))
    assert_refused(await ask(app, made["key"]))
    assert (await ask(app, rotated["key"])).status_code == 200
    again = await admin.made(f"{KEYS}/{made['id']}/rotate", {"overlap_hours": 1})
    assert [(await ask(app, key)).status_code for key in (made["key"], rotated["key"], again["key"])] == [401, 200, 200]


async def test_what_is_taken_back_stays_taken_back(world: World, app: FastAPI) -> None:
    admin = world.caller()
    made = await make(admin)
    await admin.made(f"{KEYS}/{made['id']}/rotate", {"overlap_hours": 168})
    revoked = await admin.made(f"{KEYS}/{made['id']}/revoke", None)
    assert revoked["revoked_at"] is not None
    assert_refused(await ask(app, made["key"]))
    assert (await admin.made(f"{KEYS}/{made['id']}/revoke", None))["revoked_at"] == revoked["revoked_at"]
    answer = await admin.send("POST", f"{KEYS}/{made['id']}/rotate", {})
    assert (answer.status_code, rules(answer)) == (409, {"B1"})


async def test_what_there_is_not_is_told_together(world: World) -> None:
    await make(world.caller())
    wrong = {
        **SAID,
        "unit": "NOWHERE",
        "group": "nobody",
        "scopes": ["module:NONE", "indicator:NONE", "module:VGI"],
        "expires_at": "2020-01-01T00:00:00Z",
    }
    answer = await world.caller().send("POST", KEYS, wrong)
    assert (answer.status_code, codes(answer)) == (
        422,
        {
            "/unit": "unknown_unit",
            "/group": "unknown_group",
            "/scopes/0": "unknown_scope",
            "/scopes/1": "unknown_scope",
            "/expires_at": "past",
        },
    )
    taken = await world.caller().send("POST", KEYS, SAID)
    assert (taken.status_code, codes(taken)) == (422, {"/name": "taken"})
    assert await world.count("api_keys") == 1


@pytest.mark.parametrize(
    "changes", [{"scopes": ["everything"]}, {"name": "two words"}, {"name": ""}, {"overlap": 1}, {"expires_at": "soon"}]
)
async def test_what_is_no_key_is_422(world: World, changes: dict[str, Any]) -> None:
    answer = await world.caller().send("POST", KEYS, {**SAID, **changes})
    assert answer.status_code == 422
    assert await world.count("api_keys") == 0


async def test_nobody_makes_a_key_that_may_more_than_they_may(world: World, app: FastAPI, settings: Settings) -> None:
    await _let_manage_keys(world, "styrmodelladministrator")
    await make_user(world.database, world.region, "anna", "titta@SU", "styrmodelladministrator@SU")
    async with client_of(app) as http:
        part = world.caller("SU")
        assert (await part.send("POST", KEYS, {**SAID, "unit": "NU"})).status_code in {403, 422}
        assert (await part.send("POST", KEYS, {**SAID, "unit": "SU", "group": "administrator"})).status_code == 201
        few = Caller(http, group_token(settings, world.region, "styrmodelladministrator", "SU"))
        refused = await few.send("POST", KEYS, {**SAID, "name": "more"})
        assert refused.status_code == 403


async def _let_manage_keys(world: World, group: str) -> None:
    async with world.database.owner_unit_of_work(world.region.id) as uow:
        await uow.session.execute(
            text("update permission_groups set rights = rights || '{read,api_keys:write}'::text[] where code = :g"),
            {"g": group},
        )


async def test_nor_is_told_the_new_secret_of_one(world: World, app: FastAPI, settings: Settings) -> None:
    strong = await make(world.caller(), group="administrator", scopes=[])
    await _let_manage_keys(world, "rapportadministrator")
    async with client_of(app) as http:
        few = Caller(http, group_token(settings, world.region, "rapportadministrator", "SU"))
        assert [key["name"] for key in (await few.found(KEYS))["items"]] == ["katalogen"]
        assert (await few.send("POST", f"{KEYS}/{strong['id']}/rotate", {})).status_code == 403
        # To take one back takes no more than to look after it.
        assert (await few.send("POST", f"{KEYS}/{strong['id']}/revoke", None)).status_code == 200


async def test_a_key_makes_no_keys(world: World) -> None:
    made = await make(world.caller(), group="administrator", scopes=[])
    key = Caller(world.http, made["key"])
    assert (await key.send("GET", KEYS)).status_code == 200
    for path, body in ((KEYS, {**SAID, "name": "child"}), (f"{KEYS}/{made['id']}/rotate", {})):
        answer = await key.send("POST", path, body)
        assert (answer.status_code, rules(answer)) == (422, {"B1"})
    assert await world.count("api_keys") == 1


async def test_keys_outside_the_reach_are_absent(world: World) -> None:
    outside = await make(world.caller(), name="outside", unit="NU")
    part = world.caller("SU")
    assert (await part.found(KEYS))["items"] == []
    for method, path in (("GET", ""), ("POST", "/rotate"), ("POST", "/revoke")):
        answer = await part.send(method, f"{KEYS}/{outside['id']}{path}", {} if path == "/rotate" else None)
        assert answer.status_code == 404


async def test_what_was_done_to_a_key_is_in_the_log_without_its_hashes(world: World) -> None:
    admin = world.caller()
    made = await make(admin)
    await admin.made(f"{KEYS}/{made['id']}/rotate", {"overlap_hours": 2})
    await admin.made(f"{KEYS}/{made['id']}/revoke", None)
    entries = (await admin.found("/audit", table="api_keys"))["items"]
    assert [e["action"] for e in entries] == ["update", "update", "insert"]
    revoked, rotated, inserted = (e["after"] for e in entries)
    assert inserted["secret_hash"] == "***"
    assert (rotated["secret_hash"], rotated["previous_hash"]) == ("***", "***")
    assert set(revoked) == {"revoked_at"}


async def test_wrong_and_unknown_keys_get_the_same_answer(app: FastAPI, world: World) -> None:
    made = await make(world.caller())
    prefix, secret = made["key"].rsplit("_", 1)
    unknown = f"{prefix[:-12]}{'0' * 12}_{secret}"
    answers = [await ask(app, key) for key in (f"{prefix}_{secret[::-1]}", unknown, f"{prefix}_", "styr_x")]
    for answer in answers:
        assert_refused(answer)
    said = [{name: v for name, v in a.headers.items() if name not in {"x-request-id", "ratelimit"}} for a in answers]
    assert all(headers == said[0] for headers in said)
    assert (await ask(app, made["key"], ME)).status_code == httpx.codes.OK
