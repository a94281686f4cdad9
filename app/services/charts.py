"""An indicator's chart at a unit: the latest periods of the latest figure's kind, by sex, beside the target."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from app.charts.chart import Chart, Goal, Point
from app.db.session import UnitOfWork
from app.db.typing import AnyRow
from app.domain.access import Principal
from app.domain.attainment import AttainmentStatus, attainment, level_of
from app.domain.indicators import IndicatorView, Sex
from app.domain.periods import Period, Periodicity
from app.domain.targets import Target
from app.services.series import Asked, Origin, SeriesItem, Span, read_series, read_targets, view_of

MOST_PERIODS = 60
Items = Mapping[tuple[Period, Sex], SeriesItem]


async def read_chart(
    uow: UnitOfWork,
    principal: Principal,
    on: date,
    indicator: AnyRow,
    unit: AnyRow,
    *,
    count: int,
    last: Period | None = None,
    tree: date | None = None,
) -> Chart:
    """The chart of the `count` periods up to `last`, or up to the latest figure. The unit must lie within reach.

    `indicator` and `unit` are rows of their own queries. Eleven statements at most.
    """
    view = view_of(indicator)
    asked = Asked(unit.id, Span.of(None, last, on), tree=tree)
    found = await _read(uow, principal, on, view, asked)
    periods = _periods(found, count, last, on)
    # Directions compare with the year before: read whole, also where the chart begins later.
    needed = Span(periods[0].year_before().start, periods[-1].end)
    if needed.first < asked.span.first:
        found = await _read(uow, principal, on, view, replace(asked, span=needed))
    targets = await read_targets(uow, principal, on, [view.id], replace(asked, span=needed))
    sexes = [sex for sex in Sex if sex is Sex.TOTAL or any((period, sex) in found for period in periods)]
    return Chart(
        title=indicator.title,
        unit=unit.name,
        unit_of_measure=indicator.unit_of_measure,
        periods=tuple(map(str, periods)),
        lines={sex: tuple(_point(found.get((period, sex))) for period in periods) for sex in sexes},
        goals=tuple(_goal(view, targets[view.id].get(period.year), period, found) for period in periods),
    )


async def _read(uow: UnitOfWork, principal: Principal, on: date, view: IndicatorView, asked: Asked) -> Items:
    items = (await read_series(uow, principal, on, [view], asked))[view.id]
    return {(item.period, item.sex): item for item in items}


def _periods(found: Items, count: int, last: Period | None, on: date) -> Sequence[Period]:
    """The periods to draw, of the periodicity of the latest figure (of two that end together, the shorter)."""
    reported = [period for period, _ in found]
    latest = max(reported, key=lambda p: (p.end, p.start), default=None)
    if latest is None:
        latest = last or Period(on.year, Periodicity.YEAR)
    elif last is not None:
        latest = last.of(latest.periodicity)
    return latest.last(count)


def _point(item: SeriesItem | None) -> Point:
    return Point(None) if item is None else Point(item.figures.value, item.origin is Origin.BELOW)


def _goal(view: IndicatorView, target: Target | None, period: Period, found: Items) -> Goal | None:
    if target is None:
        return None
    item, before = found.get((period, Sex.TOTAL)), found.get((period.year_before(), Sex.TOTAL))
    year_before = None if before is None else before.figures.value
    if item is None:
        return Goal(target.printed.strip(), level_of(target, year_before), AttainmentStatus.NO_OUTCOME)
    held = attainment(target, item.figures.value, view.direction, year_before)
    return Goal(target.printed.strip(), level_of(target, year_before), held.status)
