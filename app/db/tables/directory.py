"""What the region's directory says: people beyond what `users` holds, groups, and how both are placed in the tree."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, Index, String, UniqueConstraint, func
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Identified, InRegion, Traced, Versioned, region_key, to_region


class DirectoryUserRow(InRegion, Base):
    """What a SCIM User says and `users` has no column for. A user that only an administrator made has none."""

    __tablename__ = "directory_users"
    __table_args__ = (region_key("users", "user_id", ondelete="CASCADE"),)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str | None] = mapped_column(String(200))
    formatted_name: Mapped[str | None] = mapped_column(String(200))
    emails: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=sql("'[]'"))
    """`[{value, type?, primary?}]`, as they were sent."""
    department: Mapped[str | None] = mapped_column(String(200))
    active_unsaid: Mapped[bool] = mapped_column(server_default="false", default=False)
    """Whether the directory has taken back what it said of being active: the user stays as it was."""
    removed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the directory deleted the user: SCIM sees it no more, until it is made again."""


class DirectoryGroupRow(Identified, Versioned, Traced, Base):
    """A group of the directory. What it gives is in the mapping."""

    __tablename__ = "directory_groups"
    __table_args__ = (
        to_region(),
        UniqueConstraint("region_id", "external_id"),
        Index("uq_directory_groups_region_id_display_name", "region_id", func.lower(sql("display_name")), unique=True),
    )
    display_name: Mapped[str] = mapped_column(String(256))
    external_id: Mapped[str | None] = mapped_column(String(255))


class DirectoryGroupMemberRow(InRegion, Base):
    """Who is in a group."""

    __tablename__ = "directory_group_members"
    __table_args__ = (
        region_key("directory_groups", "group_id", ondelete="CASCADE"),
        region_key("users", "user_id", ondelete="CASCADE"),
        Index(None, "region_id", "user_id"),
    )
    group_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)


class DirectoryGroupMappingRow(Identified, Traced, Base):
    """A directory group, by name, gives its members a permission group at a unit, for one module or all."""

    __tablename__ = "directory_group_mappings"
    __table_args__ = (
        ForeignKeyConstraint(["region_id", "group_code"], ["permission_groups.region_id", "permission_groups.code"]),
        region_key("org_units", "unit_id"),
        region_key("modules", "module_id"),
        Index(
            "uq_directory_group_mappings_said_once",
            "region_id",
            func.lower(sql("directory_group")),
            "group_code",
            "unit_id",
            sql("coalesce(module_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
            unique=True,
        ),
    )
    directory_group: Mapped[str] = mapped_column(String(256))
    group_code: Mapped[str] = mapped_column(String(63))
    unit_id: Mapped[UUID]
    module_id: Mapped[UUID | None]


class DirectoryDepartmentRow(Identified, Traced, Base):
    """The unit that a department of the directory is: people of the department are at home there."""

    __tablename__ = "directory_departments"
    __table_args__ = (
        region_key("org_units", "unit_id"),
        Index("uq_directory_departments_region_id_department", "region_id", func.lower(sql("department")), unique=True),
    )
    department: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[UUID]
