"""An import's statements: each one for the whole import, however many rows."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select

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
        IndicatorRow.no,
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


def units_called(principal: Principal, on: date, codes: Collection[str]) -> Select[UUID, int, str, str, bool]:
    """(id, no, code, level, in reach) of the readable units with these codes."""
    return select(
        OrgUnitRow.id,
        OrgUnitRow.no,
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
