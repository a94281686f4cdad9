"""Figures pulled from a catalogue over real HTTP: all of them, only changes, through faults, from where it stopped."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from app.jobs.catalogue_sync import CatalogueSyncError, SyncUnderWayError
from app.services.catalogue import latest_syncs
from tests.api.catalogue.conftest import KEY, Puller
from tests.api.figures import history
from tests.api.test_period_locks import lock

MONTHS = [f"2027-{m:02d}" for m in range(1, 6)]


@pytest.fixture
def filled(pull: Puller) -> Puller:
    """Five months at two units, by sex: ten values, thirty figures."""
    for month in MONTHS:
        for unit in ("V15ESU", "V15ESU-F2"):
            pull.server.put(KEY, unit, month, T=10.5, K=11, M=10)
    return pull


async def test_all_is_pulled_and_then_only_what_has_changed(filled: Puller) -> None:
    filled.server.put(KEY, "0014", "2027-01", kind="municipality", T=9.25)
    assert await filled() == ("completed", 31, 31, 0, 0, 0)
    found = await filled.outcomes()
    assert found["VGR", "2027-01", "T"] == 9.25
    assert found["SU", "2027-05", "K"] == 11
    await filled.forget_overlap()
    filled.server.asked.clear()
    assert await filled() == ("completed", 0, 0, 0, 0, 0)
    assert all("from_date=2027-06-01" in asked for asked in filled.server.asked)
    filled.server.put(KEY, "V15ESU", "2027-02", changed=date(2027, 6, 3), T=12.5, K=11, M=10)
    assert await filled() == ("completed", 3, 0, 1, 2, 0)
    assert (await filled.outcomes())["SU", "2027-02", "T"] == 12.5


async def test_pulled_in_full_again_everything_is_unchanged(filled: Puller) -> None:
    await filled()
    assert await filled(full=True, per_page=5000) == ("completed", 30, 0, 0, 30, 0)


async def test_the_figures_come_by_integration_and_are_recorded_as_imports(filled: Puller) -> None:
    await filled(per_page=5000)
    [item] = (await filled.world.caller().found("/outcomes", unit="code:SU", period="2027-01", sex="T"))["items"]
    assert (item["source"], item["recorded_by"]) == ("catalogue", "catalogue:kolada")
    assert (await filled.world.caller().found(f"/outcome-imports/{item['import_id']}"))["received"] == 30


async def test_what_the_rules_refuse_is_counted_and_the_rest_is_taken(filled: Puller) -> None:
    filled.server.put(KEY, "V15ESU", "2027", T=1)
    filled.server.put(KEY, "V15ESU", "2026-12", T=1)
    filled.server.put(KEY, "V15ESU", "2027-06", T="elva", K=1, X=1)
    assert await filled() == ("completed", 35, 31, 0, 0, 4)


async def test_busy_and_broken_answers_are_tried_again(filled: Puller) -> None:
    filled.server.faults.extend([503, (429, {"Retry-After": "7"}), None, "cut", "html", None])
    assert await filled() == ("completed", 30, 30, 0, 0, 0)
    assert filled.waits.seconds == [1.0, 7.0, 1.0, 2.0]


async def test_a_catalogue_that_stays_down_is_gone_on_with_the_next_time(filled: Puller) -> None:
    filled.server.faults.extend([None, None, 503, 503, 503, 503])
    with pytest.raises(CatalogueSyncError, match="answered 503"):
        await filled()
    assert len(await filled.outcomes()) == 6
    asked = len(filled.server.asked)
    assert await filled() == ("completed", 30, 30, 0, 0, 0)
    assert len(filled.server.asked) - asked == 4  # pages two to five, not what was had already
    async with filled.world.database.unit_of_work(filled.world.region.id) as uow:
        [row] = await latest_syncs(uow, 5)
    assert (row.attempts, row.pages, row.error) == (2, 6, None)


async def test_an_answer_that_says_no_is_not_tried_again(filled: Puller) -> None:
    for status in (400, 401, 404):
        filled.server.asked.clear()
        filled.server.faults.append(status)
        with pytest.raises(CatalogueSyncError, match=str(status)):
            await filled()
        assert len(filled.server.asked) == 1
    assert filled.waits.seconds == []


ELSEWHERE = ("http://169.254.169.254/v2/x", "http://localhost/v2/data", "/elsewhere", "file:///etc/passwd", "http://[")


async def test_a_next_page_leads_nowhere_else(filled: Puller) -> None:
    for elsewhere in ELSEWHERE:
        filled.server.next_page = lambda _true, there=elsewhere: there
        with pytest.raises(CatalogueSyncError):
            await filled()
    filled.server.next_page = lambda _true: filled.server.asked[-1]
    with pytest.raises(CatalogueSyncError, match="leads to itself"):
        await filled()
    assert all(asked.startswith("/v2/") for asked in filled.server.asked)
    assert len(await filled.outcomes()) == 0


async def test_one_pull_at_a_time(filled: Puller) -> None:
    filled.server.faults.append("hold")
    first = asyncio.create_task(filled())
    await asyncio.to_thread(filled.server.was_asked.wait, 10)
    with pytest.raises(SyncUnderWayError):
        await filled()
    filled.server.released.set()
    assert (await first)[0] == "completed"


async def test_a_full_pull_abandons_one_that_stopped(filled: Puller) -> None:
    filled.server.faults.extend([None, None, 404])
    with pytest.raises(CatalogueSyncError):
        await filled()
    assert await filled(full=True) == ("completed", 30, 24, 0, 6, 0)
    async with filled.world.database.unit_of_work(filled.world.region.id) as uow:
        assert [row.status for row in await latest_syncs(uow, 5)] == ["completed", "abandoned"]


async def test_killed_in_the_middle_it_goes_on_where_it_stopped(filled: Puller) -> None:
    world, server = filled.world, filled.server
    environment = {
        **os.environ,
        "DATABASE_URL": world.database.url.replace("+asyncpg", ""),
        "STYRKEDJAN_CATALOGUE_URL": server.url,
        "STYRKEDJAN_CATALOGUE_REGION": world.region.code,
        "STYRKEDJAN_FETCH_TRUSTED_HOSTS": "127.0.0.1",
        "STYRKEDJAN_FETCH_ALLOW_HTTP": "true",
    }
    for month in range(6, 13):
        for unit in ("V15ESU", "V15ESU-F2"):
            server.put(KEY, unit, f"2027-{month:02d}", T=1, K=1, M=1)
    async with world.database.unit_of_work(world.region.id) as uow:
        await uow.session.execute(
            text(
                "insert into catalogue_syncs (region_id, id, catalogue, status, steps, started_by)"
                " values (:r, gen_random_uuid(), 'kolada', 'running', cast(:steps as jsonb), 'test')"
            ),
            {"r": world.region.id, "steps": f'["oudata/kpi/{KEY}/ou/V15ESU,V15ESU-F2?per_page=4"]'},
        )
    server.faults.extend([None, None, "hold"])
    command = [sys.executable, "-c", "from app.cli import main; main()", "catalogue", "sync"]
    process = await asyncio.to_thread(
        subprocess.Popen, command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while len(server.asked) < 3:
        assert process.poll() is None
        await asyncio.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    server.released.set()
    assert len(await filled.outcomes()) == 24
    asked = len(server.asked)
    for _ in range(100):  # until the server has noticed that the killed process is gone
        try:
            done = await filled()
            break
        except SyncUnderWayError:
            await asyncio.sleep(0.05)
    assert done == ("completed", 72, 72, 0, 0, 0)
    assert len(server.asked) - asked == 4


async def test_a_figure_that_is_taken_away_becomes_no_value_and_stays_in_history(filled: Puller) -> None:
    await filled(per_page=5000)
    await filled.forget_overlap()
    changed = date(2027, 6, 3)
    filled.server.put(KEY, "V15ESU", "2027-01", changed=changed, T={"isdeleted": True}, K={"status": "Privacy"}, M=10)
    assert await filled(per_page=5000) == ("completed", 3, 0, 2, 1, 0)
    found = (await filled.world.caller().found("/outcomes", unit="code:SU", period="2027-01"))["items"]
    assert {i["sex"]: (i["value"], i["status"]) for i in found} == {
        "T": (None, "missing"),
        "K": (None, "suppressed"),
        "M": (10, "normal"),
    }
    assert sorted(kept.value for kept in await history(filled.world)) == [Decimal("10.5"), Decimal(11)]
    assert await filled(per_page=5000, full=True) == ("completed", 30, 0, 0, 30, 0)


async def test_figures_of_a_locked_period_are_held_until_they_are_accepted(filled: Puller) -> None:
    admin = filled.world.caller()
    await filled(per_page=5000)
    await lock(admin, period="2027-T1")
    filled.server.put(KEY, "V15ESU", "2027-01", T=99, K=11, M=10)
    for _ in range(2):
        assert await filled(per_page=5000, full=True) == ("completed", 30, 0, 0, 29, 0)
    assert (await filled.outcomes())["SU", "2027-01", "T"] == 10.5
    [held] = (await admin.found("/corrections", state="held"))["items"]
    assert (held["proposed"]["value"], held["standing"]["value"], held["source"]) == (99, 10.5, "catalogue")
    await admin.made(f"/corrections/{held['id']}/accept", {})
    assert (await filled.outcomes())["SU", "2027-01", "T"] == 99
    assert await filled(per_page=5000, full=True) == ("completed", 30, 0, 0, 30, 0)
