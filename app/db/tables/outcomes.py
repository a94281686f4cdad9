"""Outcomes as they are stored, the view that they are read through, and the imports that brought them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.db.tables.base import Base, Identified, InRegion, one_of, region_key, to_region
from app.domain.indicators import InputWay

PARTITIONS = "outcome_facts_"
"""What the names of its partitions begin with: `outcome_facts_y2027`, `outcome_facts_rest`."""


class OutcomeFactRow(InRegion, Base):
    """An outcome as narrow as it can be, in a partition of its year. Written by imports, read through `OutcomeRow`.

    Indicator, unit and import stand with their numbers, kept true by triggers that ask once per statement
    (docs/adr/0017-outcome-storage.md). `months` is the period's length, `sex` 0, 1, 2 for T, K, M, and `status` a
    place in `OutcomeStatus`.
    """

    __tablename__ = "outcome_facts"
    __table_args__ = (
        CheckConstraint("months in (1, 4, 12)", name="months_known"),
        CheckConstraint(
            "date_part('day', period_start) = 1 and (date_part('month', period_start)::integer - 1) % months = 0",
            name="period_form",
        ),
        CheckConstraint("sex between 0 and 2", name="sex_known"),
        CheckConstraint("status between 0 and 3 and (status = 0) = (value is not null)", name="status_known"),
        # Numbers that a computer can hold but no one can read; NaN sorts above infinity.
        CheckConstraint(
            "value > '-Infinity' and value < 'Infinity' and numerator > '-Infinity' and numerator < 'Infinity'"
            " and denominator > '-Infinity' and denominator < 'Infinity'",
            name="numbers_finite",
        ),
        {"postgresql_partition_by": "RANGE (period_start)"},
    )
    indicator_no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    unit_no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    period_start: Mapped[date] = mapped_column(Date, primary_key=True)
    import_no: Mapped[int] = mapped_column(Integer)
    months: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    sex: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    status: Mapped[int] = mapped_column(SmallInteger)
    value: Mapped[Decimal | None] = mapped_column(Numeric)
    numerator: Mapped[Decimal | None] = mapped_column(Numeric)
    denominator: Mapped[Decimal | None] = mapped_column(Numeric)
    comment: Mapped[str | None] = mapped_column(Text)


class _View(DeclarativeBase):
    """Views stand beside the tables' metadata: no migration compares them, and nothing is written to them."""

    metadata = MetaData()


class OutcomeRow(_View):
    """An indicator's value at a unit in a period for a sex; `status` tells kinds of "no value" apart. Read only."""

    __tablename__ = "outcomes"
    region_id: Mapped[UUID] = mapped_column(primary_key=True)
    indicator_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    sex: Mapped[str] = mapped_column(String(1), primary_key=True)
    period_start: Mapped[date] = mapped_column(Date)
    period_end: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(16))
    value: Mapped[Decimal | None] = mapped_column(Numeric)
    numerator: Mapped[Decimal | None] = mapped_column(Numeric)
    denominator: Mapped[Decimal | None] = mapped_column(Numeric)
    comment: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(16))
    import_id: Mapped[UUID] = mapped_column()
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    recorded_by: Mapped[str] = mapped_column(String)
    indicator_no: Mapped[int] = mapped_column(Integer)
    unit_no: Mapped[int] = mapped_column(Integer)
    import_no: Mapped[int] = mapped_column(Integer)


class OutcomeHistoryRow(InRegion, Base):
    """An outcome as it stood before a correction, and who corrected it (I7). Written by a trigger alone."""

    __tablename__ = "outcome_history"
    __table_args__ = (Index(None, "region_id", "indicator_id", "unit_id", "period", "sex"),)
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
    status: Mapped[str] = mapped_column(String(16))


class OutcomeImportRow(Identified, Base):
    """One import of outcomes, from its start: what came and what became of it (I8). `no` is what outcomes name it by.

    `receiving` it is alive as long as `seen_at` is recent, `running` as long as its lock is held (outcome_records).
    """

    __tablename__ = "outcome_imports"
    __table_args__ = (
        to_region(),
        UniqueConstraint("region_id", "no"),
        CheckConstraint("mode in ('atomic', 'best_effort')", name="mode_known"),
        CheckConstraint(
            "status in ('receiving', 'running', 'completed', 'refused', 'interrupted')", name="status_known"
        ),
        CheckConstraint("received = imported + updated + unchanged + ignored + held", name="nothing_dropped"),
        CheckConstraint(one_of("source", InputWay), name="source_known"),
        CheckConstraint("octet_length(body_digest) = 32", name="body_digest_sha256"),
    )
    mode: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    received: Mapped[int] = mapped_column(Integer)
    imported: Mapped[int] = mapped_column(Integer)
    updated: Mapped[int] = mapped_column(Integer)
    unchanged: Mapped[int] = mapped_column(Integer)
    ignored: Mapped[int] = mapped_column(Integer)
    conflict_count: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    created_by: Mapped[str] = mapped_column(String)
    no: Mapped[int] = mapped_column(Integer, Identity(always=True))
    source: Mapped[str] = mapped_column(String(16))
    held: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    warning_count: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    body_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    """SHA-256 of the body as it was sent, unpacked: what the counts are counts of. Null where there was no body."""


class OutcomeImportConflictRow(InRegion, Base):
    """Why a row of an import was not taken, or a remark on it (`severity` warning), in both languages (I8)."""

    __tablename__ = "outcome_import_conflicts"
    __table_args__ = (
        region_key("outcome_imports", "import_id"),
        CheckConstraint("severity in ('refused', 'warning')", name="severity_known"),
    )
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    severity: Mapped[str] = mapped_column(String(16), primary_key=True)
    no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    row: Mapped[int | None] = mapped_column(Integer)
    rule: Mapped[str] = mapped_column(String(8))
    field: Mapped[str] = mapped_column(String(100))
    value: Mapped[str | None] = mapped_column(Text)
    sv: Mapped[str] = mapped_column(Text)
    en: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
