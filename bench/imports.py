"""Imports beside what PostgreSQL can do at most, and beside the naive ways, in one run: `python -m bench.imports`.

A database of its own is made and dropped. The service runs in a process of its own, and is asked over HTTP.
"""

import argparse
import asyncio
import gzip
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec
from sqlalchemy.engine import make_url

from app.auth.tokens import development_token
from app.db import migrate
from app.db.session import Database
from app.domain.access import Principal, Role
from app.domain.identity import new_id
from app.regions.loader import load_region
from app.services.calendar_day import now
from app.services.loading import load_region_data
from app.services.outcome_checking import CheckedBatch, Checker
from app.services.outcome_records import start
from app.services.outcome_run import ImportMode, Run
from app.services.outcome_sent import SentRow
from app.settings import Settings
from bench.data import recreate

UNITS = 300
MONTHS = 12
PER_INDICATOR = UNITS * MONTHS * 3
COLUMNS = ("region_id", "indicator_no", "unit_no", "period_start", "import_no", "months", "sex", "status", "value")
YEAR = 2027

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


@dataclass(frozen=True, slots=True)
class Made:
    """A region with units, indicators and an open year."""

    url: str
    region_id: UUID
    code: str
    indicators: list[tuple[str, UUID, int]]
    units: list[tuple[str, UUID, int]]


async def make(url: str, indicators: int) -> Made:
    """The region, in a database that is there and migrated."""
    data = load_region("vgr")
    region_id, code = new_id(), data.region.code
    database = Database(url)
    async with database.owner_unit_of_work(region_id) as uow:
        await load_region_data(uow, data, by="bench")
    await database.aclose()
    connection = await connect(url)
    await connection.execute("select set_config('styrkedjan.region_id', $1, false)", str(region_id))
    await connection.execute(_PLACES, region_id, UNITS)
    await connection.execute(_PLACED, region_id)
    await connection.execute(_INDICATORS, region_id, indicators)
    await connection.execute(
        "insert into plan_versions (region_id, id, year, status, created_by, updated_by)"
        " values ($1, gen_random_uuid(), $2, 'live', 'bench', 'bench')", region_id, YEAR,
    )  # fmt: skip
    await connection.execute(_MEASURED, region_id)
    await connection.execute("analyze")
    found = [
        [(r["code"], r["id"], r["no"]) for r in await connection.fetch(
            f"select code, id, no from {table} where region_id = $1 and code like 'BENCH-%' order by code", region_id)]
        for table in ("indicators", "org_units")
    ]  # fmt: skip
    await connection.close()
    return Made(url, region_id, code, *found)


_PLACES = """
insert into org_units (region_id, id, code, name, name_sort, level, created_by, updated_by)
select $1, gen_random_uuid(), 'BENCH-' || lpad(n::text, 5, '0'), 'x', 'x', 'unit', 'bench', 'bench'
  from generate_series(1, $2::int) n
"""
_PLACED = """
insert into org_placements (region_id, id, unit_id, parent_id, valid, created_by, updated_by)
select $1, gen_random_uuid(), u.id, top.id, daterange('2020-01-01', null), 'bench', 'bench'
  from org_units u, org_units top
 where u.region_id = $1 and u.code like 'BENCH-%' and top.region_id = $1 and top.code = 'VGR'
"""
_INDICATORS = """
insert into indicators (region_id, id, code, title, direction, input, sex_disaggregated, created_by, updated_by)
select $1, gen_random_uuid(), 'BENCH-' || lpad(n::text, 5, '0'), 'x', 'up', 'manual', true, 'bench', 'bench'
  from generate_series(1, $2::int) n
"""
_MEASURED = """
insert into nodes (region_id, id, lineage_id, plan_version_id, module_id, column_id, node_kind, owner_unit_id, title,
                   title_sort, title_key, indicator_id, periodicity, created_by, updated_by)
select $1, i.id, i.id, p.id, c.module_id, c.id, c.node_kind, u.id, i.code, i.code, i.code, i.id, 'month', 'bench',
       'bench'
  from indicators i, plan_versions p, module_columns c, modules m, org_units u
 where i.region_id = $1 and p.region_id = $1 and c.region_id = $1 and m.region_id = $1 and u.region_id = $1
   and i.code like 'BENCH-%' and m.id = c.module_id and m.code = 'VGI' and c.node_kind = 'measure' and u.code = 'VGR'
"""


async def connect(url: str) -> asyncpg.Connection:
    """As the owner."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.connect(plain)


def places(made: Made, rows: int) -> Iterator[tuple[tuple[str, UUID, int], tuple[str, UUID, int], int, int, int]]:
    """(indicator, unit, month, sex, value) of each row; women and men add up to all."""
    count = 0
    for indicator in made.indicators:
        for n, unit in enumerate(made.units):
            for month in range(1, MONTHS + 1):
                women, men = (indicator[2] * 7 + n * 13 + month) % 900, (n * 31 + month * 17) % 900
                for sex, value in enumerate((women + men, women, men)):
                    if count == rows:
                        return
                    count += 1
                    yield indicator, unit, month, sex, value


def body(made: Made, rows: int, *, lines: bool = False, add: int = 0) -> bytes:
    """The rows as JSON, or lines of it."""
    said = (
        json.dumps({"indicator": i[0], "unit": u[0], "period": f"{YEAR}-{m:02}", "sex": "TKM"[s], "value": v + add})
        for i, u, m, s, v in places(made, rows)
    )
    return ("\n".join(said) if lines else "[" + ",".join(said) + "]").encode()


@contextmanager
def serving(made: Made) -> Iterator[tuple[str, dict[str, str], int]]:
    """The service's address, headers that let in, and its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        plain = make_url(made.url).set(drivername="postgresql").render_as_string(hide_password=False)
        environment = {**os.environ, "DATABASE_URL": plain, "STYRKEDJAN_DATA_DIR": folder}
        command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait(port)
            token = development_token(
                Settings(data_dir=Path(folder)), region=made.code, unit="VGR", role=Role.ADMINISTRATOR, subject="bench",
                lifetime=timedelta(hours=8), now=now(),
            )  # fmt: skip
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            yield f"http://127.0.0.1:{port}/api/v1/outcome-imports", headers, process.pid
        finally:
            process.terminate()
            process.wait(30)


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError("the service was not ready")


async def timed(work: Callable[[], Awaitable[Any]]) -> float:
    """Seconds that the work takes."""
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def clear(connection: asyncpg.Connection) -> None:
    """No outcomes of the year, and tables as if they had never been."""
    await connection.execute(f"truncate outcome_facts_y{YEAR}")


Work = Callable[[], Awaitable[Any]]
SLOW = ("unnest upsert", "executemany upsert", "validated rows, all corrected", "over HTTP, all corrected")
"""Measured once: they say the same each time, and take longest."""


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

    `validated rows`: from rows that the rules have passed to a committed import. The transaction, the record and the
    look-ups of names are part of it; the rules' own work on each row is not. `over HTTP`: all of it, from the client.
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
    found = [
        SentRow(i[0], u[0], f"{YEAR}-{m:02}", "TKM"[s], msgspec.Raw(str(v + add).encode()))
        for i, u, m, s, v in places(made, rows)
    ]
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


def peak_kib(pid: int) -> int:
    """The most memory that the process has had in use (VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


async def memory(made: Made, rows: int) -> dict[str, float]:
    """MiB that the service's peak grows by, and rows a second, for a large import as lines, packed."""
    packed = await asyncio.to_thread(_packed, made, rows)
    with serving(made) as (url, headers, pid):
        async with httpx.AsyncClient(timeout=1800, headers=headers) as client:
            small = body(made, 1000)
            assert (await client.post(url, content=small, params={"dry_run": "true"})).status_code == 200
            before = peak_kib(pid)
            said = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
            began = time.perf_counter()
            answer = await client.post(url, content=packed, headers=said)
            took = time.perf_counter() - began
            assert answer.json().get("received") == rows, answer.text[:500]
            return {"peak growth, MiB": (peak_kib(pid) - before) / 1024, "seconds": took}


def _packed(made: Made, rows: int) -> bytes:
    whole = io.BytesIO()
    with gzip.GzipFile(fileobj=whole, mode="wb", compresslevel=1) as file:
        for i, u, m, s, v in places(made, rows):
            said = {"indicator": i[0], "unit": u[0], "period": f"{YEAR}-{m:02}", "sex": "TKM"[s], "value": v}
            file.write(json.dumps(said).encode() + b"\n")
    return whole.getvalue()


async def fill(made: Made, rows: int) -> None:
    """So many outcomes of ten earlier years beside, and an analysed table."""
    connection = await connect(made.url)
    await connection.execute("select ensure_outcome_partitions(array(select generate_series(2017, 2026)))")
    await connection.execute(_FILL, made.region_id, rows)
    await connection.execute("vacuum analyze outcome_facts")
    await connection.close()


_FILL = """
with made as (
  insert into outcome_imports (region_id, id, mode, status, source, received, imported, updated, unchanged, ignored,
                               conflict_count, created_by)
  values ($1, gen_random_uuid(), 'atomic', 'completed', 'manual', 0, 0, 0, 0, 0, 0, 'bench') returning no)
insert into outcome_facts (region_id, indicator_no, unit_no, period_start, import_no, months, sex, status, value)
select $1, i.no, u.no, (date '2017-01-01' + make_interval(months => m))::date, made.no, 1, s, 0, (m * 7 + s) % 900
  from made, indicators i, org_units u, generate_series(119, 0, -1) m, generate_series(0, 2) s
 where i.region_id = $1 and i.code like 'BENCH-%' and u.region_id = $1 and u.code like 'BENCH-%'
 limit $2
"""


async def measure(url: str, rows: int = 100_000, rounds: int = 3, beside: int = 0, large: int = 0) -> dict[str, float]:
    """All figures in one run, on a database that is made anew. Seconds, but for what says otherwise."""
    await migrate.upgrade(url)
    made = await make(url, max(1, -(-max(rows, large) // PER_INDICATOR), -(-beside // (UNITS * 360))))
    found = await turns(made, rows, rounds)
    if beside:
        await fill(made, beside)
        again = await turns(made, rows, rounds, naive=False)
        found |= {f"{name}, {beside} beside": took for name, took in again.items()}
    if large:
        found |= {f"{large} rows: {name}": figure for name, figure in (await memory(made, large)).items()}
    return found


async def _main(given: argparse.Namespace) -> None:
    admin = Settings().with_changes(database_url=given.url).database_url
    assert admin is not None
    url = make_url(admin).set(database=given.database).render_as_string(hide_password=False)
    await recreate(admin, given.database)
    found = await measure(url, given.rows, given.rounds, given.beside, given.large)
    for name, figure in found.items():
        print(f"{name:50} {figure:10.2f}" + ("" if "MiB" in name else f"   {given.rows / figure:12,.0f} rows/s"))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="the server (postgresql://...), as a superuser")
    parser.add_argument("--database", default="styrkedjan_bench_imports", help="made anew, whatever it held")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--beside", type=int, default=0, help="outcomes of other years that are there already")
    parser.add_argument("--large", type=int, default=0, help="rows of one large import, for the peak of memory")
    asyncio.run(_main(parser.parse_args()))


if __name__ == "__main__":
    main()
