"""Servers of these tests' own, in folders of their own: nothing here touches the server that other tests share."""

import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from app.settings import Settings
from tests.db.embedded.servers import Ask, ServerUser, StartUser


def _end_and_remove(folder: Path) -> None:
    for pid_file in folder.glob("**/cluster/postmaster.pid"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid_file.read_text(encoding="utf-8").split("\n")[0]), signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)


def _new_folder() -> Path:
    """A folder with a short path, in memory where there is room: initdb makes a thousand files."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2_000_000_000
    return Path(tempfile.mkdtemp(prefix="styr-", dir=memory if roomy else None))


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder whose path leaves room for a socket, as pytest's own need not; what is left running in it is ended."""
    folder = _new_folder()
    yield folder
    _end_and_remove(folder)


@pytest.fixture
def fresh(short_path: Path) -> Settings:
    """Settings for an embedded server of this test's own, which has no data yet: starting it takes a second."""
    return Settings(database_url=None, data_dir=short_path / "data", embedded_fsync=False)


@pytest.fixture(scope="session")
def used_before() -> Iterator[Path]:
    """A data folder that the tests use one after the other."""
    folder = _new_folder()
    yield folder
    _end_and_remove(folder)


@pytest.fixture
def quick(used_before: Path) -> Settings:
    """The same on data that earlier tests used: starting it takes a fifth of a second. Name tables for the test."""
    return Settings(database_url=None, data_dir=used_before, embedded_fsync=False)


@pytest.fixture
def start_user() -> Iterator[StartUser]:
    """`start_user(data_dir, *arguments)`: another process on that data folder."""
    started: list[ServerUser] = []

    def start(data_dir: Path, *arguments: str) -> ServerUser:
        started.append(ServerUser(data_dir, *arguments))
        return started[-1]

    yield start
    for user in started:
        user.discard()


@pytest.fixture
def ask() -> Ask:
    """`await ask(url, sql)`: one value."""

    async def one_value(url: str, statement: str) -> Any:
        parts = make_url(url)
        connection = await asyncpg.connect(
            host=str(parts.query["host"]),
            port=int(str(parts.query["port"])),
            user=parts.username,
            database=parts.database,
        )
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return one_value
