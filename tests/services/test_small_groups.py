"""From which count on figures are shown: set by the region, and lifted for those who may see small groups."""

import pytest
from sqlalchemy import text

from app.db.session import Database
from app.domain.access import Role
from app.domain.small_groups import DEFAULT_THRESHOLD
from app.services.small_groups import masking_threshold
from tests.conftest import TestRegion


@pytest.mark.parametrize(
    ("role", "threshold"),
    [(Role.READER, DEFAULT_THRESHOLD), (Role.REPORTER, DEFAULT_THRESHOLD), (Role.ADMINISTRATOR, None)],
)
async def test_a_right_of_its_own(database: Database, region: TestRegion, role: Role, threshold: int | None) -> None:
    async with database.unit_of_work(region.id) as uow:
        assert await masking_threshold(uow, region.principal(role)) == threshold


async def test_a_region_sets_its_own(database: Database, region: TestRegion) -> None:
    async with database.owner_unit_of_work(region.id) as uow:
        await uow.session.execute(
            text("update regions set settings = settings || '{\"small_group_threshold\": 10}' where region_id = :r"),
            {"r": region.id},
        )
    async with database.unit_of_work(region.id) as uow:
        assert await masking_threshold(uow, region.principal(Role.READER)) == 10


async def test_a_region_that_set_nothing_has_the_usual_one(database: Database, region: TestRegion) -> None:
    async with database.owner_unit_of_work(region.id) as uow:
        await uow.session.execute(
            text("update regions set settings = settings - 'small_group_threshold' where region_id = :r"),
            {"r": region.id},
        )
    async with database.unit_of_work(region.id) as uow:
        assert await masking_threshold(uow, region.principal(Role.READER)) == DEFAULT_THRESHOLD
