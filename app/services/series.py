"""An indicator's figures at a unit over time: its own, or put together from below, held against targets (I5, I6)."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from app.db.queries import aggregates as queries
from app.db.queries.aggregates import Wanted
from app.db.session import UnitOfWork
from app.db.typing import AnyRow
from app.domain.access import Principal
from app.domain.aggregation import Sums, put_together
from app.domain.attainment import Attainment, attainment
from app.domain.findings import InputError, InvalidInput
from app.domain.indicators import SEXES, Direction, Figures, IndicatorView, InputWay, OutcomeStatus, Sex, TargetKind
from app.domain.periods import Period, parse_period, period_of
from app.domain.targets import Target
from app.domain.texts import Text
from app.services.trees import TreeBelow, in_line, tree_below

MOST_YEARS = 30
YEARS_BACK, YEARS_AHEAD = 2, 1
_TOO_LONG = Text("Perioderna får spänna över högst {years} år.", "The periods may span {years} years at most.")
_BACKWARDS = Text("Perioden till ligger före perioden från.", "The period to lies before the period from.")
REGION_ONLY = Text(
    "Indikatorn finns endast på regionnivå (I10).", "The indicator is on region level only (I10)."
)  # fmt: skip
OWN_NO_VALUE = Text("Enheten har lämnat ”inget värde”.", "The unit has reported “no value”.")


class Figuring(StrEnum):
    """Whose figures are shown: the unit's own, or else those below it put together; or one of the two only."""

    OWN_FIRST = "own_first"
    OWN = "own"
    BELOW = "below"


class Origin(StrEnum):
    """Where a figure comes from: the unit's own report, or the units below it put together."""

    OWN = "own"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Span:
    """From one period's first day to another's last, both included. Comparable and hashable: loads are keyed by it."""

    first: date
    last: date

    @classmethod
    def of(cls, said_from: Period | None, said_to: Period | None, today: date) -> "Span":
        """What was said; else from two years before this one up to the next. Raises InvalidInput."""
        last = said_to.end if said_to else date(today.year + YEARS_AHEAD, 12, 31)
        first = said_from.start if said_from else date((last if said_to else today).year - YEARS_BACK, 1, 1)
        if said_to is None and said_from is not None:
            last = max(last, said_from.end)
        if last < first:
            raise InvalidInput([InputError("/period_to", "backwards", _BACKWARDS)])
        if last.year - first.year >= MOST_YEARS:
            raise InvalidInput([InputError("/period_from", "too_long", _TOO_LONG.fill(years=MOST_YEARS))])
        return cls(first, last)

    def with_year_before(self) -> "Span":
        """The same, begun a year earlier: for comparisons."""
        return replace(self, first=self.first.replace(year=self.first.year - 1))


@dataclass(frozen=True, slots=True)
class SeriesItem:
    """A period's figures for a sex. `contributing`: how many units are in a figure put together.

    `reason`: why there is no value. `status`: of the unit's own figure; None for one put together. `attainment`: for
    the total, whether the year's target is reached.
    """

    period: Period
    sex: Sex
    origin: Origin
    figures: Figures
    contributing: int
    reason: Text | None
    status: OutcomeStatus | None = None
    target: Target | None = None
    attainment: Attainment | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a series is asked for. `tree` None: as reported."""

    unit: UUID
    span: Span
    sexes: tuple[Sex, ...] = SEXES
    tree: date | None = None
    figuring: Figuring = Figuring.OWN_FIRST


Figured = dict[tuple[Period, Sex], SeriesItem]


def view_of(row: AnyRow) -> IndicatorView:
    """An indicator's row (of `queries.indicators.indicators`, or with as much in it), as the rules see it."""
    return IndicatorView(
        id=row.id,
        code=row.code,
        is_ratio=row.is_ratio,
        scale=row.scale,
        direction=Direction(row.direction),
        sex_disaggregated=row.sex_disaggregated,
        region_level_only=row.region_level_only,
        input=InputWay(row.input),
    )


async def read_series(
    uow: UnitOfWork, principal: Principal, on: date, indicators: Sequence[IndicatorView], asked: Asked
) -> Mapping[UUID, list[SeriesItem]]:
    """Each indicator's series, by period and sex. Five statements at most, however many indicators, units and periods.

    The unit must lie within reach: the caller has seen to that.
    """
    targets = await read_targets(uow, principal, on, [i.id for i in indicators], asked)
    compared = any(target.is_direction for by_year in targets.values() for target in by_year.values())
    span = asked.span.with_year_before() if compared else asked.span
    tree = await tree_below(uow, principal, on, asked.unit, (span.first, span.last), asked.tree)
    figured = await _figured(uow, principal, on, indicators, replace(asked, span=span), tree)
    return {
        indicator.id: list(_held(indicator, figured[indicator.id], targets[indicator.id], asked.span))
        for indicator in indicators
    }


async def read_targets(
    uow: UnitOfWork, principal: Principal, on: date, indicators: Collection[UUID], asked: Asked
) -> dict[UUID, dict[int, Target]]:
    """Indicator -> year -> what holds at the unit: its own target goes before those above it. One statement."""
    years = (asked.span.first.year, asked.span.last.year)
    found: dict[UUID, dict[int, Target]] = defaultdict(dict)
    for row in await uow.session.execute(queries.targets_at(principal, indicators, years, asked.unit, on)):
        found[row.indicator_id].setdefault(row.year, Target(TargetKind(row.kind), row.bound, row.printed))
    return found


async def _figured(
    uow: UnitOfWork,
    principal: Principal,
    on: date,
    indicators: Sequence[IndicatorView],
    asked: Asked,
    tree: TreeBelow,
) -> dict[UUID, Figured]:
    """Every figure: the unit's own, then those put together where none of its own goes before them."""
    views = {indicator.id: indicator for indicator in indicators}
    wanted = Wanted(list(views), asked.span.first, asked.span.last, asked.sexes)
    found: dict[UUID, Figured] = defaultdict(dict)
    if asked.figuring is not Figuring.OWN:
        summed = replace(wanted, indicators=[i.id for i in indicators if not i.region_level_only])
        for row in await _summed(uow, principal, summed, tree):
            sums = _sums_of(views[row.indicator_id], row)
            figures, reason = put_together(views[row.indicator_id], sums)
            key = period_of(row.period_start, row.months), SEXES[row.sex]
            count = sums.count if reason is None or figures.denominator is not None else 0
            found[row.indicator_id][key] = SeriesItem(*key, Origin.BELOW, figures, count, reason)
    if asked.figuring is not Figuring.BELOW:
        for row in await uow.session.execute(queries.own(principal, wanted, asked.unit, on)):
            key = parse_period(row.period), Sex(row.sex)
            figures = Figures(row.value, row.numerator, row.denominator)
            reason = OWN_NO_VALUE if row.value is None else None
            found[row.indicator_id][key] = SeriesItem(*key, Origin.OWN, figures, 0, reason, OutcomeStatus(row.status))
    return found


async def _summed(uow: UnitOfWork, principal: Principal, wanted: Wanted, tree: TreeBelow) -> Sequence[AnyRow]:
    units = tree.units
    if not units or not wanted.indicators:
        return []
    found = await uow.session.execute(queries.reporting(principal, wanted, units))
    reporting = {row.unit_id: row.unit_no for row in found}
    numbered = tree.numbered(reporting)
    if not numbered:
        return []
    moved = len(tree.states) > 1
    statement = queries.sums(principal, wanted, numbered, in_line=in_line(numbered), moved=moved)
    return (await uow.session.execute(statement)).all()


def _sums_of(indicator: IndicatorView, row: AnyRow) -> Sums:
    if indicator.is_ratio:
        return Sums(row.parted, row.bare, None, row.numerator, row.denominator)
    return Sums(row.valued, 0, row.value)


def _held(
    indicator: IndicatorView, figured: Figured, targets: Mapping[int, Target], span: Span
) -> Iterator[SeriesItem]:
    """The items of the span in order, totals held against their year's target."""
    for (period, sex), item in sorted(figured.items(), key=lambda pair: (pair[0][0], SEXES.index(pair[0][1]))):
        if period.start < span.first:
            continue
        if sex is not Sex.TOTAL:
            yield item
            continue
        target = targets.get(period.year)
        before = figured.get((period.year_before(), sex))
        held = attainment(target, item.figures.value, indicator.direction, before.figures.value if before else None)
        yield replace(item, target=target, attainment=held)
