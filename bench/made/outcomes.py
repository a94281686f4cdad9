"""Outcomes: which indicator is measured where and how often, written out by the database itself.

The one place that knows the columns of `outcome_facts`. Two million rows are made in PostgreSQL out of some thousand
series: Python would spend its time on packing decimals.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg

from bench.made.rows import BY


@dataclass(frozen=True, slots=True)
class Series:
    """An indicator's outcomes at a unit: `periods` of `months` each, from `first` on."""

    indicator: UUID
    unit: UUID
    first: date
    months: int
    periods: int
    by_sex: bool
    is_ratio: bool
    source: str
    salt: int

    @property
    def rows(self) -> int:
        """How many outcomes it makes."""
        return self.periods * (3 if self.by_sex else 1)


_MAKE_SERIES = """
create temporary table bench_series (
  indicator_id uuid, unit_id uuid, first date, months int, periods int, by_sex bool, is_ratio bool,
  source text, salt int
) on commit drop
"""

# What an outcome says of who sent it and when stands with its import: one for each way that they come.
_MAKE_IMPORTS = """
create temporary table bench_imports on commit drop as
select source, gen_random_uuid() as id, sum(periods * case when by_sex then 3 else 1 end) as rows
  from bench_series group by source
"""
_WRITE_IMPORTS = """
insert into outcome_imports (region_id, id, mode, status, source, received, imported, updated, unchanged, ignored,
                             conflict_count, finished_at, created_by)
select $1, id, 'atomic', 'completed', source, rows, rows, 0, 0, 0, 0, now(), $2 from bench_imports
"""

# Women and men are drawn apart, and the total is their sum; a ratio's value is what its two numbers make (I3, I4).
# No hash functions: what they give may differ from one PostgreSQL to the next.
_WRITE = """
insert into outcome_facts (region_id, indicator_no, unit_no, period_start, import_no, months, sex, status,
                           value, numerator, denominator)
select $1, i.no, u.no, p.start, m.no, s.months, x.sex, 0,
       case when s.is_ratio then round(100.0 * x.num / x.den, 1) else x.num end,
       case when s.is_ratio then x.num end,
       case when s.is_ratio then x.den end
from bench_series s
join indicators i on i.region_id = $1 and i.id = s.indicator_id
join org_units u on u.region_id = $1 and u.id = s.unit_id
join bench_imports b on b.source = s.source
join outcome_imports m on m.region_id = $1 and m.id = b.id
cross join lateral generate_series(0, s.periods - 1) as n
cross join lateral (select (s.first + make_interval(months => n * s.months))::date as start) p
cross join lateral (
  select 200 + (s.salt * 31 + n * 17) % 300 as women, 200 + (s.salt * 37 + n * 23) % 300 as men
) d
cross join lateral (
  select d.women * (40 + (s.salt + n * 7) % 55) / 100 as won, d.men * (40 + (s.salt * 3 + n * 5) % 55) / 100 as held
) e
cross join lateral (
  values (0, e.won + e.held, d.women + d.men), (1, e.won, d.women), (2, e.held, d.men)
) x (sex, num, den)
where x.sex = 0 or s.by_sex
order by p.start, i.no, u.no
"""


async def write(connection: asyncpg.Connection, region_id: UUID, series: list[Series]) -> None:
    """Write the outcomes of the series. In a transaction of the caller's."""
    await connection.execute(_MAKE_SERIES)
    records = [
        (s.indicator, s.unit, s.first, s.months, s.periods, s.by_sex, s.is_ratio, s.source, s.salt) for s in series
    ]
    await connection.copy_records_to_table("bench_series", records=records)
    await connection.execute(_MAKE_IMPORTS)
    await connection.execute(_WRITE_IMPORTS, region_id, BY)
    await connection.execute(_WRITE, region_id)
