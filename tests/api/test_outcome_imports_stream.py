"""Imports as they come over the wire: packed, in pieces, larger than what is read at once, or never whole."""

import asyncio
import gzip
import json
import random
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.main import create_app
from app.services import outcome_records as records
from tests.api.figures import COUNTED, IMPORTS, SHARE, conflicts, counts, history, make_indicators, row, send
from tests.api.planning import Caller, World
from tests.api.problem_answers import assert_problem
from tests.api.test_period_locks import lock

NDJSON = "application/x-ndjson"
UNITS = ("SU", "SU-F2", "SU-OM", "SU-VH", "NU", "VGR")


@pytest.fixture(autouse=True)
async def indicators(world: World) -> None:
    await make_indicators(world)


async def post(caller: Caller, content: Any, media_type: str = NDJSON, **headers: str) -> httpx.Response:
    said = {"Authorization": f"Bearer {caller.token}", "Accept-Language": "en", "Content-Type": media_type, **headers}
    return await caller.http.post(f"/api/v1{IMPORTS}", content=content, headers=said, params={"mode": "best_effort"})


def many(count: int) -> list[Any]:
    """Rows with long comments: a megabyte of JSON is soon full. The last of each place says the same."""
    places = [(u, f"2027-{m:02}", s) for u in UNITS for m in range(1, 13) for s in "TKM"]
    words = 'brackets } ] , in a text: \\ " and å; ' * 20
    return [row(COUNTED, *places[i % len(places)], value=i % len(places), comment=words) for i in range(count)]


@pytest.mark.parametrize("space", ["", " ", "\n  "])
async def test_an_array_larger_than_what_is_read_at_once(world: World, space: str) -> None:
    rows = many(2_000)
    body = ("[" + space + f"{space},{space}".join(json.dumps(r) for r in rows) + space + "]").encode()
    assert len(body) > 1024 * 1024
    answer = await post(world.caller(), body, "application/json")
    assert counts(answer.json()) == (2_000, 216, 0, 2_000 - 216, 0), answer.text[:500]


async def test_lines_that_are_packed(world: World) -> None:
    body = "\n".join(json.dumps(r, ensure_ascii=False) for r in many(2_000)).encode()
    packed = gzip.compress(body[:700_000]) + gzip.compress(body[700_000:])  # two members are one body (RFC 1952)
    answer = await post(world.caller(), packed, **{"Content-Encoding": "gzip"})
    assert counts(answer.json()) == (2_000, 216, 0, 2_000 - 216, 0), answer.text[:500]


@pytest.mark.parametrize(
    "packed", [b"no gzip", gzip.compress(b"[]")[:-4], gzip.compress(b"[" * 9999)[:20]], ids=["noise", "cut", "half"]
)
async def test_what_can_not_be_unpacked_is_a_bad_request(world: World, packed: bytes) -> None:
    answer = await post(world.caller(), packed, "application/json", **{"Content-Encoding": "gzip"})
    assert_problem(answer, 400, "bad-request")


async def test_other_packings_are_not_taken(world: World) -> None:
    answer = await post(world.caller(), b"[]", "application/json", **{"Content-Encoding": "br"})
    assert_problem(answer, 415, "unsupported-media-type")


async def test_a_body_that_would_burst_is_refused_early(world: World) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(b" " * 1_000_000) for _ in range(300)) + packer.flush()
    assert len(bomb) < 400_000
    assert_problem(await post(world.caller(), bomb, **{"Content-Encoding": "gzip"}), 413, "too-large")
    assert await world.count("outcome_imports") == 0


async def test_more_than_may_be_taken_in_unpacked_is_too_large(world: World) -> None:
    app = create_app(world.settings.with_changes(max_import_bytes=100_000), world.database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as http:
        caller = Caller(http, world.caller().token)
        noise = "".join(random.Random(1).choices("abcdefghij", k=150_000))
        packed = gzip.compress(json.dumps([row(comment=noise)]).encode())
        assert len(packed) < 100_000
        answer = await post(caller, packed, "application/json", **{"Content-Encoding": "gzip"})
    assert_problem(answer, 413, "too-large")


async def test_a_sender_that_stops_half_way_is_given_up_and_holds_no_transaction(world: World) -> None:
    app = create_app(world.settings.with_changes(body_idle_seconds=0.5), world.database)
    open_ones: list[int] = []

    async def stalling() -> AsyncIterator[bytes]:
        body = "\n".join(json.dumps(r) for r in many(2_000)).encode()
        yield body
        async with world.database.owner_engine.connect() as connection:
            idle = "select count(*) from pg_stat_activity where state like 'idle in transaction%' and datname = "
            found = await connection.scalar(text(f"{idle} current_database() and application_name = 'styrkedjan'"))
            open_ones.append(found or 0)
        await asyncio.sleep(5)
        yield b"\n"

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as http:
        answer = await post(Caller(http, world.caller().token), stalling())
    assert_problem(answer, 408, "timed-out")
    assert open_ones == [0]
    [record] = (await world.caller().found(IMPORTS))["items"]
    assert (record["status"], counts(record)) == ("interrupted", (0, 0, 0, 0, 0))
    assert await world.count("outcomes") == 0


async def test_a_large_body_that_can_not_be_read_leaves_no_record(world: World) -> None:
    body = "\n".join(json.dumps(r) for r in many(2_000)).encode() + b"\n{"
    answer = await post(world.caller(), body)
    assert [e["code"] for e in answer.json()["errors"]] == ["malformed_json"]
    assert (await world.count("outcome_imports"), await world.count("outcomes")) == (0, 0)


async def test_a_large_import_sent_again_with_its_key_is_one_import(world: World) -> None:
    body = "\n".join(json.dumps(r) for r in many(2_000)).encode()
    first = await post(world.caller(), body, **{"Idempotency-Key": "k"})
    again = await post(world.caller(), body, **{"Idempotency-Key": "k"})
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await world.count("outcome_imports") == 1


async def test_what_is_unchanged_is_not_written(world: World) -> None:
    async def versions() -> list[Any]:
        async with world.database.owner_engine.connect() as connection:
            rows = "select xmin::text, xmax::text, ctid::text from outcome_facts where region_id = :r order by ctid"
            return list((await connection.execute(text(rows), {"r": world.region.id})).all())

    rows = many(216)
    await world.caller().made(IMPORTS, rows)
    before = await versions()
    again = await world.caller().made(IMPORTS, [*rows[:100], rows[100] | {"value": 7777}, *rows[101:]])
    assert counts(again) == (216, 0, 1, 215, 0)
    assert len(set(before) & set(await versions())) == 215


async def test_no_value_says_why(world: World) -> None:
    rows = [
        row(status="missing", value=None),
        row(unit="SU-F2", status="suppressed", value=None),
        row(SHARE, numerator=1, denominator=0),
        row(unit="NU", status="missing", value=1),
        row(unit="NU", status="gone", value=None),
    ]
    done = await world.caller().made(IMPORTS, rows, mode="best_effort")
    assert (counts(done), conflicts(done)) == ((5, 3, 0, 0, 2), [(4, "I3", "value"), (5, "I9", "status")])
    shown = {(o["indicator"], o["unit"]): o["status"] for o in (await world.caller().found("/outcomes"))["items"]}
    assert shown == {(COUNTED, "SU"): "missing", (COUNTED, "SU-F2"): "suppressed", (SHARE, "SU"): "not_applicable"}
    again = await world.caller().made(IMPORTS, [row(value=5), row(unit="SU-F2", status="missing", value=None)])
    assert counts(again) == (2, 0, 2, 0, 0)
    assert len(await history(world)) == 2


async def test_ten_thousand_different_conflicts_and_more_are_all_told(world: World) -> None:
    rows = [row(unit=f"NO-{i}", value=i) for i in range(10_050)]
    done = await world.caller().made(IMPORTS, rows, mode="best_effort")
    assert (done["conflict_count"], len(done["conflicts"])) == (10_050, 10_000)
    path = f"{IMPORTS}/{done['id']}/conflicts"
    seen: list[tuple[int, str]] = []
    page: Any = {"next": None}
    while not seen or page["next"]:
        page = await world.caller().found(path, limit=500, **({"cursor": page["next"]} if seen else {}))
        seen += [(c["row"], c["value"]) for c in page["items"]]
    assert seen == [(i + 1, f"NO-{i}") for i in range(10_050)]


async def test_what_a_locked_period_holds_is_set_aside_and_the_rest_taken(world: World) -> None:
    admin = world.caller()
    await admin.made(IMPORTS, [row(value=1)])
    await lock(admin)
    rows = [row(value=2), row(sex="K", value=1), row(unit="NU", value=3)]
    answer = await admin.send("POST", IMPORTS, rows)
    said = answer.json()
    assert answer.status_code == 202, answer.text
    assert (counts(said), said["held"]) == ((3, 1, 0, 0, 0), 2)
    assert [w["rule"] for w in said["warnings"]] == ["I7"]
    # Set aside by one statement: which comes first is not said.
    held = sorted((await admin.found("/corrections", state="held"))["items"], key=lambda h: h["sex"], reverse=True)
    assert [(h["sex"], h["proposed"]["value"]) for h in held] == [("T", 2), ("K", 1)]
    assert held[0]["standing"]["value"] == 1
    same = await admin.send("POST", IMPORTS, [row(value=1)])
    assert (same.status_code, counts(same.json())) == (200, (1, 0, 0, 1, 0))
    await admin.made(f"/corrections/{held[0]['id']}/accept", {})
    shown = (await admin.found("/outcomes", indicator=COUNTED, unit="code:SU"))["items"]
    assert [(o["sex"], o["value"]) for o in shown] == [("T", 2)]


async def test_an_empty_body_of_lines_is_an_import_of_nothing(world: World) -> None:
    assert counts((await send(world.caller(), b"", NDJSON)).json()) == (0, 0, 0, 0, 0)


async def test_an_import_that_died_is_told_to_who_saw_it_run(world: World) -> None:
    """Nothing is written when it dies: its lock is free, and the tag of what was seen must not stand for it."""
    admin = world.caller()
    async with world.database.unit_of_work(world.region.id) as uow:
        started = await records.start(uow, world.region.principal(), "atomic", "running")
    paths = (IMPORTS, f"{IMPORTS}/{started.id}")
    async with world.database.unit_of_work(world.region.id) as alive:
        await records.hold(alive, started)
        seen = [await admin.send("GET", path) for path in paths]
        assert [_status(answer) for answer in seen] == ["running", "running"]
        same = [await admin.send("GET", p, headers=_known(s)) for p, s in zip(paths, seen, strict=True)]
        assert [answer.status_code for answer in same] == [304, 304]
    later = [await admin.send("GET", p, headers=_known(s)) for p, s in zip(paths, seen, strict=True)]
    assert [(answer.status_code, _status(answer)) for answer in later] == [(200, "interrupted")] * 2
    await admin.made(IMPORTS, [row(value=1)])
    finished = await admin.send("GET", IMPORTS)
    assert (await admin.send("GET", IMPORTS, headers=_known(finished))).status_code == 304


def _known(answer: httpx.Response) -> dict[str, str]:
    return {"If-None-Match": answer.headers["etag"]}


def _status(answer: httpx.Response) -> str:
    said = answer.json()
    return str(said.get("items", [said])[0]["status"])
