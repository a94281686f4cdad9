"""The audit log, as people with leave to read it."""

from datetime import date
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from app.db import access
from app.db.tables import AuditEntryRow, AuditTransactionRow, NodeLinkRow, NodeRow
from app.db.typing import AnySelect
from app.domain.access import Permission, Principal

E, T = AuditEntryRow, AuditTransactionRow
# What is about no unit (a module, an indicator) is the whole region's: null is in nobody's part of the tree.
_UNIT = cast("InstrumentedAttribute[UUID]", E.unit_id)


def entries(principal: Principal, on: date) -> AnySelect:
    """Entries with their transactions: all of the region's, or those about units where the right to read it counts."""
    return (
        select(
            E.transaction_id,
            E.no,
            T.at,
            T.actor,
            T.request_id,
            T.client,
            T.address,
            E.table_name,
            E.action,
            E.row_id,
            E.node_id,
            E.parent_id,
            E.unit_id,
            E.key,
            E.before,
            E.after,
        )
        .join(T, and_(T.region_id == E.region_id, T.id == E.transaction_id))
        .where(E.region_id == principal.region_id, access.in_reach(_UNIT, principal, on, Permission.AUDIT_READ))
    )


def of_node(principal: Principal, on: date, node_id: UUID) -> AnySelect:
    """Entries about a node that the principal may read: its own, and of what hangs on it where that may be read."""
    return (
        select(E.transaction_id, E.no, T.at, T.actor, E.table_name, E.action, E.row_id, E.key, E.before, E.after)
        .join(T, and_(T.region_id == E.region_id, T.id == E.transaction_id))
        .where(
            E.region_id == principal.region_id,
            about(node_id),
            or_(E.row_id == node_id, E.unit_id.is_(None), access.in_reach(_UNIT, principal, on)),
            _other_end_readable(principal, on, node_id),
        )
    )


def about(identity: UUID) -> ColumnElement[bool]:
    """Whether an entry is about the row, the node or the node above with this id."""
    return or_(E.row_id == identity, E.node_id == identity, E.parent_id == identity)


def _other_end_readable(principal: Principal, on: date, node_id: UUID) -> ColumnElement[bool]:
    """Of a link, the node at the other end must be one that may be seen, too."""
    if principal.whole_region and not principal.scopes:
        return true()
    other = case((E.node_id == node_id, E.parent_id), else_=E.node_id)
    readable = select(NodeRow.id).where(NodeRow.region_id == principal.region_id, access.node_readable(principal, on))
    return or_(E.table_name != NodeLinkRow.__tablename__, other.in_(readable))
