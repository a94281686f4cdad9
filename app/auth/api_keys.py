"""API keys of integrations: made once, shown once, kept as a hash, revocable.

`styr_<region>_<id>_<secret>`: the region says where to look, the id which row, the secret is compared in constant time.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, insert, or_, select, update

from app.db.session import UnitOfWork
from app.db.tables import ApiKeyRow, OrgUnitRow, PermissionGroupRow
from app.db.typing import AnyRow
from app.domain.access import Principal, Role
from app.domain.findings import InputError, InvalidInput, NotFound
from app.domain.identity import new_id
from app.domain.texts import Text

PREFIX = "styr"
_PARTS = 4
_NO_HASH = bytes(32)
USED_AT_MOST_EVERY = timedelta(minutes=1)
_UNKNOWN_UNIT = Text("Enheten {unit} finns inte.", "There is no unit {unit}.")
_UNKNOWN_GROUP = Text("Behörighetsgruppen {group} finns inte.", "There is no permission group {group}.")
_TAKEN = Text("Det finns redan en nyckel som heter {name}.", "There is a key called {name} already.")
_SCOPE = Text("Skriv indicator:KOD eller module:KOD.", "Write indicator:CODE or module:CODE.")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; its plain text can't be had again."""

    id: UUID
    plaintext: str


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """A key as a caller presents it, taken apart."""

    region: str
    id: UUID
    secret: str

    @classmethod
    def parse(cls, presented: str) -> "PresentedKey | None":
        """Take a key apart; None where it does not have a key's form."""
        parts = presented.split("_", _PARTS - 1)
        if len(parts) != _PARTS or parts[0] != PREFIX or not presented.isascii():
            return None
        try:
            return cls(parts[1].upper(), UUID(hex=parts[2]), parts[3])
        except ValueError:
            return None


def _hash(secret: str) -> bytes:
    # The secret is 32 random bytes: a plain hash can't be guessed back, and a slow one would slow every request.
    return hashlib.sha256(secret.encode()).digest()


async def create_api_key(
    uow: UnitOfWork,
    principal: Principal,
    *,
    name: str,
    unit: str,
    role: Role,
    scopes: Sequence[str] = (),
    expires_at: datetime | None = None,
    group: str | None = None,
) -> NewKey:
    """Make a key; with `group` its rights are that permission group's, not the role's.

    Raises InvalidInput for an unknown unit or group, a name that is taken, or a scope of another form.
    """
    region = principal.region_id
    unit_id = await uow.session.scalar(
        select(OrgUnitRow.id).where(OrgUnitRow.region_id == region, OrgUnitRow.code == unit)
    )
    taken = await uow.session.scalar(select(ApiKeyRow.id).where(ApiKeyRow.region_id == region, ApiKeyRow.name == name))
    errors = [InputError("/name", "taken", _TAKEN.fill(name=name))] if taken else []
    if unit_id is None:
        errors.append(InputError("/unit", "unknown_unit", _UNKNOWN_UNIT.fill(unit=unit)))
    known = select(PermissionGroupRow.id).where(
        PermissionGroupRow.region_id == region, PermissionGroupRow.code == (group or "")
    )
    if group is not None and await uow.session.scalar(known) is None:
        errors.append(InputError("/group", "unknown_group", _UNKNOWN_GROUP.fill(group=group)))
    errors += [
        InputError(f"/scopes/{i}", "scope_form", _SCOPE)
        for i, scope in enumerate(scopes)
        if scope.partition(":")[0] not in {"indicator", "module"} or not scope.partition(":")[2]
    ]
    if errors:
        raise InvalidInput(errors)
    key_id, secret = new_id(), _new_secret()
    await uow.session.execute(
        insert(ApiKeyRow),
        {
            "region_id": region,
            "id": key_id,
            "name": name,
            "secret_hash": _hash(secret),
            "role": role.value,
            "group_code": group,
            "unit_id": unit_id,
            "scopes": list(scopes),
            "created_by": principal.subject,
            "expires_at": expires_at,
        },
    )
    return NewKey(key_id, _plaintext(principal, key_id, secret))


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


def _plaintext(principal: Principal, key_id: UUID, secret: str) -> str:
    return f"{PREFIX}_{principal.region_code.lower()}_{key_id.hex}_{secret}"


async def rotate_api_key(
    uow: UnitOfWork, principal: Principal, key_id: UUID, at: datetime, overlap: datetime | None
) -> NewKey:
    """Give a key a new secret. The one that it had is taken until `overlap`; None: no longer."""
    secret = _new_secret()
    await uow.session.execute(
        update(ApiKeyRow)
        .where(ApiKeyRow.region_id == principal.region_id, ApiKeyRow.id == key_id)
        .values(
            secret_hash=_hash(secret),
            rotated_at=at,
            previous_hash=None if overlap is None else ApiKeyRow.secret_hash,
            previous_until=overlap,
        )
    )
    return NewKey(key_id, _plaintext(principal, key_id, secret))


async def list_api_keys(uow: UnitOfWork, principal: Principal) -> Sequence[AnyRow]:
    """The region's keys by name, without anything secret."""
    statement = (
        select(
            ApiKeyRow.id,
            ApiKeyRow.name,
            ApiKeyRow.role,
            ApiKeyRow.group_code,
            OrgUnitRow.code.label("unit"),
            ApiKeyRow.scopes,
            ApiKeyRow.created_at,
            ApiKeyRow.expires_at,
            ApiKeyRow.revoked_at,
            ApiKeyRow.last_used_at,
        )
        .join(OrgUnitRow, and_(OrgUnitRow.region_id == ApiKeyRow.region_id, OrgUnitRow.id == ApiKeyRow.unit_id))
        .where(ApiKeyRow.region_id == principal.region_id)
        .order_by(ApiKeyRow.name)
    )
    return (await uow.session.execute(statement)).all()


async def revoke_api_key(uow: UnitOfWork, principal: Principal, name: str, at: datetime) -> None:
    """Make the key useless. Raises NotFound."""
    done = await uow.session.execute(
        update(ApiKeyRow)
        .where(ApiKeyRow.region_id == principal.region_id, ApiKeyRow.name == name)
        .values(revoked_at=at)
        .returning(ApiKeyRow.id)
    )
    if done.one_or_none() is None:
        raise NotFound("API key", name)


@dataclass(frozen=True, slots=True)
class ValidKey:
    """A key that was presented with a right secret, and until when that one is taken (None: for ever)."""

    row: AnyRow
    until: datetime | None


async def find_valid_key(uow: UnitOfWork, presented: PresentedKey, now: datetime) -> ValidKey | None:
    """The key when the secret is right and neither it nor the key has ended."""
    row = (
        await uow.session.execute(
            select(
                ApiKeyRow.id,
                ApiKeyRow.name,
                ApiKeyRow.secret_hash,
                ApiKeyRow.previous_hash,
                ApiKeyRow.previous_until,
                ApiKeyRow.role,
                ApiKeyRow.group_code,
                ApiKeyRow.unit_id,
                ApiKeyRow.scopes,
                ApiKeyRow.expires_at,
                ApiKeyRow.revoked_at,
            ).where(ApiKeyRow.region_id == uow.region_id, ApiKeyRow.id == presented.id)
        )
    ).one_or_none()
    # Compared also where there is no such key, or no secret before: how long the answer takes tells nothing.
    given = _hash(presented.secret)
    is_current = hmac.compare_digest(given, row.secret_hash if row else _NO_HASH)
    is_previous = hmac.compare_digest(given, (row.previous_hash if row else None) or _NO_HASH)
    if row is None or row.revoked_at is not None or not (is_current or is_previous):
        return None
    ends = [row.expires_at, None if is_current else row.previous_until]
    until = min((end for end in ends if end is not None), default=None)
    return None if until is not None and until <= now else ValidKey(row, until)


async def note_key_used(uow: UnitOfWork, key_id: UUID, now: datetime) -> None:
    """Write down when the key was used, unless another replica has just done so."""
    await uow.session.execute(
        update(ApiKeyRow)
        .where(
            ApiKeyRow.region_id == uow.region_id,
            ApiKeyRow.id == key_id,
            or_(ApiKeyRow.last_used_at.is_(None), ApiKeyRow.last_used_at < now - USED_AT_MOST_EVERY),
        )
        .values(last_used_at=now)
    )
