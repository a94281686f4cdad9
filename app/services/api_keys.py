"""Keys of integrations: list, make, give a new secret, take back (B1).

Nobody makes a key, or is told the secret of one, that may do more than they may themselves at its unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints
from sqlalchemy import select

from app.auth import api_keys as keys
from app.db import access
from app.db.paging import Page, fetch_page
from app.db.queries import api_keys as queries
from app.db.queries import users as people
from app.db.tables import ApiKeyRow, IndicatorRow, PermissionGroupRow
from app.db.typing import AnyRow
from app.domain.access import RIGHTS_OF_ROLE, Permission, Role, role_of
from app.domain.api_keys import is_a_person, still_lasts
from app.domain.findings import NotFound, settle
from app.domain.permission_groups import rights_of
from app.domain.texts import Text
from app.services import naming
from app.services.authorisation import require, require_units
from app.services.calendar_day import now
from app.services.facts import Asked
from app.services.node_commands import Code, Said
from app.services.users import UNKNOWN_GROUP, MembershipSaid, require_own

LASTS = timedelta(days=365)
_MODULE, _INDICATOR = "module:", "indicator:"
_PAST = Text("Nyckelns sista tid har redan varit.", "The key's last time has passed already.")
_UNKNOWN_SCOPE = Text("Det finns ingen {name} som du får se.", "There is no {name} that you may see.")


class KeySaid(Said):
    """A key to make. `group`: whose rights it has, at `unit` and below; `scopes` narrow it to modules or indicators.

    It lasts a year where no other time is said; null: for ever.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x20\x7f]{1,100}$")]
    unit: Code
    group: Code
    scopes: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^(module|indicator):[^\x00-\x20\x7f]{1,63}$")]],
        Field(max_length=200),
    ] = Field(default_factory=list)
    expires_at: AwareDatetime | None = None


class RotationSaid(Said):
    """For how many hours the secret that it had is still taken, so that a client can be given the new one."""

    overlap_hours: Annotated[int, Field(ge=0, le=168)] = 0


@dataclass(frozen=True, slots=True)
class KeyShown:
    """A key; right after its making, or when it was given a new secret, with its plain text."""

    row: AnyRow
    key: str | None = None

    def __getattr__(self, name: str) -> Any:
        """What the row says."""
        return getattr(self.row, name)


async def list_keys(a: Asked, page: Page) -> tuple[list[KeyShown], tuple[Any, ...] | None]:
    """The keys that the caller looks after, by name. Raises Forbidden."""
    require(a.principal, Permission.API_KEYS_WRITE)
    found = await fetch_page(a.uow.session, queries.api_keys(a.principal, a.on), [ApiKeyRow.name, ApiKeyRow.id], page)
    return [KeyShown(row) for row in found.rows], found.next


async def read_key(a: Asked, key_id: UUID) -> KeyShown:
    """One key. Raises Forbidden, NotFound."""
    require(a.principal, Permission.API_KEYS_WRITE)
    statement = queries.api_keys(a.principal, a.on).where(ApiKeyRow.id == key_id)
    row = (await a.uow.session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("API key", str(key_id))
    return KeyShown(row)


async def create_key(a: Asked, said: KeySaid) -> KeyShown:
    """Make a key. Raises Forbidden, RulesBroken, InvalidInput for what there is not, a name that is taken, a past."""
    require(a.principal, Permission.API_KEYS_WRITE)
    settle(is_a_person(is_integration=a.principal.is_integration))
    unit, group = await _named(a, said)
    await require_units(a.uow, a.principal, Permission.API_KEYS_WRITE, [unit], a.on)
    await _require_own(a, said.group, said.unit, unit, group.rights, said.scopes)
    made = await keys.create_api_key(
        a.uow,
        a.principal,
        name=said.name,
        unit=said.unit,
        role=role_of(rights_of(group.rights)),
        scopes=said.scopes,
        expires_at=said.expires_at if "expires_at" in said.model_fields_set else now() + LASTS,
        group=said.group,
    )
    return KeyShown((await read_key(a, made.id)).row, made.plaintext)


async def rotate_key(a: Asked, key_id: UUID, said: RotationSaid) -> KeyShown:
    """Give a key a new secret. Raises Forbidden, NotFound, RulesBroken for one that is not valid any more."""
    key, at = await read_key(a, key_id), now()
    settle(is_a_person(is_integration=a.principal.is_integration))
    await _require_own(a, key.group or key.role, key.unit, key.unit_id, await _rights(a, key), key.scopes)
    settle(still_lasts(key.name, revoked=key.revoked_at is not None, expired=_is_over(key.expires_at, at)))
    overlap = at + timedelta(hours=said.overlap_hours) if said.overlap_hours else None
    made = await keys.rotate_api_key(a.uow, a.principal, key_id, at, overlap)
    return KeyShown((await read_key(a, key_id)).row, made.plaintext)


async def revoke_key(a: Asked, key_id: UUID) -> KeyShown:
    """Make a key useless, at once and for good. Raises Forbidden, NotFound."""
    key = await read_key(a, key_id)
    if key.revoked_at is None:
        await keys.revoke_api_key(a.uow, a.principal, key.name, now())
    return await read_key(a, key_id)


def _is_over(expires_at: datetime | None, at: datetime) -> bool:
    return expires_at is not None and expires_at <= at


async def _named(a: Asked, said: KeySaid) -> tuple[UUID, AnyRow]:
    """The unit's id, and the group. Raises InvalidInput with all that there is not."""
    errors = naming.Errors()
    unit = (await naming.units_by_code(a, [said.unit])).get(said.unit)
    if unit is None:
        errors.add("/unit", "unknown_unit", naming.UNKNOWN_UNIT, name=said.unit)
    wanted = people.permission_groups(a.principal).where(PermissionGroupRow.code == said.group)
    group = (await a.uow.session.execute(wanted)).one_or_none()
    if group is None:
        errors.add("/group", "unknown_group", UNKNOWN_GROUP, name=said.group)
    if said.expires_at is not None and _is_over(said.expires_at, now()):
        errors.add("/expires_at", "past", _PAST)
    known = await _indicators(a, [s.removeprefix(_INDICATOR) for s in said.scopes if s.startswith(_INDICATOR)])
    for place, scope in enumerate(said.scopes):
        code = scope.partition(":")[2]
        if code not in (a.model.module_ids if scope.startswith(_MODULE) else known):
            errors.add(f"/scopes/{place}", "unknown_scope", _UNKNOWN_SCOPE, name=scope)
    errors.settle()
    assert unit is not None
    assert group is not None
    return unit.id, group


async def _indicators(a: Asked, codes: Sequence[str]) -> set[str]:
    if not codes:
        return set()
    found = select(IndicatorRow.code).where(
        IndicatorRow.region_id == a.principal.region_id,
        IndicatorRow.code.in_(codes),
        access.indicator_readable(a.principal),
    )
    return set((await a.uow.session.scalars(found)).all())


async def _rights(a: Asked, key: KeyShown) -> Sequence[str]:
    """What a key may do: its group's rights, or its role's."""
    if key.group is None:
        return [right.value for right in RIGHTS_OF_ROLE[Role(key.role)]]
    wanted = select(PermissionGroupRow.rights).where(
        PermissionGroupRow.region_id == a.principal.region_id, PermissionGroupRow.code == key.group
    )
    return list(await a.uow.session.scalar(wanted) or ())


async def _require_own(
    a: Asked, group: str, unit: str, unit_id: UUID, rights: Sequence[str], scopes: Sequence[str]
) -> None:
    """The caller has every right of the key there: for the modules that it is limited to, or else for all."""
    modules = [s.removeprefix(_MODULE) for s in scopes if s.startswith(_MODULE)]
    for module in modules if modules and len(modules) == len(scopes) else [None]:
        await require_own(a, MembershipSaid(group=group, unit=unit, module=module), rights, unit_id)
