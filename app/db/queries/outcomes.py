"""Outcomes, within the credential's reach and scopes."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select

from app.db import access
from app.db.tables import IndicatorRow, OrgAncestorRow, OrgUnitRow, OutcomeRow
from app.db.typing import AnySelect
from app.domain.access import Principal


def outcomes(principal: Principal, on: date) -> AnySelect:
    """Every readable outcome with its indicator's and unit's codes.

    Joined by the numbers that the key consists of: so a page of one indicator can be read unit by unit, in order, and
    ends where the page is full.
    """
    return (
        select(
            IndicatorRow.code.label("indicator"),
            OrgUnitRow.code.label("unit"),
            OutcomeRow.period,
            OutcomeRow.sex,
            OutcomeRow.value,
            OutcomeRow.numerator,
            OutcomeRow.denominator,
            OutcomeRow.status,
            OutcomeRow.comment,
            OutcomeRow.source,
            OutcomeRow.import_id,
            OutcomeRow.recorded_at,
            OutcomeRow.recorded_by,
        )
        .join(
            IndicatorRow,
            and_(IndicatorRow.region_id == OutcomeRow.region_id, IndicatorRow.no == OutcomeRow.indicator_no),
        )
        .join(OrgUnitRow, and_(OrgUnitRow.region_id == OutcomeRow.region_id, OrgUnitRow.no == OutcomeRow.unit_no))
        .where(
            OutcomeRow.region_id == principal.region_id,
            access.in_reach(OrgUnitRow.id, principal, on),
            access.indicator_readable(principal),
        )
    )


def stood_below(principal: Principal, top: UUID, today: date) -> ColumnElement[bool]:
    """Whether an outcome's unit stood at or below `top` when its period ended (now, for one that has not)."""
    return exists().where(
        OrgAncestorRow.region_id == principal.region_id,
        OrgAncestorRow.ancestor_id == top,
        OrgAncestorRow.unit_id == OrgUnitRow.id,
        OrgAncestorRow.valid.contains(func.least(OutcomeRow.period_end, today)),
    )
