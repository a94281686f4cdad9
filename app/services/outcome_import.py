"""An import of outcomes: checked row by row, written by set, recorded as it went (I7, I8, I9)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import String, func, insert, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.db.paging import Page, PageOf, fetch_page
from app.db.queries import outcome_import as queries
from app.db.session import UnitOfWork
from app.db.tables import OutcomeImportConflictRow, OutcomeImportRow
from app.db.typing import AnyRow, AnySelect
from app.domain.access import Permission, Principal
from app.domain.findings import Finding, NotFound
from app.domain.identity import new_id
from app.domain.indicators import Figures, InputWay, Sex
from app.domain.outcome_imports import Change, Conflict, ImportSummary, Recorded, conflict, sort_rows, summarise
from app.domain.sex_split import SexedValue, sex_split
from app.services.authorisation import require
from app.services.outcome_checking import CheckedRows, GoodRow, Key, check_rows


class ImportMode(StrEnum):
    """All rows or none, or those that are right."""

    ATOMIC = "atomic"
    BEST_EFFORT = "best_effort"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of an import. `id` is None for a dry run, which leaves nothing behind."""

    id: UUID | None
    mode: ImportMode
    dry_run: bool
    summary: ImportSummary
    conflicts: tuple[Conflict, ...]
    warnings: tuple[Finding, ...]

    @property
    def status(self) -> str:
        """`completed`, or `refused` where one row would not do and nothing was written."""
        return "refused" if self.summary.refused else "completed"


async def import_outcomes(
    uow: UnitOfWork,
    principal: Principal,
    on: date,
    rows: Sequence[Mapping[str, Any]],
    *,
    mode: ImportMode,
    dry_run: bool,
) -> ImportResult:
    """Import rows as `app.api.outcome_bodies` reads them. Raises Forbidden where the role may not.

    A refused atomic import is no exception: it is recorded, too. About ten statements, however many rows.
    """
    require(principal, Permission.OUTCOMES_WRITE)
    checked = await check_rows(uow, principal, on, rows)
    await uow.session.execute(queries.claim_indicators(principal, {row.indicator.id for row in checked.good}))
    standing = await _standing(uow, checked.good)
    changes = _changes(checked, standing)
    conflicts = tuple(
        conflict(number, finding, rows[number - 1])
        for number, findings in sorted(checked.refused.items())
        for finding in findings
    )
    summary = summarise(_count(changes, checked), atomic=mode is ImportMode.ATOMIC)
    warnings = (*checked.warnings, *_split_remarks(checked.good, standing))
    if dry_run:
        return ImportResult(None, mode, dry_run, summary, conflicts, warnings)
    import_id = new_id()
    result = ImportResult(import_id, mode, dry_run, summary, conflicts, warnings)
    await _record(uow, principal, result)
    if not summary.refused:
        written = [row for row in checked.good if changes.get(row.number) in {Change.IMPORTED, Change.UPDATED}]
        await _write(uow, import_id, written)
    return result


async def _standing(uow: UnitOfWork, rows: Sequence[GoodRow]) -> dict[Key, Recorded]:
    places = sorted({row.key[:3] for row in rows})
    if not places:
        return {}
    found = await uow.session.execute(
        queries.STANDING,
        {
            "region_id": uow.region_id,
            **queries.columns_of(places, ("indicator_ids", "unit_ids", "periods")),
        },
    )
    return {
        (row.indicator_id, row.unit_id, row.period, row.sex): Recorded(
            Figures(row.value, row.numerator, row.denominator), row.comment
        )
        for row in found
    }


def _changes(checked: CheckedRows, standing: Mapping[Key, Recorded]) -> dict[int, Change]:
    """Row number -> what it does; a row that contradicts an earlier one of the same import joins the refused."""
    changes: dict[int, Change] = {}
    sorted_rows = sort_rows(((row.number, row.key, row.recorded) for row in checked.good), standing)
    for number, change, finding in sorted_rows:
        if finding is not None:
            checked.refused[number] = [finding]
        else:
            changes[number] = change
    return changes


def _count(changes: Mapping[int, Change], checked: CheckedRows) -> Counter[Change]:
    counts = Counter(changes.values())
    counts[Change.IGNORED] = len(checked.refused)
    return counts


def _split_remarks(rows: Sequence[GoodRow], standing: Mapping[Key, Recorded]) -> tuple[Finding, ...]:
    """I4, over what came and what stands for the same indicator, unit and period."""
    places = {row.key[:3]: row for row in rows}
    already = [
        SexedValue(places[key[:3]].indicator, places[key[:3]].unit.code, places[key[:3]].period, Sex(key[3]),
                   recorded.figures.value)
        for key, recorded in standing.items()
    ]  # fmt: skip
    coming = [SexedValue(row.indicator, row.unit.code, row.period, row.sex, row.recorded.figures.value) for row in rows]
    return tuple(sex_split([*already, *coming]))


async def _write(uow: UnitOfWork, import_id: UUID, rows: Sequence[GoodRow]) -> None:
    # The same row twice in an import is one row to PostgreSQL: the second said the same (or was refused).
    once = {row.key: row for row in rows}
    if not once:
        return
    names = (
        "indicator_ids",
        "unit_ids",
        "starts",
        "months",
        "sexes",
        "values_",
        "numerators",
        "denominators",
        "comments",
    )
    table = [
        (
            row.indicator.id,
            row.unit.id,
            row.period.start,
            row.period.months,
            "TKM".index(row.sex),
            *row.recorded.figures,
            row.recorded.comment,
        )
        for row in once.values()
    ]
    await uow.session.execute(
        queries.WRITE,
        {
            "region_id": uow.region_id,
            "import_id": import_id,
            **queries.columns_of(table, names),
        },
    )


async def _record(uow: UnitOfWork, principal: Principal, result: ImportResult) -> None:
    summary = result.summary
    await uow.session.execute(
        insert(OutcomeImportRow).values(
            {
                "region_id": uow.region_id,
                "id": result.id,
                "mode": result.mode.value,
                "status": result.status,
                "received": summary.received,
                "imported": summary.imported,
                "updated": summary.updated,
                "unchanged": summary.unchanged,
                "ignored": summary.ignored,
                "conflict_count": len(result.conflicts),
                "warning_count": len(result.warnings),
                "source": (InputWay.CATALOGUE if principal.is_integration else InputWay.MANUAL).value,
                "finished_at": func.now(),
                "created_by": principal.subject,
            }
        )
    )
    key = {"region_id": uow.region_id, "import_id": result.id}
    remarks = [
        {**key, "no": no, "severity": "refused", "row": c.row, "rule": c.rule, "field": c.field, "value": c.value,
         "sv": c.message.sv, "en": c.message.en, "facts": None}
        for no, c in enumerate(result.conflicts, start=1)
    ] + [
        {**key, "no": no, "severity": "warning", "row": None, "rule": w.rule, "field": "", "value": None,
         "sv": w.message.sv, "en": w.message.en, "facts": dict(w.facts)}
        for no, w in enumerate(result.warnings, start=1)
    ]  # fmt: skip
    if remarks:
        await uow.session.execute(insert(OutcomeImportConflictRow), remarks)


def _remarks(severity: str) -> Any:
    row = OutcomeImportConflictRow
    names = ("row", "rule", "field", "value", "sv", "en", "facts")
    said = func.jsonb_build_object(*(part for name in names for part in (literal(name, String), getattr(row, name))))
    return (
        select(func.jsonb_agg(aggregate_order_by(said, row.no)))
        .where(
            row.region_id == OutcomeImportRow.region_id,
            row.import_id == OutcomeImportRow.id,
            row.severity == severity,
        )
        .scalar_subquery()
    )


def _records(principal: Principal) -> AnySelect:
    """Imports that the credential may see: its own, or all of them with reach over the whole region."""
    row = OutcomeImportRow
    statement = select(
        row.id,
        row.mode,
        row.status,
        row.received,
        row.imported,
        row.updated,
        row.unchanged,
        row.ignored,
        row.conflict_count,
        _remarks("refused").label("conflicts"),
        _remarks("warning").label("warnings"),
        row.created_at,
        row.created_by,
    ).where(row.region_id == principal.region_id)
    return statement if principal.whole_region else statement.where(row.created_by == principal.subject)


async def list_imports(uow: UnitOfWork, principal: Principal, page: Page) -> PageOf:
    """Imports, oldest first (their ids sort by time)."""
    return await fetch_page(uow.session, _records(principal), [OutcomeImportRow.id], page)


async def read_import(uow: UnitOfWork, principal: Principal, import_id: UUID) -> AnyRow:
    """One import's record. Raises NotFound."""
    statement = _records(principal).where(OutcomeImportRow.id == import_id)
    row: AnyRow | None = (await uow.session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("outcome import", str(import_id))
    return row
