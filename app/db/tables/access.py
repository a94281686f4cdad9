"""Credentials of integrations, and the answers kept for requests that may be sent twice."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Identified, InRegion, one_of, region_key, to_region
from app.domain.access import Role


class ApiKeyRow(Identified, Base):
    """An integration's key. Only its hash is kept; it is shown once, when it is made."""

    __tablename__ = "api_keys"
    __table_args__ = (
        region_key("org_units", "unit_id"),
        UniqueConstraint("region_id", "name"),
        ForeignKeyConstraint(["region_id", "group_code"], ["permission_groups.region_id", "permission_groups.code"]),
        CheckConstraint(one_of("role", Role), name="role_known"),
        CheckConstraint("octet_length(secret_hash) = 32", name="hash_sha256"),
        CheckConstraint("octet_length(previous_hash) = 32", name="previous_hash_sha256"),
        CheckConstraint("(previous_hash is null) = (previous_until is null)", name="previous_ends"),
    )
    name: Mapped[str] = mapped_column(String(100))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    role: Mapped[str] = mapped_column(String(32))
    group_code: Mapped[str | None] = mapped_column(String(63))
    """The permission group whose rights it has; without one they are the role's."""
    unit_id: Mapped[UUID]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String))
    """`indicator:CODE`, `module:CODE`; empty: everything the role allows."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    created_by: Mapped[str] = mapped_column(String)
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    rotated_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    previous_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of the secret that it had before, which is taken until `previous_until`."""
    previous_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class IdempotencyKeyRow(InRegion, Base):
    """The first answer to a POST that carried an Idempotency-Key: kept 24 hours, written with the change itself."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (to_region(), Index(None, "region_id", "created_at"))
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    grants_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of whom the credential stood for and all that it was granted; null in rows of an earlier version."""
    status: Mapped[int | None] = mapped_column(SmallInteger)
    headers: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
