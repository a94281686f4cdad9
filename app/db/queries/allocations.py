"""Allocations that may be seen: at units within reach, and of nodes that a unit within reach owns (it gave them)."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from app.db import access
from app.db.arrays import among
from app.db.tables import (
    AllocationRow,
    AssessmentRow,
    NodeRow,
    OrgUnitRow,
    OutcomeRow,
    PlanVersionRow,
)
from app.db.typing import AnySelect
from app.domain.access import Principal


def allocations(principal: Principal, on: date) -> AnySelect:
    """Every allocation that may be seen, with its node's year, column and title, and its unit's code."""
    return (
        select(
            AllocationRow.id,
            AllocationRow.node_id.label("node"),
            AllocationRow.unit_id,
            OrgUnitRow.code.label("unit"),
            AllocationRow.origin,
            AllocationRow.instruction,
            AllocationRow.version,
            AllocationRow.created_at,
            AllocationRow.created_by,
            AllocationRow.updated_at,
            AllocationRow.updated_by,
            NodeRow.title,
            NodeRow.column_id,
            PlanVersionRow.year,
        )
        .join(NodeRow, and_(NodeRow.region_id == AllocationRow.region_id, NodeRow.id == AllocationRow.node_id))
        .join(
            PlanVersionRow,
            and_(PlanVersionRow.region_id == NodeRow.region_id, PlanVersionRow.id == NodeRow.plan_version_id),
        )
        .join(OrgUnitRow, and_(OrgUnitRow.region_id == AllocationRow.region_id, OrgUnitRow.id == AllocationRow.unit_id))
        .where(
            AllocationRow.region_id == principal.region_id,
            access.node_readable(principal, on),
            or_(
                access.in_reach(AllocationRow.unit_id, principal, on),
                access.in_reach(NodeRow.owner_unit_id, principal, on),
            ),
        )
    )


def assessments_below(principal: Principal, on: date, node_ids: Collection[UUID], top: UUID) -> AnySelect:
    """(count) of assessments of the nodes at the unit and below it."""
    return select(func.count()).where(
        AssessmentRow.region_id == principal.region_id,
        among(AssessmentRow.node_id, node_ids),
        AssessmentRow.unit_id.in_(access.subtree(principal.region_id, top, on)),
    )


def outcomes_below(principal: Principal, on: date, node_ids: Collection[UUID], top: UUID) -> AnySelect:
    """(count) of outcomes, in the nodes' plan years, of their indicators at the unit and below it."""
    return (
        select(func.count())
        .select_from(OutcomeRow)
        .join(
            NodeRow,
            and_(NodeRow.region_id == OutcomeRow.region_id, NodeRow.indicator_id == OutcomeRow.indicator_id),
        )
        .join(
            PlanVersionRow,
            and_(PlanVersionRow.region_id == NodeRow.region_id, PlanVersionRow.id == NodeRow.plan_version_id),
        )
        .where(
            OutcomeRow.region_id == principal.region_id,
            among(NodeRow.id, node_ids),
            OutcomeRow.unit_id.in_(access.subtree(principal.region_id, top, on)),
            func.extract("year", OutcomeRow.period_end) == PlanVersionRow.year,
        )
    )
