"""/exports: tables of any length, as files."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query, Request, Response
from starlette.responses import StreamingResponse

from app.api.conditional import VARY, tagged
from app.api.declared import LIST, problems
from app.api.dependencies import Calling, database_of
from app.api.export_media import MEDIA_TYPES, ExportFormat, chosen_format
from app.api.outcomes import Outcomes
from app.api.problems import RATE, ProblemError
from app.api.routes import resource_router
from app.db.session import LASTING
from app.exports.csv_table import CsvForm, csv_table
from app.exports.outcome_columns import ColumnSet, OutcomeRecord, columns_of
from app.exports.parquet_table import parquet_table
from app.exports.xlsx_table import xlsx_table
from app.services import outcome_export as service
from app.services.outcome_export import ExportPlan

router = resource_router("/exports", "exports")
AT_ONCE = LASTING
"""Exports under way in a process: each holds one of the connections set aside for that as long as its reader takes."""
STALLED = 60.0
"""Seconds that a reader may leave a piece of the file untaken."""
_RETRY_AFTER = "10"
_FILE = {"schema": {"type": "string", "format": "binary"}}
_SENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": dict.fromkeys(MEDIA_TYPES.values(), _FILE)}
}


class CsvDialect(StrEnum):
    """How a CSV is written."""

    PLAIN = "plain"
    EXCEL_SV = "excel_sv"


@router.get(
    "/outcomes",
    operation_id="exportOutcomes",
    response_class=Response,
    responses=problems(*LIST, 404, 406, 429) | _SENT,
)
async def export_outcomes(
    call: Calling,
    wanted: Outcomes,
    *,
    indicator: Annotated[str | None, Query(max_length=100, description="Code, or key in the catalogue.")] = None,
    format: Annotated[ExportFormat | None, Query(description="Else by `Accept`; CSV if that says nothing.")] = None,
    columns: Annotated[
        ColumnSet,
        Query(description="`import`: as an import takes them; `all`: with who and when; `sdmx`: as SDMX-CSV 2.0."),
    ] = ColumnSet.IMPORT,
    dialect: Annotated[
        CsvDialect, Query(description="Of a CSV. `excel_sv`: semicolon, decimal comma, byte order mark.")
    ] = CsvDialect.PLAIN,
    guard: Annotated[
        bool, Query(description="In a CSV, put `'` before texts that a spreadsheet would take for formulas.")
    ] = True,
) -> Response:
    """Export outcomes within reach as CSV, XLSX or Parquet, however many.

    Small groups are masked (`suppressed`, without figures) for those who may not see them (L2).
    """
    kind = chosen_format(format, call.request.headers.get("accept"))
    narrowed = replace(wanted.filter, indicator=indicator)
    plan = await service.plan_export(call.uow, call.principal, call.on, narrowed, traced=columns is ColumnSet.ALL)
    if few(call.request).locked():
        raise ProblemError(RATE, headers={"Retry-After": _RETRY_AFTER})
    batches = _batches(call.request, plan)
    shown = columns_of(columns)
    match kind:
        case ExportFormat.CSV:
            body = csv_table(shown, batches, CsvForm(swedish=dialect is CsvDialect.EXCEL_SV, guarded=guard))
        case ExportFormat.XLSX:
            body = xlsx_table(shown, batches)
        case ExportFormat.PARQUET:
            body = parquet_table(shown, batches)
    charset = "; charset=utf-8" if kind is ExportFormat.CSV else ""
    headers = {
        **tagged(call.request.state.read_tag, f"{VARY}, Accept"),
        "Content-Disposition": f'attachment; filename="outcomes-{call.on.isoformat()}.{kind.value}"',
        "Content-Type": MEDIA_TYPES[kind] + charset,
    }
    return StreamingResponse(_one_of_few(call.request, body), headers=headers)


def few(request: Request) -> asyncio.Semaphore:
    """As many places as there are exports at once."""
    places: asyncio.Semaphore = request.app.state.exports
    return places


async def _batches(request: Request, plan: ExportPlan) -> AsyncIterator[list[OutcomeRecord]]:
    """The rows, in a transaction of their own: the request's ends before the answer is sent."""
    region_id = plan.region_id
    async with database_of(request).unit_of_work(region_id, lasting=True) as uow:
        async for batch in service.exported(uow, plan):
            yield batch


async def _one_of_few(request: Request, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async with few(request):
        async for piece in while_taken(body, STALLED):
            yield piece


async def while_taken(body: AsyncIterator[bytes], stalled: float) -> AsyncIterator[bytes]:
    """The pieces, as long as each is taken within `stalled` seconds; else whoever sends them is cancelled.

    A reader that stops reading would hold a connection and a snapshot of the database for ever.
    """
    sender, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert sender is not None
    async for piece in body:
        waiting = loop.call_later(stalled, sender.cancel)
        try:
            yield piece
        finally:
            waiting.cancel()
