"""Links of which both ends may be seen."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import Select, and_, select

from app.db import access
from app.db.arrays import among
from app.db.tables import NodeLinkRow, NodeRow, OrgUnitRow, PlanVersionRow
from app.db.typing import AnySelect
from app.domain.access import Principal


def links(principal: Principal, on: date) -> AnySelect:
    """Every link whose both ends may be seen, with its plan year."""
    seen = _seen(principal, on)
    return (
        select(
            NodeLinkRow.id,
            NodeLinkRow.parent_id,
            NodeLinkRow.child_id,
            NodeLinkRow.plan_version_id,
            NodeLinkRow.created_at,
            NodeLinkRow.created_by,
            PlanVersionRow.year,
        )
        .join(
            PlanVersionRow,
            and_(PlanVersionRow.region_id == NodeLinkRow.region_id, PlanVersionRow.id == NodeLinkRow.plan_version_id),
        )
        .where(
            NodeLinkRow.region_id == principal.region_id,
            NodeLinkRow.parent_id.in_(seen),
            NodeLinkRow.child_id.in_(seen),
        )
    )


def ends(principal: Principal, node_ids: Collection[UUID]) -> AnySelect:
    """What is told of a node at the end of a link that may be seen."""
    return (
        select(NodeRow.id, NodeRow.title, NodeRow.column_id, OrgUnitRow.code.label("unit"))
        .join(OrgUnitRow, and_(OrgUnitRow.region_id == NodeRow.region_id, OrgUnitRow.id == NodeRow.owner_unit_id))
        .where(NodeRow.region_id == principal.region_id, among(NodeRow.id, node_ids))
    )


def _seen(principal: Principal, on: date) -> Select[UUID]:
    return select(NodeRow.id).where(NodeRow.region_id == principal.region_id, access.node_readable(principal, on))
