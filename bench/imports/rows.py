"""The rows that are imported: a region with an open year to put them in, and the same rows as JSON, lines or packed."""

import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.db.session import Database
from app.domain.identity import new_id
from app.regions.loader import load_region
from app.services.loading import load_region_data
from bench.servers import plain_url

UNITS = 300
MONTHS = 12
PER_INDICATOR = UNITS * MONTHS * 3
YEAR = 2027


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
    return await asyncpg.connect(plain_url(url))


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


def said(made: Made, rows: int, *, add: int = 0) -> Iterator[dict[str, Any]]:
    """The rows as they are sent; `add`: how much more each value is, so that all are corrected."""
    for i, u, m, s, v in places(made, rows):
        yield {"indicator": i[0], "unit": u[0], "period": f"{YEAR}-{m:02}", "sex": "TKM"[s], "value": v + add}


def body(made: Made, rows: int, *, lines: bool = False, add: int = 0) -> bytes:
    """The rows as JSON, or lines of it."""
    texts = map(json.dumps, said(made, rows, add=add))
    return ("\n".join(texts) if lines else "[" + ",".join(texts) + "]").encode()


def packed(made: Made, rows: int) -> bytes:
    """The rows as lines, by gzip."""
    whole = io.BytesIO()
    with gzip.GzipFile(fileobj=whole, mode="wb", compresslevel=1) as file:
        for row in said(made, rows):
            file.write(json.dumps(row).encode() + b"\n")
    return whole.getvalue()


async def clear(connection: asyncpg.Connection) -> None:
    """No outcomes of the year, and tables as if they had never been."""
    await connection.execute(f"truncate outcome_facts_y{YEAR}")


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
