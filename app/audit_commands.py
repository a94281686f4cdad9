"""What `styrkedjan audit` does: verify the log's chain, and tell its head so that it can be kept elsewhere."""

from collections.abc import Sequence
from uuid import UUID

from rich.console import Console

from app.commands import opened
from app.db import audit_chain
from app.db.session import storage_errors
from app.domain.audit_chain import Head
from app.services.audit_verification import verify
from app.settings import Settings


class AnchorError(ValueError):
    """A head that was kept elsewhere is written REGION-ID:POSITION:HASH, as `styrkedjan audit head` prints it."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def anchors_of(said: Sequence[str]) -> dict[UUID, Head]:
    """`REGION-ID:POSITION:HASH` as printed -> region -> head. Raises AnchorError."""
    try:
        parts = [text.strip().split(":") for text in said]
        return {UUID(region): Head(int(position), bytes.fromhex(value)) for region, position, value in parts}
    except ValueError as error:
        raise AnchorError from error


async def verify_log(settings: Settings, console: Console, anchors: Sequence[str]) -> int:
    """Go through every region's log and print what is wrong. 0 where nothing is, else 1."""
    kept = anchors_of(anchors)
    wrong = 0
    async with opened(settings) as database:
        async for found in verify(database, kept):
            for fault in found.faults:
                console.print(f"[red]{found.region_id}:[/] {fault.message}", highlight=False, soft_wrap=True)
            wrong += len(found.faults)
            if not found.faults and found.head is not None:
                console.print(
                    f"{found.region_id}: {found.head.position} transactions, {found.entries} entries, whole",
                    highlight=False,
                )
    return 1 if wrong else 0


async def print_heads(settings: Settings, console: Console) -> None:
    """Print each region's head, one per line: REGION-ID:POSITION:HASH."""
    async with opened(settings) as database:
        with storage_errors():
            async with database.owner_engine.connect() as connection:
                for region_id in await audit_chain.regions(connection):
                    head = await audit_chain.head(connection, region_id)
                    if head is not None:
                        console.print(f"{region_id}:{head.position}:{head.hash.hex()}", highlight=False, soft_wrap=True)
