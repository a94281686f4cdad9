"""Test helper: outcomes put into the table by hand, past every service."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.db.session import UnitOfWork
from app.domain.identity import new_id

IMPORT = """
insert into outcome_imports (region_id, id, mode, status, source, received, imported, updated, unchanged, ignored,
                             conflict_count, created_by)
values (:r, :import, 'atomic', 'completed', 'manual', 0, 0, 0, 0, 0, 0, :by)
"""
WRITE = """
insert into outcome_facts (region_id, indicator_no, unit_no, period_start, import_no, months, sex, status, value)
select :r, i.no, u.no, m, o.no, 1, 0, 0, :value
  from indicators i, org_units u, outcome_imports o, generate_series(cast(:first as date), :last, '1 month') m
 where (i.region_id, i.id) = (:r, :indicator) and (u.region_id, u.id) = (:r, :unit)
   and (o.region_id, o.id) = (:r, :import)
on conflict (region_id, indicator_no, unit_no, period_start, months, sex) do update
   set value = excluded.value, import_no = excluded.import_no
"""


async def write_months(
    uow: UnitOfWork, indicator: UUID, unit: UUID, value: int | Decimal, *, first: int = 1, last: int = 1, by: str = "t"
) -> None:
    """An outcome of `value` in each of the months of 2027."""
    values: dict[str, Any] = {"r": uow.region_id, "import": new_id()}
    await uow.session.execute(text(IMPORT), {**values, "by": by})
    place = {"indicator": indicator, "unit": unit, "value": value}
    days = {"first": date(2027, first, 1), "last": date(2027, last, 1)}
    await uow.session.execute(text(WRITE), {**values, **place, **days})
