"""Whether a credential may do what it asks: the one place for permissions to act (B1, B2).

What may be seen is decided in `app.db.access`, inside the statements. What may be done is decided here: the role must
hold the permission, and the unit acted upon must lie within the reach. What may not be seen is absent (404), what may
be seen but not changed is explained (403). The permission groups of B1-B6 go in here and in `app.domain.access`.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.db import access
from app.db.session import UnitOfWork
from app.db.tables import OrgUnitRow
from app.domain.access import Permission, Principal
from app.domain.findings import Forbidden
from app.domain.texts import Text

_ROLE = Text(
    "Rollen {role} får inte göra detta ({permission}).",
    "The role {role} may not do this ({permission}).",
)
_REACH = Text(
    "Enheten {unit} ligger utanför den del av organisationen som du når.",
    "The unit {unit} is outside the part of the organisation that you reach.",
)
_WHOLE = Text(
    "Detta gäller hela regionen och kräver behörighet på regionnivå.",
    "This concerns the whole region and needs a credential on region level.",
)
_SCOPE = Text(
    "Nyckeln är begränsad till andra indikatorer eller moduler än {name}.",
    "The key is limited to other indicators or modules than {name}.",
)


def require(principal: Principal, permission: Permission, *, whole_region: bool = False) -> None:
    """Raise Forbidden (B1) unless the role holds the permission, and reaches the whole region where that is asked."""
    if not principal.may(permission):
        raise Forbidden(_ROLE.fill(role=principal.role.value, permission=permission.value), rule="B1")
    if whole_region and not principal.whole_region:
        raise Forbidden(_WHOLE, rule="B1")


async def require_units(
    uow: UnitOfWork, principal: Principal, permission: Permission, units: Collection[UUID], on: date
) -> None:
    """Raise Forbidden (B1) unless the role holds the permission and every unit lies within the reach.

    The units are taken to be readable: a caller finds them with the permission filter first. One statement.
    """
    require(principal, permission)
    if principal.whole_region or not units:
        return
    statement = (
        select(OrgUnitRow.code)
        .where(
            OrgUnitRow.region_id == principal.region_id,
            OrgUnitRow.id.in_(units),
            ~access.in_reach(OrgUnitRow.id, principal, on),
        )
        .order_by(OrgUnitRow.code)
        .limit(1)
    )
    outside = await uow.session.scalar(statement)
    if outside is not None:
        raise Forbidden(_REACH.fill(unit=outside), rule="B1")


def require_scope(principal: Principal, *, module: str | None = None, indicator: str | None = None) -> None:
    """Raise Forbidden (B1) when the credential is an integration's, limited to other modules or indicators."""
    if not principal.scopes:
        return
    named = {f"module:{module}", f"indicator:{indicator}"}
    if not named & principal.scopes:
        raise Forbidden(_SCOPE.fill(name=indicator or module or ""), rule="B1")
