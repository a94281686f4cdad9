"""Nodes, their links, their allocations, keywords and responsibilities: the chain itself."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Identified, InRegion, Traced, Versioned, one_of, region_key
from app.domain.nodes import ActivityStatus, AllocationOrigin
from app.domain.periods import Periodicity
from app.domain.steering_model import NodeKind


class NodeRow(Identified, Versioned, Traced, Base):
    """A box in a column: a goal, an indicator, an activity."""

    __tablename__ = "nodes"
    __table_args__ = (
        region_key("plan_versions", "plan_version_id"),
        region_key("org_units", "owner_unit_id"),
        region_key("org_units", "own_board_id"),
        region_key("indicators", "indicator_id"),
        ForeignKeyConstraint(
            ["region_id", "module_id", "column_id", "node_kind"],
            ["module_columns.region_id", "module_columns.module_id", "module_columns.id", "module_columns.node_kind"],
            name="fk_nodes_column",
        ),
        # Links point at (plan version, node) together, so that they can't cross plan versions (K3).
        UniqueConstraint("region_id", "plan_version_id", "id"),
        UniqueConstraint("region_id", "plan_version_id", "lineage_id"),
        # N1: a board's own nodes in a limited column take numbered places; two writers can't take the same one.
        UniqueConstraint(
            "region_id", "plan_version_id", "column_id", "own_board_id", "own_place", name="uq_nodes_own_place"
        ),
        CheckConstraint("(own_board_id is null) = (own_place is null)", name="own_place_whole"),
        CheckConstraint("end_date >= start_date", name="dates_in_order"),
        CheckConstraint("(start_date is null) = (end_date is null)", name="dates_both"),
        CheckConstraint("node_kind <> 'activity' or start_date is not null", name="activity_dated"),
        CheckConstraint("(node_kind = 'measure') = (indicator_id is not null)", name="measure_is_indicator"),
        CheckConstraint("btrim(title) <> ''", name="title_said"),
        CheckConstraint(one_of("node_kind", NodeKind), name="node_kind_known"),
        CheckConstraint(f"periodicity is null or {one_of('periodicity', Periodicity)}", name="periodicity_known"),
        CheckConstraint(f"status is null or {one_of('status', ActivityStatus)}", name="status_known"),
        CheckConstraint("(status is not null) = (node_kind = 'activity')", name="status_of_activity"),
        Index(None, "region_id", "plan_version_id", "owner_unit_id"),
        Index(None, "region_id", "plan_version_id", "column_id", "title_sort"),
        Index(None, "region_id", "indicator_id"),
        Index("ix_nodes_title_key", "title_key", postgresql_using="gin", postgresql_ops={"title_key": "gin_trgm_ops"}),
    )
    lineage_id: Mapped[UUID]
    """Stays the same from year to year."""
    plan_version_id: Mapped[UUID]
    module_id: Mapped[UUID]
    column_id: Mapped[UUID]
    node_kind: Mapped[str] = mapped_column(String(16))
    owner_unit_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(String(500))
    title_sort: Mapped[str] = mapped_column(String(1000, collation="C"))
    title_key: Mapped[str] = mapped_column(String(1000, collation="C"))
    """Stems in plain ASCII (app.domain.similarity.trigram_key): what trigram search works on, on every server."""
    description: Mapped[str | None] = mapped_column(Text)
    justification: Mapped[str | None] = mapped_column(Text)
    periodicity: Mapped[str | None] = mapped_column(String(16))
    start_date: Mapped[date | None] = mapped_column(Date)
    end_date: Mapped[date | None] = mapped_column(Date)
    status: Mapped[str | None] = mapped_column(String(16))
    indicator_id: Mapped[UUID | None]
    own_board_id: Mapped[UUID | None]
    own_place: Mapped[int | None] = mapped_column(SmallInteger)
    confirmed_similar: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    """N2: what the caller confirmed: score, the matching node, who and when."""
    approved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    approved_by: Mapped[str | None] = mapped_column(String)


class NodeLinkRow(InRegion, Base):
    """Parent -> child. The key makes a second link between the two impossible (K7, M6)."""

    __tablename__ = "node_links"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region_id", "plan_version_id", "parent_id"],
            ["nodes.region_id", "nodes.plan_version_id", "nodes.id"],
            ondelete="CASCADE",
            name="fk_node_links_parent",
        ),
        ForeignKeyConstraint(
            ["region_id", "plan_version_id", "child_id"],
            ["nodes.region_id", "nodes.plan_version_id", "nodes.id"],
            ondelete="CASCADE",
            name="fk_node_links_child",
        ),
        CheckConstraint("parent_id <> child_id", name="not_own_parent"),
        Index(None, "region_id", "child_id"),
        UniqueConstraint("region_id", "id"),
    )
    parent_id: Mapped[UUID] = mapped_column(primary_key=True)
    child_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID]
    plan_version_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    created_by: Mapped[str] = mapped_column(String)


class AllocationRow(Identified, Versioned, Traced, Base):
    """A node made visible and answerable at a unit below its owner."""

    __tablename__ = "allocations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region_id", "plan_version_id", "node_id"],
            ["nodes.region_id", "nodes.plan_version_id", "nodes.id"],
            ondelete="CASCADE",
            name="fk_allocations_node",
        ),
        region_key("org_units", "unit_id"),
        UniqueConstraint("region_id", "node_id", "unit_id"),
        CheckConstraint(one_of("origin", [o for o in AllocationOrigin if o != "own"]), name="origin_known"),
        Index(None, "region_id", "unit_id", "plan_version_id", "node_id"),
    )
    plan_version_id: Mapped[UUID]
    """The node's, so that a chain finds its year's among a unit's allocations."""
    node_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    origin: Mapped[str] = mapped_column(String(16))
    instruction: Mapped[str | None] = mapped_column(Text)


class NodeKeywordRow(InRegion, Base):
    """A keyword on a node."""

    __tablename__ = "node_keywords"
    __table_args__ = (
        region_key("nodes", "node_id", ondelete="CASCADE"),
        region_key("keywords", "keyword_id"),
        Index(None, "region_id", "keyword_id", "node_id"),
    )
    node_id: Mapped[UUID] = mapped_column(primary_key=True)
    keyword_id: Mapped[UUID] = mapped_column(primary_key=True)


class ResponsibilityRow(InRegion, Base):
    """Who answers for a node at a unit in a role. `subject` is the `sub` of that person's credential."""

    __tablename__ = "responsibilities"
    __table_args__ = (
        region_key("nodes", "node_id", ondelete="CASCADE"),
        region_key("org_units", "unit_id"),
    )
    node_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(100), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)


class HiddenColumnRow(InRegion, Base):
    """A hideable column that a board has hidden for its own part of the tree (N12)."""

    __tablename__ = "hidden_columns"
    __table_args__ = (region_key("org_units", "unit_id"), region_key("module_columns", "column_id"))
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    column_id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    created_by: Mapped[str] = mapped_column(String)
