"""Every way to take the rows in, in turns: what PostgreSQL can do at most, the naive ways, and ours."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import asyncpg
import httpx
import msgspec

from app.db.session import Database
from app.domain.access import Principal, Role
from app.services.outcome_checking import CheckedBatch, Checker
from app.services.outcome_records import start
from app.services.outcome_run import ImportMode, Run
from app.services.outcome_sent import SentRow
from bench.imports.rows import YEAR, Made, body, clear, connect, places, said
from bench.imports.service import serving

COLUMNS = ("region_id", "indicator_no", "unit_no", "period_start", "import_no", "months", "sex", "status", "value")

_KEYED = """
drop table if exists keyed;
create table keyed (
  region_id uuid not null, indicator_id uuid not null, unit_id uuid not null, period_start date not null,
  months smallint not null, sex smallint not null, value numeric,
  primary key (region_id, indicator_id, unit_id, period_start, months, sex),
  foreign key (region_id, indicator_id) references indicators (region_id, id),
  foreign key (region_id, unit_id) references org_units (region_id, id));
"""
_UPSERT = """
insert into keyed (region_id, indicator_id, unit_id, period_start, months, sex, value)
{source}
on conflict (region_id, indicator_id, unit_id, period_start, months, sex) do update set value = excluded.value
"""


Work = Callable[[], Awaitable[Any]]
SLOW = ("unnest upsert", "executemany upsert", "validated rows, all corrected", "over HTTP, all corrected")
"""Measured once: they say the same each time, and take longest."""


async def timed(work: Callable[[], Awaitable[Any]]) -> float:
    """Seconds that the work takes."""
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def limits(made: Made, rows: int, connection: asyncpg.Connection) -> dict[str, Work]:
    """The same rows by COPY, into the same table and into one with plain foreign keys, and the naive ways."""
    import_no = await connection.fetchval(
        "insert into outcome_imports (region_id, id, mode, status, source, received, imported, updated, unchanged,"
        " ignored, conflict_count, created_by) values ($1, gen_random_uuid(), 'atomic', 'completed', 'manual',"
        " 0, 0, 0, 0, 0, 0, 'bench') returning no", made.region_id,
    )  # fmt: skip
    narrow = [
        (made.region_id, i[2], u[2], date(YEAR, m, 1), import_no, 1, s, 0, Decimal(v))
        for i, u, m, s, v in places(made, rows)
    ]
    wide = [(made.region_id, i[1], u[1], date(YEAR, m, 1), 1, s, Decimal(v)) for i, u, m, s, v in places(made, rows)]
    unnest = (
        "select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[], $5::int2[], $6::int2[], $7::numeric[])"
    )
    return {
        "bare COPY, same table": lambda: connection.copy_records_to_table(
            "outcome_facts", records=narrow, columns=COLUMNS
        ),
        "bare COPY, table with plain foreign keys": lambda: connection.copy_records_to_table("keyed", records=wide),
        "unnest upsert": lambda: connection.execute(
            _UPSERT.format(source=unnest), *[list(column) for column in zip(*wide, strict=True)]
        ),
        "executemany upsert": lambda: connection.executemany(
            _UPSERT.format(source="values ($1, $2, $3, $4, $5, $6, $7)"), wide
        ),
    }


async def turns(made: Made, rows: int, rounds: int, *, naive: bool = True) -> dict[str, float]:
    """Seconds of every way, the best of the rounds; in each round all take their turn, on empty tables.

    `validated rows`: from rows that the rules have passed to a committed import. The transaction and the record are
    part of it; the rules' own work, and the look-ups of names for it, are not. `over HTTP`: all of it, from the client.
    """
    connection = await connect(made.url)
    ways = await limits(made, rows, connection)
    top = await connection.fetchval("select id from org_units where region_id = $1 and code = 'VGR'", made.region_id)
    principal = Principal(made.region_id, made.code, "bench", Role.ADMINISTRATOR, top, "VGR", whole_region=True)
    database = Database(made.url, statement_timeout=600)
    sent = {"first import": 0, "replay": 0, "all corrected": 1}
    batches = {add: _sent(made, rows, add) for add in set(sent.values())}
    bodies = {add: body(made, rows, add=add) for add in set(sent.values())}
    best: dict[str, float] = {}

    async def take(name: str, work: Callable[[], Awaitable[float]]) -> None:
        if name not in best or name not in SLOW:
            best[name] = min(best.get(name, 1e9), await work())

    with serving(made) as (url, headers, _):
        async with httpx.AsyncClient(timeout=600, headers=headers) as client:
            for _ in range(rounds):
                for name, way in ways.items() if naive else ():
                    await clear(connection)
                    await connection.execute(_KEYED)
                    await take(name, partial(timed, way))
                await clear(connection)
                for name, add in sent.items():
                    await take(f"validated rows, {name}", partial(_validated, database, principal, batches[add], rows))
                await clear(connection)
                for name, add in sent.items():
                    await take(f"over HTTP, {name}", partial(_over_http, client, url, bodies[add], rows))
    await clear(connection)
    await connection.close()
    await database.aclose()
    return best


async def _over_http(client: httpx.AsyncClient, url: str, content: bytes, rows: int) -> float:
    began = time.perf_counter()
    answer = await client.post(url, content=content)
    took = time.perf_counter() - began
    assert rows in {answer.json().get(name) for name in ("imported", "unchanged", "updated")}, answer.text[:500]
    return took


def _sent(made: Made, rows: int, add: int) -> list[list[SentRow]]:
    found = [SentRow(**(row | {"value": msgspec.Raw(str(row["value"]).encode())})) for row in said(made, rows, add=add)]
    return [found[n : n + 2_000] for n in range(0, rows, 2_000)]


async def _validated(database: Database, principal: Principal, batches: list[list[SentRow]], rows: int) -> float:
    judging = 0.0

    async def checked(checker: Checker) -> AsyncIterator[CheckedBatch]:
        nonlocal judging
        first = 1
        for batch in batches:
            began = time.perf_counter()
            found = await checker.check(batch, first)
            judging += time.perf_counter() - began
            first += len(batch)
            yield found

    began = time.perf_counter()
    async with database.unit_of_work(principal.region_id) as uow:
        checker = Checker(uow, principal, date(YEAR, 6, 1))
        started = await start(uow, principal, ImportMode.ATOMIC.value)
        result = await Run(uow, principal, checker, started).through(checked(checker), ImportMode.ATOMIC)
    took = time.perf_counter() - began - judging
    summary = result.summary
    assert rows in (summary.imported, summary.unchanged, summary.updated), summary
    return took
