"""Locked periods, and the corrections that wait because of them (R6, I7)."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, DateTime, Index, Numeric, String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Identified, one_of, region_key
from app.db.tables.followup import PERIOD_FORM
from app.domain.corrections import CorrectionState
from app.domain.indicators import InputWay, Sex
from app.domain.period_locks import LockedWhat, LockSource


class PeriodLockRow(Identified, Base):
    """A unit's period that is locked, or was: who and why, both times. Rows are history and never deleted."""

    __tablename__ = "period_locks"
    __table_args__ = (
        region_key("org_units", "unit_id"),
        CheckConstraint(PERIOD_FORM, name="period_form"),
        CheckConstraint(one_of("what", LockedWhat), name="what_known"),
        CheckConstraint(one_of("source", LockSource), name="source_known"),
        CheckConstraint(
            "num_nonnulls(unlocked_at, unlocked_by, unlock_reason) in (0, 3)", name="unlocked_by_somebody_for_a_reason"
        ),
        Index(
            "uq_period_locks_in_force",
            "region_id",
            "unit_id",
            "period",
            "what",
            "source",
            unique=True,
            postgresql_where=text("unlocked_at is null"),
        ),
        Index(None, "region_id", "unit_id"),
    )
    unit_id: Mapped[UUID]
    period: Mapped[str] = mapped_column(String(7))
    period_start: Mapped[date] = mapped_column(Date)
    period_end: Mapped[date] = mapped_column(Date)
    what: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    locked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    locked_by: Mapped[str] = mapped_column(String)
    unlocked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    unlocked_by: Mapped[str | None] = mapped_column(String)
    unlock_reason: Mapped[str | None] = mapped_column(Text)


class HeldCorrectionRow(Identified, Base):
    """A changed outcome of a locked period: what was sent, what stood then, and what became of it.

    `status` and `standing_status` tell kinds of "no value" apart. An outcome that did not stand yet has `is_new`.
    """

    __tablename__ = "held_corrections"
    __table_args__ = (
        region_key("indicators", "indicator_id"),
        region_key("org_units", "unit_id"),
        region_key("outcome_imports", "import_id"),
        CheckConstraint(PERIOD_FORM, name="period_form"),
        CheckConstraint(one_of("sex", Sex), name="sex_known"),
        CheckConstraint(one_of("source", InputWay), name="source_known"),
        CheckConstraint(one_of("state", CorrectionState), name="state_known"),
        CheckConstraint("(state = 'held') = (decided_at is null)", name="decided_when"),
        CheckConstraint("(state = 'held') = (decided_by is null)", name="decided_by_somebody"),
        CheckConstraint("state <> 'declined' or decision_reason is not null", name="declined_for_a_reason"),
        Index(
            "uq_held_corrections_one_held",
            "region_id",
            "indicator_id",
            "unit_id",
            "period",
            "sex",
            unique=True,
            postgresql_where=text("state = 'held'"),
        ),
        Index(None, "region_id", "indicator_id", "unit_id", "period", "sex"),
    )
    indicator_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    period: Mapped[str] = mapped_column(String(7))
    sex: Mapped[str] = mapped_column(String(1))
    value: Mapped[Decimal | None] = mapped_column(Numeric)
    numerator: Mapped[Decimal | None] = mapped_column(Numeric)
    denominator: Mapped[Decimal | None] = mapped_column(Numeric)
    status: Mapped[str | None] = mapped_column(String(16))
    comment: Mapped[str | None] = mapped_column(Text)
    is_new: Mapped[bool]
    standing_value: Mapped[Decimal | None] = mapped_column(Numeric)
    standing_numerator: Mapped[Decimal | None] = mapped_column(Numeric)
    standing_denominator: Mapped[Decimal | None] = mapped_column(Numeric)
    standing_status: Mapped[str | None] = mapped_column(String(16))
    standing_comment: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(16))
    import_id: Mapped[UUID | None]
    proposed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    proposed_by: Mapped[str] = mapped_column(String)
    state: Mapped[str] = mapped_column(String(16), server_default="held", default=CorrectionState.HELD)
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[str | None] = mapped_column(String)
    decision_reason: Mapped[str | None] = mapped_column(Text)
