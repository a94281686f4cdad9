"""Locks on periods, as they are listed and as the rules ask about them."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import and_, select

from app.db import access
from app.db.arrays import among
from app.db.tables import OrgUnitRow, PeriodLockRow
from app.db.typing import AnySelect
from app.domain.access import Principal


def period_locks(principal: Principal, on: date) -> AnySelect:
    """Every lock within the reach, lifted ones too, with its unit's code."""
    return (
        select(
            PeriodLockRow.id,
            PeriodLockRow.unit_id,
            OrgUnitRow.code.label("unit"),
            PeriodLockRow.period,
            PeriodLockRow.what,
            PeriodLockRow.source,
            PeriodLockRow.reason,
            PeriodLockRow.locked_at,
            PeriodLockRow.locked_by,
            PeriodLockRow.unlocked_at,
            PeriodLockRow.unlocked_by,
            PeriodLockRow.unlock_reason,
        )
        .join(OrgUnitRow, and_(OrgUnitRow.region_id == PeriodLockRow.region_id, OrgUnitRow.id == PeriodLockRow.unit_id))
        .where(
            PeriodLockRow.region_id == principal.region_id,
            access.in_reach(PeriodLockRow.unit_id, principal, on),
        )
    )


def in_force(principal: Principal, unit_ids: Collection[UUID]) -> AnySelect:
    """The locks in force on these units: the whole truth, for rules; a caller has found the units by the filter."""
    return select(
        PeriodLockRow.id, PeriodLockRow.unit_id, PeriodLockRow.period, PeriodLockRow.what, PeriodLockRow.reason
    ).where(
        PeriodLockRow.region_id == principal.region_id,
        PeriodLockRow.unlocked_at.is_(None),
        among(PeriodLockRow.unit_id, unit_ids),
    )
