"""An import's rows once they are checked: staged, looked at together, compared with what stands, written (I4, I7)."""

from collections import Counter
from collections.abc import AsyncIterable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from io import BytesIO
from typing import Any
from uuid import UUID

from app.db.locks import hold_period_locks
from app.db.queries import outcome_writing as writing
from app.db.queries.outcome_import import claim_indicators
from app.db.session import ConstraintBroken, UnitOfWork, storage_errors
from app.domain.access import Principal
from app.domain.findings import Finding
from app.domain.indicators import OUTCOME_STATUSES, SEXES, Figures, InputWay
from app.domain.outcome_imports import Change, Conflict, ImportSummary, Recorded, conflict, sort_rows, summarise
from app.domain.period_locks import LockedWhat, PeriodLock, held_back
from app.domain.periods import parse_period
from app.domain.sex_split import SexedValue, sex_split
from app.services import outcome_records as records
from app.services.outcome_checking import CheckedBatch, Checker, IndicatorFound
from app.services.outcome_quick import UnitFound
from app.services.outcome_records import Remarks, Started
from app.services.outcome_sent import given

MOST_SHOWN = 10_000
"""Conflicts and remarks that an answer lists; all of them are kept, and listed page by page."""
_COPIED = 10_000


class ImportMode(StrEnum):
    """All rows or none, or those that are right."""

    ATOMIC = "atomic"
    BEST_EFFORT = "best_effort"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of an import. `id` is None for a dry run, which leaves nothing behind.

    `conflicts` and `warnings` are the first of them; `conflict_count` and `warning_count` count them all.
    """

    id: UUID | None
    mode: ImportMode
    dry_run: bool
    summary: ImportSummary
    conflicts: tuple[Conflict, ...]
    warnings: tuple[Finding, ...]
    conflict_count: int
    warning_count: int
    source: InputWay

    @property
    def status(self) -> str:
        """`completed`, or `refused` where one row would not do and nothing was written."""
        return "refused" if self.summary.refused else "completed"


@dataclass(slots=True)
class Run:
    """One import under way, in its transaction. Without `started` nothing is written."""

    uow: UnitOfWork
    principal: Principal
    checker: Checker
    started: Started | None
    digest: bytes | None = None
    """SHA-256 of all that was sent, for the record."""
    received: int = 0
    refused_rows: int = 0
    jumps: int = 0
    counts: Counter[Change] = field(default_factory=Counter)
    span: dict[str, Any] = field(default_factory=dict)
    """Where the rows lie: their first and last month, and their indicators' numbers."""
    remarks: Remarks = field(init=False)

    def __post_init__(self) -> None:
        self.remarks = Remarks(self.uow, self.started, MOST_SHOWN)

    async def through(self, batches: AsyncIterable[CheckedBatch], mode: ImportMode) -> ImportResult:
        """Take rows in as they have been checked, and say what became of them."""
        await self._execute(writing.ROOM)
        await self._execute(writing.STAGE)
        await self._take_in(batches)
        await self._execute(claim_indicators(self.principal, self._indicator_ids()))
        await self._look()
        refused = mode is ImportMode.ATOMIC and self.refused_rows > 0
        await hold_period_locks(self.uow)
        if (await self._execute(writing.LOCKS, region_id=self.uow.region_id)).scalar_one():
            await self._set_aside(write=self.started is not None and not refused)
        if self.started is not None and not refused:
            await self._write(self.started.no)
        else:
            await self._compare(0)
        self.counts[Change.IGNORED] = self.refused_rows
        await self._execute(writing.UNSTAGE)
        return await self._end(mode)

    async def _take_in(self, batches: AsyncIterable[CheckedBatch]) -> None:
        """Stage what is right, and note what is wrong with the rest."""
        raw: Any = (await (await self.uow.session.connection()).get_raw_connection()).driver_connection
        pending: list[str] = []
        async for checked in batches:
            self.received += checked.received
            self.jumps += checked.jumps
            self.refused_rows += len(checked.refused)
            pending.extend(checked.lines)
            await self.remarks.conflicts(
                conflict(number, finding, given(row))
                for number, row, findings in checked.refused
                for finding in findings
            )
            await self.remarks.warn(checked.warnings)
            if len(pending) >= _COPIED:
                await _copy(raw, pending)
                pending = []
        if pending:
            await _copy(raw, pending)

    async def _look(self) -> None:
        """What only all rows together tell: where they lie, places named twice (I8), splits by sex (I4)."""
        found = [each for each in self.checker.indicators.values() if each is not None]
        split = [each.no for each in found if each.view.sex_disaggregated]
        counted = [each.no for each in found if not each.view.is_ratio]
        asked = {"region_id": self.uow.region_id, "split": split, "counted": counted, "most": MOST_SHOWN}
        rows = (await self._execute(writing.LOOK, **asked)).all()
        if rows[0].twice:
            await self._settle_repeated()
            rows = (await self._execute(writing.LOOK, **asked)).all()
        self.span = {"first": rows[0].first, "last": rows[0].last, "indicators": rows[0].indicators or []}
        if rows[0].found is None:
            return
        # Over what came and what stands for the same indicator, unit and period (I4).
        indicators = {each.no: each for each in found}
        units = {unit.no: unit for unit in self.checker.units.values() if unit is not None}
        values = [value for row in rows for value in _sexed(row, indicators[row.indicator_no], units[row.unit_no])]
        await self.remarks.warn(sex_split(values), beyond=max(0, rows[0].found - len(rows)))

    async def _settle_repeated(self) -> None:
        """A place that is named twice (I8): the second says the same, or it is a conflict."""
        found = await self._execute(writing.TWICE)
        rows = [(row.row, _place(row), _recorded(row)) for row in found]
        left_out: list[int] = []
        for number, change, finding in sort_rows(rows, {}):
            if finding is not None:
                self.refused_rows += 1
                await self.remarks.conflicts([conflict(number, finding, {})])
            elif change is Change.UNCHANGED:
                self.counts[Change.UNCHANGED] += 1
            else:
                continue
            left_out.append(number)
        await self._execute(writing.LEAVE_OUT, rows=left_out)

    async def _set_aside(self, *, write: bool) -> None:
        """New and changed outcomes of locked periods wait for the indicator's owner (I7); the rest goes on."""
        await self._execute(writing.SET_ASIDE, region_id=self.uow.region_id)
        held = (await self._execute(writing.TAKE_AWAY)).rowcount
        if held:
            locks = await self._execute(writing.WHICH_LOCKS, region_id=self.uow.region_id)
            await self.remarks.warn([_held_back(lock) for lock in locks])
            if write and self.started is not None:
                by = {"region_id": self.uow.region_id, "subject": self.principal.subject}
                await self._execute(writing.SUPERSEDE, **by)
                source = {"source": self.checker.way.value, "import_id": self.started.id}
                await self._execute(writing.HOLD, **by, **source)
        self.counts[Change.HELD] = held
        await self._execute(writing.FORGET_HELD)

    async def _write(self, import_no: int) -> None:
        """New rows at once where none seem to stand; else compared first, and what is the same is left alone."""
        written = {"region_id": self.uow.region_id, "import_no": import_no}
        left = self._left()
        if await self._add_all(written, left):
            self.counts[Change.IMPORTED] = left
            return
        stood, changed = await self._compare(import_no)
        if changed:
            await self._execute(writing.CORRECT, **written, **self.span)
        if stood < left:
            self.counts[Change.IMPORTED] = (await self._execute(writing.ADD, **written)).rowcount

    async def _add_all(self, written: dict[str, Any], left: int) -> bool:
        """Write all rows as new ones. False where one stands already, and nothing was written."""
        sample = {"region_id": self.uow.region_id, "step": max(1, self.received // 100)}
        if not left or (await self._execute(writing.SOME_STAND, **sample)).scalar_one():
            return False
        try:
            with storage_errors():
                async with self.uow.session.begin_nested():
                    await self._execute(writing.ADD_ALL_SORTED if self._pell_mell() else writing.ADD_ALL, **written)
        except ConstraintBroken as error:
            if not error.constraint.endswith("_pkey"):
                raise
            return False
        return True

    def _pell_mell(self) -> bool:
        """Whether the rows do not come indicator by indicator, as nearly all senders have them."""
        return self.jumps > 2 * len(self.checker.indicators)

    async def _compare(self, import_no: int) -> tuple[int, int]:
        """Count what stood before: (how many, how many of them say something else)."""
        written = {"region_id": self.uow.region_id, "import_no": import_no}
        found = (await self._execute(writing.COMPARE, **written, **self.span)).one()
        left = self._left()
        self.counts[Change.UNCHANGED] += found.unchanged
        self.counts[Change.UPDATED] += found.updated
        if not import_no:
            self.counts[Change.IMPORTED] = left - found.unchanged - found.updated
        return found.unchanged + found.updated, found.updated

    def _left(self) -> int:
        """Rows that are staged and not accounted for yet."""
        return self.received - self.refused_rows - self.counts[Change.UNCHANGED] - self.counts[Change.HELD]

    async def _end(self, mode: ImportMode) -> ImportResult:
        summary = summarise(self.counts, atomic=mode is ImportMode.ATOMIC)
        import_id = None if self.started is None else self.started.id
        result = ImportResult(
            import_id,
            mode,
            self.started is None,
            summary,
            self.remarks.first_conflicts(),
            tuple(self.remarks.first_warnings),
            self.remarks.conflict_count,
            self.remarks.warning_count,
            self.checker.way,
        )
        if self.started is not None:
            await self.remarks.flush()
            counts = {"conflict_count": result.conflict_count, "warning_count": result.warning_count}
            await records.finish(self.uow, self.started, result.status, summary, digest=self.digest, **counts)
        return result

    def _indicator_ids(self) -> set[UUID]:
        return {each.view.id for each in self.checker.indicators.values() if each is not None}

    async def _execute(self, statement: Any, **parameters: Any) -> Any:
        return await self.uow.session.execute(statement, parameters)


async def _copy(raw: Any, lines: Sequence[str]) -> None:
    await raw.copy_to_table("import_rows", source=BytesIO("".join(lines).encode()), columns=writing.COLUMNS)


def _place(row: Any) -> tuple[Any, ...]:
    return (row.indicator_no, row.unit_no, row.period_start, row.months, row.sex)


def _recorded(row: Any) -> Recorded:
    return Recorded(Figures(row.value, row.numerator, row.denominator), row.comment, OUTCOME_STATUSES[row.status])


def _sexed(row: Any, indicator: IndicatorFound, unit: UnitFound) -> Iterable[SexedValue]:
    period = parse_period(row.period)
    for no, sex in enumerate(SEXES):
        if getattr(row, f"has{no}"):
            yield SexedValue(indicator.view, unit.code, period, sex, getattr(row, f"v{no}"))


def _held_back(lock: Any) -> Finding:
    period = parse_period(lock.period)
    return held_back(lock.unit, period, PeriodLock(lock.id, lock.unit_id, period, LockedWhat(lock.what), lock.reason))
