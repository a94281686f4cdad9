"""Keyword groups: shared ones, and local ones where the credential may see their unit."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from app.db import access
from app.db.arrays import among
from app.db.tables import KeywordGroupRow, KeywordRow, OrgAncestorRow, OrgUnitRow
from app.db.typing import AnySelect
from app.domain.access import Principal


def keyword_groups(principal: Principal, on: date) -> AnySelect:
    """Every readable group with the code of the unit that it is local to (null: shared by the region)."""
    return (
        select(
            KeywordGroupRow.id,
            KeywordGroupRow.name,
            KeywordGroupRow.name_sort,
            KeywordGroupRow.version,
            OrgUnitRow.code.label("unit"),
        )
        .outerjoin(
            OrgUnitRow,
            and_(OrgUnitRow.region_id == KeywordGroupRow.region_id, OrgUnitRow.id == KeywordGroupRow.unit_id),
        )
        .where(
            KeywordGroupRow.region_id == principal.region_id,
            access.keyword_group_readable(principal, on),
        )
    )


def applies_at(principal: Principal, unit: UUID, on: date) -> ColumnElement[bool]:
    """Whether a group is shared, or local to the unit or to one above it."""
    line = select(OrgAncestorRow.ancestor_id).where(
        OrgAncestorRow.region_id == principal.region_id,
        OrgAncestorRow.unit_id == unit,
        OrgAncestorRow.valid.contains(on),
    )
    return or_(KeywordGroupRow.unit_id.is_(None), KeywordGroupRow.unit_id.in_(line))


def keywords_of(principal: Principal, groups: Collection[UUID]) -> AnySelect:
    """The groups' keywords in their own order."""
    return (
        select(KeywordRow.id, KeywordRow.group_id, KeywordRow.text)
        .where(KeywordRow.region_id == principal.region_id, among(KeywordRow.group_id, groups))
        .order_by(KeywordRow.group_id, KeywordRow.position, KeywordRow.id)
    )
