"""/period-locks: a unit's period that stays as it is (R6)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from app.api.asking import asking
from app.api.conditional import answer
from app.api.declared import CREATE, LIST, READ, problems
from app.api.dependencies import Calling
from app.api.idempotency import Idempotent
from app.api.nodes import unit_key
from app.api.outcomes import PeriodText, period_parameter
from app.api.pagination import PageBody, Paging, page_answer
from app.api.routes import resource_router
from app.api.shapes import Body, Shown
from app.domain.period_locks import LockedWhat, LockSource
from app.services import period_locks as service
from app.services.period_locks import LockFilter, PeriodToLock, Reason

router = resource_router("/period-locks", "period locks")
LockId = Annotated[UUID, Path(alias="id", description="The lock's id.")]
UnitFilter = Annotated[str | None, Query(max_length=200, description="A unit's code, or its id.")]


class PeriodLock(Shown):
    """A lock, in force or lifted. It holds what is reported at its unit for periods within its own."""

    id: UUID
    unit: str
    period: str
    what: LockedWhat
    source: LockSource
    reason: str
    locked_at: datetime
    locked_by: str
    unlocked_at: datetime | None
    unlocked_by: str | None
    unlock_reason: str | None


class Unlocking(Body):
    """Why a lock is lifted."""

    reason: Reason


@router.get("", operation_id="listPeriodLocks", response_model=PageBody[PeriodLock], responses=problems(*LIST, 404))
async def list_period_locks(
    call: Calling,
    page: Paging,
    *,
    unit: UnitFilter = None,
    under: UnitFilter = None,
    period: PeriodText = None,
    what: Annotated[LockedWhat | None, Query()] = None,
    in_force: Annotated[bool | None, Query(description="Only those in force, or only those lifted.")] = None,
) -> Response:
    """List locks within reach, oldest first: those in force and those that were lifted."""
    wanted = LockFilter(unit_key(unit), unit_key(under), period_parameter("period", period), what, in_force)
    found = await service.list_locks(call.uow, call.principal, call.on, page, wanted)
    return page_answer(call.request, [PeriodLock.model_validate(row) for row in found.rows], found.next)


@router.get("/{id}", operation_id="getPeriodLock", response_model=PeriodLock, responses=problems(*READ))
async def get_period_lock(call: Calling, lock_id: LockId) -> Response:
    """Read one lock."""
    row = await service.read_lock(call.uow, call.principal, call.on, lock_id)
    return answer(call.request, PeriodLock.model_validate(row))


@router.post("", operation_id="lockPeriod", status_code=201, response_model=PeriodLock, responses=problems(*CREATE))
async def lock_period(call: Calling, once: Idempotent, body: PeriodToLock) -> Response:
    """Lock a unit's period: its assessments are refused, changed outcomes wait in `/corrections`."""

    async def work() -> Response:
        row = await service.lock_period(await asking(call), body)
        made = PeriodLock.model_validate(row)
        return answer(call.request, made, status=201, headers={"Location": f"/api/v1/period-locks/{made.id}"})

    return await once.answer(work)


@router.post("/{id}/unlock", operation_id="unlockPeriod", response_model=PeriodLock, responses=problems(*CREATE, 404))
async def unlock_period(call: Calling, once: Idempotent, lock_id: LockId, body: Unlocking) -> Response:
    """Lift a lock. Who did it, and why, is kept."""

    async def work() -> Response:
        row = await service.unlock(await asking(call), lock_id, body.reason)
        return answer(call.request, PeriodLock.model_validate(row))

    return await once.answer(work)
