"""Migrations: bring a database up (or down), tell whether it is current, tell whether the models agree with it."""

import asyncio
from importlib.resources import files
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.db.tables import Base
from app.db.tables.outcomes import PARTITIONS

LOCK_KEY = 0x53_74_79_72  # "Styr": any number will do, as long as every replica uses the same
LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "30min"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.attributes["connection"] = connection
    return config


async def upgrade(url: str, revision: str = "head") -> None:
    """Run the migrations up to `revision` as the owner that the SQLAlchemy URL names. Waits for a run under way."""
    await _on(url, lambda connection: command.upgrade(_config(connection), revision))


async def downgrade(url: str, revision: str) -> None:
    """Run the migrations down to `revision` (`base`: to nothing)."""
    await _on(url, lambda connection: command.downgrade(_config(connection), revision))


async def differences(url: str) -> list[str]:
    """What the models say and the migrated database does not, in words; empty when they agree."""
    found: list[str] = []

    def compare(connection: Connection) -> None:
        options = {"compare_type": True, "compare_server_default": True, "include_object": include_object}
        found.extend(
            str(d) for d in compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
        )

    await _on(url, compare)
    return found


async def is_current(connection: AsyncConnection) -> bool:
    """Whether the database has been migrated to this version of the service, no further and no less."""
    known = await connection.scalar(text("select to_regclass('alembic_version') is not null"))
    if not known:
        return False
    at = (await connection.execute(text("select version_num from alembic_version"))).scalars().all()
    return list(at) == ScriptDirectory.from_config(_config()).get_heads()


def include_object(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:  # noqa: ARG001
    """Leave to the migrations what models can't say.

    Exclusion constraints come back as their indexes; a year's partition is its table once more.
    """
    if name is None:
        return True
    return not ((kind == "index" and name.startswith("ex_")) or (kind == "table" and name.startswith(PARTITIONS)))


async def _on(url: str, work: Any) -> None:
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(work)
    finally:
        await engine.dispose()


def upgrade_now(url: str) -> None:
    """`upgrade` for callers without an event loop."""
    asyncio.run(upgrade(url))
