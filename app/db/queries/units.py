"""Units of the tree, as it stood on a day."""

from datetime import date
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import aliased

from app.db import access
from app.db.tables import OrgAncestorRow, OrgPlacementRow, OrgUnitRow
from app.db.typing import AnySelect
from app.domain.access import Principal

Parent = aliased(OrgUnitRow)


def units(principal: Principal, on: date) -> AnySelect:
    """Every readable unit with the parent it had on `on`; units that stood nowhere that day are left out."""
    return (
        select(
            OrgUnitRow.id,
            OrgUnitRow.code,
            OrgUnitRow.name,
            OrgUnitRow.name_sort,
            OrgUnitRow.level,
            OrgUnitRow.kind,
            OrgUnitRow.commissioning,
            OrgUnitRow.provider,
            OrgUnitRow.monthly_comment_required,
            OrgUnitRow.budget_goals_allocated,
            OrgUnitRow.version,
            Parent.code.label("parent"),
        )
        .join(
            OrgPlacementRow,
            and_(
                OrgPlacementRow.region_id == OrgUnitRow.region_id,
                OrgPlacementRow.unit_id == OrgUnitRow.id,
                OrgPlacementRow.valid.contains(on),
            ),
        )
        .outerjoin(Parent, and_(Parent.region_id == OrgPlacementRow.region_id, Parent.id == OrgPlacementRow.parent_id))
        .where(
            OrgUnitRow.region_id == principal.region_id,
            access.unit_readable(OrgUnitRow.id, principal, on),
        )
    )


def below(statement: AnySelect, principal: Principal, top: UUID, on: date) -> AnySelect:
    """Of a statement over units, those at and below `top`, with `depth` (0 for `top` itself) as a further column."""
    return (
        statement.join(
            OrgAncestorRow,
            and_(
                OrgAncestorRow.region_id == OrgUnitRow.region_id,
                OrgAncestorRow.unit_id == OrgUnitRow.id,
                OrgAncestorRow.valid.contains(on),
            ),
        )
        .where(OrgAncestorRow.region_id == principal.region_id, OrgAncestorRow.ancestor_id == top)
        .add_columns(OrgAncestorRow.depth)
    )


def unit_key(principal: Principal, on: date, key: UUID | str) -> Select[UUID, str, str]:
    """(id, code, level) of the readable unit with this id or, given a text, this code."""
    named = OrgUnitRow.code == key if isinstance(key, str) else OrgUnitRow.id == key
    return select(OrgUnitRow.id, OrgUnitRow.code, OrgUnitRow.level).where(
        OrgUnitRow.region_id == principal.region_id, named, access.unit_readable(OrgUnitRow.id, principal, on)
    )


def subtree_ids(principal: Principal, top: UUID, on: date) -> Select[UUID]:
    """Ids of `top` and the units below it on that day."""
    return access.subtree(principal.region_id, top, on)
