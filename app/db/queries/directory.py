"""People and groups as the directory sees them: all of the region's, for whoever may write the directory."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.db.arrays import among
from app.db.queries.scim_filter import Searchable, Values
from app.db.tables import (
    DirectoryGroupMemberRow,
    DirectoryGroupRow,
    DirectoryUserRow,
    UserRow,
)
from app.db.typing import AnySelect
from app.domain.access import Principal

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
