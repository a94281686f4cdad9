"""Users, their memberships, permission groups and licences."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, select

from app.db import access
from app.db.arrays import among
from app.db.tables import LicenceRow, MembershipRow, ModuleRow, OrgUnitRow, PermissionGroupRow, UserRow
from app.db.typing import AnySelect
from app.domain.access import ANY_MODULE, Permission, Principal


def users(principal: Principal, on: date) -> AnySelect:
    """Every readable user with the code of the unit that the directory places it at."""
    return (
        select(
            UserRow.id,
            UserRow.user_name,
            UserRow.subject,
            UserRow.external_id,
            UserRow.name,
            UserRow.given_name,
            UserRow.family_name,
            UserRow.email,
            UserRow.active,
            UserRow.unit_id,
            OrgUnitRow.code.label("unit"),
            UserRow.created_at,
            UserRow.updated_at,
            UserRow.version,
        )
        .outerjoin(OrgUnitRow, and_(OrgUnitRow.region_id == UserRow.region_id, OrgUnitRow.id == UserRow.unit_id))
        .where(UserRow.region_id == principal.region_id, access.user_readable(principal, on))
    )


def memberships(principal: Principal, on: date, users: Collection[UUID]) -> AnySelect:
    """Memberships of these users at the units where the principal may see users, current and to come."""
    return (
        select(
            MembershipRow.id,
            MembershipRow.user_id,
            MembershipRow.group_code.label("group"),
            OrgUnitRow.code.label("unit"),
            ModuleRow.code.label("module"),
            func.lower(MembershipRow.valid).label("valid_from"),
            func.upper(MembershipRow.valid).label("valid_to"),
            MembershipRow.source,
        )
        .join(OrgUnitRow, and_(OrgUnitRow.region_id == MembershipRow.region_id, OrgUnitRow.id == MembershipRow.unit_id))
        .outerjoin(
            ModuleRow, and_(ModuleRow.region_id == MembershipRow.region_id, ModuleRow.id == MembershipRow.module_id)
        )
        .where(
            MembershipRow.region_id == principal.region_id,
            among(MembershipRow.user_id, users),
            access.in_reach(MembershipRow.unit_id, principal, on, Permission.USERS_READ, module=ANY_MODULE),
        )
        .order_by(OrgUnitRow.code, MembershipRow.group_code, ModuleRow.code.nulls_first(), MembershipRow.valid)
    )


def permission_groups(principal: Principal) -> AnySelect:
    """The region's permission groups, in their own order."""
    return (
        select(
            PermissionGroupRow.code,
            PermissionGroupRow.name,
            PermissionGroupRow.name_en,
            PermissionGroupRow.kind,
            PermissionGroupRow.rights,
            PermissionGroupRow.levels_up,
            PermissionGroupRow.leads,
            PermissionGroupRow.version,
        )
        .where(PermissionGroupRow.region_id == principal.region_id)
        .order_by(PermissionGroupRow.position, PermissionGroupRow.code)
    )


def licences(principal: Principal) -> AnySelect:
    """(total, used, version) of the region's licences."""
    return select(LicenceRow.total, LicenceRow.used, LicenceRow.version).where(
        LicenceRow.region_id == principal.region_id
    )
