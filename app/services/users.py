"""Users and their memberships: list, make, change, move, deactivate (B1, B3, B4)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import Range

from app.db import access
from app.db.paging import Page, fetch_page
from app.db.queries import users as queries
from app.db.session import ConstraintBroken, storage_errors
from app.db.tables import LicenceRow, MembershipRow, UserRow
from app.db.typing import AnyRow
from app.domain.access import Permission
from app.domain.findings import Finding, Forbidden, InputError, InvalidInput, NotFound, RulesBroken, settle
from app.domain.identity import new_id
from app.domain.permission_groups import GroupKind, rights_of
from app.domain.texts import Text, swedish_sort_key
from app.domain.typed_text import ShortText
from app.domain.users import MembershipSource, adds_to_a_base_group, is_a_persons_group, licence_left
from app.services import naming
from app.services.authorisation import require, require_units
from app.services.facts import Asked
from app.services.node_commands import Code, Day, Said
from app.services.units import UnitKey, find_unit

VersionCheck = Callable[[int], None]
Name = ShortText
Handle = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x20\x7f]{1,255}$")]
"""What a machine knows a person by: no blanks."""
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s\x00-\x1f\x7f]{1,200}@[^@\s\x00-\x1f\x7f]{1,119}$")]

_TAKEN = {
    "uq_users_region_id_user_name": "user_name",
    "uq_users_region_id_subject": "subject",
    "uq_users_region_id_external_id": "external_id",
}
NO_LICENCE = "ck_licences_not_exceeded"
_TAKEN_WORDS = Text("Det finns redan en användare med detta värde.", "There is a user with this value already.")
UNKNOWN_GROUP = Text("Det finns ingen behörighetsgrupp {name}.", "There is no permission group {name}.")
UNKNOWN_MODULE = Text("Det finns ingen modul {name}.", "There is no module {name}.")
_BACKWARDS = Text("Sista dagen kommer före den första.", "The last day comes before the first.")
_TWICE = Text("Samma behörighet står två gånger för samma tid.", "The same membership stands twice for the same time.")
_MORE_THAN_OWN = Text(
    "Du kan inte ge gruppen {group} på {unit}: den har rättigheter som du själv inte har där ({rights}).",
    "You can't give the group {group} at {unit}: it has rights that you don't have there yourself ({rights}).",
)


class UserSaid(Said):
    """A user to make. `subject` is the `sub` of the person's credential; `unit` the code of the unit it belongs to."""

    user_name: Handle
    subject: Handle
    external_id: Handle | None = None
    name: Name
    given_name: Name | None = None
    family_name: Name | None = None
    email: Email | None = None
    active: bool = True
    unit: Code | None = None


class UserChange(Said):
    """A merge patch (RFC 7396): a field left out stays, null takes away what may be missing."""

    user_name: Handle = ""
    subject: Handle = ""
    external_id: Handle | None = None
    name: Name = ""
    given_name: Name | None = None
    family_name: Name | None = None
    email: Email | None = None
    active: bool = True
    unit: Code | None = None

    def said(self) -> dict[str, Any]:
        """The fields that the request names."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class MembershipSaid(Said):
    """A permission group at a unit, for one module or all, from a day and (not including it) to another."""

    group: Code
    unit: Code
    module: Code | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None


class MembershipsSaid(Said):
    """All memberships that an administrator looks after, at the units where the caller may."""

    items: Annotated[list[MembershipSaid], Field(max_length=200)]


@dataclass(frozen=True, slots=True)
class UserShown:
    """A user with the memberships that may be seen."""

    row: AnyRow
    memberships: Sequence[AnyRow]

    def __getattr__(self, name: str) -> Any:
        """What the row says."""
        return getattr(self.row, name)


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which users are asked for. `unit`: at home there or with a membership there."""

    unit: UnitKey | None = None
    active: bool | None = None
    search: str | None = None


async def list_users(a: Asked, page: Page, wanted: UserFilter) -> tuple[list[UserShown], tuple[Any, ...] | None]:
    """Readable users in Swedish order of their names. Raises Forbidden, NotFound for a unit that can't be seen."""
    require(a.principal, Permission.USERS_READ)
    statement = queries.users(a.principal, a.on)
    if wanted.unit is not None:
        unit = await find_unit(a.uow, a.principal, a.on, wanted.unit)
        member = select(MembershipRow.user_id).where(
            MembershipRow.region_id == a.principal.region_id, MembershipRow.unit_id == unit.id
        )
        statement = statement.where((UserRow.unit_id == unit.id) | UserRow.id.in_(member))
    if wanted.active is not None:
        statement = statement.where(UserRow.active == wanted.active)
    for word in swedish_sort_key(wanted.search or "").split():
        statement = statement.where(UserRow.name_sort.contains(word, autoescape=True))
    found = await fetch_page(a.uow.session, statement, [UserRow.name_sort, UserRow.id], page)
    return await _shown(a, found.rows), found.next


async def read_user(a: Asked, user_id: UUID) -> UserShown:
    """One user. Raises Forbidden, NotFound."""
    require(a.principal, Permission.USERS_READ)
    row = (await a.uow.session.execute(queries.users(a.principal, a.on).where(UserRow.id == user_id))).one_or_none()
    if row is None:
        raise NotFound("user", str(user_id))
    return (await _shown(a, [row]))[0]


async def create_user(a: Asked, said: UserSaid) -> UUID:
    """Make a user; an active one takes a licence. Raises Forbidden, InvalidInput, RulesBroken (B4)."""
    require(a.principal, Permission.USERS_WRITE, whole_region=said.unit is None)
    unit_id = await _home(a, said.unit)
    user_id = new_id()
    row = {**said.model_dump(exclude={"unit"}), "unit_id": unit_id, "name_sort": swedish_sort_key(said.name)}
    await write_user(a, user_id, row, fresh=True)
    return user_id


async def change_user(a: Asked, user_id: UUID, change: UserChange, check: VersionCheck) -> None:
    """Change, move, deactivate or bring back a user. Raises NotFound, Forbidden, InvalidInput, RulesBroken (B4)."""
    row = await claim_user(a, user_id)
    await _require_home(a, row.unit_id)
    check(row.version)
    said = change.said()
    if "unit" in said:
        require(a.principal, Permission.USERS_WRITE, whole_region=said["unit"] is None)
        said["unit_id"] = await _home(a, said.pop("unit"))
    if "name" in said:
        said["name_sort"] = swedish_sort_key(said["name"])
    await write_user(a, user_id, said, fresh=False)


async def put_memberships(a: Asked, user_id: UUID, said: MembershipsSaid, check: VersionCheck) -> None:
    """The user's manual memberships, at the units where the caller may, become these.

    Raises NotFound, Forbidden, InvalidInput, RulesBroken (B1).
    """
    require(a.principal, Permission.USERS_WRITE)
    row = await claim_user(a, user_id)
    check(row.version)
    groups = {g.code: g for g in (await a.uow.session.execute(queries.permission_groups(a.principal))).all()}
    units = await naming.units_by_code(a, {m.unit for m in said.items})
    _check_named(a, said, groups, units)
    unit_ids = [units[m.unit].id for m in said.items]
    await require_units(a.uow, a.principal, Permission.USERS_WRITE, unit_ids, a.on)
    for membership, unit_id in zip(said.items, unit_ids, strict=True):
        await require_own(a, membership, groups[membership.group].rights, unit_id)
    rows = [
        {
            "region_id": a.principal.region_id,
            "user_id": user_id,
            "group_code": m.group,
            "unit_id": unit_id,
            "module_id": None if m.module is None else a.model.module_ids[m.module],
            "valid": Range(m.valid_from or a.on, m.valid_to),
            "source": MembershipSource.MANUAL.value,
            "created_by": a.principal.subject,
            "updated_by": a.principal.subject,
        }
        for m, unit_id in zip(said.items, unit_ids, strict=True)
    ]
    await a.uow.session.execute(
        delete(MembershipRow).where(
            MembershipRow.region_id == a.principal.region_id,
            MembershipRow.user_id == user_id,
            MembershipRow.source == MembershipSource.MANUAL.value,
            access.in_reach(MembershipRow.unit_id, a.principal, a.on, Permission.USERS_WRITE),
        )
    )
    try:
        with storage_errors():
            async with a.uow.session.begin_nested():
                if rows:
                    await a.uow.session.execute(insert(MembershipRow), rows)
    except ConstraintBroken as broken:
        if not broken.constraint.startswith("ex_memberships"):
            raise
        raise InvalidInput([InputError("/items", "duplicate", _TWICE)]) from broken
    settle(adds_to_a_base_group(await _kinds(a, user_id, groups), "/items"))
    await write_user(a, user_id, {}, fresh=False)


async def claim_user(a: Asked, user_id: UUID) -> AnyRow:
    """The readable user, locked for a change. Raises Forbidden, NotFound."""
    require(a.principal, Permission.USERS_WRITE)
    locked = select(UserRow.id).where(UserRow.region_id == a.principal.region_id, UserRow.id == user_id)
    await a.uow.session.execute(locked.with_for_update())
    return (await read_user(a, user_id)).row


async def write_user(a: Asked, user_id: UUID, values: Mapping[str, Any], *, fresh: bool) -> None:
    """Insert or update. Raises InvalidInput for what is taken, RulesBroken where no licence is left (B4)."""
    by = a.principal.subject
    try:
        with storage_errors():
            async with a.uow.session.begin_nested():
                if fresh:
                    row = {"region_id": a.principal.region_id, "id": user_id, "created_by": by, "updated_by": by}
                    await a.uow.session.execute(insert(UserRow), {**row, **values})
                else:
                    await a.uow.session.execute(
                        update(UserRow)
                        .where(UserRow.region_id == a.principal.region_id, UserRow.id == user_id)
                        .values(**values, version=UserRow.version + 1, updated_by=by, updated_at=func.now())
                    )
    except ConstraintBroken as broken:
        if broken.constraint == NO_LICENCE:
            raise RulesBroken(await _licence_findings(a)) from broken
        field = _TAKEN.get(broken.constraint)
        if field is None:
            raise
        raise InvalidInput([InputError(f"/{field}", "taken", _TAKEN_WORDS)]) from broken


async def _licence_findings(a: Asked) -> list[Finding]:
    row = (
        await a.uow.session.execute(
            select(LicenceRow.total, LicenceRow.used).where(LicenceRow.region_id == a.principal.region_id)
        )
    ).one()
    # By the time it is read another may have been freed: the refusal stands all the same.
    return list(licence_left(row.total, max(row.used, row.total)))


async def _home(a: Asked, code: str | None) -> UUID | None:
    if code is None:
        return None
    unit = (await naming.units_by_code(a, [code])).get(code)
    if unit is None:
        raise InvalidInput([InputError("/unit", "unknown_unit", naming.UNKNOWN_UNIT.fill(name=code))])
    await require_units(a.uow, a.principal, Permission.USERS_WRITE, [unit.id], a.on)
    return unit.id


async def _require_home(a: Asked, unit_id: UUID | None) -> None:
    """Who belongs to no unit is for administrators of the whole region."""
    require(a.principal, Permission.USERS_WRITE, whole_region=unit_id is None)
    if unit_id is not None:
        await require_units(a.uow, a.principal, Permission.USERS_WRITE, [unit_id], a.on)


async def require_own(a: Asked, said: MembershipSaid, rights: Collection[str], unit_id: UUID) -> None:
    """Nobody gives what they don't have: else an administrator of a part could make itself one of the whole."""
    missing = []
    for right in sorted(rights_of(rights)):
        reach = a.principal.reach(right, said.module)
        if not reach.everything and not (reach.units and await _within(a, right, said.module, unit_id)):
            missing.append(right.value)
    if missing:
        words = _MORE_THAN_OWN.fill(group=said.group, unit=said.unit, rights=", ".join(missing))
        raise Forbidden(words, rule="B1")


async def _within(a: Asked, right: Permission, module: str | None, unit_id: UUID) -> bool:
    units = access.units_in_reach(a.principal, a.on, right, module=module).subquery()
    found = await a.uow.session.scalar(select(func.count()).select_from(units).where(units.c[0] == unit_id))
    return bool(found)


def _check_named(a: Asked, said: MembershipsSaid, groups: Mapping[str, AnyRow], units: Mapping[str, Any]) -> None:
    errors, findings = naming.Errors(), list[Finding]()
    for place, m in enumerate(said.items):
        where = f"/items/{place}"
        if m.group not in groups:
            errors.add(f"{where}/group", "unknown_group", UNKNOWN_GROUP, name=m.group)
        else:
            findings += is_a_persons_group(GroupKind(groups[m.group].kind), m.group, f"{where}/group")
        if m.unit not in units:
            errors.add(f"{where}/unit", "unknown_unit", naming.UNKNOWN_UNIT, name=m.unit)
        if m.module is not None and m.module not in a.model.module_ids:
            errors.add(f"{where}/module", "unknown_module", UNKNOWN_MODULE, name=m.module)
        if m.valid_to is not None and m.valid_to <= (m.valid_from or a.on):
            errors.add(f"{where}/valid_to", "backwards", _BACKWARDS)
    errors.settle()
    settle(findings)


async def _kinds(a: Asked, user_id: UUID, groups: Mapping[str, AnyRow]) -> list[GroupKind]:
    held = await a.uow.session.scalars(
        select(MembershipRow.group_code).where(
            MembershipRow.region_id == a.principal.region_id, MembershipRow.user_id == user_id
        )
    )
    return [GroupKind(groups[code].kind) for code in held if code in groups]


async def _shown(a: Asked, rows: Sequence[AnyRow]) -> list[UserShown]:
    held: dict[UUID, list[AnyRow]] = defaultdict(list)
    if rows:
        for row in await a.uow.session.execute(queries.memberships(a.principal, a.on, [r.id for r in rows])):
            held[row.user_id].append(row)
    return [UserShown(row, held[row.id]) for row in rows]
