"""A read can't write: PostgreSQL itself refuses, whatever a handler tries."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db.session import Database
from tests.conftest import TestRegion


async def test_a_transaction_that_only_reads_refuses_every_change(database: Database, region: TestRegion) -> None:
    async with database.unit_of_work(region.id, read_only=True) as uow:
        assert await uow.session.scalar(text("select count(*) from org_units")) == len(region.unit_ids)
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await uow.session.execute(text("update org_units set name = 'x'"))


async def test_the_next_transaction_on_the_connection_may_write_again(database: Database, region: TestRegion) -> None:
    async with database.unit_of_work(region.id, read_only=True) as uow:
        await uow.session.execute(text("select 1"))
    async with database.unit_of_work(region.id) as uow:
        await uow.session.execute(text("update org_units set version = version"))


async def test_an_error_of_the_database_is_told_without_the_values(database: Database, region: TestRegion) -> None:
    async with database.unit_of_work(region.id) as uow:
        with pytest.raises(DBAPIError, match="division by zero") as failed:
            await uow.session.execute(text("select 1 / (length(:value) - length(:value))"), {"value": "words of hers"})
    assert "words of hers" not in str(failed.value)
