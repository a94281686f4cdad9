"""The directory's groups and who is in them. What a group gives is said by the mapping (app.services.directory_map)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel
from sqlalchemy import ColumnElement, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.db.arrays import among
from app.db.locks import hold_directory
from app.db.queries import directory as queries
from app.db.session import ConstraintBroken, storage_errors
from app.db.tables import DirectoryGroupMappingRow, DirectoryGroupMemberRow, DirectoryGroupRow, UserRow
from app.db.typing import AnyRow
from app.domain.access import Permission
from app.domain.findings import InputError, InvalidInput, NotFound
from app.domain.identity import new_id
from app.domain.texts import Text
from app.domain.typed_text import GroupName, one_line
from app.services.authorisation import require
from app.services.directory_placing import settle_memberships
from app.services.facts import Asked

_TAKEN = {
    "uq_directory_groups_region_id_display_name": "display_name",
    "uq_directory_groups_region_id_external_id": "external_id",
}
_TAKEN_WORDS = Text("Det finns redan en grupp med detta värde.", "There is a group with this value already.")
_NO_USER = Text("Det finns ingen användare {name}.", "There is no user {name}.")


_Handle = Annotated[str, StringConstraints(max_length=255), AfterValidator(one_line)]


class GroupSaid(BaseModel):
    """A group's own attributes, in the forms that the columns have. Errors name SCIM's attributes."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    display_name: GroupName
    external_id: _Handle | None = None


@dataclass(slots=True)
class MembersSaid:
    """A change of members: all of them become `whole` (None: those there are), then some come and some go."""

    whole: set[UUID] | None = None
    come: set[UUID] = field(default_factory=set)
    go: set[UUID] = field(default_factory=set)

    def replace(self, ids: Collection[UUID]) -> None:
        """These and no others."""
        self.whole, self.come, self.go = set(ids), set(), set()

    def add(self, ids: Collection[UUID]) -> None:
        """These, too."""
        self.come |= set(ids)
        self.go -= set(ids)

    def remove(self, ids: Collection[UUID]) -> None:
        """Not these."""
        self.go |= set(ids)
        self.come -= set(ids)

    @property
    def named(self) -> set[UUID]:
        """Everybody who must exist."""
        return (self.whole or set()) | self.come

    def __bool__(self) -> bool:
        return self.whole is not None or bool(self.come or self.go)


@dataclass(frozen=True, slots=True)
class DirectoryGroup:
    """A group; its members where they were asked for, by their `id`."""

    row: AnyRow
    members: Sequence[AnyRow] | None = None


async def list_groups(
    a: Asked,
    where: ColumnElement[bool],
    order: Sequence[ColumnElement[Any]],
    first: int,
    count: int,
    *,
    members: bool,
) -> tuple[int, list[DirectoryGroup]]:
    """How many there are that fit, and `count` of them from the place `first` (0: the first). Raises Forbidden."""
    require(a.principal, Permission.DIRECTORY_WRITE, whole_region=True)
    wanted = queries.groups(a.principal).where(where)
    total = await a.uow.session.scalar(select(func.count()).select_from(wanted.subquery()))
    rows: Sequence[AnyRow] = ()
    if count:
        page = wanted.order_by(*order, DirectoryGroupRow.id).offset(first).limit(count)
        rows = (await a.uow.session.execute(page)).all()
    return total or 0, await _shown(a, rows, members=members)


async def find_group(a: Asked, group_id: UUID, *, members: bool = True, lock: bool = False) -> DirectoryGroup:
    """One group; with `lock`, for a change. Raises Forbidden, NotFound."""
    require(a.principal, Permission.DIRECTORY_WRITE, whole_region=True)
    if lock:
        await hold_directory(a.uow)
        locked = select(DirectoryGroupRow.id).where(
            DirectoryGroupRow.region_id == a.principal.region_id, DirectoryGroupRow.id == group_id
        )
        await a.uow.session.execute(locked.with_for_update())
    wanted = queries.groups(a.principal).where(DirectoryGroupRow.id == group_id)
    row = (await a.uow.session.execute(wanted)).one_or_none()
    if row is None:
        raise NotFound("group", str(group_id))
    return (await _shown(a, [row], members=members))[0]


async def add_group(a: Asked, said: GroupSaid, members: MembersSaid) -> UUID:
    """Make a group. Raises Forbidden, InvalidInput for a name or id that another has, or a member that is no user."""
    require(a.principal, Permission.DIRECTORY_WRITE, whole_region=True)
    await hold_directory(a.uow)
    group_id = new_id()
    by = a.principal.subject
    row = {"region_id": a.principal.region_id, "id": group_id, "created_by": by, "updated_by": by}
    await _written(a, insert(DirectoryGroupRow).values(**row, **_columns(said)))
    await _write_members(a, group_id, members)
    return group_id


async def change_group(a: Asked, before: DirectoryGroup, said: GroupSaid, members: MembersSaid) -> None:
    """The group becomes what is said; a mapping of its name follows a new one. Raises as `add_group`."""
    region, group_id = a.principal.region_id, before.row.id
    changed = update(DirectoryGroupRow).where(DirectoryGroupRow.region_id == region, DirectoryGroupRow.id == group_id)
    await _written(
        a,
        changed.values(
            **_columns(said),
            version=DirectoryGroupRow.version + 1,
            updated_by=a.principal.subject,
            updated_at=func.now(),
        ),
    )
    renamed = said.display_name.lower() != before.row.display_name.lower()
    if renamed:
        await _mapping_follows(a, before.row.display_name, said.display_name)
    everybody = await _member_ids(a, group_id) if renamed else set()
    await _write_members(a, group_id, members, also=everybody)


async def remove_group(a: Asked, before: DirectoryGroup) -> None:
    """Delete a group: its members lose what it gave. The mapping stays, for a group that takes the name."""
    region, group_id = a.principal.region_id, before.row.id
    everybody = await _member_ids(a, group_id)
    await a.uow.session.execute(
        delete(DirectoryGroupRow).where(DirectoryGroupRow.region_id == region, DirectoryGroupRow.id == group_id)
    )
    await settle_memberships(a, everybody)


def _columns(said: GroupSaid) -> dict[str, Any]:
    return {"display_name": said.display_name, "external_id": said.external_id}


async def _written(a: Asked, statement: Any) -> None:
    try:
        with storage_errors():
            async with a.uow.session.begin_nested():
                await a.uow.session.execute(statement)
    except ConstraintBroken as broken:
        name = _TAKEN.get(broken.constraint)
        if name is None:
            raise
        raise InvalidInput([InputError(f"/{name}", "taken", _TAKEN_WORDS)]) from broken


async def _write_members(a: Asked, group_id: UUID, said: MembersSaid, *, also: Collection[UUID] = frozenset()) -> None:
    """Bring the members to what is said, and what they have by it."""
    await _check_users(a, said.named)
    region = a.principal.region_id
    touched = set(also)
    mine = (DirectoryGroupMemberRow.region_id == region) & (DirectoryGroupMemberRow.group_id == group_id)
    if said.whole is not None or said.go:
        leaving = mine & among(DirectoryGroupMemberRow.user_id, said.go)
        if said.whole is not None:
            stay = (said.whole | said.come) - said.go
            leaving = mine & ~among(DirectoryGroupMemberRow.user_id, stay)
        gone = await a.uow.session.scalars(
            delete(DirectoryGroupMemberRow).where(leaving).returning(DirectoryGroupMemberRow.user_id)
        )
        touched |= set(gone.all())
    if coming := said.named - said.go:
        wanted = queries.people(a.principal).where(among(UserRow.id, coming))
        pairs = wanted.with_only_columns(UserRow.region_id, literal(group_id, UserRow.id.type), UserRow.id)
        added = await a.uow.session.scalars(
            upsert(DirectoryGroupMemberRow)
            .from_select(["region_id", "group_id", "user_id"], pairs)
            .on_conflict_do_nothing()
            .returning(DirectoryGroupMemberRow.user_id)
        )
        touched |= set(added.all())
    if touched:
        await settle_memberships(a, touched)


async def _check_users(a: Asked, ids: Collection[UUID]) -> None:
    if not ids:
        return
    wanted = queries.people(a.principal).where(among(UserRow.id, ids)).with_only_columns(UserRow.id)
    missing = set(ids) - set((await a.uow.session.scalars(wanted)).all())
    if missing:
        words = [_NO_USER.fill(name=str(user_id)) for user_id in sorted(missing)[:20]]
        raise InvalidInput([InputError("/members", "unknown_user", each) for each in words])


async def _mapping_follows(a: Asked, old: str, new: str) -> None:
    """A renamed group keeps what it gives, unless the mapping has something for the new name already."""
    row = DirectoryGroupMappingRow
    there = select(row.id).where(
        row.region_id == a.principal.region_id, func.lower(row.directory_group) == func.lower(new)
    )
    if (await a.uow.session.scalars(there.limit(1))).first() is None:
        await a.uow.session.execute(
            update(row)
            .where(row.region_id == a.principal.region_id, func.lower(row.directory_group) == func.lower(old))
            .values(directory_group=new, updated_by=a.principal.subject, updated_at=func.now())
        )


async def _member_ids(a: Asked, group_id: UUID) -> set[UUID]:
    wanted = select(DirectoryGroupMemberRow.user_id).where(
        DirectoryGroupMemberRow.region_id == a.principal.region_id, DirectoryGroupMemberRow.group_id == group_id
    )
    return set((await a.uow.session.scalars(wanted)).all())


async def _shown(a: Asked, rows: Sequence[AnyRow], *, members: bool) -> list[DirectoryGroup]:
    if not members:
        return [DirectoryGroup(row) for row in rows]
    of: Mapping[UUID, list[AnyRow]] = defaultdict(list)
    if rows:
        for row in await a.uow.session.execute(queries.members(a.principal, [r.id for r in rows])):
            of[row.group_id].append(row)
    return [DirectoryGroup(row, of[row.id]) for row in rows]
