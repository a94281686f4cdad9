"""What comes back up: assessments, indicators, targets, outcomes and the imports that brought them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKeyConstraint,
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
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Identified, InRegion, Traced, Versioned, one_of, region_key, to_region
from app.domain.indicators import Direction, InputWay, Sex, TargetKind
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


class OutcomeRow(InRegion, Base):
    """An indicator's value at a unit in a period for a sex. A status tells "no value" from a value."""

    __tablename__ = "outcomes"
    __table_args__ = (
        region_key("indicators", "indicator_id"),
        region_key("org_units", "unit_id"),
        region_key("outcome_imports", "import_id"),
        CheckConstraint(PERIOD_FORM, name="period_form"),
        CheckConstraint(one_of("sex", Sex), name="sex_known"),
        # Numbers that a computer can hold but no one can read: kept out of the books altogether.
        CheckConstraint(
            "coalesce(value, 0) not in ('NaN', 'Infinity', '-Infinity')"
            " and coalesce(numerator, 0) not in ('NaN', 'Infinity', '-Infinity')"
            " and coalesce(denominator, 0) not in ('NaN', 'Infinity', '-Infinity')",
            name="numbers_finite",
        ),
        Index(None, "region_id", "unit_id", "indicator_id", "period_end"),
    )
    indicator_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    sex: Mapped[str] = mapped_column(String(1), primary_key=True)
    period_start: Mapped[date] = mapped_column(Date)
    period_end: Mapped[date] = mapped_column(Date)
    value: Mapped[Decimal | None] = mapped_column(Numeric)
    numerator: Mapped[Decimal | None] = mapped_column(Numeric)
    denominator: Mapped[Decimal | None] = mapped_column(Numeric)
    comment: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(16))
    import_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    recorded_by: Mapped[str] = mapped_column(String)


class OutcomeHistoryRow(InRegion, Base):
    """An outcome as it stood before a correction, and who corrected it (I7)."""

    __tablename__ = "outcome_history"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region_id", "indicator_id", "unit_id", "period", "sex"],
            [
                "outcomes.region_id",
                "outcomes.indicator_id",
                "outcomes.unit_id",
                "outcomes.period",
                "outcomes.sex",
            ],
            name="fk_outcome_history_outcome",
        ),
        Index(None, "region_id", "indicator_id", "unit_id", "period", "sex"),
    )
    no: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    indicator_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    period: Mapped[str] = mapped_column(String(7))
    sex: Mapped[str] = mapped_column(String(1))
    value: Mapped[Decimal | None] = mapped_column(Numeric)
    numerator: Mapped[Decimal | None] = mapped_column(Numeric)
    denominator: Mapped[Decimal | None] = mapped_column(Numeric)
    comment: Mapped[str | None] = mapped_column(Text)
    import_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    recorded_by: Mapped[str] = mapped_column(String)
    replaced_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    replaced_by: Mapped[str] = mapped_column(String)
    replaced_by_import: Mapped[UUID | None]


class OutcomeImportRow(Identified, Base):
    """One import of outcomes: what came, what became of it, and every conflict (I8)."""

    __tablename__ = "outcome_imports"
    __table_args__ = (
        to_region(),
        CheckConstraint("mode in ('atomic', 'best_effort')", name="mode_known"),
        CheckConstraint("status in ('completed', 'refused')", name="status_known"),
        CheckConstraint("received = imported + updated + unchanged + ignored", name="nothing_dropped"),
    )
    mode: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    received: Mapped[int] = mapped_column(Integer)
    imported: Mapped[int] = mapped_column(Integer)
    updated: Mapped[int] = mapped_column(Integer)
    unchanged: Mapped[int] = mapped_column(Integer)
    ignored: Mapped[int] = mapped_column(Integer)
    conflict_count: Mapped[int] = mapped_column(Integer)
    conflicts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    created_by: Mapped[str] = mapped_column(String)
