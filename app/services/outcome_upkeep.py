"""What keeps outcomes in order by itself: partitions ahead of the years, and the records of imports that died."""

from datetime import date

from sqlalchemy import text

from app.db.session import UnitOfWork
from app.services import outcome_records as records

_AHEAD = 2
_ENSURE = text("select ensure_outcome_partitions(cast(:years as integer[]))")


async def keep_up(uow: UnitOfWork, on: date) -> str:
    """Make partitions up to two years ahead, mark imports that died as interrupted; says what it did.

    A year without a partition is no fault: its outcomes lie among the rest, and are found all the same.
    """
    years = list(range(on.year, on.year + _AHEAD + 1))
    made = int(await uow.session.scalar(_ENSURE, {"years": years}) or 0)
    marked = await records.mark_interrupted(uow)
    return f"{made} partitions made, {marked} imports marked as interrupted"
