"""Runs the linter for numbers over what was taken, a page at a time.

Outcomes are read in the order of their key, in batches of a bounded size: a page looks at so many and no more, finds
what it finds there, and says where to go on. It may hold fewer findings than asked for, or none, and yet have a next.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from app.db.queries import indicators as indicator_queries
from app.db.queries import number_checks as queries
from app.db.queries.number_checks import Scope
from app.db.session import UnitOfWork
from app.db.typing import AnyRow
from app.domain.access import Principal
from app.domain.findings import Finding
from app.domain.indicators import SEXES, Figures, IndicatorView
from app.domain.number_checks import CHECKS, Told, check_unit, silent, silent_from
from app.domain.periods import Periodicity, period_of
from app.services.calendar_day import SWEDEN
from app.services.model_cache import steering_model
from app.services.series import Span, view_of
from app.services.small_groups import small_group_threshold

BATCH_ROWS, MOST_BATCHES = 20_000, 5
"""More than a pair of indicator and unit can have in the longest span (some 1,600): each batch ends at least one."""
HISTORY_YEARS = 3
_SILENCE, _SERIES = 0, 1
Place = tuple[int, int, int, int]
"""Where a page begins: 0 for silent indicators or 1 for series; indicator, unit; how many findings to pass over."""
START: Place = (_SILENCE, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, and where. `span`: the periods that are remarked on; `indicator` None: all."""

    span: Span
    indicator: UUID | None = None
    unit: UUID | None = None
    under: UUID | None = None
    checks: Collection[str] = CHECKS


@dataclass(frozen=True, slots=True)
class FindingsFound:
    """A page of findings and the place of the next one (None: this was the last)."""

    findings: Sequence[Finding]
    next: Place | None


@dataclass(frozen=True, slots=True)
class _Known:
    """The indicators that are looked at, by number."""

    views: Mapping[int, IndicatorView]
    made: Mapping[int, date]
    numbers: Sequence[int] | None
    """None: every indicator of the region."""


async def find(
    uow: UnitOfWork, principal: Principal, on: date, wanted: Wanted, *, limit: int, start: Place = START
) -> FindingsFound:
    """At most `limit` findings from `start` on: silent indicators first, then series by indicator and unit."""
    known = await _known(uow, principal, wanted)
    found: list[Finding] = []
    if start[0] == _SILENCE:
        silence = await _silent(uow, principal, on, wanted, known)
        found = silence[start[3] : start[3] + limit]
        if start[3] + len(found) < len(silence):
            return FindingsFound(found, (_SILENCE, 0, 0, start[3] + len(found)))
        start = (_SERIES, 0, 0, 0)
    if not known.views or not set(wanted.checks) - {"L3"}:
        return FindingsFound(found, None)
    threshold = await small_group_threshold(uow, principal)
    for _ in range(MOST_BATCHES):
        if len(found) == limit:
            return FindingsFound(found, start)
        groups, following = await _batch(uow, principal, on, wanted, known, start)
        codes = await _codes(uow, principal, on, {unit for _, unit, _ in groups})
        for indicator, unit, outcomes in groups:
            remarks = check_unit(
                known.views[indicator],
                codes[unit],
                outcomes,
                threshold=threshold,
                since=wanted.span.first,
                checks=wanted.checks,
            )
            passed = start[3] if (indicator, unit) == start[1:3] else 0
            room = limit - len(found)
            found += remarks[passed : passed + room]
            if passed + room < len(remarks):
                return FindingsFound(found, (_SERIES, indicator, unit, passed + room))
        if following is None:
            return FindingsFound(found, None)
        start = (_SERIES, *following, 0)
    return FindingsFound(found, start)


async def _known(uow: UnitOfWork, principal: Principal, wanted: Wanted) -> _Known:
    rows = {row.id: row for row in await uow.session.execute(indicator_queries.indicators(principal))}
    views: dict[int, IndicatorView] = {}
    made: dict[int, date] = {}
    for row in await uow.session.execute(queries.indicator_numbers(principal)):
        if wanted.indicator in {None, row.id}:
            views[row.no] = view_of(rows[row.id])
            made[row.no] = row.created_at.astimezone(SWEDEN).date()
    # With their list the key serves single units, too, which stand behind the indicator in it.
    single = wanted.unit is not None or wanted.under is not None or not principal.whole_region
    narrowed = wanted.indicator is not None or principal.scopes or single
    return _Known(views, made, list(views) if narrowed else None)


async def _silent(uow: UnitOfWork, principal: Principal, on: date, wanted: Wanted, known: _Known) -> list[Finding]:
    """L3, by the longest periodicity of the indicator's nodes. About the whole reach: not asked of single units."""
    if "L3" not in wanted.checks or wanted.unit is not None or wanted.under is not None or not known.views:
        return []
    model = await steering_model(uow)
    by_id = {view.id: no for no, view in known.views.items()}
    order = list(Periodicity)
    longest: dict[int, Periodicity] = {}
    for row in await uow.session.execute(queries.live_measures(principal, on, list(by_id))):
        standard = model.columns_by_id[row.column_id].column.standard_periodicity
        periodicity = Periodicity(row.periodicity) if row.periodicity else standard
        if periodicity is not None:
            no = by_id[row.indicator_id]
            longest[no] = min(longest.get(no, periodicity), periodicity, key=order.index)
    asked = [(no, silent_from(periodicity, on)) for no, periodicity in longest.items()]
    reported = {row.indicator_no for row in await uow.session.execute(queries.reported_since(principal, on, asked))}
    return [
        finding
        for no, periodicity in sorted(longest.items())
        for finding in silent(known.views[no], periodicity, known.made[no], on, reported=no in reported)
    ]


_Group = tuple[int, int, list[Told]]


async def _batch(
    uow: UnitOfWork, principal: Principal, on: date, wanted: Wanted, known: _Known, start: Place
) -> tuple[list[_Group], tuple[int, int] | None]:
    """The outcomes of whole (indicator, unit) pairs from the place on, and the pair to go on with."""
    first = date(wanted.span.first.year - HISTORY_YEARS, 1, 1)
    scope = Scope(known.numbers, wanted.unit, wanted.under)
    statement = queries.outcomes_in_order(
        principal, on, scope, (first, wanted.span.last), (start[1], start[2]), BATCH_ROWS
    )
    rows = (await uow.session.execute(statement)).all()
    groups = [
        (indicator, unit, list(map(_told, outcomes)))
        for (indicator, unit), outcomes in groupby(rows, key=lambda row: (row.indicator_no, row.unit_no))
        if indicator in known.views
    ]
    if len(rows) < BATCH_ROWS:
        return groups, None
    # The last pair may go on beyond the batch: it is the first of the next one.
    last = rows[-1].indicator_no, rows[-1].unit_no
    return [group for group in groups if group[:2] != last], last


async def _codes(uow: UnitOfWork, principal: Principal, on: date, units: Collection[int]) -> Mapping[int, str]:
    if not units:
        return {}
    return {row.no: row.code for row in await uow.session.execute(queries.unit_codes(principal, on, units))}


def _told(row: AnyRow) -> Told:
    return Told(
        period_of(row.period_start, row.months), SEXES[row.sex], Figures(row.value, row.numerator, row.denominator)
    )


def found_in(findings: Sequence[Finding]) -> Iterator[tuple[Finding, dict[str, str | None]]]:
    """Each finding with where it is: indicator, unit, period, sex (None: it is not about one)."""
    for finding in findings:
        yield finding, {name: finding.facts.get(name) for name in ("indicator", "unit", "period", "sex")}
