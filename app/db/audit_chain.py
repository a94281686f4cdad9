"""The audit log as its verification reads it: by region, whole, with the very text that was hashed.

The texts are put together here from PostgreSQL's own functions, not by those that the migration made for the triggers:
whoever could change the log could change these, too.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from sqlalchemy import BigInteger, Select, Text, cast, exists, extract, func, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.tables import AuditEntryRow, AuditHeadRow, AuditTransactionRow
from app.db.typing import AnyRow, AnySelect
from app.domain.audit_chain import Entry, Head, Link

E, T = AuditEntryRow, AuditTransactionRow
_BREAK = "\x1f"
_AT_A_TIME = 500


async def regions(connection: AsyncConnection) -> Sequence[UUID]:
    """Every region that has a log, also those that are gone."""
    found = union(
        select(T.region_id).distinct(), select(AuditHeadRow.region_id), select(E.region_id).distinct()
    ).subquery()
    return (await connection.execute(select(found.c[0]).order_by(found.c[0]))).scalars().all()


async def head(connection: AsyncConnection, region_id: UUID) -> Head | None:
    """Where the region's chain ends; None for one that has none."""
    row = (
        await connection.execute(
            select(AuditHeadRow.position, AuditHeadRow.hash).where(AuditHeadRow.region_id == region_id)
        )
    ).one_or_none()
    return None if row is None else Head(row.position, row.hash)


async def links(connection: AsyncConnection, region_id: UUID) -> AsyncIterator[Link]:
    """The chain from its start, each link with its entries; then what was never sealed."""
    after = 0
    while rows := (await connection.execute(_links_after(region_id, after))).all():
        for link in await _with_entries(connection, region_id, rows):
            yield link
        after = rows[-1].position
    rows = (await connection.execute(_LINKS.where(T.region_id == region_id, T.position.is_(None)))).all()
    for link in await _with_entries(connection, region_id, rows):
        yield link


async def loose(connection: AsyncConnection, region_id: UUID) -> Sequence[tuple[int, int]]:
    """(transaction, entries) where entries name a transaction that is not there."""
    statement = (
        select(E.transaction_id, func.count())
        .where(
            E.region_id == region_id, ~exists().where(T.region_id == E.region_id, T.id == E.transaction_id).correlate(E)
        )
        .group_by(E.transaction_id)
        .order_by(E.transaction_id)
    )
    return [(row[0], row[1]) for row in await connection.execute(statement)]


_LINKS: AnySelect = select(
    T.id,
    T.position,
    T.at,
    T.actor,
    T.request_id,
    T.entries,
    T.entries_digest,
    T.previous_hash,
    T.hash,
    func.concat_ws(
        _BREAK,
        T.position,
        T.id,
        T.xid,
        cast(extract("epoch", T.at) * 1_000_000, BigInteger),
        func.to_jsonb(T.actor),
        *(func.coalesce(cast(func.to_jsonb(column), Text), "null") for column in (T.request_id, T.client, T.address)),
        T.entries,
        func.encode(T.entries_digest, "hex"),
    ).label("said"),
)


def _links_after(region_id: UUID, position: int) -> AnySelect:
    return _LINKS.where(T.region_id == region_id, T.position > position).order_by(T.position).limit(_AT_A_TIME)


def _entries(region_id: UUID, transactions: Sequence[int]) -> Select[int, int, str, bytes, str, str, str]:
    texts = (E.row_id, E.node_id, E.parent_id, E.unit_id, E.key, E.before, E.after)
    said = func.concat_ws(
        _BREAK, E.no, E.table_name, E.action, *(func.coalesce(cast(column, Text), "") for column in texts)
    )
    which = func.coalesce(cast(E.row_id, Text), cast(E.key, Text), "")
    return (
        select(E.transaction_id, E.no, said.label("said"), E.digest, E.table_name, E.action, which.label("which"))
        .where(E.region_id == region_id, E.transaction_id.in_(transactions))
        .order_by(E.transaction_id, E.no)
    )


async def _with_entries(connection: AsyncConnection, region_id: UUID, rows: Sequence[AnyRow]) -> list[Link]:
    found: dict[int, list[Entry]] = defaultdict(list)
    for row in await connection.execute(_entries(region_id, [row.id for row in rows])):
        what = f"{row.action} of {row.table_name} {row.which}".rstrip()
        found[row.transaction_id].append(Entry(row.no, row.said, row.digest, what))
    return [
        Link(
            id=row.id,
            position=row.position,
            said=row.said,
            entries=row.entries,
            entries_digest=row.entries_digest,
            previous_hash=row.previous_hash,
            hash=row.hash,
            what=f"{row.at:%Y-%m-%d %H:%M:%S} by {row.actor}, request {row.request_id or 'unknown'}",
            found=found[row.id],
        )
        for row in rows
    ]
