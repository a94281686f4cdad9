"""Imports of the same rows at the same time: none waits for ever, none is lost, each is counted for what it did."""

import asyncio
import random
from typing import Any

import pytest
from sqlalchemy import text

from tests.api.figures import COUNTED, IMPORTS, SPLIT, counts, history, make_indicators, row
from tests.api.planning import World

UNITS = ("SU", "SU-F2", "SU-OM", "SU-VH", "NU", "PHM", "VGR")


@pytest.fixture(autouse=True)
async def indicators(world: World) -> None:
    await make_indicators(world)


def table(value: int, seed: int) -> list[Any]:
    """The same places with a value of its own, in an order of its own."""
    units = [unit for unit in UNITS if unit != "PHM"]
    months = (1, 2, 3, 4, 5, 6)
    rows = [row(i, u, f"2027-{m:02}", value=value) for i in (COUNTED, SPLIT) for u in units for m in months]
    random.Random(seed).shuffle(rows)
    return rows


async def test_overlapping_imports_all_come_through_and_history_shows_each(world: World) -> None:
    callers = [world.caller(unit) for unit in ("VGR",) * 4]
    places = len(table(0, 0))
    done = await asyncio.gather(*(c.made(IMPORTS, table(10 + i, i)) for i, c in enumerate(callers)))
    # One of them came first; each of the others corrected what the one before it said.
    assert sorted(counts(d) for d in done) == [(places, 0, places, 0, 0)] * 3 + [(places, places, 0, 0, 0)]
    assert await world.count("outcomes") == places
    replaced = await history(world)
    assert len(replaced) == 3 * places
    last = {o["value"] for o in (await callers[0].found("/outcomes", limit=500))["items"]}
    assert len(last) == 1
    assert {int(h.value) for h in replaced} | last == {10, 11, 12, 13}
    assert {str(h.import_id) for h in replaced} | {str(h.replaced_by_import) for h in replaced} == {
        d["id"] for d in done
    }


async def test_twins_at_once_are_one_import_of_new_rows_and_one_of_unchanged(world: World) -> None:
    caller, rows = world.caller(), table(5, 1)
    done = await asyncio.gather(*(caller.made(IMPORTS, rows) for _ in range(3)))
    places = len(rows)
    assert sorted(counts(d) for d in done) == [(places, 0, 0, places, 0)] * 2 + [(places, places, 0, 0, 0)]
    assert await history(world) == []


async def test_a_plan_is_not_archived_under_an_import(world: World) -> None:
    async with world.database.unit_of_work(world.region.id) as uow:
        await uow.session.execute(text("update plan_versions set status = 'archived' where year = 2027"))
        waiting = asyncio.create_task(world.caller().send("POST", IMPORTS, [row()]))
        done, _ = await asyncio.wait([waiting], timeout=0.5)
        assert not done
    answer = await waiting
    assert answer.status_code == 422
    assert answer.json()["rule"] == "I9"
    assert await world.count("outcomes") == 0
