"""People as the directory sends them: made, found, changed, deleted and brought back (B3, B4).

Nobody is deleted from `users`: who the directory deletes is made inactive and is seen by it no more. One who is made
again under the same external id, or under the same name with no other id, is the same person.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.db.queries import directory as queries
from app.db.tables import (
    DirectoryGroupMemberRow,
    DirectoryUserRow,
    MembershipRow,
    ResponsibilityRow,
    UserRow,
)
from app.db.typing import AnyRow
from app.domain.access import Permission
from app.domain.findings import NotFound
from app.domain.identity import new_id
from app.domain.texts import swedish_sort_key
from app.domain.typed_text import ShortText, one_line
from app.services.authorisation import require
from app.services.directory_placing import settle_homes
from app.services.facts import Asked
from app.services.users import Email, write_user

SubjectFrom = Literal["external_id", "user_name"]
"""What a person's `sub` is: the directory's id, or the name that it signs in with."""


_Handle = Annotated[str, StringConstraints(max_length=255), AfterValidator(one_line)]
_PartOfName = Annotated[str, StringConstraints(max_length=100), AfterValidator(one_line)]
_Kind = Annotated[str, StringConstraints(max_length=50), AfterValidator(one_line)]


class EmailSaid(BaseModel):
    """An address, as the directory says it."""

    model_config = ConfigDict(frozen=True)

    value: Email
    type: _Kind | None = None
    primary: bool | None = None


class PersonSaid(BaseModel):
    """All that the directory says of a person, in the forms that the columns have. Errors name SCIM's attributes."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    user_name: _Handle
    external_id: _Handle | None = None
    display_name: ShortText | None = None
    formatted_name: ShortText | None = Field(None, alias="name.formatted")
    given_name: _PartOfName | None = Field(None, alias="name.givenName")
    family_name: _PartOfName | None = Field(None, alias="name.familyName")
    active: bool | None = None
    emails: Annotated[tuple[EmailSaid, ...], Field(max_length=20)] = ()
    department: ShortText | None = None

    @property
    def name(self) -> str:
        """What the person is called, from whatever was said."""
        parts = " ".join(part for part in (self.given_name, self.family_name) if part)
        return (self.display_name or self.formatted_name or parts or self.user_name)[:200]

    @property
    def email(self) -> str | None:
        """The address to use: the primary one, else the one at work, else the first."""
        ranked = sorted(self.emails, key=lambda e: (not e.primary, e.type != "work"))
        return next((e.value for e in ranked), None)

    def subject(self, subject_from: SubjectFrom) -> str:
        """The `sub` of the person's credential."""
        chosen = self.external_id if subject_from == "external_id" else None
        return chosen or self.user_name


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the directory, and the groups that it is in: (id, name) each."""

    row: AnyRow
    groups: Sequence[AnyRow] = ()


async def list_people(
    a: Asked, where: ColumnElement[bool], order: Sequence[ColumnElement[Any]], first: int, count: int
) -> tuple[int, list[Person]]:
    """How many there are that fit, and `count` of them from the place `first` (0: the first). Raises Forbidden."""
    require(a.principal, Permission.DIRECTORY_WRITE, whole_region=True)
    wanted = queries.people(a.principal).where(where)
    total = await a.uow.session.scalar(select(func.count()).select_from(wanted.subquery()))
    if not count:
        return total or 0, []
    rows = (await a.uow.session.execute(wanted.order_by(*order, UserRow.id).offset(first).limit(count))).all()
    return total or 0, await _with_groups(a, rows)


async def find_person(a: Asked, user_id: UUID, *, lock: bool = False) -> Person:
    """One person; with `lock`, for a change. Raises Forbidden, NotFound."""
    require(a.principal, Permission.DIRECTORY_WRITE, whole_region=True)
    if lock:
        locked = select(UserRow.id).where(UserRow.region_id == a.principal.region_id, UserRow.id == user_id)
        await a.uow.session.execute(locked.with_for_update())
    row = (await a.uow.session.execute(queries.people(a.principal).where(UserRow.id == user_id))).one_or_none()
    if row is None:
        raise NotFound("user", str(user_id))
    return (await _with_groups(a, [row]))[0]


async def add_person(a: Asked, said: PersonSaid, subject_from: SubjectFrom) -> UUID:
    """Make a person, or bring back one who was deleted; an active one takes a licence. Nothing said: active.

    Raises Forbidden, InvalidInput for a name or id that another has, RulesBroken (B4).
    """
    require(a.principal, Permission.DIRECTORY_WRITE, whole_region=True)
    back = await _returning(a, said)
    said = said if said.active is not None else said.model_copy(update={"active": True})
    values = _columns(said) | {"subject": said.subject(subject_from)}
    user_id = new_id() if back is None else back
    await write_user(a, user_id, values, fresh=back is None)
    await _write_rest(a, user_id, said)
    await settle_homes(a, [user_id])
    return user_id


async def change_person(a: Asked, before: Person, said: PersonSaid, subject_from: SubjectFrom) -> None:
    """The person becomes what is said: moved, deactivated, brought back. `before` is locked.

    What it answers for follows where its `sub` does. Raises as `add_person`.
    """
    values = _columns(said)
    was = said_of(before)
    if before.row.subject == was.subject(subject_from) != said.subject(subject_from):
        values["subject"] = said.subject(subject_from)
    await write_user(a, before.row.id, values, fresh=False)
    if "subject" in values:
        await _follow(a, before.row.subject, values["subject"])
    await _write_rest(a, before.row.id, said)
    if said.department != was.department:
        await settle_homes(a, [before.row.id])


async def remove_person(a: Asked, before: Person) -> None:
    """The person leaves: no access, no licence, no memberships. What it answered for stays, and is listed."""
    region, user_id = a.principal.region_id, before.row.id
    await write_user(a, user_id, {"active": False}, fresh=False)
    await _write_rest(a, user_id, said_of(before))
    await a.uow.session.execute(
        update(DirectoryUserRow)
        .where(DirectoryUserRow.region_id == region, DirectoryUserRow.user_id == user_id)
        .values(removed_at=func.now())
    )
    for table in (DirectoryGroupMemberRow, MembershipRow):
        await a.uow.session.execute(delete(table).where(table.region_id == region, table.user_id == user_id))


def said_of(person: Person) -> PersonSaid:
    """What the directory has said of a person so far."""
    row = person.row
    return PersonSaid.model_construct(
        user_name=row.user_name,
        external_id=row.external_id,
        display_name=row.display_name,
        formatted_name=row.formatted_name,
        given_name=row.given_name,
        family_name=row.family_name,
        active=row.active_said,
        emails=tuple(EmailSaid.model_construct(**email) for email in row.emails),
        department=row.department,
    )


def _columns(said: PersonSaid) -> dict[str, Any]:
    return {
        "user_name": said.user_name,
        "external_id": said.external_id,
        "name": said.name,
        "name_sort": swedish_sort_key(said.name),
        "given_name": said.given_name,
        "family_name": said.family_name,
        "email": said.email,
    } | ({} if said.active is None else {"active": said.active})


async def _write_rest(a: Asked, user_id: UUID, said: PersonSaid) -> None:
    values = {
        "display_name": said.display_name,
        "formatted_name": said.formatted_name,
        "emails": [email.model_dump(exclude_none=True) for email in said.emails],
        "department": said.department,
        "active_unsaid": said.active is None,
        "removed_at": None,
    }
    key = {"region_id": a.principal.region_id, "user_id": user_id}
    await a.uow.session.execute(
        insert(DirectoryUserRow).values(**key, **values).on_conflict_do_update(index_elements=list(key), set_=values)
    )


async def _returning(a: Asked, said: PersonSaid) -> UUID | None:
    """The deleted person that this is. A deleted namesake with another id is not: its names are freed."""
    found = await a.uow.session.execute(queries.removed_people(a.principal, said.user_name, said.external_id))
    back: UUID | None = None
    for row in found.all():
        other = None not in {row.external_id, said.external_id} and row.external_id != said.external_id
        if back is None and not other:
            back = row.id
        else:
            await _free_names(a, row)
    return back


async def _free_names(a: Asked, row: AnyRow) -> None:
    """Somebody else has the name now, and must not come to answer for what the one who left did."""
    ended = f"#{row.id}"
    values = {"user_name": row.user_name[: 255 - len(ended)] + ended}
    if row.subject == row.user_name:
        values["subject"] = values["user_name"]
    await write_user(a, row.id, values, fresh=False)
    if "subject" in values:
        await _follow(a, row.subject, values["subject"])


async def _follow(a: Asked, old: str, new: str) -> None:
    """A person's `sub` has changed: it answers for the same things."""
    await a.uow.session.execute(
        update(ResponsibilityRow)
        .where(ResponsibilityRow.region_id == a.principal.region_id, ResponsibilityRow.subject == old)
        .values(subject=new)
    )


async def _with_groups(a: Asked, rows: Sequence[AnyRow]) -> list[Person]:
    of: dict[UUID, list[AnyRow]] = defaultdict(list)
    if rows:
        for row in await a.uow.session.execute(queries.groups_of_people(a.principal, [r.id for r in rows])):
            of[row.user_id].append(row)
    return [Person(row, of[row.id]) for row in rows]
