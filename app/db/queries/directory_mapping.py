"""What the mapping makes of the directory: memberships of groups, homes of departments, and what it says nothing of."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Delete, Insert, and_, delete, exists, func, insert, literal, select, true
from sqlalchemy.dialects.postgresql import Range

from app.db.arrays import among
from app.db.tables import (
    DirectoryDepartmentRow,
    DirectoryGroupMappingRow,
    DirectoryGroupMemberRow,
    DirectoryGroupRow,
    DirectoryUserRow,
    MembershipRow,
    ModuleRow,
    OrgUnitRow,
    UserRow,
)
from app.db.typing import AnySelect
from app.domain.access import Principal
from app.domain.users import MembershipSource


def group_mappings(principal: Principal) -> AnySelect:
    """What the directory's groups give: (directory_group, group, unit, module) by code, with the unit's id."""
    return (
        select(
            DirectoryGroupMappingRow.id,
            DirectoryGroupMappingRow.directory_group,
            DirectoryGroupMappingRow.group_code.label("group"),
            OrgUnitRow.code.label("unit"),
            DirectoryGroupMappingRow.unit_id,
            ModuleRow.code.label("module"),
        )
        .join(
            OrgUnitRow,
            and_(
                OrgUnitRow.region_id == DirectoryGroupMappingRow.region_id,
                OrgUnitRow.id == DirectoryGroupMappingRow.unit_id,
            ),
        )
        .outerjoin(
            ModuleRow,
            and_(
                ModuleRow.region_id == DirectoryGroupMappingRow.region_id,
                ModuleRow.id == DirectoryGroupMappingRow.module_id,
            ),
        )
        .where(DirectoryGroupMappingRow.region_id == principal.region_id)
        .order_by(
            func.lower(DirectoryGroupMappingRow.directory_group),
            OrgUnitRow.code,
            DirectoryGroupMappingRow.group_code,
            ModuleRow.code.nulls_first(),
        )
    )


def departments(principal: Principal) -> AnySelect:
    """Which unit a department is: (department, unit, unit_id)."""
    return (
        select(
            DirectoryDepartmentRow.id,
            DirectoryDepartmentRow.department,
            OrgUnitRow.code.label("unit"),
            DirectoryDepartmentRow.unit_id,
        )
        .join(
            OrgUnitRow,
            and_(
                OrgUnitRow.region_id == DirectoryDepartmentRow.region_id,
                OrgUnitRow.id == DirectoryDepartmentRow.unit_id,
            ),
        )
        .where(DirectoryDepartmentRow.region_id == principal.region_id)
        .order_by(func.lower(DirectoryDepartmentRow.department))
    )


def unmapped_groups(principal: Principal) -> AnySelect:
    """(display_name, members) of groups that the mapping gives nothing for."""
    mapped = exists().where(
        DirectoryGroupMappingRow.region_id == DirectoryGroupRow.region_id,
        func.lower(DirectoryGroupMappingRow.directory_group) == func.lower(DirectoryGroupRow.display_name),
    )
    counted = (
        select(func.count())
        .select_from(DirectoryGroupMemberRow)
        .where(
            DirectoryGroupMemberRow.region_id == DirectoryGroupRow.region_id,
            DirectoryGroupMemberRow.group_id == DirectoryGroupRow.id,
        )
        .correlate(DirectoryGroupRow)
        .scalar_subquery()
    )
    return (
        select(DirectoryGroupRow.display_name.label("directory_group"), counted.label("members"))
        .where(DirectoryGroupRow.region_id == principal.region_id, ~mapped.correlate(DirectoryGroupRow))
        .order_by(func.lower(DirectoryGroupRow.display_name))
    )


def homes(principal: Principal, user_ids: Collection[UUID] | None) -> AnySelect:
    """(user_id, department, old, new): where people are at home, and where their department says.

    A department is the unit that the mapping names, or else the one with that code; `new` is null where it is neither.
    `user_ids` None: everybody's.
    """
    wanted = true() if user_ids is None else among(UserRow.id, user_ids)
    by_code = select(OrgUnitRow.id).where(
        OrgUnitRow.region_id == DirectoryUserRow.region_id,
        OrgUnitRow.code == func.upper(DirectoryUserRow.department),
    )
    said = select(DirectoryDepartmentRow.unit_id).where(
        DirectoryDepartmentRow.region_id == DirectoryUserRow.region_id,
        func.lower(DirectoryDepartmentRow.department) == func.lower(DirectoryUserRow.department),
    )
    new = func.coalesce(
        said.correlate(DirectoryUserRow).scalar_subquery(), by_code.correlate(DirectoryUserRow).scalar_subquery()
    )
    return (
        select(UserRow.id.label("user_id"), DirectoryUserRow.department, UserRow.unit_id.label("old"), new.label("new"))
        .join(
            DirectoryUserRow,
            and_(DirectoryUserRow.region_id == UserRow.region_id, DirectoryUserRow.user_id == UserRow.id),
        )
        .where(
            UserRow.region_id == principal.region_id,
            DirectoryUserRow.removed_at.is_(None),
            DirectoryUserRow.department.isnot(None),
            wanted,
        )
    )


def _given(principal: Principal, user_ids: Collection[UUID] | None) -> AnySelect:
    """(user_id, group_code, unit_id, module_id): what the mapping gives."""
    wanted = true() if user_ids is None else among(DirectoryGroupMemberRow.user_id, user_ids)
    return (
        select(
            DirectoryGroupMemberRow.user_id,
            DirectoryGroupMappingRow.group_code,
            DirectoryGroupMappingRow.unit_id,
            DirectoryGroupMappingRow.module_id,
        )
        .distinct()
        .join(
            DirectoryGroupRow,
            and_(
                DirectoryGroupRow.region_id == DirectoryGroupMemberRow.region_id,
                DirectoryGroupRow.id == DirectoryGroupMemberRow.group_id,
            ),
        )
        .join(
            DirectoryGroupMappingRow,
            and_(
                DirectoryGroupMappingRow.region_id == DirectoryGroupRow.region_id,
                func.lower(DirectoryGroupMappingRow.directory_group) == func.lower(DirectoryGroupRow.display_name),
            ),
        )
        .where(DirectoryGroupMemberRow.region_id == principal.region_id, wanted)
    )


def end_memberships(principal: Principal, user_ids: Collection[UUID] | None) -> Delete:
    """Take away the directory's memberships that the mapping gives no more."""
    given = _given(principal, user_ids).subquery()
    still = exists().where(
        given.c.user_id == MembershipRow.user_id,
        given.c.group_code == MembershipRow.group_code,
        given.c.unit_id == MembershipRow.unit_id,
        given.c.module_id.is_not_distinct_from(MembershipRow.module_id),
    )
    return delete(MembershipRow).where(
        MembershipRow.region_id == principal.region_id,
        MembershipRow.source == MembershipSource.DIRECTORY.value,
        true() if user_ids is None else among(MembershipRow.user_id, user_ids),
        ~still,
    )


def begin_memberships(principal: Principal, user_ids: Collection[UUID] | None, since: Range[object]) -> Insert:
    """Give what the mapping gives and is not there yet, from a day on."""
    given = _given(principal, user_ids).subquery()
    there = exists().where(
        MembershipRow.region_id == principal.region_id,
        MembershipRow.source == MembershipSource.DIRECTORY.value,
        MembershipRow.user_id == given.c.user_id,
        MembershipRow.group_code == given.c.group_code,
        MembershipRow.unit_id == given.c.unit_id,
        MembershipRow.module_id.is_not_distinct_from(given.c.module_id),
    )
    by = literal(principal.subject)
    wanted = select(
        literal(principal.region_id, UserRow.region_id.type),
        func.gen_random_uuid(),
        given.c.user_id,
        given.c.group_code,
        given.c.unit_id,
        given.c.module_id,
        literal(since, MembershipRow.valid.type),
        literal(MembershipSource.DIRECTORY.value),
        by,
        by,
    ).where(~there)
    names = [
        "region_id",
        "id",
        "user_id",
        "group_code",
        "unit_id",
        "module_id",
        "valid",
        "source",
        "created_by",
        "updated_by",
    ]
    return insert(MembershipRow).from_select(names, wanted)
