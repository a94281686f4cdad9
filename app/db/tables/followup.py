"""What comes back up: assessments, indicators and targets."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Identified, Traced, Versioned, one_of, region_key, to_region
from app.domain.indicators import Direction, InputWay, TargetKind
from app.domain.nodes import ActivityStatus

PERIOD_FORM = "period ~ '^[12][0-9]{3}(-T[1-3]|-(0[1-9]|1[0-2]))?$'"


class AssessmentRow(Identified, Versioned, Traced, Base):
    """A person's judgement of a node at a unit in a period (F1, F3). One place, seen in all (M5)."""

    __tablename__ = "assessments"
    __table_args__ = (
        region_key("nodes", "node_id"),
        region_key("org_units", "unit_id"),
        UniqueConstraint("region_id", "node_id", "unit_id", "period"),
        CheckConstraint(PERIOD_FORM, name="period_form"),
        CheckConstraint(f"status is null or {one_of('status', ActivityStatus)}", name="status_known"),
        CheckConstraint("grade is not null or status is not null or analysis is not null", name="says_something"),
        Index(None, "region_id", "unit_id", "period_end"),
    )
    node_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    period: Mapped[str] = mapped_column(String(7))
    period_start: Mapped[date] = mapped_column(Date)
    period_end: Mapped[date] = mapped_column(Date)
    grade: Mapped[str | None] = mapped_column(String(32))
    status: Mapped[str | None] = mapped_column(String(16))
    analysis: Mapped[str | None] = mapped_column(Text)
    measures: Mapped[str | None] = mapped_column(Text)
    assessed_by: Mapped[str] = mapped_column(String)
    assessed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class IndicatorRow(Identified, Versioned, Traced, Base):
    """What a measure node measures, whatever the year: outcomes hang here, so they survive goals and years (V4)."""

    __tablename__ = "indicators"
    __table_args__ = (
        to_region(),
        UniqueConstraint("region_id", "code"),
        UniqueConstraint("region_id", "catalogue_key"),
        UniqueConstraint("region_id", "no"),
        CheckConstraint(one_of("direction", Direction), name="direction_known"),
        CheckConstraint(one_of("input", InputWay), name="input_known"),
        CheckConstraint("scale > 0", name="scale_positive"),
        CheckConstraint("code ~ '^[A-Z0-9][A-Z0-9._-]{0,62}$'", name="code_form"),
    )
    code: Mapped[str] = mapped_column(String(63))
    catalogue_key: Mapped[str | None] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(500))
    unit_of_measure: Mapped[str | None] = mapped_column(String(50))
    direction: Mapped[str] = mapped_column(String(16))
    scale: Mapped[Decimal] = mapped_column(Numeric, server_default=text("1"), default=Decimal(1))
    """A ratio's value is scale * numerator / denominator: 100 for per cent (I3)."""
    is_ratio: Mapped[bool] = mapped_column(server_default="false", default=False)
    numerator: Mapped[str | None] = mapped_column(String(500))
    denominator: Mapped[str | None] = mapped_column(String(500))
    sex_disaggregated: Mapped[bool] = mapped_column(server_default="false", default=False)
    region_level_only: Mapped[bool] = mapped_column(server_default="false", default=False)
    input: Mapped[str] = mapped_column(String(16))
    no: Mapped[int] = mapped_column(Integer, Identity(always=True))
    """What outcomes name it by: a quarter of an id, in every one of a hundred million rows."""


class TargetRow(Identified, Traced, Base):
    """What an outcome is held against in a year; for one unit and what is below it, or for all (unit_id null)."""

    __tablename__ = "targets"
    __table_args__ = (
        region_key("indicators", "indicator_id"),
        region_key("org_units", "unit_id"),
        UniqueConstraint("region_id", "indicator_id", "year", "unit_id", postgresql_nulls_not_distinct=True),
        CheckConstraint(one_of("kind", TargetKind), name="kind_known"),
        CheckConstraint("bound not in ('NaN', 'Infinity', '-Infinity')", name="bound_finite"),
    )
    indicator_id: Mapped[UUID]
    unit_id: Mapped[UUID | None]
    year: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(16))
    bound: Mapped[Decimal | None] = mapped_column(Numeric)
    printed: Mapped[str] = mapped_column(String(100))
