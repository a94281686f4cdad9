"""The region, its levels, its units and where they stood in the tree at which time."""

from datetime import date
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Identified, InRegion, Traced, Versioned, region_key, to_region


class RegionRow(InRegion, Traced, Base):
    """A tenant. Found by `code` before anything else is known (function `region_id_of`)."""

    __tablename__ = "regions"
    code: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    board_level: Mapped[str] = mapped_column(String(63))
    settings: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))


class OrgLevelRow(InRegion, Base):
    """A level of the region's tree; position 0 is the top."""

    __tablename__ = "org_levels"
    __table_args__ = (to_region(), UniqueConstraint("region_id", "position"))
    code: Mapped[str] = mapped_column(String(63), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100))


class OrgUnitRow(Identified, Versioned, Traced, Base):
    """A unit. Where it stands is in `org_placements`."""

    __tablename__ = "org_units"
    __table_args__ = (
        ForeignKeyConstraint(["region_id", "level"], ["org_levels.region_id", "org_levels.code"]),
        UniqueConstraint("region_id", "code"),
        UniqueConstraint("region_id", "no"),
        CheckConstraint("code ~ '^[A-Z0-9][A-Z0-9._-]{0,31}$'", name="code_form"),
        CheckConstraint("kind is null or kind in ('namnd', 'styrelse')", name="kind_known"),
        Index(None, "region_id", "name_sort"),
    )
    code: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(200))
    name_sort: Mapped[str] = mapped_column(String(400, collation="C"))
    level: Mapped[str] = mapped_column(String(63))
    kind: Mapped[str | None] = mapped_column(String(16))
    commissioning: Mapped[bool] = mapped_column(server_default="false", default=False)
    provider: Mapped[bool] = mapped_column(server_default="false", default=False)
    monthly_comment_required: Mapped[bool] = mapped_column(server_default="false", default=False)
    budget_goals_allocated: Mapped[bool] = mapped_column(server_default="false", default=False)
    no: Mapped[int] = mapped_column(Integer, Identity(always=True))
    """What outcomes name it by."""


class OrgPlacementRow(Identified, Traced, Base):
    """A unit's place in the tree during `valid` (half open [from, to)): under `parent_id`, or the top (null)."""

    __tablename__ = "org_placements"
    __table_args__ = (
        region_key("org_units", "unit_id"),
        region_key("org_units", "parent_id"),
        CheckConstraint("parent_id is null or parent_id <> unit_id", name="not_own_parent"),
        CheckConstraint("not isempty(valid)", name="valid_some_day"),
        ExcludeConstraint(
            (text("region_id"), "="), (text("unit_id"), "="), (text("valid"), "&&"), name="ex_org_placements_one_place"
        ),
        Index(None, "region_id", "parent_id"),
    )
    unit_id: Mapped[UUID]
    parent_id: Mapped[UUID | None]
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)


class OrgAncestorRow(InRegion, Base):
    """Closure of the placements: `ancestor_id` stood `depth` steps above `unit_id` during `valid` (0: itself).

    Kept by a trigger on `org_placements`, never written by the service: so it can't be stale.
    """

    __tablename__ = "org_ancestors"
    __table_args__ = (
        region_key("org_units", "unit_id", ondelete="CASCADE"),
        region_key("org_units", "ancestor_id", ondelete="CASCADE"),
        CheckConstraint("depth between 0 and 50", name="depth_bounded"),
        Index(None, "region_id", "ancestor_id", "unit_id"),
    )
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    ancestor_id: Mapped[UUID] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(Date, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    depth: Mapped[int] = mapped_column(SmallInteger)
