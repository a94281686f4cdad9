"""/outcome-imports: outcomes in, as JSON, NDJSON or CSV, of any size (I7, I8, I9)."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path, Query, Request, Response, Security

from app.api import problems as kinds
from app.api.conditional import answer, to_json
from app.api.declared import CREATE, LIST, READ, problems
from app.api.dependencies import Calling, bearer, settings_of
from app.api.errors import finding_items
from app.api.idempotency import KeyHeader
from app.api.importing import Importing
from app.api.language import language_of
from app.api.outcome_bodies import MEDIA_TYPES
from app.api.pagination import PageBody, Paging, page_answer
from app.api.problems import ProblemError, ProblemItem
from app.api.receiving import receiving
from app.api.routes import check_media_type, resource_router
from app.api.shapes import Shown
from app.db.typing import AnyRow
from app.domain.indicators import InputWay
from app.domain.texts import Language
from app.services import outcome_records as records
from app.services.outcome_run import MOST_SHOWN, ImportMode, ImportResult

router = resource_router("/outcome-imports", "outcomes")
_SHOWN_IN_LISTS = 100
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
        "status": {
            "type": "string",
            "enum": ["normal", "missing", "suppressed", "not_applicable"],
            "description": "Why there is no value; left out, or `normal`, where there is one.",
        },
    },
}
_LINES = (
    '{"indicator": "IND-008", "unit": "SU", "period": "2027-08", "sex": "K", "value": 61.5}\n'
    '{"indicator": "IND-008", "unit": "SU", "period": "2027-08", "sex": "M", "status": "suppressed"}\n'
)
_TABLE = "indicator;unit;period;sex;value;comment\r\nIND-008;SU;2027-08;T;61,5;preliminärt\r\n"
_BODY: dict[str, Any] = {
    "required": True,
    "description": "May be packed (`Content-Encoding: gzip`).",
    "content": {
        "application/json": {"schema": {"type": "array", "items": _ROW}},
        "application/x-ndjson": {"schema": {"type": "string", "examples": [_LINES]}},
        "text/csv": {"schema": {"type": "string", "examples": [_TABLE]}},
    },
}


class RowConflict(Shown):
    """Why a row was not taken. Rows count from 1; `field` is empty where the row as a whole is meant."""

    row: int
    rule: str
    field: str
    value: str | None
    message: str


class ImportRemark(Shown):
    """A conflict of an import, or a remark (`severity` warning, no row)."""

    severity: Literal["refused", "warning"]
    row: int | None
    rule: str
    field: str
    value: str | None
    message: str
    facts: dict[str, Any] | None


class OutcomeImport(Shown):
    """What became of an import: received = imported + updated + unchanged + ignored + held.

    `conflicts` and `warnings` are the first 10,000 (in lists 100); `conflict_count` and `warning_count` count them all,
    and `/outcome-imports/{id}/conflicts` lists them all. `held`: set aside because the period is locked, see
    `/corrections`. `status`: receiving, running, completed, refused or interrupted.
    """

    id: UUID | None
    status: str
    mode: ImportMode
    dry_run: bool
    received: int
    imported: int
    updated: int
    unchanged: int
    ignored: int
    held: int
    conflicts: list[RowConflict]
    conflict_count: int
    warnings: list[ProblemItem]
    warning_count: int
    source: InputWay | None = None
    created_at: datetime | None = None
    created_by: str | None = None


@router.post(
    "",
    operation_id="importOutcomes",
    response_model=OutcomeImport,
    responses={
        202: {"description": "Taken; some rows wait as corrections of locked periods.", "model": OutcomeImport},
        **problems(*CREATE, 400, 408),
    },
    openapi_extra={"requestBody": _BODY},
)
async def import_outcomes(
    request: Request,
    _: Annotated[object, Security(bearer)],
    key: KeyHeader = None,
    dry_run: Annotated[bool, Query(description="Answer the same, and change nothing.")] = False,
    mode: Annotated[ImportMode, Query(description="All rows or none, or those that are right.")] = ImportMode.ATOMIC,
) -> Response:
    """Import outcomes, a row or a million. Sent again, everything is `unchanged`; a changed figure is a correction."""
    media_type = check_media_type(request, MEDIA_TYPES)
    language = language_of(request.headers.get("accept-language"))
    importing = await Importing.begin(request, mode, dry_run=dry_run)
    async with importing.recorded(), receiving(request, settings_of(request), importing.on_the_way) as body:
        return await importing.answer(media_type, body, key, lambda result: _answered(request, result, language))


def _answered(request: Request, result: ImportResult, language: Language) -> Response:
    shown = _shown(result, language)
    if result.summary.refused and not result.dry_run:
        return _refused(request, shown, language)
    headers = {} if result.id is None else {"Location": f"/api/v1/outcome-imports/{result.id}"}
    made = answer(request, shown, headers=headers)
    if shown.held and not result.dry_run:
        made.status_code = 202
    return made


def _refused(request: Request, shown: OutcomeImport, language: Language) -> Response:
    """422 with the whole answer beside the problem's own members, so that a client need not ask again."""
    problem = ProblemError(kinds.INVALID).problem(language)
    first = shown.conflicts[0]
    said = problem.model_dump(exclude_none=True) | {
        "type": kinds.BASE + first.rule,
        "rule": first.rule,
        "detail": first.message,
        "instance": request.url.path,
        "request_id": request.scope.get("state", {}).get("request_id"),
    }
    body = shown.model_dump(mode="json", exclude={"status"}) | said | {"import_status": shown.status}
    # As every problem says it (errors.problem_response).
    spoken = {"Vary": "Accept-Language", "Content-Language": language}
    return Response(to_json(body), 422, spoken, kinds.MEDIA_TYPE)


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
        held=summary.held,
        conflicts=[
            RowConflict(row=c.row, rule=c.rule, field=c.field, value=c.value, message=c.message.in_language(language))
            for c in result.conflicts
        ],
        conflict_count=result.conflict_count,
        warnings=finding_items(result.warnings, language),
        warning_count=result.warning_count,
        source=result.source,
    )


_COUNTS = ("received", "imported", "updated", "unchanged", "ignored", "held", "conflict_count", "warning_count")


def _recorded(row: AnyRow, conflicts: list[AnyRow], warnings: list[AnyRow], language: Language) -> OutcomeImport:
    return OutcomeImport(
        id=row.id,
        status=row.status,
        mode=ImportMode(row.mode),
        dry_run=False,
        **{name: getattr(row, name) for name in _COUNTS},
        conflicts=[
            RowConflict(row=c.row or 0, rule=c.rule, field=c.field, value=c.value, message=getattr(c, language))
            for c in conflicts
        ],
        warnings=[
            ProblemItem(rule=w.rule, severity="warning", message=getattr(w, language), facts=w.facts or None)
            for w in warnings
        ],
        source=InputWay(row.source),
        created_at=row.created_at,
        created_by=row.created_by,
    )


async def _with_remarks(call: Calling, rows: list[AnyRow], most: int) -> list[OutcomeImport]:
    if any(row.status in {"receiving", "running"} for row in rows):
        # It may turn out to be dead with nothing written: the tag is of what is said, not of what it rests on.
        call.request.state.read_tag = None
    ids = [row.id for row in rows]
    refused, warned = [
        await records.first_remarks(call.uow, call.principal, ids, severity, most)
        for severity in ("refused", "warning")
    ]
    return [_recorded(row, refused.get(row.id, []), warned.get(row.id, []), call.language) for row in rows]


@router.get("", operation_id="listOutcomeImports", response_model=PageBody[OutcomeImport], responses=problems(*LIST))
async def list_outcome_imports(call: Calling, page: Paging) -> Response:
    """List imports, oldest first: one's own, or everybody's with reach over the whole region."""
    found = await records.list_imports(call.uow, call.principal, page)
    return page_answer(call.request, await _with_remarks(call, list(found.rows), _SHOWN_IN_LISTS), found.next)


@router.get("/{id}", operation_id="getOutcomeImport", response_model=OutcomeImport, responses=problems(*READ))
async def get_outcome_import(call: Calling, id: Annotated[UUID, Path()]) -> Response:
    """Read what became of an import."""
    row = await records.read_import(call.uow, call.principal, id)
    [shown] = await _with_remarks(call, [row], MOST_SHOWN)
    return answer(call.request, shown)


@router.get(
    "/{id}/conflicts",
    operation_id="listOutcomeImportConflicts",
    response_model=PageBody[ImportRemark],
    responses=problems(*LIST),
)
async def list_conflicts(
    call: Calling,
    page: Paging,
    id: Annotated[UUID, Path()],
    severity: Annotated[Literal["refused", "warning"], Query(description="Conflicts, or remarks.")] = "refused",
) -> Response:
    """List every conflict of an import, by row."""
    found = await records.list_conflicts(call.uow, call.principal, id, severity, page)
    items = [
        ImportRemark(severity=severity, row=r.row, rule=r.rule, field=r.field, value=r.value,
                     message=getattr(r, call.language), facts=r.facts)
        for r in found.rows
    ]  # fmt: skip
    return page_answer(call.request, items, found.next)
