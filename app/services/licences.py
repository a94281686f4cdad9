"""The region's licences: how many there are, and how many are in use (B4)."""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field
from sqlalchemy import func, select, update

from app.db.queries import users as queries
from app.db.session import UnitOfWork
from app.db.tables import LicenceRow
from app.db.typing import AnyRow
from app.domain.access import Permission, Principal
from app.domain.findings import settle
from app.domain.users import not_below_used
from app.services.authorisation import require
from app.services.node_commands import Said


class LicencesChange(Said):
    """How many licences there are to be; null: no limit."""

    total: Annotated[int, Field(ge=0, le=1_000_000)] | None


async def read_licences(uow: UnitOfWork, principal: Principal) -> AnyRow:
    """(total, used, version). Raises Forbidden."""
    require(principal, Permission.USERS_READ)
    return (await uow.session.execute(queries.licences(principal))).one()


async def change_licences(
    uow: UnitOfWork, principal: Principal, change: LicencesChange, check: Callable[[int], None]
) -> AnyRow:
    """Set the number. Raises Forbidden, RulesBroken (B4: fewer than are in use), and what `check` raises."""
    require(principal, Permission.USERS_WRITE, whole_region=True)
    locked = select(LicenceRow.region_id).where(LicenceRow.region_id == principal.region_id)
    await uow.session.execute(locked.with_for_update())
    row = await read_licences(uow, principal)
    check(row.version)
    settle(not_below_used(change.total, row.used))
    await uow.session.execute(
        update(LicenceRow)
        .where(LicenceRow.region_id == principal.region_id)
        .values(
            total=change.total,
            version=LicenceRow.version + 1,
            updated_at=func.now(),
            updated_by=principal.subject,
        )
    )
    return await read_licences(uow, principal)
