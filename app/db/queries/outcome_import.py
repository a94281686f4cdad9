"""An import's statements: each one for the whole import, however many rows."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, TextClause, and_, bindparam, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Date, Numeric, String, Text, Uuid

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


# Locked in the order of their key: whoever else corrects the same rows waits, and never blocks.
STANDING = _arrays(
    """
    select o.indicator_id, o.unit_id, o.period, o.sex, o.value, o.numerator, o.denominator, o.comment
      from outcomes o
     where o.region_id = :region_id
       and (o.indicator_id, o.unit_id, o.period) in (
         select * from unnest(:indicator_ids, :unit_ids, :periods))
     order by o.indicator_id, o.unit_id, o.period, o.sex
       for update
    """,
    indicator_ids=Uuid(),
    unit_ids=Uuid(),
    periods=String(),
)
"""What stands for each (indicator, unit, period) of an import, every sex."""

# A row that another import wrote meanwhile is corrected like any other; the trigger on outcomes keeps what it said.
WRITE = _arrays(
    """
    insert into outcomes as o (region_id, indicator_id, unit_id, period, sex, period_start, period_end,
                               value, numerator, denominator, comment, source, import_id, recorded_by)
    select :region_id, r.*, :source, :import_id, :recorded_by
      from unnest(:indicator_ids, :unit_ids, :periods, :sexes, :starts, :ends,
                  :values_, :numerators, :denominators, :comments)
           as r (indicator_id, unit_id, period, sex, period_start, period_end, value, numerator, denominator, comment)
     order by r.indicator_id, r.unit_id, r.period, r.sex
    on conflict (region_id, indicator_id, unit_id, period, sex) do update
       set value = excluded.value, numerator = excluded.numerator, denominator = excluded.denominator,
           comment = excluded.comment, source = excluded.source, import_id = excluded.import_id,
           recorded_at = now(), recorded_by = excluded.recorded_by
     where (o.value, o.numerator, o.denominator, o.comment)
           is distinct from (excluded.value, excluded.numerator, excluded.denominator, excluded.comment)
    returning o.indicator_id, o.unit_id, o.period, o.sex, (o.xmax = 0) as is_new
    """,
    indicator_ids=Uuid(),
    unit_ids=Uuid(),
    periods=String(),
    sexes=String(),
    starts=Date(),
    ends=Date(),
    values_=Numeric(),
    numerators=Numeric(),
    denominators=Numeric(),
    comments=Text(),
)
"""Insert or correct outcomes; returns those written. Unchanged ones cost no write."""


def columns_of(rows: Sequence[Sequence[Any]], names: Sequence[str]) -> dict[str, list[Any]]:
    """Rows turned into one array per column, for unnest."""
    columns = list(zip(*rows, strict=True)) or [() for _ in names]
    return {name: list(column) for name, column in zip(names, columns, strict=True)}
