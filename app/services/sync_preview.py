"""What a synchronisation would orphan, before it is done (B3).

The coming state is written, looked at and taken back, inside one savepoint: the preview says what the synchronisation
will do because it does it. Names are not written; who is new is counted, not made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import select, text

from app.db.locks import hold_directory
from app.db.tables import LicenceRow
from app.db.typing import AnyRow
from app.domain.access import Permission
from app.domain.findings import Finding
from app.domain.typed_text import GroupName, ShortText
from app.domain.users import licence_left
from app.services.authorisation import require
from app.services.directory_placing import settle_homes, settle_memberships
from app.services.facts import Asked
from app.services.node_commands import Said
from app.services.ownership import Orphaned, all_orphaned, groups_held, with_successors
from app.services.users import Handle

MOST_TOLD = 1_000


class ComingPerson(Said):
    """A person as the directory will have it. What is not said stays: department, groups."""

    user_name: Handle
    external_id: Handle | None = None
    active: bool = True
    department: ShortText | None = None
    groups: Annotated[list[GroupName], Field(max_length=200)] | None = None


class ComingState(Said):
    """People as they will be; with `complete`, those of the directory that are not named leave."""

    people: Annotated[list[ComingPerson], Field(max_length=20_000)]
    complete: bool = False


@dataclass(frozen=True, slots=True)
class SyncPreview:
    """What would come of it."""

    received: int
    new: int
    leaving: int
    returning: int
    moving: int
    total: int | None
    used: int
    used_after: int
    orphaned: Sequence[Orphaned]
    orphaned_count: int
    findings: Sequence[Finding]


class _TakenBackError(Exception):
    """Leaves the savepoint, so that nothing of it stays."""


# One statement however many people: they come as one array. `id` null: nobody that is here.
_MATCHED = text("""
select distinct on (c.place) c.place, u.id, u.subject, u.active as was_active, u.unit_id as was_at
  from unnest(cast(:user_names as text[]), cast(:external_ids as text[])) with ordinality
       as c (user_name, external_id, place)
  left join users u
    on u.region_id = :region_id
   and (u.external_id = c.external_id or lower(u.user_name) = lower(c.user_name))
 order by c.place, (u.external_id = c.external_id) desc nulls last
""")
_UNNAMED = text("""
select u.id, u.subject, u.active as was_active, u.unit_id as was_at
  from users u
  join directory_users d on d.region_id = u.region_id and d.user_id = u.id and d.removed_at is null
 where u.region_id = :region_id and u.active and not (u.id = any(cast(:ids as uuid[])))
""")
_ANY_NUMBER = text("update licences set total = null where region_id = :region_id")
_ACTIVE = text("""
update users u set active = c.active
  from unnest(cast(:ids as uuid[]), cast(:actives as boolean[])) as c (id, active)
 where u.region_id = :region_id and u.id = c.id and u.active <> c.active
""")
_DEPARTMENTS = text("""
insert into directory_users (region_id, user_id, department)
select :region_id, c.id, c.department
  from unnest(cast(:ids as uuid[]), cast(:departments as text[])) as c (id, department)
    on conflict (region_id, user_id) do update set department = excluded.department, removed_at = null
""")
_OUT_OF_GROUPS = text("""
delete from directory_group_members where region_id = :region_id and user_id = any(cast(:ids as uuid[]))
""")
_NEW_GROUPS = text("""
insert into directory_groups (region_id, id, display_name, created_by, updated_by)
select :region_id, gen_random_uuid(), min(name), :by, :by from unnest(cast(:names as text[])) name group by lower(name)
    on conflict do nothing
""")
_INTO_GROUPS = text("""
insert into directory_group_members (region_id, group_id, user_id)
select distinct cast(:region_id as uuid), g.id, c.id
  from unnest(cast(:ids as uuid[]), cast(:names as text[])) as c (id, name)
  join directory_groups g on g.region_id = :region_id and lower(g.display_name) = lower(c.name)
""")
_AT_HOME = text("select id, unit_id from users where region_id = :region_id and id = any(cast(:ids as uuid[]))")


async def preview(a: Asked, coming: ComingState) -> SyncPreview:
    """What the coming state would orphan. Raises Forbidden. Nothing is changed."""
    require(a.principal, Permission.USERS_WRITE, whole_region=True)
    await hold_directory(a.uow)
    state = await _matched(a, coming)
    before = {_key(row) for row in await all_orphaned(a)}
    held = await groups_held(a, {row.subject for row in state.known.values()})
    licence = (
        await a.uow.session.execute(
            select(LicenceRow.total, LicenceRow.used).where(LicenceRow.region_id == a.principal.region_id)
        )
    ).one()
    made: list[tuple[int, Sequence[Orphaned], int]] = []
    try:
        async with a.uow.session.begin_nested():
            moving = await _write(a, state)
            orphaned = [row for row in await all_orphaned(a) if _key(row) not in before]
            made.append((moving, await with_successors(a, orphaned[:MOST_TOLD], held), len(orphaned)))
            raise _TakenBackError  # noqa: TRY301  # the way out of a savepoint that leaves nothing behind
    except _TakenBackError:
        pass
    ((moving, told, count),) = made
    active = {user_id: wanted.active for user_id, wanted in state.wanted.items()}
    leaving = sum(row.was_active and not active[user_id] for user_id, row in state.known.items())
    returning = sum(not row.was_active and active[user_id] for user_id, row in state.known.items())
    used_after = licence.used - leaving + returning + sum(person.active for person in state.new)
    return SyncPreview(
        received=len(coming.people),
        new=len(state.new),
        leaving=leaving,
        returning=returning,
        moving=moving,
        total=licence.total,
        used=licence.used,
        used_after=used_after,
        orphaned=told,
        orphaned_count=count,
        findings=tuple(licence_left(licence.total, used_after, wanted=0)),
    )


@dataclass(frozen=True, slots=True)
class _State:
    """People by id: as they are, and as they will be; and those who are not here yet."""

    known: Mapping[UUID, AnyRow]
    wanted: Mapping[UUID, ComingPerson]
    new: Sequence[ComingPerson]


async def _matched(a: Asked, coming: ComingState) -> _State:
    said = {
        "region_id": a.principal.region_id,
        "user_names": [person.user_name for person in coming.people],
        "external_ids": [person.external_id for person in coming.people],
    }
    known: dict[UUID, AnyRow] = {}
    wanted: dict[UUID, ComingPerson] = {}
    new = []
    for row in await a.uow.session.execute(_MATCHED, said):
        person = coming.people[row.place - 1]
        if row.id is None:
            new.append(person)
        else:
            known[row.id], wanted[row.id] = row, person
    if coming.complete:
        for row in await a.uow.session.execute(_UNNAMED, {**_region(a), "ids": list(known)}):
            known[row.id], wanted[row.id] = row, ComingPerson(user_name="-", active=False)
    return _State(known, wanted, new)


async def _write(a: Asked, state: _State) -> int:
    """Write the coming state; how many are at home elsewhere by it."""
    run, region = a.uow.session.execute, _region(a)
    ids = list(state.wanted)
    await run(_ANY_NUMBER, region)
    await run(_ACTIVE, {**region, "ids": ids, "actives": [state.wanted[i].active for i in ids]})
    placed = [(i, p.department) for i, p in state.wanted.items() if p.department is not None]
    await run(_DEPARTMENTS, {**region, "ids": [i for i, _ in placed], "departments": [d for _, d in placed]})
    grouped = [(i, p.groups) for i, p in state.wanted.items() if p.groups is not None]
    members = [(i, name) for i, groups in grouped for name in groups]
    names = sorted({name for _, name in members})
    await run(_OUT_OF_GROUPS, {**region, "ids": [i for i, _ in grouped]})
    await run(_NEW_GROUPS, {**region, "names": names, "by": a.principal.subject})
    await run(_INTO_GROUPS, {**region, "ids": [i for i, _ in members], "names": [name for _, name in members]})
    await settle_memberships(a)
    await settle_homes(a, [i for i, _ in placed])
    homes = await run(_AT_HOME, {**region, "ids": ids})
    return sum(row.unit_id != state.known[row.id].was_at for row in homes)


def _region(a: Asked) -> dict[str, Any]:
    return {"region_id": a.principal.region_id}


def _key(row: AnyRow) -> tuple[UUID, UUID, str, str]:
    return (row.node_id, row.unit_id, row.role, row.subject)
