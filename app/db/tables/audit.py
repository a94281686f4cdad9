"""The audit log (B6): written by triggers with the change itself, chained at commit, never changed (ADR 21).

No foreign keys: the log outlives what it speaks of, and `styrkedjan audit verify` tells what points at nothing.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, InRegion


class AuditTransactionRow(InRegion, Base):
    """A transaction that changed something: who, when, by which request, and its place in the region's chain.

    `id` is the order in which transactions began to write, `position` (from 1, without gaps) the one in which they
    were committed. `hash` is made of the one before and all that stands here; null only within the transaction itself.
    """

    __tablename__ = "audit_transactions"
    __table_args__ = (
        UniqueConstraint("region_id", "position"),
        Index("ix_audit_transactions_region_id_at", "region_id", "at"),
        Index("ix_audit_transactions_region_id_actor", "region_id", "actor", "id"),
        Index("ix_audit_transactions_region_id_request_id", "region_id", "request_id"),
        Index("ix_audit_transactions_open", "region_id", "xid", postgresql_where=text("hash is null")),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    xid: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    actor: Mapped[str] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)
    client: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    position: Mapped[int | None] = mapped_column(BigInteger)
    entries: Mapped[int | None] = mapped_column(Integer)
    entries_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    hash: Mapped[bytes | None] = mapped_column(LargeBinary)


class AuditEntryRow(InRegion, Base):
    """A row that a transaction changed: `before` and `after`, of an update only the columns that differ.

    `no` counts from 1 within the transaction. `row_id` is the row's id, or else `key` its key; `node_id`, `parent_id`
    and `unit_id` say what it is about.
    """

    __tablename__ = "audit_entries"
    __table_args__ = tuple(
        Index(f"ix_audit_entries_region_id_{c}", "region_id", c, postgresql_where=text(f"{c} is not null"))
        for c in ("row_id", "node_id", "parent_id")
    )
    transaction_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    table_name: Mapped[str] = mapped_column(String(63))
    action: Mapped[str] = mapped_column(String(6))
    row_id: Mapped[UUID | None]
    node_id: Mapped[UUID | None]
    parent_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    key: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(LargeBinary)


class AuditHeadRow(InRegion, Base):
    """The end of a region's chain: what the next transaction goes on from, and the lock that keeps them in a row."""

    __tablename__ = "audit_heads"
    position: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
