"""Outcomes: which indicator is measured where and how often, written out by the database itself.

The one place that knows the columns of `outcomes`. Two million rows are made in PostgreSQL out of some thousand series:
Python would spend its time on packing decimals.
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

# Women and men are drawn apart, and the total is their sum; a ratio's value is what its two numbers make (I3, I4).
# No hash functions: what they give may differ from one PostgreSQL to the next.
_WRITE = """
insert into outcomes (region_id, indicator_id, unit_id, period, sex, period_start, period_end,
                      value, numerator, denominator, source, recorded_at, recorded_by)
select $1, s.indicator_id, s.unit_id,
       case s.months when 1 then to_char(p.start, 'YYYY-MM')
                     else to_char(p.start, 'YYYY') || '-T' || (extract(month from p.start)::int + 3) / 4 end,
       x.sex, p.start, (p.start + make_interval(months => s.months) - interval '1 day')::date,
       case when s.is_ratio then round(100.0 * x.num / x.den, 1) else x.num end,
       case when s.is_ratio then x.num end,
       case when s.is_ratio then x.den end,
       s.source, p.start + interval '40 days', $2
from bench_series s
cross join lateral generate_series(0, s.periods - 1) as n
cross join lateral (select (s.first + make_interval(months => n * s.months))::date as start) p
cross join lateral (
  select 200 + (s.salt * 31 + n * 17) % 300 as women, 200 + (s.salt * 37 + n * 23) % 300 as men
) d
cross join lateral (
  select d.women * (40 + (s.salt + n * 7) % 55) / 100 as won, d.men * (40 + (s.salt * 3 + n * 5) % 55) / 100 as held
) e
cross join lateral (
  values ('T', e.won + e.held, d.women + d.men), ('K', e.won, d.women), ('M', e.held, d.men)
) x (sex, num, den)
where x.sex = 'T' or s.by_sex
order by p.start, s.indicator_id, s.unit_id
"""


async def write(connection: asyncpg.Connection, region_id: UUID, series: list[Series]) -> None:
    """Write the outcomes of the series. In a transaction of the caller's."""
    await connection.execute(_MAKE_SERIES)
    records = [
        (s.indicator, s.unit, s.first, s.months, s.periods, s.by_sex, s.is_ratio, s.source, s.salt) for s in series
    ]
    await connection.copy_records_to_table("bench_series", records=records)
    await connection.execute(_WRITE, region_id, BY)
