"""/outcome-imports: outcomes in, as JSON, NDJSON or CSV (I7, I8, I9)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.api import problems as kinds
from app.api.conditional import answer, to_json
from app.api.declared import CREATE, LIST, READ, problems
from app.api.dependencies import Call, Calling
from app.api.errors import finding_items
from app.api.idempotency import Idempotent
from app.api.outcome_bodies import MEDIA_TYPES, read_rows
from app.api.pagination import PageBody, Paging, page_answer
from app.api.problems import ProblemError, ProblemItem
from app.api.routes import check_media_type, resource_router
from app.api.shapes import Shown
from app.db.typing import AnyRow
from app.domain.texts import Language
from app.services import outcome_import as service
from app.services.outcome_import import ImportMode, ImportResult

router = resource_router("/outcome-imports", "outcomes")
_ROW = {
    "type": "object",
    "required": ["indicator", "unit", "period", "sex"],
    "additionalProperties": False,
    "properties": {
        "indicator": {"type": "string", "examples": ["IND-008"]},
        "unit": {"type": "string", "examples": ["SU"]},
        "period": {"type": "string", "examples": ["2027-08"]},
        "sex": {"type": "string", "enum": ["T", "K", "M"]},
        "value": {"type": "number"},
        "numerator": {"type": "number"},
        "denominator": {"type": "number"},
        "comment": {"type": "string", "maxLength": 2000},
    },
}
_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {"schema": {"type": "array", "items": _ROW, "maxItems": 100_000}},
        "application/x-ndjson": {"schema": {"type": "string"}},
        "text/csv": {"schema": {"type": "string"}},
    },
}


class RowConflict(Shown):
    """Why a row was not taken. Rows count from 1; `field` is empty where the row as a whole is meant."""

    row: int
    rule: str
    field: str
    value: str | None
    message: str


class OutcomeImport(Shown):
    """What became of an import: received = imported + updated + unchanged + ignored."""

    id: UUID | None
    status: str
    mode: ImportMode
    dry_run: bool
    received: int
    imported: int
    updated: int
    unchanged: int
    ignored: int
    conflicts: list[RowConflict]
    conflict_count: int
    warnings: list[ProblemItem]
    created_at: datetime | None = None
    created_by: str | None = None


@router.post(
    "",
    operation_id="importOutcomes",
    response_model=OutcomeImport,
    responses=problems(*CREATE),
    openapi_extra={"requestBody": _BODY},
)
async def import_outcomes(
    call: Calling,
    once: Idempotent,
    request: Request,
    dry_run: Annotated[bool, Query(description="Answer the same, and change nothing.")] = False,
    mode: Annotated[ImportMode, Query(description="All rows or none, or those that are right.")] = ImportMode.ATOMIC,
) -> Response:
    """Import outcomes. Sent again, everything is `unchanged`; a changed figure is a correction, kept in history."""
    media_type = check_media_type(request, MEDIA_TYPES)
    rows = read_rows(media_type, await request.body())

    async def work() -> Response:
        result = await service.import_outcomes(call.uow, call.principal, call.on, rows, mode=mode, dry_run=dry_run)
        shown = _shown(result, call.language)
        if result.summary.refused and not dry_run:
            return _refused(call, shown)
        headers = {} if result.id is None else {"Location": f"/api/v1/outcome-imports/{result.id}"}
        return answer(call.request, shown, headers=headers)

    return await once.answer(work)


def _refused(call: Call, shown: OutcomeImport) -> Response:
    """422 with the whole answer beside the problem's own members, so that a client need not ask again."""
    problem = ProblemError(kinds.INVALID).problem(call.language)
    first = shown.conflicts[0]
    said = problem.model_dump(exclude_none=True) | {
        "type": kinds.BASE + first.rule,
        "rule": first.rule,
        "detail": first.message,
        "instance": call.request.url.path,
        "request_id": call.request.scope.get("state", {}).get("request_id"),
    }
    body = shown.model_dump(mode="json", exclude={"status"}) | said | {"import_status": shown.status}
    return Response(to_json(body), 422, media_type=kinds.MEDIA_TYPE)


def _shown(result: ImportResult, language: Language) -> OutcomeImport:
    summary = result.summary
    return OutcomeImport(
        id=result.id,
        status=result.status,
        mode=result.mode,
        dry_run=result.dry_run,
        received=summary.received,
        imported=summary.imported,
        updated=summary.updated,
        unchanged=summary.unchanged,
        ignored=summary.ignored,
        conflicts=[
            RowConflict(row=c.row, rule=c.rule, field=c.field, value=c.value, message=c.message.in_language(language))
            for c in result.conflicts
        ],
        conflict_count=len(result.conflicts),
        warnings=finding_items(result.warnings, language),
    )


def _recorded(row: AnyRow, language: Language) -> OutcomeImport:
    counts = {name: getattr(row, name) for name in ("received", "imported", "updated", "unchanged", "ignored")}
    return OutcomeImport(
        id=row.id,
        status=row.status,
        mode=ImportMode(row.mode),
        dry_run=False,
        **counts,
        conflicts=[
            RowConflict(row=c["row"], rule=c["rule"], field=c["field"], value=c["value"], message=c[language])
            for c in row.conflicts or ()
        ],
        conflict_count=row.conflict_count,
        warnings=[
            ProblemItem(rule=w["rule"], severity="warning", message=w[language], facts=w["facts"] or None)
            for w in row.warnings or ()
        ],
        created_at=row.created_at,
        created_by=row.created_by,
    )


@router.get("", operation_id="listOutcomeImports", response_model=PageBody[OutcomeImport], responses=problems(*LIST))
async def list_outcome_imports(call: Calling, page: Paging) -> Response:
    """List imports, oldest first: one's own, or everybody's with reach over the whole region."""
    found = await service.list_imports(call.uow, call.principal, page)
    return page_answer(call.request, [_recorded(row, call.language) for row in found.rows], found.next)


@router.get("/{id}", operation_id="getOutcomeImport", response_model=OutcomeImport, responses=problems(*READ))
async def get_outcome_import(call: Calling, id: Annotated[UUID, Path()]) -> Response:
    """Read what became of an import."""
    row = await service.read_import(call.uow, call.principal, id)
    return answer(call.request, _recorded(row, call.language))
