"""Work that the service does by itself: when each job ran, and how far a pull from the catalogue has come."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, DateTime, Index, Integer, String, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Identified, InRegion, one_of, region_key, to_region
from app.outgoing.catalogue import CatalogueUnitKind


class JobRow(InRegion, Base):
    """A job in a region: when it ran last, so that replicas share its schedule. Who runs it holds an advisory lock."""

    __tablename__ = "jobs"
    __table_args__ = (to_region(),)
    name: Mapped[str] = mapped_column(String(63), primary_key=True)
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    succeeded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failures: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    """In a row, since it last succeeded."""
    said: Mapped[str | None] = mapped_column(Text)


class CatalogueUnitRow(InRegion, Base):
    """What the catalogue calls one of our units."""

    __tablename__ = "catalogue_units"
    __table_args__ = (
        region_key("org_units", "unit_id"),
        CheckConstraint(one_of("kind", CatalogueUnitKind), name="kind_known"),
        Index(None, "region_id", "unit_id"),
    )
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    catalogue_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    unit_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    created_by: Mapped[str] = mapped_column(String)


class CatalogueSyncRow(Identified, Base):
    """One pull from the catalogue: what it asks, how far it has come, what came of it.

    `steps` are addresses under the catalogue's base, `step` the one under way, `next_page` where it goes on. A page and
    the row's progress are committed together, so a pull that was cut off goes on where it stopped.
    """

    __tablename__ = "catalogue_syncs"
    __table_args__ = (
        to_region(),
        CheckConstraint("status in ('running', 'failed', 'completed', 'abandoned')", name="status_known"),
        CheckConstraint("(finished_at is null) = (status in ('running', 'failed'))", name="finished_when"),
        Index(
            "uq_catalogue_syncs_one_under_way",
            "region_id",
            unique=True,
            postgresql_where=text("finished_at is null"),
        ),
        Index(None, "region_id", "started_at"),
    )
    catalogue: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    changed_since: Mapped[date | None] = mapped_column(Date)
    steps: Mapped[list[str]] = mapped_column(JSONB)
    step: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    next_page: Mapped[str | None] = mapped_column(Text)
    pages: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    received: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    imported: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    updated: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    unchanged: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    held: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    ignored: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    conflict_count: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    attempts: Mapped[int] = mapped_column(Integer, server_default="1", default=1)
    error: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    started_by: Mapped[str] = mapped_column(String)
    touched_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
