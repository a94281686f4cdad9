"""Views, those for units only where such a unit may be seen."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import and_, exists, or_, select

from app.db import access
from app.db.arrays import among
from app.db.tables import ModuleRow, OrgUnitRow, ViewRow, ViewUnitRow
from app.db.typing import AnySelect
from app.domain.access import Principal
from app.domain.views import ViewFor


def views(principal: Principal, on: date) -> AnySelect:
    """Every readable view: general ones, those for permission groups, and those for some unit that may be seen."""
    some_unit = exists().where(
        ViewUnitRow.region_id == ViewRow.region_id,
        ViewUnitRow.view_id == ViewRow.id,
        access.unit_readable(ViewUnitRow.unit_id, principal, on),
    )
    general = ViewRow.kind.in_([ViewFor.EVERYBODY.value, ViewFor.PERMISSION_GROUP.value])
    return (
        select(
            ViewRow.id,
            ModuleRow.code.label("module"),
            ViewRow.module_id,
            ViewRow.name,
            ViewRow.kind,
            ViewRow.group_code.label("permission_group"),
            ViewRow.filter,
            ViewRow.version,
            ViewRow.updated_at,
            ViewRow.updated_by,
        )
        .join(ModuleRow, and_(ModuleRow.region_id == ViewRow.region_id, ModuleRow.id == ViewRow.module_id))
        .where(ViewRow.region_id == principal.region_id, or_(general, some_unit.correlate(ViewRow)))
    )


def view_units(principal: Principal, on: date, view_ids: Collection[UUID]) -> AnySelect:
    """(view_id, unit_id, unit) of the units that may be seen, by code."""
    return (
        select(ViewUnitRow.view_id, ViewUnitRow.unit_id, OrgUnitRow.code.label("unit"))
        .join(OrgUnitRow, and_(OrgUnitRow.region_id == ViewUnitRow.region_id, OrgUnitRow.id == ViewUnitRow.unit_id))
        .where(
            ViewUnitRow.region_id == principal.region_id,
            among(ViewUnitRow.view_id, view_ids),
            access.unit_readable(ViewUnitRow.unit_id, principal, on),
        )
        .order_by(OrgUnitRow.code)
    )


def out_of_sight(principal: Principal, on: date, view_id: UUID) -> AnySelect:
    """The units of a view that may not be seen: a change of it would be a change for them."""
    return select(ViewUnitRow.unit_id).where(
        ViewUnitRow.region_id == principal.region_id,
        ViewUnitRow.view_id == view_id,
        ~access.unit_readable(ViewUnitRow.unit_id, principal, on),
    )
