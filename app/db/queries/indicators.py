"""Indicators (VGI) and their targets."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from app.db import access
from app.db.tables import IndicatorRow, NodeRow, OrgUnitRow, TargetRow
from app.db.typing import AnySelect
from app.domain.access import Principal


def indicators(principal: Principal) -> AnySelect:
    """Every indicator in the credential's scope, with whether any of its nodes is approved (M2)."""
    approved = (
        select(func.max(NodeRow.approved_at))
        .where(NodeRow.region_id == IndicatorRow.region_id, NodeRow.indicator_id == IndicatorRow.id)
        .correlate(IndicatorRow)
        .scalar_subquery()
    )
    return select(
        IndicatorRow.id,
        IndicatorRow.code,
        IndicatorRow.catalogue_key,
        IndicatorRow.title,
        IndicatorRow.unit_of_measure,
        IndicatorRow.direction,
        IndicatorRow.scale,
        IndicatorRow.is_ratio,
        IndicatorRow.numerator,
        IndicatorRow.denominator,
        IndicatorRow.sex_disaggregated,
        IndicatorRow.region_level_only,
        IndicatorRow.input,
        IndicatorRow.version,
        approved.label("approved_at"),
    ).where(IndicatorRow.region_id == principal.region_id, access.indicator_readable(principal))


def named(keys: Collection[str]) -> ColumnElement[bool]:
    """Whether an indicator is called by one of these: its code, or its key in the catalogue."""
    wanted = list(keys)
    return or_(IndicatorRow.code.in_(wanted), IndicatorRow.catalogue_key.in_(wanted))


def numbers_of(principal: Principal, keys: Collection[str]) -> Select[int]:
    """The numbers that outcomes name these readable indicators by."""
    return select(IndicatorRow.no).where(
        IndicatorRow.region_id == principal.region_id, named(keys), access.indicator_readable(principal)
    )


def targets(principal: Principal, indicator_ids: Collection[UUID]) -> AnySelect:
    """Targets of these indicators, by year; unit null: for all units."""
    return (
        select(
            TargetRow.id,
            TargetRow.indicator_id,
            TargetRow.year,
            TargetRow.kind,
            TargetRow.bound,
            TargetRow.printed,
            OrgUnitRow.code.label("unit"),
        )
        .outerjoin(OrgUnitRow, and_(OrgUnitRow.region_id == TargetRow.region_id, OrgUnitRow.id == TargetRow.unit_id))
        .where(TargetRow.region_id == principal.region_id, TargetRow.indicator_id.in_(indicator_ids))
        .order_by(TargetRow.year, OrgUnitRow.code.asc().nulls_first())
    )
