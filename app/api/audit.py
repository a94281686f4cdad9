"""/audit, /exports/audit and /nodes/{id}/history: who changed what, when, and by which request (B6)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, Field

from app.api.asking import asking
from app.api.audit_export import MEDIA_TYPES, Format, written
from app.api.declared import READ, problems
from app.api.dependencies import Calling, database_of
from app.api.nodes import NodeId
from app.api.pagination import PageBody, Paging, page_answer
from app.api.routes import resource_router
from app.api.shapes import Shown
from app.db.typing import AnyRow
from app.services import audit as service

router = resource_router("", "audit")
Action = Literal["insert", "update", "delete"]
Said = dict[str, Any] | None


class Change(Shown):
    """A row that was changed. Of an update only the columns that differ; secrets are masked."""

    id: str = Field(description="The transaction's number and the change's number within it.", examples=["1042.1"])
    at: datetime
    subject: str = Field(description="Who did it: the credential's subject, or `database:` and a database user.")
    table: str
    action: Action
    row: UUID | None = Field(description="The row's id.")
    key: Said = Field(description="The row's key, where it has no id.")
    before: Said
    after: Said


class AuditEntry(Change):
    """A change with the request that made it, and what it is about."""

    request_id: str | None
    client: str | None = Field(description="The client's name, as it gave it (User-Agent).")
    address: str | None = Field(description="The address that the request came from.")
    node: UUID | None
    parent: UUID | None
    unit: UUID | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of a request."""

    filter: service.AuditFilter


def _wanted(
    *,
    subject: Annotated[str | None, Query(max_length=255, description="Who did it.")] = None,
    since: Annotated[AwareDatetime | None, Query(alias="from", description="At or after this time.")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to", description="Before this time.")] = None,
    table: Annotated[str | None, Query(max_length=63, description="Name of a table, as `nodes`.")] = None,
    action: Annotated[Action | None, Query()] = None,
    identity: Annotated[
        UUID | None, Query(alias="id", description="Id of a row, or of a node that rows hang on.")
    ] = None,
    request_id: Annotated[str | None, Query(max_length=100, description="X-Request-ID of a request.")] = None,
) -> Wanted:
    found = service.AuditFilter(
        subject=subject,
        since=since,
        until=until,
        table=table,
        action=action,
        identity=identity,
        request_id=request_id,
    )
    return Wanted(found)


Filtering = Annotated[Wanted, Depends(_wanted)]


@router.get(
    "/audit", operation_id="listAuditEntries", response_model=PageBody[AuditEntry], responses=problems(403, *READ)
)
async def get_audit(call: Calling, page: Paging, wanted: Filtering) -> Response:
    """List what was changed, the latest first.

    Administrators see what is about the units they reach; of the whole region, also what is about no unit.
    """
    found = await service.list_entries(call.uow, call.principal, call.on, wanted.filter, page)
    return page_answer(call.request, [AuditEntry.model_validate(entry(row)) for row in found.rows], found.next)


@router.get(
    "/nodes/{id}/history",
    operation_id="getNodeHistory",
    tags=["nodes"],
    response_model=PageBody[Change],
    responses=problems(*READ),
)
async def get_history(call: Calling, node_id: NodeId, page: Paging) -> Response:
    """List what has happened to a node and what hangs on it, the latest first; at other units, what you may see."""
    found = await service.history_of_node(await asking(call), node_id, page)
    return page_answer(call.request, [Change.model_validate(change(row)) for row in found.rows], found.next)


@router.get(
    "/exports/audit",
    operation_id="exportAudit",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Every entry, the first first.",
            "content": {media_type: {"schema": {"type": "string"}} for media_type in MEDIA_TYPES.values()},
        },
        **problems(403, *READ),
    },
)
async def export_audit(
    call: Calling,
    wanted: Filtering,
    form: Annotated[Format, Query(alias="format", description="NDJSON, or CSV with a heading.")] = "ndjson",
) -> Response:
    """Stream the log: one JSON object or one CSV row per change, from the first on."""
    service.require_reader(call.principal)
    rows = service.all_entries(database_of(call.request), call.principal, call.on, wanted.filter)

    async def entries() -> AsyncIterator[list[AuditEntry]]:
        async for some in rows:
            yield [AuditEntry.model_validate(entry(row)) for row in some]

    headers = {"Content-Disposition": f'attachment; filename="audit.{form}"', "Cache-Control": "no-store"}
    return StreamingResponse(written(entries(), form), headers=headers, media_type=MEDIA_TYPES[form])


def change(row: AnyRow) -> dict[str, Any]:
    """A row of the log -> the fields of a Change."""
    return {
        "id": f"{row.transaction_id}.{row.no}",
        "at": row.at,
        "subject": row.actor,
        "table": row.table_name,
        "action": row.action,
        "row": row.row_id,
        "key": row.key,
        "before": row.before,
        "after": row.after,
    }


def entry(row: AnyRow) -> dict[str, Any]:
    """A row of the log -> the fields of an AuditEntry."""
    return {
        **change(row),
        "request_id": row.request_id,
        "client": row.client,
        "address": row.address,
        "node": row.node_id,
        "parent": row.parent_id,
        "unit": row.unit_id,
    }
