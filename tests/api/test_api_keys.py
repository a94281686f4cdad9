"""An integration's key, from its making to its end."""

from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from app.auth import api_keys
from app.db.session import Database
from app.db.tables import ApiKeyRow
from app.domain.access import Role
from app.domain.findings import InvalidInput, NotFound
from app.services.calendar_day import now
from tests.api.credentials import ask, assert_refused
from tests.conftest import TestRegion


async def make_key(
    database: Database, region: TestRegion, *, name: str = "catalogue", expires_at: datetime | None = None
) -> str:
    async with database.unit_of_work(region.id) as uow:
        made = await api_keys.create_api_key(
            uow,
            region.principal(),
            name=name,
            unit="SU",
            role=Role.REPORTER,
            scopes=["indicator:IND-001"],
            expires_at=expires_at,
        )
    return made.plaintext


async def test_a_key_is_an_integration_on_its_unit(app: FastAPI, database: Database, region: TestRegion) -> None:
    key = await make_key(database, region)
    assert key.startswith(f"styr_{region.code.lower()}_")
    answer = await ask(app, key)
    assert answer.status_code == 200
    viewer = answer.json()["viewer"]
    assert viewer["subject"] == "key:catalogue"
    assert (viewer["role"], viewer["unit"], viewer["scopes"]) == ("reporter", "SU", ["indicator:IND-001"])


async def test_only_a_hash_is_kept(database: Database, region: TestRegion) -> None:
    key = await make_key(database, region)
    async with database.unit_of_work(region.id) as uow:
        row = (await uow.session.execute(select(ApiKeyRow.__table__))).one()
    assert key.rsplit("_", 1)[1] not in repr(row)
    assert len(row.secret_hash) == 32


async def test_a_wrong_secret_is_401(app: FastAPI, database: Database, region: TestRegion) -> None:
    key = await make_key(database, region)
    assert_refused(await ask(app, key[:-1] + ("a" if key[-1] != "a" else "b")))
    assert_refused(await ask(app, key + "a"))


async def test_a_key_opens_no_other_region(
    app: FastAPI, database: Database, region: TestRegion, other_region: TestRegion
) -> None:
    key = await make_key(database, region)
    assert_refused(await ask(app, key.replace(region.code.lower(), other_region.code.lower())))


async def test_a_revoked_key_is_401_at_once(app: FastAPI, database: Database, region: TestRegion) -> None:
    key = await make_key(database, region)
    assert (await ask(app, key)).status_code == 200
    async with database.unit_of_work(region.id) as uow:
        await api_keys.revoke_api_key(uow, region.principal(), "catalogue", now())
    assert_refused(await ask(app, key))
    async with database.unit_of_work(region.id) as uow:
        (listed,) = await api_keys.list_api_keys(uow, region.principal())
        with pytest.raises(NotFound):
            await api_keys.revoke_api_key(uow, region.principal(), "no such key", now())
    assert listed.revoked_at is not None


async def test_an_expired_key_is_401(app: FastAPI, database: Database, region: TestRegion) -> None:
    assert_refused(await ask(app, await make_key(database, region, expires_at=now() - timedelta(seconds=1))))


async def test_use_is_noted_at_most_once_a_minute(app: FastAPI, database: Database, region: TestRegion) -> None:
    async def last_used() -> datetime | None:
        async with database.unit_of_work(region.id) as uow:
            return await uow.session.scalar(select(ApiKeyRow.last_used_at))

    key = await make_key(database, region)
    assert await last_used() is None
    await ask(app, key)
    first = await last_used()
    assert first is not None
    await ask(app, key)
    assert await last_used() == first
    async with database.unit_of_work(region.id) as uow:
        await uow.session.execute(update(ApiKeyRow).values(last_used_at=first - timedelta(minutes=2)))
    app.state.authenticator._noted.clear()  # a minute later, or another replica
    await ask(app, key)
    assert await last_used() != first - timedelta(minutes=2)


async def test_a_key_that_can_not_be_is_not_made(database: Database, region: TestRegion) -> None:
    await make_key(database, region)
    with pytest.raises(InvalidInput) as refused:
        async with database.unit_of_work(region.id) as uow:
            await api_keys.create_api_key(
                uow,
                region.principal(),
                name="catalogue",
                unit="NOWHERE",
                role=Role.READER,
                scopes=["module:VGI", "everything", "indicator:"],
            )
    assert {error.pointer for error in refused.value.errors} == {"/name", "/unit", "/scopes/1", "/scopes/2"}
