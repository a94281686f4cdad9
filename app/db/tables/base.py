"""What every table shares: names of constraints, the region in front of every key, who made a row and when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, Integer, MetaData, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from app.domain.identity import new_id

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The root of all tables. Foreign keys are composite: (region_id, x_id), so that a region can be a shard."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class InRegion:
    """A table whose rows belong to one region: the first part of its key, watched by row-level security."""

    @declared_attr
    def region_id(cls) -> Mapped[UUID]:
        """The tenant."""
        return mapped_column(primary_key=True, sort_order=-20)


class Identified(InRegion):
    """A table keyed by (region_id, id), where id is a UUIDv7."""

    @declared_attr
    def id(cls) -> Mapped[UUID]:
        """UUIDv7, made by the service: sorts by the time it was made."""
        return mapped_column(primary_key=True, default=new_id, sort_order=-10)


class Traced:
    """Who made the row, and who changed it last (the `sub` of their credential)."""

    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), sort_order=90)
    created_by: Mapped[str] = mapped_column(String, sort_order=91)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), sort_order=92)
    updated_by: Mapped[str] = mapped_column(String, sort_order=93)


class Versioned:
    """A counter that every change of the row, or of what its representation holds, adds one to: its ETag."""

    version: Mapped[int] = mapped_column(Integer, server_default="1", default=1, sort_order=94)


def region_key(
    target: str, *columns: str, ondelete: str | None = None, name: str | None = None
) -> ForeignKeyConstraint:
    """A foreign key (region_id, *columns) -> target(region_id, id)."""
    remote = [f"{target}.region_id", *(f"{target}.id" for _ in columns)]
    return ForeignKeyConstraint(["region_id", *columns], remote, ondelete=ondelete, name=name)


def to_region() -> ForeignKeyConstraint:
    """The foreign key of a table that hangs on nothing but its region."""
    return ForeignKeyConstraint(["region_id"], ["regions.region_id"])


def one_of(column: str, values: Any) -> str:
    """SQL of a check that `column` holds one of `values` (an enum or an iterable of plain codes of our own)."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} in ({listed})"
