"""The correction inbox: changed outcomes of locked periods, accepted or declined by the indicator's owner (I7, R6)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, update

from app.db.arrays import among
from app.db.locks import hold_period_locks
from app.db.paging import Page, PageOf, fetch_page
from app.db.queries import corrections as queries
from app.db.queries import indicators as indicator_queries
from app.db.queries.outcome_import import claim_indicators, plan_states
from app.db.queries.units import subtree_ids
from app.db.tables import HeldCorrectionRow
from app.db.typing import AnyRow
from app.domain.access import Permission
from app.domain.corrections import CorrectionState, still_held
from app.domain.findings import Finding, Forbidden, InputError, InvalidInput, NotFound, settle
from app.domain.identity import new_id
from app.domain.outcome_rows import period_open
from app.domain.periods import Period, parse_period
from app.domain.plan_versions import PlanStatus
from app.domain.texts import Text
from app.services.authorisation import require
from app.services.facts import Asked
from app.services.units import UnitKey, find_unit

_NOT_YOURS = Text(
    "Rättelser av {indicator} avgörs av den som äger indikatorn eller ansvarar för den.",
    "Corrections of {indicator} are decided by who owns the indicator or is responsible for it.",
)
_UNKNOWN = Text("Det finns ingen rättelse {name} som du får se.", "There is no correction {name} that you may see.")
_TWICE = Text("Samma rättelse står två gånger.", "The same correction stands twice.")


@dataclass(frozen=True, slots=True)
class CorrectionFilter:
    """Which corrections are asked for. `under`: of this unit and those below it; `mine`: those that I decide."""

    indicator: str | None = None
    unit: UnitKey | None = None
    under: UnitKey | None = None
    period: Period | None = None
    state: CorrectionState | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A correction that is this transaction's to decide; `pointer`: where the request names it."""

    row: AnyRow
    pointer: str


async def list_corrections(a: Asked, page: Page, wanted: CorrectionFilter) -> PageOf:
    """Corrections within the reach, oldest first. Raises NotFound for a unit that can't be seen."""
    statement = queries.corrections(a.principal, a.on)
    row = HeldCorrectionRow
    if wanted.indicator is not None:
        statement = statement.where(indicator_queries.named([wanted.indicator]))
    if wanted.unit is not None:
        statement = statement.where(row.unit_id == (await find_unit(a.uow, a.principal, a.on, wanted.unit)).id)
    if wanted.under is not None:
        top = await find_unit(a.uow, a.principal, a.on, wanted.under)
        statement = statement.where(row.unit_id.in_(subtree_ids(a.principal, top.id, a.on)))
    if wanted.period is not None:
        statement = statement.where(row.period == str(wanted.period))
    if wanted.state is not None:
        statement = statement.where(row.state == wanted.state.value)
    if wanted.mine:
        statement = statement.where(queries.decided_by(a.principal, a.on))
    return await fetch_page(a.uow.session, statement, [row.id], page)


async def read_corrections(a: Asked, ids: Sequence[UUID]) -> list[AnyRow]:
    """Those of the corrections that may be seen, in the order of their ids (which is that of time)."""
    statement = queries.corrections(a.principal, a.on).where(among(HeldCorrectionRow.id, ids))
    return list((await a.uow.session.execute(statement.order_by(HeldCorrectionRow.id))).all())


async def read_correction(a: Asked, correction_id: UUID) -> AnyRow:
    """One correction. Raises NotFound."""
    found = await read_corrections(a, [correction_id])
    if not found:
        raise NotFound("correction", str(correction_id))
    return found[0]


async def accept(a: Asked, ids: Sequence[UUID], reason: str | None, *, many: bool) -> list[AnyRow]:
    """Write the corrections as outcomes, also where the period is locked: all of them or none.

    `many`: the request names them in a list (`/ids/0`), so that what is wrong with each can be told.
    Raises NotFound (one) or InvalidInput (many), Forbidden, RulesBroken (I7: decided already; I9: an archived year).
    """
    await hold_period_locks(a.uow)
    claimed = await _claim(a, ids, many=many)
    settle([*_decided(claimed), *await _closed(a, claimed)])
    await _decide(a, claimed, CorrectionState.ACCEPTED, reason)
    periods = [parse_period(c.row.period) for c in claimed]
    sources = sorted({c.row.source for c in claimed})
    acts = {
        "region_id": a.uow.region_id,
        "ids": [c.row.id for c in claimed],
        "sources": sources,
        "import_ids": [new_id() for _ in sources],
    }
    await a.uow.session.execute(queries.ACCEPTANCES, {**acts, "accepted_by": a.principal.subject})
    dates = {"starts": [p.start for p in periods], "months": [p.months for p in periods]}
    await a.uow.session.execute(queries.ACCEPT, {**acts, **dates})
    return await read_corrections(a, ids)


async def decline(a: Asked, correction_id: UUID, reason: str) -> AnyRow:
    """Leave the outcome as it stands. Raises NotFound, Forbidden, RulesBroken (I7)."""
    claimed = await _claim(a, [correction_id], many=False)
    settle(_decided(claimed))
    await _decide(a, claimed, CorrectionState.DECLINED, reason)
    return await read_correction(a, correction_id)


async def _claim(a: Asked, ids: Sequence[UUID], *, many: bool) -> list[_Claimed]:
    """The corrections, locked with their indicators in the order that imports lock them."""
    require(a.principal, Permission.CORRECTIONS_DECIDE)
    seen = await read_corrections(a, ids)
    await a.uow.session.execute(claim_indicators(a.principal, {row.indicator_id for row in seen}))
    row = HeldCorrectionRow
    locked = select(row.id).where(row.region_id == a.uow.region_id, among(row.id, [r.id for r in seen]))
    keys = (row.indicator_id, row.unit_id, row.period, row.sex)
    await a.uow.session.execute(locked.order_by(*keys).with_for_update())
    found = {row.id: row for row in await read_corrections(a, ids)}
    if not many and not found:
        raise NotFound("correction", str(ids[0]))
    _all_there(ids, found)
    mine = set(
        await a.uow.session.scalars(
            select(row.id).where(
                row.region_id == a.uow.region_id, among(row.id, found), queries.decided_by(a.principal, a.on)
            )
        )
    )
    for correction in found.values():
        if correction.id not in mine:
            raise Forbidden(_NOT_YOURS.fill(indicator=correction.indicator), rule="B1")
    return [_Claimed(found[each], f"/ids/{i}" if many else "") for i, each in enumerate(ids)]


def _all_there(ids: Sequence[UUID], found: dict[UUID, AnyRow]) -> None:
    errors = [
        InputError(f"/ids/{i}", "unknown_correction", _UNKNOWN.fill(name=each))
        for i, each in enumerate(ids)
        if each not in found
    ]
    errors += [InputError(f"/ids/{i}", "duplicate", _TWICE) for i, each in enumerate(ids) if each in ids[:i]]
    if errors:
        raise InvalidInput(errors)


def _decided(claimed: Sequence[_Claimed]) -> Iterator[Finding]:
    for each in claimed:
        yield from still_held(CorrectionState(each.row.state), each.pointer)


async def _closed(a: Asked, claimed: Sequence[_Claimed]) -> list[Finding]:
    """I9: the period's year still has an open plan version."""
    periods = {each.row.period: parse_period(each.row.period) for each in claimed}
    rows = await a.uow.session.execute(plan_states(a.principal, {p.year for p in periods.values()}))
    plans = {row.year: PlanStatus(row.status) for row in rows}
    return [
        finding
        for each in claimed
        for finding in period_open(periods[each.row.period], plans.get(periods[each.row.period].year), each.pointer)
    ]


async def _decide(a: Asked, claimed: Sequence[_Claimed], state: CorrectionState, reason: str | None) -> None:
    """Decided at the transaction's time: the guard in the database lets in what was accepted in this very one."""
    row = HeldCorrectionRow
    await a.uow.session.execute(
        update(row)
        .where(row.region_id == a.uow.region_id, among(row.id, [c.row.id for c in claimed]))
        .values(state=state.value, decided_at=func.now(), decided_by=a.principal.subject, decision_reason=reason)
    )
