"""Outcomes by the million, in the order of their key: no sort, no join, so that the first row comes at once.

What indicators and units are called is looked up beforehand, within the credential's reach and scopes.
"""

from collections.abc import Collection
from datetime import date

from sqlalchemy import and_, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Integer

from app.db import access
from app.db.tables import IndicatorRow, OrgUnitRow, OutcomeFactRow, OutcomeImportRow
from app.db.typing import AnySelect
from app.domain.access import Principal


def indicators(principal: Principal) -> AnySelect:
    """The readable indicators, with their numbers and what masking asks about."""
    return select(IndicatorRow.no, IndicatorRow.id, IndicatorRow.code, IndicatorRow.is_ratio, IndicatorRow.scale).where(
        IndicatorRow.region_id == principal.region_id, access.indicator_readable(principal)
    )


def units(principal: Principal, on: date) -> AnySelect:
    """The units within reach, with their numbers."""
    return select(OrgUnitRow.no, OrgUnitRow.id, OrgUnitRow.code).where(
        OrgUnitRow.region_id == principal.region_id, access.in_reach(OrgUnitRow.id, principal, on)
    )


def facts(
    principal: Principal, indicator_nos: Collection[int] | None, unit_nos: Collection[int] | None, *, traced: bool
) -> AnySelect:
    """Outcomes of these indicators and units (None: all), every sex of a period together.

    `traced`: with the way, time and person of their import as further columns.
    """
    row = OutcomeFactRow
    statement: AnySelect = select(
        row.indicator_no,
        row.unit_no,
        row.period_start,
        row.months,
        row.sex,
        row.status,
        row.value,
        row.numerator,
        row.denominator,
        row.comment,
    ).where(row.region_id == principal.region_id)
    if indicator_nos is not None:
        statement = statement.where(row.indicator_no == any_(literal(list(indicator_nos), ARRAY(Integer))))
    if unit_nos is not None:
        statement = statement.where(row.unit_no == any_(literal(list(unit_nos), ARRAY(Integer))))
    if traced:
        brought = and_(OutcomeImportRow.region_id == row.region_id, OutcomeImportRow.no == row.import_no)
        statement = statement.add_columns(
            OutcomeImportRow.source,
            OutcomeImportRow.created_at.label("recorded_at"),
            OutcomeImportRow.created_by.label("recorded_by"),
        ).outerjoin(OutcomeImportRow, brought)
    return statement.order_by(row.indicator_no, row.unit_no, row.period_start, row.months, row.sex)
