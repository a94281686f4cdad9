"""Locks on a unit's period (R6): set by an administrator with a reason, lifted with a reason, asked about by rules."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints
from pydantic.functional_validators import AfterValidator
from sqlalchemy import func, insert, select, text, update

from app.db.locks import hold_period_locks
from app.db.paging import Page, PageOf, fetch_page
from app.db.queries import period_locks as queries
from app.db.queries.units import subtree_ids
from app.db.session import ConstraintBroken, UnitOfWork, storage_errors
from app.db.tables import PeriodLockRow
from app.db.typing import AnyRow
from app.domain.access import Permission, Principal
from app.domain.findings import NotFound, RulesBroken, settle
from app.domain.identity import new_id
from app.domain.period_locks import LockedWhat, LockSource, PeriodLock, not_locked_already, still_locked
from app.domain.periods import Period, parse_period
from app.domain.texts import Text
from app.domain.typed_text import many_lines
from app.services import naming
from app.services.authorisation import require, require_units
from app.services.facts import Asked
from app.services.node_commands import Code, Said
from app.services.units import UnitKey, find_unit

Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), AfterValidator(many_lines)
]
_PERIOD = Text("Ange perioden som 2027, 2027-T1 eller 2027-04.", "Give the period as 2027, 2027-T1 or 2027-04.")
_IN_FORCE = "uq_period_locks_in_force"
# Who locks waits for imports under way; not for ever, since the writers after it wait behind it.
_PATIENCE = text("select set_config('lock_timeout', '10s', true)")


class PeriodToLock(Said):
    """What to lock, and why."""

    unit: Code
    period: Annotated[str, Field(max_length=20)]
    what: LockedWhat = LockedWhat.ALL
    reason: Reason


@dataclass(frozen=True, slots=True)
class LockFilter:
    """Which locks are asked for. `under`: of this unit and those below it."""

    unit: UnitKey | None = None
    under: UnitKey | None = None
    period: Period | None = None
    what: LockedWhat | None = None
    in_force: bool | None = None


async def locks_in_force(uow: UnitOfWork, principal: Principal, unit_ids: Collection[UUID]) -> list[PeriodLock]:
    """The locks on these units, none of which is added until the transaction ends. Two statements."""
    await hold_period_locks(uow)
    rows = await uow.session.execute(queries.in_force(principal, unit_ids))
    return [PeriodLock(row.id, row.unit_id, parse_period(row.period), LockedWhat(row.what), row.reason) for row in rows]


async def list_locks(uow: UnitOfWork, principal: Principal, on: date, page: Page, wanted: LockFilter) -> PageOf:
    """Locks within the reach, oldest first, lifted ones too. Raises NotFound for a unit that can't be seen."""
    statement = queries.period_locks(principal, on)
    if wanted.unit is not None:
        unit = await find_unit(uow, principal, on, wanted.unit)
        statement = statement.where(PeriodLockRow.unit_id == unit.id)
    if wanted.under is not None:
        top = await find_unit(uow, principal, on, wanted.under)
        statement = statement.where(PeriodLockRow.unit_id.in_(subtree_ids(principal, top.id, on)))
    if wanted.period is not None:
        statement = statement.where(PeriodLockRow.period == str(wanted.period))
    if wanted.what is not None:
        statement = statement.where(PeriodLockRow.what == wanted.what.value)
    if wanted.in_force is not None:
        is_lifted = PeriodLockRow.unlocked_at.is_not(None)
        statement = statement.where(~is_lifted if wanted.in_force else is_lifted)
    return await fetch_page(uow.session, statement, [PeriodLockRow.id], page)


async def read_lock(uow: UnitOfWork, principal: Principal, on: date, lock_id: UUID) -> AnyRow:
    """One lock. Raises NotFound."""
    statement = queries.period_locks(principal, on).where(PeriodLockRow.id == lock_id)
    row: AnyRow | None = (await uow.session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("period lock", str(lock_id))
    return row


async def lock_period(a: Asked, said: PeriodToLock) -> AnyRow:
    """Lock a unit's period; waits for imports under way. Raises Forbidden, InvalidInput, RulesBroken (R6)."""
    require(a.principal, Permission.PERIOD_LOCKS_WRITE)
    errors = naming.Errors()
    unit = (await naming.units_by_code(a, [said.unit])).get(said.unit)
    if unit is None:
        errors.add("/unit", "unknown_unit", naming.UNKNOWN_UNIT, name=said.unit)
    try:
        period = parse_period(said.period)
    except ValueError:
        errors.add("/period", "period_format", _PERIOD)
    errors.settle()
    assert unit is not None
    await require_units(a.uow, a.principal, Permission.PERIOD_LOCKS_WRITE, [unit.id], a.on)
    made = new_id()
    row = {
        "region_id": a.principal.region_id,
        "id": made,
        "unit_id": unit.id,
        "period": str(period),
        "period_start": period.start,
        "period_end": period.end,
        "what": said.what.value,
        "source": LockSource.ADMINISTRATOR.value,
        "reason": said.reason,
        "locked_by": a.principal.subject,
    }
    await a.uow.session.execute(_PATIENCE)
    try:
        with storage_errors():
            async with a.uow.session.begin_nested():
                await a.uow.session.execute(insert(PeriodLockRow), row)
    except ConstraintBroken as broken:
        if broken.constraint != _IN_FORCE:
            raise
        standing = await _standing(a.uow, row)
        raise RulesBroken(not_locked_already(unit.name, period, standing)) from broken
    return await read_lock(a.uow, a.principal, a.on, made)


async def unlock(a: Asked, lock_id: UUID, reason: str) -> AnyRow:
    """Lift a lock, whatever set it. Raises NotFound, Forbidden, RulesBroken (R6) where it is lifted already."""
    require(a.principal, Permission.PERIOD_LOCKS_WRITE)
    claimed = select(PeriodLockRow.id).where(
        PeriodLockRow.region_id == a.principal.region_id, PeriodLockRow.id == lock_id
    )
    await a.uow.session.execute(claimed.with_for_update())
    row = await read_lock(a.uow, a.principal, a.on, lock_id)
    await require_units(a.uow, a.principal, Permission.PERIOD_LOCKS_WRITE, [row.unit_id], a.on)
    settle(still_locked(unlocked=row.unlocked_at is not None))
    await a.uow.session.execute(
        update(PeriodLockRow)
        .where(PeriodLockRow.region_id == a.principal.region_id, PeriodLockRow.id == lock_id)
        .values(unlocked_at=func.now(), unlocked_by=a.principal.subject, unlock_reason=reason)
    )
    return await read_lock(a.uow, a.principal, a.on, lock_id)


async def _standing(uow: UnitOfWork, row: dict[str, object]) -> UUID | None:
    found: UUID | None = await uow.session.scalar(
        select(PeriodLockRow.id).where(
            PeriodLockRow.region_id == uow.region_id,
            PeriodLockRow.unlocked_at.is_(None),
            *(getattr(PeriodLockRow, name) == row[name] for name in ("unit_id", "period", "what", "source")),
        )
    )
    return found
