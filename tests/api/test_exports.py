"""/exports/outcomes: the same outcomes as the list has, as files; within reach, masked, fit to be imported again."""

import asyncio
import csv
import io
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from arro3.io import read_parquet
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.api.exports import AT_ONCE
from app.db.session import Database
from app.domain.access import Role
from app.main import create_app
from tests.api.figures import COUNTED, SHARE, SPLIT, counts, integration, make_indicators, row, send
from tests.api.planning import Caller, World

EXPORT = "/exports/outcomes"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PARQUET = "application/vnd.apache.parquet"


@pytest.fixture
async def filled(world: World) -> World:
    """Outcomes at three units, months and a tertial."""
    await make_indicators(world)
    rows = [
        *(row(unit=unit, period=f"2027-{m:02d}", value=m * 10 + 0.5) for unit in ("SU", "SU-F2") for m in (7, 8, 9)),
        row(unit="VGR", value=1234567.25, comment='Med "citat", komma; och å'),
        row(SHARE, value=12.5, numerator=25, denominator=200),
        *(row(SPLIT, sex=sex, value=value) for sex, value in (("T", 20), ("K", 3), ("M", 17))),
    ]
    await world.caller().made("/outcome-imports", rows)
    return world


async def table(caller: Caller, **params: Any) -> list[dict[str, str]]:
    answer = await caller.send("GET", EXPORT, **params)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_it_is_the_list_as_a_file(filled: World) -> None:
    admin = filled.caller()
    answer = await admin.send("GET", EXPORT)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="outcomes-')
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    listed = (await admin.found("/outcomes", limit=500))["items"]
    assert sorted((r["indicator"], r["unit"], r["period"], r["sex"], float(r["value"])) for r in rows) == sorted(
        (i["indicator"], i["unit"], i["period"], i["sex"], i["value"]) for i in listed
    )


async def test_it_takes_the_filters_of_the_list(filled: World) -> None:
    admin = filled.caller()
    for params, count in (
        ({"indicator": COUNTED}, 7),
        ({"indicator": COUNTED, "unit": "code:SU"}, 3),
        ({"under": "code:SU"}, 10),
        ({"period": "2027-08"}, 7),
        ({"period_from": "2027-08", "period_to": "2027-T2", "indicator": COUNTED}, 3),
        ({"period_from": "2027-09"}, 2),
        ({"period_to": "2027-07"}, 2),
        ({"sex": ["K", "M"]}, 2),
        ({"indicator": "NONE"}, 0),
    ):
        assert len(await table(admin, **params)) == count, params
        assert len((await admin.found("/outcomes", **params))["items"]) == count, params
    assert (await admin.send("GET", EXPORT, unit="code:XX")).status_code == 404
    for name in ("format", "period", "columns", "unknown"):
        wrong: dict[str, Any] = {name: "x"}
        assert (await admin.send("GET", EXPORT, **wrong)).status_code == 422


async def test_what_is_exported_can_be_imported_again(filled: World) -> None:
    admin = filled.caller()
    await admin.made("/outcome-imports", [row(unit="SU", period="2027-10", value=None, status="missing")])
    for params in ({}, {"dialect": "excel_sv"}, {"guard": False}):
        answer = await admin.send("GET", EXPORT, **params)
        again = await send(admin, answer.content, "text/csv", dry_run=True)
        assert again.status_code == 200, again.text
        assert counts(again.json()) == (12, 0, 0, 12, 0)


async def test_the_format_is_asked_for_or_accepted(filled: World) -> None:
    admin = filled.caller()
    answer = await admin.send("GET", EXPORT, format="xlsx")
    assert (answer.headers["content-type"], answer.content[:2]) == (XLSX, b"PK")
    answer = await admin.send("GET", EXPORT, headers={"Accept": f"application/json, {PARQUET};q=0.9, text/csv;q=0.5"})
    assert answer.headers["content-type"] == PARQUET
    found = read_parquet(io.BytesIO(answer.content)).read_all()
    assert found.num_rows == 11
    assert (await admin.send("GET", EXPORT, headers={"Accept": "application/json"})).status_code == 406
    assert (await admin.send("GET", EXPORT, headers={"Accept": "text/*"})).status_code == 200
    assert (await admin.send("GET", EXPORT, headers={"Accept": "text/csv;q=0"})).status_code == 406


async def test_all_columns_say_who_and_when(filled: World) -> None:
    [found] = await table(filled.caller(), columns="all", indicator=SHARE)
    assert (found["source"], found["recorded_by"]) == ("manual", "VGR-administrator")
    assert found["recorded_at"]
    [sdmx] = await table(filled.caller(), columns="sdmx", indicator=SHARE)
    assert (sdmx["STRUCTURE"], sdmx["INDICATOR"], sdmx["OBS_VALUE"], sdmx["OBS_STATUS"]) == (
        "dataflow",
        SHARE,
        "12.5",
        "A",
    )


async def test_only_what_is_within_reach(filled: World) -> None:
    below = await table(filled.caller("SU-F2", Role.READER))
    assert {r["unit"] for r in below} == {"SU-F2"}
    scoped = await integration(filled, f"indicator:{SHARE}")
    assert {r["indicator"] for r in await table(scoped)} == {SHARE}


async def test_small_groups_are_masked_for_who_may_not_see_them(filled: World) -> None:
    """Three women of twenty: masked, and the men too, or the three could be worked out."""
    whole = {r["sex"]: (r["value"], r["status"]) for r in await table(filled.caller(), indicator=SPLIT, columns="all")}
    assert whole == {"T": ("20", ""), "K": ("3", ""), "M": ("17", "")}
    reader = filled.caller("VGR", Role.READER)
    shown = {r["sex"]: (r["value"], r["status"]) for r in await table(reader, indicator=SPLIT, columns="all")}
    assert shown == {"T": ("20", ""), "K": ("", "suppressed"), "M": ("", "suppressed")}
    assert [r["value"] for r in await table(reader, indicator=SPLIT, sex="M")] == [""]


async def test_unchanged_it_is_not_sent_again(filled: World) -> None:
    admin = filled.caller()
    tag = (await admin.send("GET", EXPORT)).headers["etag"]
    assert (await admin.send("GET", EXPORT, headers={"If-None-Match": tag})).status_code == 304
    await admin.made("/outcome-imports", [row(value=99)])
    assert (await admin.send("GET", EXPORT, headers={"If-None-Match": tag})).status_code == 200


async def test_there_are_places_for_a_few_at_once(filled: World, app: Any) -> None:
    places = app.state.exports
    taken = 0
    while not places.locked():
        await places.acquire()
        taken += 1
    try:
        answer: httpx.Response = await filled.caller().send("GET", EXPORT)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
    finally:
        for _ in range(taken):
            places.release()
    assert (await filled.caller().send("GET", EXPORT)).status_code == 200
    assert not places.locked()


async def test_exports_that_last_take_no_connection_from_the_others(filled: World) -> None:
    database = Database(filled.database.url, pool_size=1)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.aclose)
        for _ in range(AT_ONCE):
            await stack.enter_async_context(database.unit_of_work(filled.region.id, lasting=True))
        app = create_app(filled.settings, database)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as http:
            caller = Caller(http, filled.caller().token)
            async with asyncio.timeout(3):
                assert (await caller.send("GET", "/outcomes")).status_code == 200
                assert (await caller.send("POST", "/outcome-imports", [row(value=98)])).status_code == 200


async def test_what_lasts_sees_one_moment_and_changes_nothing(filled: World) -> None:
    async with filled.database.unit_of_work(filled.region.id, lasting=True) as uow:
        count = text("select count(*) from outcome_facts")
        before = await uow.session.scalar(count)
        await filled.caller().made("/outcome-imports", [row(unit="SU-OM", period="2027-11", value=3)])
        assert await uow.session.scalar(count) == before
        with pytest.raises(DBAPIError):
            await uow.session.execute(text("delete from outcome_facts"))
        await uow.session.rollback()
