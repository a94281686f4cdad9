"""/corrections: changed outcomes of locked periods, which wait for the indicator's owner (I7, R6)."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import Path, Query, Response
from pydantic import Field

from app.api.asking import asking
from app.api.conditional import answer
from app.api.declared import CREATE, LIST, READ, problems
from app.api.dependencies import Calling
from app.api.idempotency import Idempotent
from app.api.nodes import unit_key
from app.api.outcomes import PeriodText, period_parameter
from app.api.pagination import PageBody, Paging, page_answer
from app.api.period_locks import UnitFilter
from app.api.routes import resource_router
from app.api.shapes import Body, Number, Shown
from app.db.typing import AnyRow
from app.domain.corrections import CorrectionState
from app.domain.indicators import InputWay, Sex
from app.services import corrections as service
from app.services.corrections import CorrectionFilter
from app.services.period_locks import Reason

router = resource_router("/corrections", "corrections")
CorrectionId = Annotated[UUID, Path(alias="id", description="The correction's id.")]


class CorrectedFigures(Shown):
    """An outcome's figures. `status` tells kinds of "no value" apart where the value is null."""

    value: Number | None
    numerator: Number | None
    denominator: Number | None
    status: str | None
    comment: str | None


class Correction(Shown):
    """A correction: what was sent, what stood then (null: nothing yet), who sent it, who decided."""

    id: UUID
    indicator: str
    unit: str
    period: str
    sex: Sex
    state: CorrectionState
    proposed: CorrectedFigures
    standing: CorrectedFigures | None
    source: InputWay
    import_id: UUID | None
    proposed_at: datetime
    proposed_by: str
    decided_at: datetime | None
    decided_by: str | None
    decision_reason: str | None

    @classmethod
    def of(cls, row: AnyRow) -> Self:
        """A row of the inbox, shown."""
        names = list(CorrectedFigures.model_fields)
        standing = {name: getattr(row, f"standing_{name}") for name in names}
        plain = {name: getattr(row, name) for name in cls.model_fields if name not in {"proposed", "standing"}}
        return cls(
            **plain,
            proposed=CorrectedFigures(**{name: getattr(row, name) for name in names}),
            standing=None if row.is_new else CorrectedFigures(**standing),
        )


class Accepting(Body):
    """Why a correction is accepted, if that needs saying."""

    reason: Reason | None = None


class Declining(Body):
    """Why a correction is declined."""

    reason: Reason


class AcceptingMany(Accepting):
    """Corrections to accept, all or none."""

    ids: list[UUID] = Field(min_length=1, max_length=500)


class Accepted(Shown):
    """The corrections that were accepted."""

    items: list[Correction]


@router.get("", operation_id="listCorrections", response_model=PageBody[Correction], responses=problems(*LIST, 404))
async def list_corrections(
    call: Calling,
    page: Paging,
    *,
    indicator: Annotated[str | None, Query(max_length=100, description="Code, or key in the catalogue.")] = None,
    unit: UnitFilter = None,
    under: UnitFilter = None,
    period: PeriodText = None,
    state: Annotated[CorrectionState | None, Query()] = None,
    mine: Annotated[bool, Query(description="Only those that are yours to decide.")] = False,
) -> Response:
    """List corrections within reach, oldest first."""
    wanted = CorrectionFilter(
        indicator, unit_key(unit), unit_key(under), period_parameter("period", period), state, mine
    )
    found = await service.list_corrections(await asking(call), page, wanted)
    return page_answer(call.request, [Correction.of(row) for row in found.rows], found.next)


@router.get("/{id}", operation_id="getCorrection", response_model=Correction, responses=problems(*READ))
async def get_correction(call: Calling, correction_id: CorrectionId) -> Response:
    """Read one correction."""
    return answer(call.request, Correction.of(await service.read_correction(await asking(call), correction_id)))


@router.post("/accept", operation_id="acceptCorrections", response_model=Accepted, responses=problems(*CREATE))
async def accept_corrections(call: Calling, once: Idempotent, body: AcceptingMany) -> Response:
    """Accept several corrections: all or none."""

    async def work() -> Response:
        rows = await service.accept(await asking(call), body.ids, body.reason, many=True)
        return answer(call.request, Accepted(items=[Correction.of(row) for row in rows]))

    return await once.answer(work)


@router.post(
    "/{id}/accept", operation_id="acceptCorrection", response_model=Correction, responses=problems(*CREATE, 404)
)
async def accept_correction(call: Calling, once: Idempotent, correction_id: CorrectionId, body: Accepting) -> Response:
    """Accept a correction: it becomes the outcome, though the period is locked. What stood is kept in history."""

    async def work() -> Response:
        rows = await service.accept(await asking(call), [correction_id], body.reason, many=False)
        return answer(call.request, Correction.of(rows[0]))

    return await once.answer(work)


@router.post(
    "/{id}/decline", operation_id="declineCorrection", response_model=Correction, responses=problems(*CREATE, 404)
)
async def decline_correction(call: Calling, once: Idempotent, correction_id: CorrectionId, body: Declining) -> Response:
    """Decline a correction: the outcome stays as it stands."""

    async def work() -> Response:
        return answer(
            call.request, Correction.of(await service.decline(await asking(call), correction_id, body.reason))
        )

    return await once.answer(work)
