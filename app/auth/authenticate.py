"""A credential, understood: from the Authorization header to a Principal, inside the request's own transaction.

Three kinds: an integration's API key, a token of the OIDC issuer, and in development a token signed here.
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, select

from app.auth import tokens
from app.auth.api_keys import PREFIX, USED_AT_MOST_EVERY, PresentedKey, find_valid_key, note_key_used
from app.auth.events import SignInEvents
from app.auth.memberships import grant_of_group, principal_of_user
from app.auth.oidc import Identity, OidcVerifier, header_of
from app.auth.remembered import Remembered
from app.auth.tokens import Claims, TokenRefusedError
from app.db.session import Database, UnitOfWork
from app.db.tables import OrgPlacementRow, OrgUnitRow
from app.db.typing import AnyRow
from app.db.versions import Versions
from app.domain.access import Grant, Principal, Role, role_of
from app.settings import Settings

log = logging.getLogger("styrkedjan.auth")
_LONGEST = 8000


class NotAuthenticatedError(Exception):
    """No credential, or one that is not valid. Which of the two, and why, is never told."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller presents, its form and signature checked, before the database is asked about it."""

    said: str
    region_code: str
    region_id: UUID
    by: PresentedKey | Claims | Identity


class Authenticator:
    """Turns credentials into principals, against one database and one set of settings."""

    def __init__(self, settings: Settings, database: Database, events: SignInEvents | None = None) -> None:
        self._settings = settings
        self._database = database
        self._oidc = None if settings.oidc_issuer is None else OidcVerifier(settings, settings.oidc_issuer, events)
        self._events = events or SignInEvents()
        self._remembered = Remembered()
        self._noted: dict[UUID, datetime] = {}

    async def credential(self, authorization: str | None, now: datetime) -> Credential:
        """The credential in an Authorization header.

        Raises NotAuthenticatedError, KeysUnavailableError where the issuer's keys can't be had, or a StorageError
        where the database can't be asked.
        """
        scheme, _, said = (authorization or "").partition(" ")
        said = said.strip()
        if scheme.lower() != "bearer" or not said or len(said) > _LONGEST:
            raise self._refusal("none", "no credential")
        by = PresentedKey.parse(said) if said.startswith(f"{PREFIX}_") else await self._token(said, now)
        if by is None:
            raise self._refusal("key", "form")
        region_id = await self._database.region_id(by.region)
        if region_id is None:
            raise self._refusal("key" if isinstance(by, PresentedKey) else "token", "region")
        return Credential(said, by.region, region_id, by)

    def known(self, credential: Credential, versions: Versions, now: datetime, on: date) -> Principal | None:
        """Who is asking, where that was found out before and stands: without asking the database."""
        return self._remembered.find(credential.said, versions, on, now)

    async def principal(self, uow: UnitOfWork, credential: Credential, now: datetime, on: date) -> Principal:
        """Who is asking, as the transaction sees it. `on`: the day whose tree says whether a unit is the top one.

        Raises NotAuthenticatedError.
        """
        standing = self.known(credential, uow.versions, now, on)
        if standing is not None:
            return standing
        if isinstance(credential.by, PresentedKey):
            found, until = await self._by_key(uow, credential.by, now, on)
        elif isinstance(credential.by, Identity):
            found, until = await self._by_subject(uow, credential.by, on), None
        else:
            found, until = await self._by_claims(uow, credential.by, on), None  # its time is looked at each time
        self._remembered.keep(credential.said, found, uow.versions, on, until)
        return found

    async def note_use(self, credential: Credential, now: datetime) -> None:
        """Write down that a key is used, at most once a minute, in a transaction of its own."""
        if not isinstance(credential.by, PresentedKey):
            return
        noted = self._noted.get(credential.by.id)
        if noted is None or now - noted > USED_AT_MOST_EVERY:
            self._noted[credential.by.id] = now
            async with self._database.unit_of_work(credential.region_id) as uow:
                await note_key_used(uow, credential.by.id, now)

    def _refusal(self, kind: str, reason: str) -> NotAuthenticatedError:
        self._events.refused(kind, reason)
        return NotAuthenticatedError()

    async def _token(self, said: str, now: datetime) -> Claims | Identity:
        try:
            if self._oidc is not None and header_of(said).get("alg") != tokens.ALGORITHM:
                return await self._oidc.identity(said, now)
            return tokens.read_development_token(self._settings, said, now)
        except TokenRefusedError as refused:
            log.info("token refused: %s", refused)
            raise self._refusal("token", str(refused)) from refused

    async def _by_key(
        self, uow: UnitOfWork, presented: PresentedKey, now: datetime, on: date
    ) -> tuple[Principal, datetime | None]:
        found = await find_valid_key(uow, presented, now)
        key = None if found is None else found.row
        unit = None if key is None else await _unit(uow, on, unit_id=key.unit_id)
        grants = None if key is None else await _grants(uow, key.group_code, key.unit_id, on)
        if found is None or key is None or unit is None or grants is None:
            log.info("API key refused", extra={"key_id": str(presented.id)})
            raise self._refusal("key", "unknown, wrong or over")
        principal = Principal(
            region_id=uow.region_id,
            region_code=presented.region,
            subject=f"key:{key.name}",
            role=_role(grants, Role(key.role)),
            unit_id=unit.id,
            unit_code=unit.code,
            whole_region=unit.parent_id is None,
            scopes=frozenset(key.scopes),
            is_integration=True,
            grants=grants,
        )
        return principal, found.until

    async def _by_subject(self, uow: UnitOfWork, identity: Identity, on: date) -> Principal:
        found = await principal_of_user(uow, identity.sub, on, region_code=identity.region)
        if found is None:
            log.info("token refused: no user with a membership")
            raise self._refusal("token", "no user with a membership")
        return found

    async def _by_claims(self, uow: UnitOfWork, claims: Claims, on: date) -> Principal:
        unit = await _unit(uow, on, code=claims.unit)
        grants = None if unit is None else await _grants(uow, claims.group, unit.id, on)
        if unit is None or grants is None:
            raise self._refusal("token", "no such unit or group")
        return Principal(
            region_id=uow.region_id,
            region_code=claims.region,
            subject=claims.sub,
            role=_role(grants, claims.role),
            unit_id=unit.id,
            unit_code=unit.code,
            whole_region=unit.parent_id is None,
            grants=grants,
        )


async def _grants(uow: UnitOfWork, group: str | None, unit_id: UUID, on: date) -> tuple[Grant, ...] | None:
    """What a credential's group grants: nothing of its own where it names none, None where there is no such group."""
    if group is None:
        return ()
    grant = await grant_of_group(uow, group, unit_id, on)
    return None if grant is None else (grant,)


def _role(grants: tuple[Grant, ...], said: Role) -> Role:
    return role_of(grants[0].rights) if grants else said


async def _unit(uow: UnitOfWork, on: date, *, unit_id: UUID | None = None, code: str | None = None) -> AnyRow | None:
    """(id, code, parent_id) of a unit that stands in the tree on the day; None where it does not."""
    named = OrgUnitRow.id == unit_id if unit_id is not None else OrgUnitRow.code == code
    statement = (
        select(OrgUnitRow.id, OrgUnitRow.code, OrgPlacementRow.parent_id)
        .join(
            OrgPlacementRow,
            and_(OrgPlacementRow.region_id == OrgUnitRow.region_id, OrgPlacementRow.unit_id == OrgUnitRow.id),
        )
        .where(OrgUnitRow.region_id == uow.region_id, named, OrgPlacementRow.valid.contains(on))
    )
    return (await uow.session.execute(statement)).one_or_none()
