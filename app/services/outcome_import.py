"""An import of outcomes: checked batch by batch, compared and written by set, recorded with the data (I7, I8, I9).

Rows flow through: a batch is checked, copied to a staging table and forgotten. What became of them is found by
statements over all rows (app.services.outcome_run), so that the answer says the same whatever the size, and memory
stays flat.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import date

from app.db.session import UnitOfWork
from app.domain.access import Permission, Principal
from app.services import outcome_records as records
from app.services.authorisation import require
from app.services.outcome_checking import CheckedBatch, Checker
from app.services.outcome_records import Started
from app.services.outcome_run import ImportMode, ImportResult, Run
from app.services.outcome_sent import Rows

_BATCH = 2_000


async def import_outcomes(
    uow: UnitOfWork,
    principal: Principal,
    on: date,
    rows: Rows,
    *,
    mode: ImportMode,
    dry_run: bool,
) -> ImportResult:
    """Import rows that are at hand. See `import_batches`."""
    return await import_batches(uow, principal, on, [rows], mode=mode, dry_run=dry_run)


async def import_batches(
    uow: UnitOfWork,
    principal: Principal,
    on: date,
    batches: Iterable[Rows],
    *,
    mode: ImportMode,
    dry_run: bool,
    started: Started | None = None,
    digest: bytes | None = None,
) -> ImportResult:
    """Import rows as they come, in this transaction. Raises Forbidden where the role may not.

    A refused atomic import is no exception: it is recorded, too. `started`: the record that stands already, for an
    import that was long in coming. `digest`: SHA-256 of the body that the rows come from, for the record.
    """
    require(principal, Permission.OUTCOMES_WRITE)
    if not dry_run and started is None:
        started = await records.start(uow, principal, mode.value)
    checker = Checker(uow, principal, on)
    run = Run(uow, principal, checker, None if dry_run else started, digest)
    return await run.through(_checked(checker, batches), mode)


async def _checked(checker: Checker, batches: Iterable[Rows]) -> AsyncIterator[CheckedBatch]:
    first = 1
    for rows in batches:
        for start in range(0, len(rows), _BATCH):
            yield await checker.check(rows[start : start + _BATCH], first + start)
        first += len(rows)
