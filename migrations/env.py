"""How Alembic runs here: on a connection given by app.db.migrate, or on DATABASE_URL when called by hand."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.db.migrate import LOCK_KEY, LOCK_TIMEOUT, STATEMENT_TIMEOUT, include_object
from app.db.tables import Base


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
        include_object=include_object,
        transaction_per_migration=True,
    )
    # Two replicas that start together: one migrates, the other waits and then finds nothing to do.
    connection.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK_KEY})
    # A migration that waits for a lock would make every reader behind it wait too: rather fail and be run again.
    connection.execute(text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f"set statement_timeout = '{STATEMENT_TIMEOUT}'"))
    connection.commit()
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(text("select pg_advisory_unlock(:key)"), {"key": LOCK_KEY})
        connection.execute(text("reset lock_timeout"))
        connection.execute(text("reset statement_timeout"))
        connection.commit()


async def run_by_hand(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(run_by_hand(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://", 1)))
