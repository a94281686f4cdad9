"""People and groups as the directory sees them: all of the region's, for whoever may write the directory."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Delete,
    Insert,
    Text,
    and_,
    case,
    cast,
    column,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, Range

from app.db.arrays import among
from app.db.queries.scim_filter import Searchable, Values
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

# Who was made by hand says nothing to the directory but its row in `users`: it is shown as if SCIM had said that.
_ONLY_EMAIL = func.jsonb_build_array(func.jsonb_build_object("value", UserRow.email, "type", "work", "primary", True))
_EMAILS = case(
    (DirectoryUserRow.user_id.isnot(None), DirectoryUserRow.emails),
    (UserRow.email.isnot(None), _ONLY_EMAIL),
    else_=literal([], JSONB),
)
_DISPLAY_NAME = case((DirectoryUserRow.user_id.isnot(None), DirectoryUserRow.display_name), else_=UserRow.name)
_ACTIVE = case((DirectoryUserRow.active_unsaid, null()), else_=UserRow.active)
_EMAIL = func.jsonb_array_elements(_EMAILS).table_valued(column("value", JSONB), name="email")
_SAID = _EMAIL.c.value
_MEMBER = (DirectoryGroupMemberRow.region_id == UserRow.region_id) & (DirectoryGroupMemberRow.user_id == UserRow.id)


def _some_email(fits: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(select(1).select_from(_EMAIL).where(fits))


def _some_group(fits: ColumnElement[bool]) -> ColumnElement[bool]:
    joined = (DirectoryGroupRow.region_id == DirectoryGroupMemberRow.region_id) & (
        DirectoryGroupRow.id == DirectoryGroupMemberRow.group_id
    )
    wanted = select(1).select_from(DirectoryGroupMemberRow).join(DirectoryGroupRow, joined).where(_MEMBER, fits)
    return exists(wanted.correlate(UserRow))


def _some_member(fits: ColumnElement[bool]) -> ColumnElement[bool]:
    of_group = (DirectoryGroupMemberRow.region_id == DirectoryGroupRow.region_id) & (
        DirectoryGroupMemberRow.group_id == DirectoryGroupRow.id
    )
    joined = (UserRow.region_id == DirectoryGroupMemberRow.region_id) & (UserRow.id == DirectoryGroupMemberRow.user_id)
    wanted = select(1).select_from(DirectoryGroupMemberRow).join(UserRow, joined).where(of_group, fits)
    return exists(wanted.correlate(DirectoryGroupRow))


PEOPLE = Searchable(
    columns={
        ("id", None): cast(UserRow.id, Text),
        ("external_id", None): UserRow.external_id,
        ("user_name", None): UserRow.user_name,
        ("display_name", None): _DISPLAY_NAME,
        ("active", None): _ACTIVE,
        ("name", "formatted"): DirectoryUserRow.formatted_name,
        ("name", "given_name"): UserRow.given_name,
        ("name", "family_name"): UserRow.family_name,
        ("department", None): DirectoryUserRow.department,
        ("meta", "created"): UserRow.created_at,
        ("meta", "last_modified"): UserRow.updated_at,
    },
    values={
        "emails": Values(
            {
                "value": _SAID["value"].astext,
                "type": _SAID["type"].astext,
                "primary": cast(_SAID["primary"].astext, Boolean),
            },
            _some_email,
        ),
        "groups": Values(
            {"value": cast(DirectoryGroupRow.id, Text), "display": DirectoryGroupRow.display_name}, _some_group
        ),
    },
)
GROUPS = Searchable(
    columns={
        ("id", None): cast(DirectoryGroupRow.id, Text),
        ("external_id", None): DirectoryGroupRow.external_id,
        ("display_name", None): DirectoryGroupRow.display_name,
        ("meta", "created"): DirectoryGroupRow.created_at,
        ("meta", "last_modified"): DirectoryGroupRow.updated_at,
    },
    values={"members": Values({"value": cast(UserRow.id, Text), "type": literal("User")}, _some_member)},
)


def people(principal: Principal) -> AnySelect:
    """Every user of the region that the directory has not deleted."""
    return (
        select(
            UserRow.id,
            UserRow.user_name,
            UserRow.external_id,
            UserRow.subject,
            UserRow.name,
            UserRow.given_name,
            UserRow.family_name,
            UserRow.active,
            UserRow.unit_id,
            UserRow.version,
            UserRow.created_at,
            UserRow.updated_at,
            _ACTIVE.label("active_said"),
            _DISPLAY_NAME.label("display_name"),
            DirectoryUserRow.formatted_name,
            _EMAILS.label("emails"),
            DirectoryUserRow.department,
        )
        .outerjoin(
            DirectoryUserRow,
            and_(DirectoryUserRow.region_id == UserRow.region_id, DirectoryUserRow.user_id == UserRow.id),
        )
        .where(UserRow.region_id == principal.region_id, DirectoryUserRow.removed_at.is_(None))
    )


def removed_people(principal: Principal, user_name: str, external_id: str | None) -> AnySelect:
    """Users that the directory has deleted, by either name; the one with the same external id first."""
    same = UserRow.external_id == external_id if external_id is not None else literal(value=False)
    return (
        select(UserRow.id, UserRow.user_name, UserRow.external_id, UserRow.subject, UserRow.unit_id)
        .join(
            DirectoryUserRow,
            and_(DirectoryUserRow.region_id == UserRow.region_id, DirectoryUserRow.user_id == UserRow.id),
        )
        .where(
            UserRow.region_id == principal.region_id,
            DirectoryUserRow.removed_at.isnot(None),
            or_(func.lower(UserRow.user_name) == func.lower(user_name), same),
        )
        .order_by(same.desc())
    )


def groups(principal: Principal) -> AnySelect:
    """Every group of the directory."""
    return select(
        DirectoryGroupRow.id,
        DirectoryGroupRow.display_name,
        DirectoryGroupRow.external_id,
        DirectoryGroupRow.version,
        DirectoryGroupRow.created_at,
        DirectoryGroupRow.updated_at,
    ).where(DirectoryGroupRow.region_id == principal.region_id)


def members(principal: Principal, group_ids: Collection[UUID]) -> AnySelect:
    """(group_id, id) of everybody in these groups, by name."""
    return (
        select(DirectoryGroupMemberRow.group_id, UserRow.id)
        .join(
            UserRow,
            and_(UserRow.region_id == DirectoryGroupMemberRow.region_id, UserRow.id == DirectoryGroupMemberRow.user_id),
        )
        .where(
            DirectoryGroupMemberRow.region_id == principal.region_id,
            among(DirectoryGroupMemberRow.group_id, group_ids),
        )
        .order_by(UserRow.name_sort, UserRow.id)
    )


def groups_of_people(principal: Principal, user_ids: Collection[UUID]) -> AnySelect:
    """(user_id, id, display_name) of the groups that these users are in, by name."""
    return (
        select(DirectoryGroupMemberRow.user_id, DirectoryGroupRow.id, DirectoryGroupRow.display_name)
        .join(
            DirectoryGroupRow,
            and_(
                DirectoryGroupRow.region_id == DirectoryGroupMemberRow.region_id,
                DirectoryGroupRow.id == DirectoryGroupMemberRow.group_id,
            ),
        )
        .where(
            DirectoryGroupMemberRow.region_id == principal.region_id, among(DirectoryGroupMemberRow.user_id, user_ids)
        )
        .order_by(DirectoryGroupRow.display_name, DirectoryGroupRow.id)
    )


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
