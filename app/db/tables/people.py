"""Permission groups, users, their memberships, and the licences that active users hold."""

from datetime import date
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    func,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Identified, InRegion, Traced, Versioned, one_of, region_key, to_region
from app.domain.permission_groups import GroupKind
from app.domain.users import MembershipSource


class PermissionGroupRow(Identified, Versioned, Traced, Base):
    """A set of rights and how far they reach: the region's own data. Rights are `resource:action`, or `*` for all."""

    __tablename__ = "permission_groups"
    __table_args__ = (
        to_region(),
        UniqueConstraint("region_id", "code"),
        CheckConstraint(one_of("kind", GroupKind), name="kind_known"),
        CheckConstraint("levels_up between 0 and 50", name="levels_up_bounded"),
    )
    code: Mapped[str] = mapped_column(String(63))
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(16))
    rights: Mapped[list[str]] = mapped_column(ARRAY(String))
    levels_up: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    position: Mapped[int] = mapped_column(SmallInteger)
    leads: Mapped[bool] = mapped_column(server_default="false", default=False)
    """Whether its members lead their unit."""


class UserRow(Identified, Versioned, Traced, Base):
    """A person. `subject` is the `sub` of the person's credential; `unit_id` where the directory places it.

    An active user holds a licence, counted by a trigger (B4). Nobody is deleted: one who leaves is made inactive.
    """

    __tablename__ = "users"
    __table_args__ = (
        region_key("org_units", "unit_id"),
        UniqueConstraint("region_id", "subject"),
        UniqueConstraint("region_id", "external_id"),
        Index("uq_users_region_id_user_name", "region_id", func.lower(sql("user_name")), unique=True),
        Index(None, "region_id", "name_sort", "id"),
        Index(None, "region_id", "unit_id"),
    )
    user_name: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    external_id: Mapped[str | None] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(200))
    name_sort: Mapped[str] = mapped_column(String(400, collation="C"))
    given_name: Mapped[str | None] = mapped_column(String(100))
    family_name: Mapped[str | None] = mapped_column(String(100))
    email: Mapped[str | None] = mapped_column(String(320))
    active: Mapped[bool] = mapped_column(server_default="true", default=True)
    unit_id: Mapped[UUID | None]


class MembershipRow(Identified, Traced, Base):
    """A user's permission group at a unit, for one module or all, during `valid` (half open [from, to))."""

    __tablename__ = "memberships"
    __table_args__ = (
        region_key("users", "user_id", ondelete="CASCADE"),
        region_key("org_units", "unit_id"),
        region_key("modules", "module_id"),
        ForeignKeyConstraint(["region_id", "group_code"], ["permission_groups.region_id", "permission_groups.code"]),
        CheckConstraint(one_of("source", MembershipSource), name="source_known"),
        CheckConstraint("not isempty(valid)", name="valid_some_day"),
        # The same twice at a time says nothing more; no module is told by the nil id, which equals itself.
        ExcludeConstraint(
            (sql("region_id"), "="),
            (sql("user_id"), "="),
            (sql("group_code"), "="),
            (sql("unit_id"), "="),
            (sql("coalesce(module_id, '00000000-0000-0000-0000-000000000000'::uuid)"), "="),
            (sql("source"), "="),
            (sql("valid"), "&&"),
            name="ex_memberships_once_at_a_time",
        ),
        Index(None, "region_id", "user_id"),
        Index(None, "region_id", "unit_id"),
    )
    user_id: Mapped[UUID]
    group_code: Mapped[str] = mapped_column(String(63))
    unit_id: Mapped[UUID]
    module_id: Mapped[UUID | None]
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    source: Mapped[str] = mapped_column(String(16), server_default="manual", default="manual")


class LicenceRow(InRegion, Versioned, Traced, Base):
    """How many licences the region has (null: no limit), and how many active users hold one: kept by a trigger (B4)."""

    __tablename__ = "licences"
    __table_args__ = (
        to_region(),
        CheckConstraint("total is null or used <= total", name="not_exceeded"),
        CheckConstraint("used >= 0", name="used_counted"),
    )
    total: Mapped[int | None] = mapped_column(Integer)
    used: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
