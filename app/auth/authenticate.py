"""A credential, understood: from the Authorization header to a Principal.

The one place where another kind of credential goes in (tokens of an OIDC issuer).
"""

import logging
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, select

from app.auth.api_keys import PREFIX, PresentedKey, find_valid_key
from app.auth.tokens import TokenRefusedError, read_development_token
from app.db.session import Database, UnitOfWork
from app.db.tables import OrgPlacementRow, OrgUnitRow
from app.db.typing import AnyRow
from app.domain.access import Principal, Role
from app.settings import Settings

log = logging.getLogger("styrkedjan.auth")
_LONGEST = 8000


class NotAuthenticatedError(Exception):
    """No credential, or one that is not valid. Which of the two, and why, is never told."""


class Authenticator:
    """Turns credentials into principals, against one database and one set of settings."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    async def principal(self, authorization: str | None, now: datetime, on: date) -> Principal:
        """Who is asking. `on` is the day whose tree says whether a unit is the top one.

        Raises NotAuthenticatedError, or a StorageError where the database can't be asked.
        """
        scheme, _, credential = (authorization or "").partition(" ")
        credential = credential.strip()
        if scheme.lower() != "bearer" or not credential or len(credential) > _LONGEST:
            raise NotAuthenticatedError
        if credential.startswith(f"{PREFIX}_"):
            return await self._by_key(credential, now, on)
        return await self._by_token(credential, now, on)

    async def _by_key(self, credential: str, now: datetime, on: date) -> Principal:
        presented = PresentedKey.parse(credential)
        if presented is None:
            raise NotAuthenticatedError
        async with self._database.unit_of_work(await self._region(presented.region)) as uow:
            key = await find_valid_key(uow, presented, now)
            unit = None if key is None else await _unit(uow, on, unit_id=key.unit_id)
        if key is None or unit is None:
            log.info("API key refused", extra={"key_id": str(presented.id)})
            raise NotAuthenticatedError
        return Principal(
            region_id=uow.region_id,
            region_code=presented.region,
            subject=f"key:{key.name}",
            role=Role(key.role),
            unit_id=unit.id,
            unit_code=unit.code,
            whole_region=unit.parent_id is None,
            scopes=frozenset(key.scopes),
            is_integration=True,
        )

    async def _by_token(self, credential: str, now: datetime, on: date) -> Principal:
        try:
            claims = read_development_token(self._settings, credential, now)
        except TokenRefusedError as refused:
            log.info("token refused: %s", refused)
            raise NotAuthenticatedError from refused
        async with self._database.unit_of_work(await self._region(claims.region)) as uow:
            unit = await _unit(uow, on, code=claims.unit)
        if unit is None:
            raise NotAuthenticatedError
        return Principal(
            region_id=uow.region_id,
            region_code=claims.region,
            subject=claims.sub,
            role=claims.role,
            unit_id=unit.id,
            unit_code=unit.code,
            whole_region=unit.parent_id is None,
        )

    async def _region(self, code: str) -> UUID:
        region_id = await self._database.region_id(code)
        if region_id is None:
            raise NotAuthenticatedError
        return region_id


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
