"""Modules, columns, assessment scales, keyword groups, plan versions: the region's steering model as rows."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Identified, InRegion, Traced, Versioned, one_of, region_key, to_region
from app.domain.periods import Periodicity
from app.domain.plan_versions import PlanStatus
from app.domain.steering_model import NodeKind


class ModuleRow(Identified, Versioned, Traced, Base):
    """A module."""

    __tablename__ = "modules"
    __table_args__ = (to_region(), UniqueConstraint("region_id", "code"))
    code: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    position: Mapped[int] = mapped_column(SmallInteger)


class ModuleColumnRow(Identified, Base):
    """A column of a module. `definition` is the whole `app.domain.steering_model.Column` as JSON."""

    __tablename__ = "module_columns"
    __table_args__ = (
        region_key("modules", "module_id"),
        UniqueConstraint("region_id", "module_id", "code"),
        UniqueConstraint("region_id", "module_id", "no"),
        # Nodes point at (module, column, kind) together, so that no node can be in another module's column.
        UniqueConstraint("region_id", "module_id", "id", "node_kind"),
        CheckConstraint(one_of("node_kind", NodeKind), name="node_kind_known"),
        CheckConstraint(
            f"standard_periodicity is null or {one_of('standard_periodicity', Periodicity)}", name="periodicity_known"
        ),
    )
    module_id: Mapped[UUID]
    no: Mapped[int] = mapped_column(SmallInteger)
    code: Mapped[str] = mapped_column(String(63))
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    node_kind: Mapped[str] = mapped_column(String(16))
    standard_periodicity: Mapped[str | None] = mapped_column(String(16))
    parent_required: Mapped[bool] = mapped_column(server_default="false", default=False)
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ModuleLinkRow(InRegion, Base):
    """A direction of linking between modules (M1): nodes of `source_id` appear under nodes of `target_id`."""

    __tablename__ = "module_links"
    __table_args__ = (region_key("modules", "source_id"), region_key("modules", "target_id"))
    source_id: Mapped[UUID] = mapped_column(primary_key=True)
    target_id: Mapped[UUID] = mapped_column(primary_key=True)


class AssessmentScaleRow(Identified, Base):
    """An assessment scale; `grades` is a list of `app.domain.steering_model.Grade` as JSON."""

    __tablename__ = "assessment_scales"
    __table_args__ = (to_region(), UniqueConstraint("region_id", "name"))
    name: Mapped[str] = mapped_column(String(200))
    grades: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class KeywordGroupRow(Identified, Versioned, Traced, Base):
    """A keyword group: shared by the region, or local to `unit_id` and what lies below it."""

    __tablename__ = "keyword_groups"
    __table_args__ = (
        to_region(),
        region_key("org_units", "unit_id"),
        UniqueConstraint("region_id", "name"),
        Index(None, "region_id", "name_sort"),
    )
    name: Mapped[str] = mapped_column(String(200))
    name_sort: Mapped[str] = mapped_column(String(400, collation="C"))
    unit_id: Mapped[UUID | None]


class KeywordRow(Identified, Base):
    """A keyword of a group, in the group's own order."""

    __tablename__ = "keywords"
    __table_args__ = (
        region_key("keyword_groups", "group_id", ondelete="CASCADE"),
        UniqueConstraint("region_id", "group_id", "text"),
    )
    group_id: Mapped[UUID]
    text: Mapped[str] = mapped_column(String(300))
    position: Mapped[int] = mapped_column(SmallInteger)


class PlanVersionRow(Identified, Versioned, Traced, Base):
    """A year's plan for the whole region."""

    __tablename__ = "plan_versions"
    __table_args__ = (
        to_region(),
        UniqueConstraint("region_id", "year"),
        CheckConstraint(one_of("status", PlanStatus), name="status_known"),
        CheckConstraint("year between 1900 and 2999", name="year_sane"),
        # V1: one live version per region, also when two writers race.
        Index("uq_plan_versions_one_live", "region_id", unique=True, postgresql_where=text("status = 'live'")),
    )
    year: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str] = mapped_column(String(16))
