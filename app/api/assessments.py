"""/assessments: a person's judgement of a node at a unit in a period (F1, F3)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response
from pydantic import Field

from app.api.asking import asking
from app.api.conditional import Precondition, answer, version_tag
from app.api.declared import CHANGE, CREATE, LIST, READ, problems
from app.api.dependencies import Call, Calling
from app.api.errors import finding_items
from app.api.idempotency import Idempotent
from app.api.nodes import unit_key
from app.api.outcomes import PeriodText, period_parameter
from app.api.pagination import PageBody, Paging, page_answer
from app.api.problems import CONFLICT, ProblemError, Wrong
from app.api.routes import resource_router
from app.api.shapes import WithWarnings
from app.api.viewer_can import Can, Include, shown_abilities
from app.domain.nodes import ActivityStatus
from app.services import assessments as service
from app.services.assessments import AssessmentChange, AssessmentFilter, AssessmentSaid
from app.services.viewer_can import assessments_viewer_can

router = resource_router("/assessments", "assessments")
AssessmentId = Annotated[UUID, Path(alias="id", description="The assessment's id.")]
UnitFilter = Annotated[str | None, Query(max_length=200, description="A unit's code, or its id.")]


class Assessment(WithWarnings):
    """An assessment. `grade` is a code of the column's scale, see `/modules`; its wording follows column and period."""

    viewer_can: dict[str, Can] | None = Field(None, description="By action, with `include=viewer_can`.")
    id: UUID
    node_id: UUID
    module: str
    column: str
    unit: str
    period: str
    grade: str | None
    status: ActivityStatus | None
    analysis: str | None
    measures: str | None
    assessed_by: str
    assessed_at: datetime


@router.get("", operation_id="listAssessments", response_model=PageBody[Assessment], responses=problems(*LIST, 404))
async def list_assessments(
    call: Calling,
    page: Paging,
    *,
    node: Annotated[UUID | None, Query()] = None,
    unit: UnitFilter = None,
    under: UnitFilter = None,
    period: PeriodText = None,
    module: Annotated[str | None, Query(max_length=16)] = None,
    column: Annotated[str | None, Query(max_length=63)] = None,
    include: Include = None,
) -> Response:
    """List assessments within reach, by period. `under`: at this unit and below it."""
    wanted = AssessmentFilter(
        node=node,
        unit=unit_key(unit),
        under=unit_key(under),
        period=period_parameter("period", period),
        module=module,
        column=column,
    )
    a = await asking(call)
    found = await service.list_assessments(a, page, wanted)
    shown = [Assessment.model_validate(row) for row in found.rows]
    if include is not None:
        can = await assessments_viewer_can(a, found.rows)
        shown = [s.model_copy(update={"viewer_can": shown_abilities(can[s.id], call.language)}) for s in shown]
    return page_answer(call.request, shown, found.next)


@router.get("/{id}", operation_id="getAssessment", response_model=Assessment, responses=problems(*READ))
async def get_assessment(call: Calling, assessment_id: AssessmentId, include: Include = None) -> Response:
    """Read one assessment."""
    a = await asking(call)
    row = await service.read_assessment(a, assessment_id)
    if include is not None:
        can = shown_abilities((await assessments_viewer_can(a, [row]))[assessment_id], call.language)
        return answer(call.request, Assessment.model_validate(row).model_copy(update={"viewer_can": can}))
    return answer(call.request, Assessment.model_validate(row), tag=version_tag(row.version))


@router.post(
    "", operation_id="createAssessment", status_code=201, response_model=Assessment, responses=problems(*CREATE)
)
async def create_assessment(call: Calling, once: Idempotent, body: AssessmentSaid) -> Response:
    """Assess a node at a unit for a period. A grade other than the best should come with measures (F2, a warning)."""

    async def work() -> Response:
        try:
            written = await service.create_assessment(await asking(call), body)
        except service.AlreadyAssessedError as taken:
            facts = {"assessment": str(taken.assessment_id)}
            raise ProblemError(CONFLICT, [Wrong(taken.message, "already_assessed", pointer="", facts=facts)]) from taken
        location = f"/api/v1/assessments/{written.id}"
        return await _shown(call, written, status=201, headers={"Location": location})

    return await once.answer(work)


@router.patch("/{id}", operation_id="changeAssessment", response_model=Assessment, responses=problems(*CHANGE))
async def change_assessment(
    call: Calling, assessment_id: AssessmentId, match: Precondition, body: AssessmentChange
) -> Response:
    """Change an assessment (JSON merge patch)."""
    written = await service.change_assessment(await asking(call), assessment_id, body, match.check)
    return await _shown(call, written)


async def _shown(
    call: Call, written: service.Written, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    row = await service.read_assessment(await asking(call), written.id)
    warnings = finding_items(written.warnings, call.language)
    shown = Assessment.model_validate(row).model_copy(update={"warnings": warnings})
    return answer(call.request, shown, status=status, tag=version_tag(row.version), headers=headers)
