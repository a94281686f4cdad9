"""An import's own record: from its start where it is long in coming, finished with the data, truthful in between (I8).

receiving    the body is coming in; no transaction is open. Not heard from for a minute: interrupted
running      its transaction is open and holds the record's advisory lock; without the lock it died: interrupted
completed, refused    written in the transaction that wrote the data, or wrote none
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.db.paging import Page, PageOf, fetch_page
from app.db.session import UnitOfWork
from app.db.tables import OutcomeImportConflictRow, OutcomeImportRow
from app.db.typing import AnyRow, AnySelect
from app.domain.access import Principal
from app.domain.findings import Finding, NotFound
from app.domain.identity import new_id
from app.domain.indicators import InputWay
from app.domain.outcome_imports import Conflict, ImportSummary

SILENT_FOR = "60 seconds"
_KEPT_AT_ONCE = 2_000
_REMARK = {"severity": Text, "no": Integer, "row": Integer, "rule": Text, "field": Text, "value": Text, "sv": Text,
           "en": Text, "facts": Text}  # fmt: skip
# One statement for all of them: what watches the table asks once per statement, and would ask two thousand times.
_KEEP = text(
    """
    insert into outcome_import_conflicts (region_id, import_id, severity, no, row, rule, field, value, sv, en, facts)
    select :region_id, :import_id, r.severity, r.no, r.row, r.rule, r.field, r.value, r.sv, r.en, cast(r.facts as jsonb)
      from unnest(:severity, :no, :row, :rule, :field, :value, :sv, :en, :facts)
           as r (severity, no, row, rule, field, value, sv, en, facts)
    """
).bindparams(*(bindparam(name, type_=ARRAY(kind)) for name, kind in _REMARK.items()))


@dataclass(frozen=True, slots=True)
class Started:
    """An import's record that stands: `no` is what outcomes name it by."""

    id: UUID
    no: int


def way_of(principal: Principal) -> InputWay:
    """Which way an import comes: whoever sends it decides (I2). An integration speaks for the catalogue."""
    return InputWay.CATALOGUE if principal.is_integration else InputWay.MANUAL


async def start(uow: UnitOfWork, principal: Principal, mode: str, status: str = "running") -> Started:
    """Make a record, with nothing received yet."""
    zero = dict.fromkeys(("received", "imported", "updated", "unchanged", "ignored", "held", "conflict_count"), 0)
    import_id = new_id()
    row = {
        **zero,
        "region_id": uow.region_id,
        "id": import_id,
        "mode": mode,
        "status": status,
        "source": way_of(principal).value,
        "created_by": principal.subject,
    }
    made = await uow.session.execute(insert(OutcomeImportRow).values(row).returning(OutcomeImportRow.no))
    return Started(import_id, made.scalar_one())


async def heard_from(uow: UnitOfWork, started: Started) -> None:
    """Its sender is still there."""
    await uow.session.execute(_this(uow, started).values(seen_at=func.now()))


async def note_running(uow: UnitOfWork, started: Started) -> None:
    """The whole body is here, and another transaction, which holds the lock, works on it."""
    await uow.session.execute(_this(uow, started).values(status="running", seen_at=func.now()))


async def hold(uow: UnitOfWork, started: Started) -> None:
    """Take the record's lock: while this transaction lives, the import does."""
    await uow.session.execute(select(func.pg_advisory_xact_lock(_key(literal(started.no)))))


async def note_interrupted(uow: UnitOfWork, started: Started) -> None:
    """It will not be finished: the sender went away, or the work failed."""
    await uow.session.execute(_this(uow, started).values(status="interrupted", finished_at=func.now()))


async def mark_interrupted(uow: UnitOfWork) -> int:
    """Write down of every import that died what reading its record tells anyway. Returns how many."""
    row = OutcomeImportRow
    dead = update(row).where(
        row.region_id == uow.region_id, row.status.in_(["receiving", "running"]), _status() == "interrupted"
    )
    marked = await uow.session.execute(dead.values(status="interrupted", finished_at=row.seen_at).returning(row.id))
    return len(marked.all())


async def take_back(uow: UnitOfWork, started: Started) -> None:
    """There was no import: the body can't be read, or an earlier answer was given again."""
    row = OutcomeImportRow
    await uow.session.execute(delete(row).where(row.region_id == uow.region_id, row.id == started.id))


async def finish(
    uow: UnitOfWork,
    started: Started,
    status: str,
    summary: ImportSummary,
    *,
    digest: bytes | None,
    conflict_count: int,
    warning_count: int,
) -> None:
    """Write what became of it, in the transaction that wrote the data; and a digest of what was sent."""
    counts = {
        name: getattr(summary, name) for name in ("received", "imported", "updated", "unchanged", "ignored", "held")
    }
    found = {"body_digest": digest, "conflict_count": conflict_count, "warning_count": warning_count}
    ended = {"status": status, "finished_at": func.now(), "seen_at": func.now()}
    await uow.session.execute(_this(uow, started).values(**counts, **found, **ended))


def _this(uow: UnitOfWork, started: Started) -> Any:
    row = OutcomeImportRow
    return update(row).where(row.region_id == uow.region_id, row.id == started.id)


def _key(no: Any) -> Any:
    return func.hashtextextended(func.concat("outcome import ", no), 0)


@dataclass(slots=True)
class Remarks:
    """Conflicts and remarks of an import: the first of them at hand, all of them kept where there is a record."""

    uow: UnitOfWork
    started: Started | None
    most: int
    conflict_count: int = 0
    warning_count: int = 0
    first_warnings: list[Finding] = field(default_factory=list)
    _first: list[Conflict] = field(default_factory=list)
    _unkept: list[dict[str, Any]] = field(default_factory=list)

    def first_conflicts(self) -> tuple[Conflict, ...]:
        """Those at hand, by row."""
        return tuple(sorted(self._first, key=lambda said: said.row))

    async def conflicts(self, found: Iterable[Conflict]) -> None:
        """Take in why rows were not taken."""
        for said in found:
            self.conflict_count += 1
            if len(self._first) < self.most:
                self._first.append(said)
            words = {"sv": said.message.sv, "en": said.message.en, "facts": None}
            place = {"row": said.row, "rule": said.rule, "field": said.field, "value": said.value}
            await self._keep({"severity": "refused", "no": self.conflict_count, **place, **words})

    async def warn(self, found: Iterable[Finding], *, beyond: int = 0) -> None:
        """Take in remarks; `beyond`: how many more there are that are only counted."""
        for said in found:
            self.warning_count += 1
            if len(self.first_warnings) < self.most:
                self.first_warnings.append(said)
            words = {"sv": said.message.sv, "en": said.message.en, "facts": dict(said.facts) or None}
            place = {"row": None, "rule": said.rule, "field": "", "value": None}
            await self._keep({"severity": "warning", "no": self.warning_count, **place, **words})
        self.warning_count += beyond

    async def _keep(self, row: dict[str, Any]) -> None:
        if self.started is None:
            return
        self._unkept.append(row)
        if len(self._unkept) >= _KEPT_AT_ONCE:
            await self.flush()

    async def flush(self) -> None:
        """Write what is not written yet."""
        if self._unkept:
            columns = {name: [row[name] for row in self._unkept] for name in _REMARK}
            columns["facts"] = [None if each is None else json.dumps(each) for each in columns["facts"]]
            where = {"region_id": self.uow.region_id, "import_id": cast(Started, self.started).id}
            await self.uow.session.execute(_KEEP, where | columns)
            self._unkept = []


def _status() -> ColumnElement[str]:
    """The record's status, as true now as it was when it was written."""
    row = OutcomeImportRow
    silent = row.seen_at < func.now() - text(f"interval '{SILENT_FOR}'")
    died = func.pg_try_advisory_xact_lock_shared(_key(row.no))
    return case(
        (row.status.in_(["completed", "refused", "interrupted"]), row.status),
        ((row.status == "receiving") & silent, "interrupted"),
        # Asked of none but a running one: its own transaction holds the lock, unless it is no more.
        (row.status == "running", case((died, "interrupted"), else_=row.status)),
        else_=row.status,
    )


def _records(principal: Principal) -> AnySelect:
    """Imports that the credential may see: its own, or all of them with reach over the whole region."""
    row = OutcomeImportRow
    names = ("id", "mode", "source", "received", "imported", "updated", "unchanged", "ignored", "held",
             "conflict_count", "warning_count", "created_at", "created_by", "finished_at")  # fmt: skip
    statement = select(*(getattr(row, name) for name in names), _status().label("status")).where(
        row.region_id == principal.region_id
    )
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


async def list_conflicts(uow: UnitOfWork, principal: Principal, import_id: UUID, severity: str, page: Page) -> PageOf:
    """Conflicts (or remarks: severity `warning`) of an import, by row. Raises NotFound."""
    await read_import(uow, principal, import_id)
    return await fetch_page(uow.session, _kept(uow, [import_id], severity), _ORDER, page)


async def first_remarks(
    uow: UnitOfWork, principal: Principal, import_ids: list[UUID], severity: str, most: int
) -> dict[UUID, list[AnyRow]]:
    """The first conflicts or remarks of imports that the principal was shown, in one statement."""
    assert principal.region_id == uow.region_id
    row = OutcomeImportConflictRow
    found: dict[UUID, list[AnyRow]] = {}
    place = func.row_number().over(partition_by=row.import_id, order_by=_ORDER).label("place")
    ranked = _kept(uow, import_ids, severity).add_columns(place).subquery()
    for each in await uow.session.execute(select(ranked).where(ranked.c.place <= most).order_by(ranked.c.place)):
        found.setdefault(each.import_id, []).append(each)
    return found


_ORDER: list[Any] = [func.coalesce(OutcomeImportConflictRow.row, 0), OutcomeImportConflictRow.no]


def _kept(uow: UnitOfWork, import_ids: list[UUID], severity: str) -> AnySelect:
    row = OutcomeImportConflictRow
    return select(row.import_id, row.no, row.row, row.rule, row.field, row.value, row.sv, row.en, row.facts).where(
        row.region_id == uow.region_id, row.import_id.in_(import_ids), row.severity == severity
    )
