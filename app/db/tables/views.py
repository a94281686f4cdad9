"""Views: standard filters, and for whom they are."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Identified, InRegion, Traced, Versioned, one_of, region_key
from app.domain.views import ViewFor


class ViewRow(Identified, Versioned, Traced, Base):
    """A standard filter of a module: for everybody, a permission group, a unit (one in `view_units`) or several."""

    __tablename__ = "views"
    __table_args__ = (
        region_key("modules", "module_id"),
        ForeignKeyConstraint(["region_id", "group_code"], ["permission_groups.region_id", "permission_groups.code"]),
        CheckConstraint(one_of("kind", ViewFor), name="kind_known"),
        CheckConstraint("(kind = 'permission_group') = (group_code is not null)", name="group_of_its_kind"),
        UniqueConstraint("region_id", "module_id", "id", "kind"),
        Index(
            "uq_views_general",
            "region_id",
            "module_id",
            "kind",
            sql("coalesce(group_code, '')"),
            unique=True,
            postgresql_where=sql("kind in ('everybody', 'permission_group')"),
        ),
    )
    module_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(32))
    group_code: Mapped[str | None] = mapped_column(String(63))
    filter: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ViewUnitRow(InRegion, Base):
    """A unit that a view is for. In a module it has one view of its own, and is in one group that has one."""

    __tablename__ = "view_units"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region_id", "module_id", "view_id", "kind"],
            ["views.region_id", "views.module_id", "views.id", "views.kind"],
            ondelete="CASCADE",
            name="fk_view_units_view",
        ),
        region_key("org_units", "unit_id"),
        CheckConstraint(one_of("kind", [ViewFor.UNIT, ViewFor.UNIT_GROUP]), name="kind_known"),
        UniqueConstraint("region_id", "module_id", "kind", "unit_id", name="uq_view_units_one_view"),
    )
    view_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    module_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(32))
