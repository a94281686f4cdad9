"""What PostgreSQL keeps of locked periods by itself, whoever writes."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db.session import ConcurrentChange, ConstraintBroken, Database, UnitOfWork
from app.domain.identity import new_id
from tests.conftest import TestRegion
from tests.outcome_facts import write_months

LOCK = """
insert into period_locks (region_id, id, unit_id, period, period_start, period_end, what, source, reason, locked_by)
values (:r, :lock, :unit, '2027-T1', '2027-01-01', '2027-04-30', :what, 'administrator', 'klart', 'chef')
"""
UNLOCK = "update period_locks set unlocked_at = now(), unlocked_by = 'chef', unlock_reason = 'fel' where id = :lock"
HOLD = """
insert into held_corrections (region_id, id, indicator_id, unit_id, period, sex, value, is_new, source, proposed_by)
values (:r, :held, :indicator, :unit, '2027-03', 'T', 7, false, 'manual', 'sender')
"""
ACCEPT = "update held_corrections set state = 'accepted', decided_at = now(), decided_by = 'owner' where id = :held"


class Place:
    """An indicator and a unit to write outcomes of."""

    def __init__(self, region: TestRegion) -> None:
        self.values = {
            "r": region.id,
            "unit": region.unit_ids["SU"],
            "indicator": new_id(),
            "lock": new_id(),
            "held": new_id(),
        }

    async def run(self, uow: UnitOfWork, statement: str, **more: Any) -> Any:
        values = {**self.values, **more}
        return await uow.session.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})

    async def months(self, uow: UnitOfWork, value: int, first: int = 1, last: int = 12) -> None:
        indicator, unit = self.values["indicator"], self.values["unit"]
        await write_months(uow, indicator, unit, value, first=first, last=last, by="writer")


@pytest.fixture
async def place(database: Database, region: TestRegion) -> Place:
    made = Place(region)
    async with database.unit_of_work(region.id) as uow:
        await made.run(
            uow,
            "insert into indicators (region_id, id, code, title, direction, input, created_by, updated_by)"
            " values (:r, :indicator, 'X-1', 'X', 'up', 'manual', 't', 't')",
        )
        await made.months(uow, 1)
    return made


async def _values(database: Database, region: UUID) -> list[int]:
    async with database.unit_of_work(region) as uow:
        return [int(v) for v in (await uow.session.scalars(text("select value from outcomes order by period"))).all()]


async def _held(database: Database, region: UUID) -> Any:
    async with database.unit_of_work(region) as uow:
        return (await uow.session.execute(text("select state, decided_by from held_corrections"))).one()


async def test_outcomes_in_a_locked_period_are_refused(database: Database, region: TestRegion, place: Place) -> None:
    async with database.unit_of_work(region.id) as uow:
        await place.run(uow, LOCK, what="all")
    for first, last in ((1, 1), (4, 6), (1, 12)):
        with pytest.raises(ConstraintBroken) as broken:
            async with database.unit_of_work(region.id) as uow:
                await place.months(uow, 2, first, last)
        assert broken.value.constraint == "tg_outcomes_period_locked"
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.unit_of_work(region.id) as uow:
            await place.run(uow, "delete from outcome_facts where period_start = '2027-02-01'")
    async with database.unit_of_work(region.id) as uow:
        await place.months(uow, 3, 5, 12)
    assert await _values(database, region.id) == [1] * 4 + [3] * 8
    async with database.unit_of_work(region.id) as uow:
        await place.run(uow, UNLOCK)
        await place.months(uow, 4)
    assert await _values(database, region.id) == [4] * 12


async def test_a_lock_on_assessments_lets_outcomes_in(database: Database, region: TestRegion, place: Place) -> None:
    async with database.unit_of_work(region.id) as uow:
        await place.run(uow, LOCK, what="assessments")
        await place.months(uow, 2)
    assert await _values(database, region.id) == [2] * 12


async def test_an_accepted_correction_gets_in_with_its_own_figures(
    database: Database, region: TestRegion, place: Place
) -> None:
    async with database.unit_of_work(region.id) as uow:
        await place.run(uow, LOCK, what="all")
        await place.run(uow, HOLD)
    with pytest.raises(ConstraintBroken):
        async with database.unit_of_work(region.id) as uow:
            await place.months(uow, 7, 3, 3)  # held, not accepted
    with pytest.raises(ConstraintBroken):
        async with database.unit_of_work(region.id) as uow:
            await place.run(uow, ACCEPT)
            await place.months(uow, 8, 3, 3)
    async with database.unit_of_work(region.id) as uow:
        await place.run(uow, ACCEPT)
        await place.months(uow, 7, 3, 3)
    with pytest.raises(ConstraintBroken):
        async with database.unit_of_work(region.id) as uow:
            await place.months(uow, 9, 3, 3)
    assert (await _values(database, region.id))[2] == 7
    assert tuple(await _held(database, region.id)) == ("accepted", "owner")


async def test_a_correction_is_superseded_when_the_outcome_changes_another_way(
    database: Database, region: TestRegion, place: Place
) -> None:
    async with database.unit_of_work(region.id) as uow:
        await place.run(uow, HOLD)
        await place.months(uow, 5, 4, 4)
    assert (await _held(database, region.id)).state == "held"
    async with database.unit_of_work(region.id) as uow:
        await place.months(uow, 5, 3, 3)
    assert tuple(await _held(database, region.id)) == ("superseded", "writer")


async def test_a_lock_waits_for_a_write_under_way_and_stops_the_next(
    database: Database, region: TestRegion, place: Place
) -> None:
    locked = asyncio.Event()

    async def lock() -> None:
        async with database.unit_of_work(region.id) as uow:
            await place.run(uow, LOCK, what="all")
            locked.set()

    async with database.unit_of_work(region.id) as uow:
        await place.months(uow, 2, 1, 1)
        setting = asyncio.create_task(lock())
        await asyncio.sleep(0.2)
        assert not locked.is_set()
    await setting
    assert (await _values(database, region.id))[0] == 2
    with pytest.raises(ConstraintBroken):
        async with database.unit_of_work(region.id) as uow:
            await place.months(uow, 3, 1, 1)


async def test_what_was_locked_and_proposed_cant_be_rewritten(
    database: Database, region: TestRegion, place: Place
) -> None:
    async with database.unit_of_work(region.id) as uow:
        await place.run(uow, LOCK, what="all")
        await place.run(uow, HOLD)
    for statement in (
        "delete from period_locks",
        "update period_locks set reason = 'annat'",
        "delete from held_corrections",
        "update held_corrections set value = 0",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.unit_of_work(region.id) as uow:
                await uow.session.execute(text(statement))


async def test_one_lock_of_a_kind_and_one_held_correction_of_an_outcome(
    database: Database, region: TestRegion, place: Place
) -> None:
    async with database.unit_of_work(region.id) as uow:
        await place.run(uow, LOCK, what="all")
        await place.run(uow, HOLD)
    for statement, name in ((LOCK, "uq_period_locks_in_force"), (HOLD, "uq_held_corrections_one_held")):
        with pytest.raises((ConstraintBroken, ConcurrentChange)) as broken:
            async with database.unit_of_work(region.id) as uow:
                await place.run(uow, statement, what="all", lock=new_id(), held=new_id())
        assert isinstance(broken.value, ConstraintBroken)
        assert broken.value.constraint == name
