"""The service or PostgreSQL killed in the middle of an import: nothing of it is there, and its record says so."""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from app.auth.tokens import development_token
from app.db import migrate
from app.db.provider import open_server
from app.db.session import Database
from app.domain.access import Role
from app.main import create_app
from app.services.calendar_day import now
from app.settings import Settings
from bench.imports.rows import Made, body, make
from tests.conftest import NewDatabases
from tests.faults.conftest import ServiceProcess

ROWS = 60_000
IMPORTS = "/api/v1/outcome-imports"


def _headers(settings: Settings, made: Made) -> dict[str, str]:
    token = development_token(
        settings, region=made.code, unit="VGR", role=Role.ADMINISTRATOR, subject="test",
        lifetime=timedelta(hours=1), now=now(),
    )  # fmt: skip
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}


@asynccontextmanager
async def _held_up(url: str) -> AsyncIterator[None]:
    """An import under way comes to a stand where it writes: surely in the middle."""
    engine = create_async_engine(url)
    async with engine.connect() as holder:
        await holder.execute(text("lock table outcome_facts in share mode"))
        yield
        await holder.rollback()
    await engine.dispose()


async def _until(url: str, what: str) -> None:
    engine = create_async_engine(url)
    async with engine.connect() as watcher:
        for _ in range(1200):
            await watcher.rollback()
            if await watcher.scalar(text(what)):
                break
            await asyncio.sleep(0.05)
        else:
            raise AssertionError(what)
    await engine.dispose()


_WAITS = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
_ALONE = (
    "select count(*) = 0 from pg_stat_activity where datname = current_database() and application_name = 'styrkedjan'"
)


async def _count(url: str) -> int:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = await connection.scalar(text("select count(*) from outcome_facts"))
    await engine.dispose()
    return int(found or 0)


async def _the_record(client: httpx.AsyncClient) -> tuple[str, int, int]:
    [record] = (await client.get(IMPORTS)).json()["items"]
    return record["status"], record["received"], record["imported"]


@pytest.mark.parametrize("mode", ["atomic", "best_effort"])
async def test_the_service_killed_while_it_writes(
    new_databases: NewDatabases, service_on: Callable[[str], ServiceProcess], tmp_path: Path, mode: str
) -> None:
    url = await new_databases.make()
    made = await make(url, 6)
    service = service_on(url)
    service.start()
    rows, headers = body(made, ROWS, lines=True), _headers(Settings(data_dir=tmp_path), made)
    async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=120) as client:
        async with _held_up(url):
            request = asyncio.create_task(client.post(IMPORTS, content=rows, params={"mode": mode}))
            await _until(url, _WAITS)
            assert await _the_record(client) == ("running", 0, 0)
            service.kill()
            with pytest.raises(httpx.TransportError):
                await request
        # The orphaned backend finds out that nobody listens, and rolls back.
        await _until(url, _ALONE)
        assert await _count(url) == 0
        service.start()
        assert await _the_record(client) == ("interrupted", 0, 0)
        done = (await client.post(IMPORTS, content=rows, params={"mode": mode})).json()
        assert (done["received"], done["imported"]) == (ROWS, ROWS)
        assert await _count(url) == ROWS


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose name leaves room for a socket: where there is none, PostgreSQL comes back at another address."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


async def test_postgresql_killed_while_it_writes(short_folder: Path) -> None:
    settings = Settings(data_dir=short_folder / "d", embedded_fsync=False, database_url=None)
    with open_server(settings) as server:
        url = server.default_url
        await migrate.upgrade(url)
        made = await make(url, 6)
        database = Database(url)
        transport = httpx.ASGITransport(app=create_app(settings, database), raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=_headers(settings, made))
        rows = body(made, ROWS, lines=True)
        # Who holds it up dies, too, and finds that out in one of many ways.
        with contextlib.suppress(DBAPIError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            async with _held_up(url):
                request = asyncio.create_task(client.post(IMPORTS, content=rows))
                await _until(url, _WAITS)
                _crash(settings.data_dir)
                answer = await request
    assert answer.status_code == 503
    with open_server(settings):
        assert await _count(url) == 0
        assert await _the_record(client) == ("interrupted", 0, 0)
        done = (await client.post(IMPORTS, content=rows)).json()
        assert (done["received"], done["imported"]) == (ROWS, ROWS)
        await client.aclose()
        await database.aclose()


def _crash(folder: Path) -> None:
    """PostgreSQL stops at once, as in a power cut: SIGQUIT to the postmaster."""
    [pid_file] = folder.rglob("postmaster.pid")
    os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGQUIT)
