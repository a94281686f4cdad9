"""Verify the audit log's chain (B6): as the owner of the tables, over every region, in one snapshot."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import audit_chain
from app.db.session import Database, storage_errors
from app.domain.audit_chain import ChainCheck, Fault, Head


@dataclass(frozen=True, slots=True)
class Verified:
    """A region's log, gone through: where it ends, how many entries it holds, and what is wrong with it."""

    region_id: UUID
    head: Head | None
    entries: int
    faults: tuple[Fault, ...]


async def verify(
    database: Database, anchors: Mapping[UUID, Head], *, only: UUID | None = None
) -> AsyncIterator[Verified]:
    """Go through every region's log, or that of one.

    `anchors`: heads that were kept elsewhere, and must be in the chain still.
    """
    with storage_errors():
        async with database.owner_engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            found = [only] if only is not None else await audit_chain.regions(connection)
            for region_id in dict.fromkeys((*found, *anchors)):
                yield await _region(connection, region_id, anchors.get(region_id))


async def _region(connection: AsyncConnection, region_id: UUID, anchor: Head | None) -> Verified:
    check = ChainCheck()
    faults: list[Fault] = []
    entries = 0
    kept = anchor is None
    async for link in audit_chain.links(connection, region_id):
        entries += len(link.found)
        faults += check.follow(link)
        kept = kept or (anchor is not None and anchor == Head(link.position or 0, link.hash or b""))
    head = await audit_chain.head(connection, region_id)
    faults += check.ends(head)
    if not kept and anchor is not None:
        faults.append(
            Fault(anchor.position, "the head that was kept elsewhere is not in the chain: it was written anew")
        )
    faults += [
        Fault(None, f"{count} entries name transaction {transaction}, which is not there")
        for transaction, count in await audit_chain.loose(connection, region_id)
    ]
    return Verified(region_id, head, entries, tuple(faults))
