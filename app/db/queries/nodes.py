"""Nodes as they are shown: the node itself, its readable parents, its keywords, who answers for it."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select

from app.db import access
from app.db.arrays import among
from app.db.tables import (
    AllocationRow,
    IndicatorRow,
    KeywordGroupRow,
    KeywordRow,
    NodeKeywordRow,
    NodeLinkRow,
    NodeRow,
    OrgUnitRow,
    PlanVersionRow,
    ResponsibilityRow,
)
from app.db.typing import AnySelect
from app.domain.access import Principal


def nodes(principal: Principal, on: date) -> AnySelect:
    """Every readable node with its plan year, its owner and, for a measure, what it measures."""
    return (
        select(
            NodeRow.id,
            NodeRow.lineage_id,
            NodeRow.plan_version_id,
            PlanVersionRow.year,
            PlanVersionRow.status.label("plan_status"),
            NodeRow.module_id,
            NodeRow.column_id,
            NodeRow.owner_unit_id,
            OrgUnitRow.code.label("unit"),
            NodeRow.title,
            NodeRow.description,
            NodeRow.justification,
            NodeRow.periodicity,
            NodeRow.start_date,
            NodeRow.end_date,
            NodeRow.status,
            NodeRow.indicator_id,
            NodeRow.confirmed_similar,
            NodeRow.approved_at,
            NodeRow.approved_by,
            NodeRow.created_at,
            NodeRow.created_by,
            NodeRow.updated_at,
            NodeRow.updated_by,
            NodeRow.version,
            IndicatorRow.version.label("indicator_version"),
            IndicatorRow.code.label("indicator_code"),
            IndicatorRow.catalogue_key,
            IndicatorRow.unit_of_measure,
            IndicatorRow.direction,
            IndicatorRow.scale,
            IndicatorRow.is_ratio,
            IndicatorRow.numerator,
            IndicatorRow.denominator,
            IndicatorRow.sex_disaggregated,
            IndicatorRow.region_level_only,
            IndicatorRow.input,
        )
        .join(
            PlanVersionRow,
            and_(PlanVersionRow.region_id == NodeRow.region_id, PlanVersionRow.id == NodeRow.plan_version_id),
        )
        .join(OrgUnitRow, and_(OrgUnitRow.region_id == NodeRow.region_id, OrgUnitRow.id == NodeRow.owner_unit_id))
        .outerjoin(
            IndicatorRow, and_(IndicatorRow.region_id == NodeRow.region_id, IndicatorRow.id == NodeRow.indicator_id)
        )
        .where(NodeRow.region_id == principal.region_id, access.node_readable(principal, on))
    )


def at_unit(principal: Principal, unit_id: UUID) -> ColumnElement[bool]:
    """Whether the unit itself has the node: owns it, or has it allocated."""
    allocated = exists().where(
        AllocationRow.region_id == principal.region_id,
        AllocationRow.node_id == NodeRow.id,
        AllocationRow.unit_id == unit_id,
    )
    return or_(NodeRow.owner_unit_id == unit_id, allocated.correlate(NodeRow))


def under(principal: Principal, parent_id: UUID) -> ColumnElement[bool]:
    """Whether the node is linked right under that parent."""
    return exists().where(
        NodeLinkRow.region_id == principal.region_id,
        NodeLinkRow.child_id == NodeRow.id,
        NodeLinkRow.parent_id == parent_id,
    )


def tagged(principal: Principal, on: date, keyword: str | UUID) -> ColumnElement[bool]:
    """Whether the node carries a readable keyword with this text, or the one with this id."""
    named = KeywordRow.text == keyword if isinstance(keyword, str) else KeywordRow.id == keyword
    return exists().where(
        NodeKeywordRow.region_id == principal.region_id,
        NodeKeywordRow.node_id == NodeRow.id,
        KeywordRow.region_id == NodeKeywordRow.region_id,
        KeywordRow.id == NodeKeywordRow.keyword_id,
        KeywordGroupRow.region_id == KeywordRow.region_id,
        KeywordGroupRow.id == KeywordRow.group_id,
        access.keyword_group_readable(principal, on),
        named,
    )


def parents_of(principal: Principal, on: date, children: Collection[UUID]) -> AnySelect:
    """(child_id, parent_id) for every readable parent, in the order they were linked."""
    return (
        select(NodeLinkRow.child_id, NodeLinkRow.parent_id)
        .join(NodeRow, and_(NodeRow.region_id == NodeLinkRow.region_id, NodeRow.id == NodeLinkRow.parent_id))
        .where(
            NodeLinkRow.region_id == principal.region_id,
            among(NodeLinkRow.child_id, children),
            access.node_readable(principal, on),
        )
        .order_by(NodeLinkRow.id)
    )


def keywords_of(principal: Principal, on: date, node_ids: Collection[UUID]) -> AnySelect:
    """(node_id, id, text, group) for every readable keyword of nodes that are known to be, in the groups' order."""
    return (
        select(
            NodeKeywordRow.node_id,
            KeywordRow.id,
            KeywordRow.text,
            KeywordGroupRow.id.label("group_id"),
            KeywordGroupRow.name.label("group"),
        )
        .join(
            KeywordRow,
            and_(KeywordRow.region_id == NodeKeywordRow.region_id, KeywordRow.id == NodeKeywordRow.keyword_id),
        )
        .join(
            KeywordGroupRow,
            and_(KeywordGroupRow.region_id == KeywordRow.region_id, KeywordGroupRow.id == KeywordRow.group_id),
        )
        .where(
            NodeKeywordRow.region_id == principal.region_id,
            among(NodeKeywordRow.node_id, node_ids),
            access.keyword_group_readable(principal, on),
        )
        .order_by(KeywordGroupRow.name_sort, KeywordRow.position, KeywordRow.id)
    )


def responsibilities_of(principal: Principal, on: date, node_id: UUID) -> AnySelect:
    """(unit, role, subject) of a node that is known to be readable, at the readable units."""
    return (
        select(OrgUnitRow.code.label("unit"), ResponsibilityRow.role, ResponsibilityRow.subject)
        .join(
            OrgUnitRow,
            and_(OrgUnitRow.region_id == ResponsibilityRow.region_id, OrgUnitRow.id == ResponsibilityRow.unit_id),
        )
        .where(
            ResponsibilityRow.region_id == principal.region_id,
            ResponsibilityRow.node_id == node_id,
            access.unit_readable(ResponsibilityRow.unit_id, principal, on),
        )
        .order_by(OrgUnitRow.code, ResponsibilityRow.role, ResponsibilityRow.subject)
    )


def node_keys(principal: Principal, on: date, node_ids: Collection[UUID]) -> AnySelect:
    """(id, plan_version_id, owner_unit_id, title) of the readable ones among these nodes."""
    return select(NodeRow.id, NodeRow.plan_version_id, NodeRow.owner_unit_id, NodeRow.title).where(
        NodeRow.region_id == principal.region_id, among(NodeRow.id, node_ids), access.node_readable(principal, on)
    )
