"""Reading the audit log (B6): by filter, for a node, and whole for an export."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from app.db.paging import Page, PageOf, fetch_page
from app.db.queries import audit as queries
from app.db.session import Database, UnitOfWork
from app.db.tables import AuditEntryRow, AuditTransactionRow
from app.db.typing import AnyColumn, AnyRow, AnySelect
from app.domain.access import Permission, Principal
from app.domain.findings import Forbidden
from app.domain.texts import Text
from app.services.authorisation import require
from app.services.facts import Asked
from app.services.node_reading import node_row

_ORDER: Sequence[AnyColumn] = (AuditEntryRow.transaction_id, AuditEntryRow.no)
_AT_A_TIME = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are asked for. `since` and `until` are times, half open; `identity` the id of a row or a node."""

    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    table: str | None = None
    action: str | None = None
    identity: UUID | None = None
    request_id: str | None = None


_SCOPED = Text(
    "Nyckeln är begränsad till vissa indikatorer eller moduler; loggen rör allt.",
    "The key is limited to some indicators or modules; the log is about everything.",
)


def require_reader(principal: Principal) -> None:
    """Raise Forbidden (B1) for who may not read the log, and for a key that is limited to some of what it tells of."""
    require(principal, Permission.AUDIT_READ)
    if principal.scopes:
        raise Forbidden(_SCOPED, rule="B1")


async def list_entries(uow: UnitOfWork, principal: Principal, on: date, wanted: AuditFilter, page: Page) -> PageOf:
    """Entries, the latest first. Raises Forbidden (B1) for who may not read the log."""
    require_reader(principal)
    statement = _filtered(queries.entries(principal, on), wanted)
    return await fetch_page(uow.session, statement, _ORDER, replace(page, descending=True))


async def history_of_node(a: Asked, node_id: UUID, page: Page) -> PageOf:
    """What has happened to a node, the latest first: for everybody who may read it. Raises NotFound."""
    await node_row(a, node_id)
    statement = queries.of_node(a.principal, a.on, node_id)
    return await fetch_page(a.uow.session, statement, _ORDER, replace(page, descending=True))


async def all_entries(
    database: Database, principal: Principal, on: date, wanted: AuditFilter
) -> AsyncIterator[Sequence[AnyRow]]:
    """Every entry from the first, some at a time, each time in a short transaction: a slow reader holds nothing up.

    The log only grows, so what was read stays as it was read.
    """
    require_reader(principal)
    statement = _filtered(queries.entries(principal, on), wanted)
    after: tuple[object, ...] | None = None
    while True:
        async with database.unit_of_work(principal.region_id, read_only=True) as uow:
            found = await fetch_page(uow.session, statement, _ORDER, Page(_AT_A_TIME, after))
        yield found.rows
        if found.next is None:
            return
        after = found.next


def _filtered(statement: AnySelect, wanted: AuditFilter) -> AnySelect:
    entry, transaction = AuditEntryRow, AuditTransactionRow
    for column, value in (
        (transaction.actor, wanted.subject),
        (transaction.request_id, wanted.request_id),
        (entry.table_name, wanted.table),
        (entry.action, wanted.action),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.since is not None:
        statement = statement.where(transaction.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(transaction.at < wanted.until)
    if wanted.identity is not None:
        statement = statement.where(queries.about(wanted.identity))
    return statement
