"""An import's statements: each one for the whole import, however many rows."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, TextClause, and_, bindparam, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Date, Numeric, SmallInteger, String, Text, Uuid

from app.db import access
from app.db.tables import (
    IndicatorRow,
    ModuleColumnRow,
    NodeRow,
    OrgUnitRow,
    PlanVersionRow,
)
from app.db.typing import AnySelect
from app.domain.access import ANY_MODULE, Permission, Principal


def indicators_called(principal: Principal, names: Collection[str]) -> AnySelect:
    """The indicators in the credential's scope with one of these codes or catalogue keys."""
    wanted = list(names)
    return select(
        IndicatorRow.id,
        IndicatorRow.code,
        IndicatorRow.catalogue_key,
        IndicatorRow.is_ratio,
        IndicatorRow.scale,
        IndicatorRow.direction,
        IndicatorRow.sex_disaggregated,
        IndicatorRow.region_level_only,
        IndicatorRow.input,
    ).where(
        IndicatorRow.region_id == principal.region_id,
        or_(IndicatorRow.code.in_(wanted), IndicatorRow.catalogue_key.in_(wanted)),
        access.indicator_readable(principal),
    )


def units_called(principal: Principal, on: date, codes: Collection[str]) -> Select[UUID, str, str, bool]:
    """(id, code, level, in reach) of the readable units with these codes."""
    return select(
        OrgUnitRow.id,
        OrgUnitRow.code,
        OrgUnitRow.level,
        access.in_reach(OrgUnitRow.id, principal, on, Permission.OUTCOMES_WRITE, module=ANY_MODULE).label("in_reach"),
    ).where(
        OrgUnitRow.region_id == principal.region_id,
        OrgUnitRow.code.in_(list(codes)),
        access.unit_readable(OrgUnitRow.id, principal, on),
    )


def plan_states(principal: Principal, years: Collection[int]) -> Select[int, str]:
    """(year, status) of these years' plan versions, which can't be archived until the transaction ends."""
    return (
        select(PlanVersionRow.year, PlanVersionRow.status)
        .where(PlanVersionRow.region_id == principal.region_id, PlanVersionRow.year.in_(list(years)))
        .order_by(PlanVersionRow.id)
        .with_for_update(read=True)
    )


def periodicities(principal: Principal, indicator_ids: Collection[UUID]) -> AnySelect:
    """(indicator_id, year, periodicity) of every measure node of these indicators, each once."""
    return (
        select(
            NodeRow.indicator_id,
            PlanVersionRow.year,
            func.coalesce(NodeRow.periodicity, ModuleColumnRow.standard_periodicity).label("periodicity"),
        )
        .join(
            PlanVersionRow,
            and_(PlanVersionRow.region_id == NodeRow.region_id, PlanVersionRow.id == NodeRow.plan_version_id),
        )
        .join(
            ModuleColumnRow,
            and_(ModuleColumnRow.region_id == NodeRow.region_id, ModuleColumnRow.id == NodeRow.column_id),
        )
        .where(NodeRow.region_id == principal.region_id, NodeRow.indicator_id.in_(list(indicator_ids)))
        .distinct()
    )


def claim_indicators(principal: Principal, indicator_ids: Collection[UUID]) -> Select[UUID]:
    """Outcomes of these indicators are one import's to write until its transaction ends.

    A row that does not stand yet can't be locked; what it belongs to can. Without it two imports of the same new rows
    would both count them as imported.
    """
    return (
        select(IndicatorRow.id)
        .where(IndicatorRow.region_id == principal.region_id, IndicatorRow.id.in_(list(indicator_ids)))
        .order_by(IndicatorRow.id)
        .with_for_update(key_share=True)
    )


def _arrays(statement: str, **types: Any) -> TextClause:
    return text(statement).bindparams(*(bindparam(name, type_=ARRAY(kind)) for name, kind in types.items()))


STANDING = _arrays(
    """
    select o.indicator_id, o.unit_id, o.period, o.sex, o.value, o.numerator, o.denominator, o.comment
      from outcomes o
     where o.region_id = :region_id
       and (o.indicator_id, o.unit_id, o.period) in (
         select * from unnest(:indicator_ids, :unit_ids, :periods))
    """,
    indicator_ids=Uuid(),
    unit_ids=Uuid(),
    periods=String(),
)
"""What stands for each (indicator, unit, period) of an import, every sex."""

# A row that another import wrote meanwhile is corrected like any other; the trigger keeps what it said.
WRITE = _arrays(
    """
    insert into outcome_facts as o (region_id, indicator_no, unit_no, period_start, import_no, months, sex, status,
                                    value, numerator, denominator, comment)
    select :region_id, i.no, u.no, r.period_start, m.no, r.months, r.sex, case when r.value is null then 3 else 0 end,
           r.value, r.numerator, r.denominator, r.comment
      from unnest(:indicator_ids, :unit_ids, :starts, :months, :sexes, :values_, :numerators, :denominators, :comments)
           as r (indicator_id, unit_id, period_start, months, sex, value, numerator, denominator, comment)
      join indicators i on i.region_id = :region_id and i.id = r.indicator_id
      join org_units u on u.region_id = :region_id and u.id = r.unit_id
      join outcome_imports m on m.region_id = :region_id and m.id = :import_id
     order by i.no, u.no, r.period_start, r.months, r.sex
    on conflict (region_id, indicator_no, unit_no, period_start, months, sex) do update
       set import_no = excluded.import_no, status = excluded.status, value = excluded.value,
           numerator = excluded.numerator, denominator = excluded.denominator, comment = excluded.comment
     where (o.status, o.value, o.numerator, o.denominator, o.comment)
           is distinct from
           (excluded.status, excluded.value, excluded.numerator, excluded.denominator, excluded.comment)
    """,
    indicator_ids=Uuid(),
    unit_ids=Uuid(),
    starts=Date(),
    months=SmallInteger(),
    sexes=SmallInteger(),
    values_=Numeric(),
    numerators=Numeric(),
    denominators=Numeric(),
    comments=Text(),
)
"""Insert or correct outcomes. Unchanged ones cost no write."""


def columns_of(rows: Sequence[Sequence[Any]], names: Sequence[str]) -> dict[str, list[Any]]:
    """Rows turned into one array per column, for unnest."""
    columns = list(zip(*rows, strict=True)) or [() for _ in names]
    return {name: list(column) for name, column in zip(names, columns, strict=True)}
