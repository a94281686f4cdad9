"""Ask a server what it is before anything relies on it."""

import asyncio
import threading
import time

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from app.db.embedded.binaries import EXTENSIONS, OLDEST
from app.db.embedded.errors import UnusableServer

_WAIT_SECONDS = 10.0
_CONNECT_SECONDS = 5
_STARTING_UP = "57P03"
_ALREADY_THERE = ("42P04", "23505")  # duplicate_database, or the same seen from a race in pg_database


def examine(url: str, *, create: str | None = None) -> int:
    """The major version of the server at `url`, which is new enough and has the extensions.

    `create`: a database to make if it is missing. A server that is just starting is given ten seconds.
    Raises UnusableServer. May be called with or without an event loop running.
    """
    outcome: list[int] = []
    problem: list[BaseException] = []

    def ask() -> None:
        try:
            outcome.append(asyncio.run(_examined(url, create)))
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that asked
            problem.append(error)

    # A thread of its own has an event loop of its own, whatever the caller is in the middle of.
    thread = threading.Thread(target=ask, name="examine-postgres")
    thread.start()
    thread.join()
    if problem:
        raise problem[0]
    return outcome[0]


async def _examined(url: str, create: str | None) -> int:
    shown = make_url(url).render_as_string(hide_password=True)
    engine = create_async_engine(
        url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"timeout": _CONNECT_SECONDS}
    )
    deadline = time.monotonic() + _WAIT_SECONDS
    try:
        while True:
            try:
                async with engine.connect() as connection:
                    return await _facts(connection, shown, create)
            except (DBAPIError, OSError) as error:
                if not _may_pass(error) or time.monotonic() > deadline:
                    reason = getattr(error, "orig", None) or error
                    raise UnusableServer(f"PostgreSQL at {shown} can't be used: {reason}") from error
            await asyncio.sleep(0.25)
    finally:
        await engine.dispose()


def _may_pass(error: BaseException) -> bool:
    """Whether waiting may help: nothing listens yet, or the server is still starting."""
    return isinstance(error, OSError) or getattr(getattr(error, "orig", None), "sqlstate", None) == _STARTING_UP


async def _facts(connection: AsyncConnection, shown: str, create: str | None) -> int:
    version = int(await connection.scalar(text("show server_version_num"))) // 10_000
    if version < OLDEST:
        raise UnusableServer(f"PostgreSQL at {shown} is version {version}; {OLDEST} or later is needed.")
    names = await connection.scalars(
        text("select name from pg_available_extensions where name = any(:names)"), {"names": list(EXTENSIONS)}
    )
    missing = sorted(set(EXTENSIONS) - set(names))
    if missing:
        raise UnusableServer(
            f"PostgreSQL at {shown} lacks the extensions {', '.join(missing)} (on Debian: postgresql-contrib)."
        )
    if create is not None:
        await _create_database(connection, create)
    return version


async def _create_database(connection: AsyncConnection, name: str) -> None:
    if await connection.scalar(text("select 1 from pg_database where datname = :name"), {"name": name}):
        return
    try:
        await connection.execute(text(f'create database "{name}"'))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _ALREADY_THERE:
            raise
