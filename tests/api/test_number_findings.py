"""/indicators/findings: what looks wrong in the numbers, a page at a time."""

from typing import Any

import pytest
from sqlalchemy import text

from app.domain.access import Role
from app.services import number_checks
from tests.api.figures import COUNTED, IMPORTS, SHARE, SPLIT, integration, make_indicators, row
from tests.api.planning import Caller, World
from tests.api.problem_answers import assert_problem

PATH = "/indicators/findings"
MONTHS = [f"2027-{month:02d}" for month in range(1, 9)]


@pytest.fixture(autouse=True)
async def outcomes(world: World) -> None:
    """A jump at one unit, a sum that does not meet at another, a small group at a third."""
    await make_indicators(world)
    rows = [row(COUNTED, "SU", month, value=100) for month in MONTHS[:7]] + [row(COUNTED, "SU", MONTHS[7], value=900)]
    rows += [row(SPLIT, "NU", "2027-03", sex, value=value) for sex, value in (("T", 50), ("K", 20), ("M", 31))]
    rows += [row(COUNTED, "SU-OM", "2027-05", value=3)]
    await world.caller().made(IMPORTS, rows)


async def told(caller: Caller, **params: Any) -> list[tuple[str, str | None, str | None]]:
    found = await caller.found(PATH, **params)
    assert found["next"] is None
    return [(f["rule"], f["unit"], f["period"]) for f in found["items"]]


JUMP, SUM, SMALL = ("L1", "SU", "2027-08"), ("I4", "NU", "2027-03"), ("L2", "SU-OM", "2027-05")


async def test_all_that_looks_wrong_with_its_rule(world: World) -> None:
    assert sorted(await told(world.caller())) == sorted([JUMP, SUM, SMALL])
    found = (await world.caller().found(PATH, check="L1"))["items"][0]
    assert found["message"] == "CNT-1, SU 2027-08 T: 900 is a jump. The 7 values before it lie around 100."
    assert (found["indicator"], found["sex"], found["facts"]["median"]) == (COUNTED, "T", "100")


async def test_filters(world: World) -> None:
    caller = world.caller()
    assert await told(caller, check="L2") == [SMALL]
    assert sorted(await told(caller, check=["L2", "I4"])) == sorted([SMALL, SUM])
    assert sorted(await told(caller, indicator=f"code:{COUNTED}")) == sorted([JUMP, SMALL])
    assert await told(caller, unit="code:SU") == [JUMP]
    assert sorted(await told(caller, under="code:SU")) == sorted([JUMP, SMALL])
    assert await told(caller, period_from="2027-04", period_to="2027-06") == [SMALL]
    # What came before the span is history: it is still compared with.
    assert await told(caller, period_from="2027-08") == [JUMP]


async def test_one_sees_the_findings_of_ones_own_part(world: World) -> None:
    assert sorted(await told(world.caller("SU", Role.READER))) == sorted([JUMP, SMALL])
    assert await told(world.caller("NU", Role.READER)) == [SUM]
    assert await told(await integration(world, f"indicator:{SPLIT}")) == [SUM]
    refused = await world.caller("SU", Role.READER).send("GET", PATH, unit="code:NU")
    assert_problem(refused, 404, "not-found")


async def test_an_indicator_that_no_one_reports(world: World) -> None:
    async with world.database.owner_unit_of_work(world.region.id) as uow:
        await uow.session.execute(text("update indicators set created_at = '2020-01-01'"))
        await uow.session.execute(text("update nodes set periodicity = 'month' where indicator_id is not null"))
    silent = {f["indicator"] for f in (await world.caller().found(PATH, check="L3"))["items"]}
    assert SHARE in silent
    assert not silent & {COUNTED, SPLIT}
    assert await told(world.caller(), check="L3", unit="code:SU") == []
    # Silence comes first, whatever the size of the page.
    first = (await world.caller().found(PATH, limit=1))["items"]
    assert [f["rule"] for f in first] == ["L3"]


@pytest.mark.parametrize("batch", [20_000, 12, 9])
async def test_pages_hold_each_finding_once_whatever_is_read_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(number_checks, "BATCH_ROWS", batch)
    monkeypatch.setattr(number_checks, "MOST_BATCHES", 1)
    rows = [row(COUNTED, "NU", month, value=2) for month in MONTHS[:4]]
    await world.caller().made(IMPORTS, rows)
    found: list[Any] = []
    pages, params = 0, {"limit": 2}
    while True:
        page = await world.caller().found(PATH, **params)
        assert len(page["items"]) <= 2
        found += [(f["rule"], f["unit"], f["period"]) for f in page["items"]]
        pages += 1
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert sorted(found) == sorted([JUMP, SUM, SMALL, *(("L2", "NU", month) for month in MONTHS[:4])])
    assert pages >= 4


async def test_parameters_that_are_none(world: World) -> None:
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"check": "K1"}, "check"),
        ({"period_from": "x"}, "period_from"),
        ({"cursor": "x"}, "cursor"),
        ({"colour": "red"}, "colour"),
    )
    for params, parameter in wrong:
        answer = await world.caller().send("GET", PATH, **params)
        assert {e["parameter"].partition(".")[0] for e in assert_problem(answer, 422, "invalid")["errors"]} == {
            parameter
        }
