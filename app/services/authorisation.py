"""Whether a credential may do what it asks: the one place for permissions to act (B1, B2).

What may be seen is decided in `app.db.access`, inside the statements. What may be done is decided here: a grant must
hold the permission, and the unit acted upon must lie within the reach of such a grant. What may not be seen is absent
(404), what may be seen but not changed is explained (403).
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
OUT_OF_REACH = Text(
    "Detta gäller även enheter som ligger utanför den del av organisationen som du når.",
    "This concerns units outside the part of the organisation that you reach, too.",
)
_SCOPE = Text(
    "Nyckeln är begränsad till andra indikatorer eller moduler än {name}.",
    "The key is limited to other indicators or modules than {name}.",
)


def require(
    principal: Principal, permission: Permission, *, whole_region: bool = False, module: str | None = None
) -> None:
    """Raise Forbidden (B1) unless some grant holds the permission; with `whole_region`, one that reaches all of it.

    `module` is the module acted upon, where there is one: a grant for another module does not count there.
    """
    if not principal.may(permission):
        raise Forbidden(_ROLE.fill(role=", ".join(principal.groups), permission=permission.value), rule="B1")
    if whole_region and not principal.reach(permission, module).everything:
        raise Forbidden(_WHOLE, rule="B1")


async def require_units(
    uow: UnitOfWork,
    principal: Principal,
    permission: Permission,
    units: Collection[UUID],
    on: date,
    *,
    module: str | None = None,
) -> None:
    """Raise Forbidden (B1) unless every unit lies within the reach of a grant that holds the permission.

    The units are taken to be readable: a caller finds them with the permission filter first. `module` is the module
    acted upon; left out, grants for one module don't count. One statement at most.
    """
    require(principal, permission)
    if principal.reach(permission, module).everything or not units:
        return
    statement = (
        select(OrgUnitRow.code)
        .where(
            OrgUnitRow.region_id == principal.region_id,
            OrgUnitRow.id.in_(units),
            ~access.in_reach(OrgUnitRow.id, principal, on, permission, module=module),
        )
        .order_by(OrgUnitRow.code)
        .limit(1)
    )
    outside = await uow.session.scalar(statement)
    if outside is not None:
        raise Forbidden(_REACH.fill(unit=outside), rule="B1")


def require_scope(principal: Principal, *, module: str | None = None, indicator: str | None = None) -> None:
    """Raise Forbidden (B1) when the credential is limited to other modules or indicators."""
    if not in_scope(principal, module=module, indicator=indicator):
        raise Forbidden(_SCOPE.fill(name=indicator or module or ""), rule="B1")


def in_scope(principal: Principal, *, module: str | None = None, indicator: str | None = None) -> bool:
    """Whether the credential is limited to nothing, or to this module or indicator among others."""
    return not principal.scopes or bool({f"module:{module}", f"indicator:{indicator}"} & principal.scopes)
