"""I5: an indicator's outcome at a unit, put together from the outcomes below it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.domain.findings import rule
from app.domain.indicators import Figures, IndicatorView
from app.domain.numbers import EXACT
from app.domain.ratios import ratio
from app.domain.texts import Text


@dataclass(frozen=True, slots=True)
class AggregatedOutcome:
    """An outcome put together from below.

    `contributing`: the units whose figures are in it. `missing`: units that were expected to report and did not, so
    that a reader can tell how whole it is. `reason` says why there is no value, and is None where there is one.
    """

    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    contributing: tuple[UUID, ...]
    missing: tuple[UUID, ...]
    reason: Text | None


_NOTHING = Text("Ingen enhet nedanför har lämnat utfall.", "No unit below has reported an outcome.")
_NO_VALUE = Text("Nämnaren är 0: inget värde.", "The denominator is 0: no value.")
_NO_PARTS = Text(
    "Summeras inte: {count} av {total} enheter har lämnat kvoten utan täljare och nämnare, och ett medelvärde av"
    " procenttal vore fel.",
    "Not aggregated: {count} of {total} units have reported the ratio without numerator and denominator, and an average"
    " of percentages would be wrong.",
)


@rule(
    "I5",
    title=Text("Utfall summeras uppåt, kvoter ur sina delar", "Outcomes add up, ratios from their parts"),
    statement=Text(
        "Uppåt i trädet summeras antal; kvoter räknas om ur summan av täljare och summan av nämnare. Saknas de summeras"
        " kvoten inte, och svaret säger varför. En enhets eget utfall går före dem nedanför.",
        "Upward in the tree counts add up; ratios are recomputed from summed numerators and denominators. Without them"
        " a ratio is not aggregated, and the answer says why. A unit's own outcome goes before those below it.",
    ),
    source="000 §7.1, §8.3",
)
def aggregate(
    indicator: IndicatorView,
    unit: UUID,
    parent_of: Mapping[UUID, UUID],
    outcomes: Mapping[UUID, Figures],
    expected: Collection[UUID] = (),
) -> AggregatedOutcome:
    """I5: the outcome at `unit` from those strictly below it, for one period and one sex.

    Of two units in line only the upper one contributes, so that nothing is counted twice. `parent_of`: unit -> the unit
    above it, for every unit below `unit`; the way up from each outcome is walked, never the whole tree down.
    """
    counted = [below for below in outcomes if _stands_free(below, unit, parent_of, outcomes)]
    missing = tuple(u for u in expected if u not in outcomes and _stands_free(u, unit, parent_of, outcomes))
    figures = [(u, outcomes[u]) for u in counted]
    if indicator.is_ratio:
        return _summed_ratio(indicator, figures, missing)
    values = {u: f.value for u, f in figures if f.value is not None}
    if not values:
        return AggregatedOutcome(None, None, None, (), missing, _NOTHING)
    return AggregatedOutcome(_sum(values.values()), None, None, tuple(values), missing, None)


def _stands_free(below: UUID, unit: UUID, parent_of: Mapping[UUID, UUID], outcomes: Mapping[UUID, Figures]) -> bool:
    """Whether the way up from `below` leads to `unit` without passing another unit that has an outcome."""
    above = parent_of.get(below)
    while above is not None and above != unit and above not in outcomes:
        above = parent_of.get(above)
    return above == unit


def _summed_ratio(
    indicator: IndicatorView, figures: list[tuple[UUID, Figures]], missing: tuple[UUID, ...]
) -> AggregatedOutcome:
    parts = {
        u: (f.numerator, f.denominator) for u, f in figures if f.numerator is not None and f.denominator is not None
    }
    # A unit that reported "no value" without parts has nothing to add, and nothing is lost without it.
    bare = sum(f.value is not None and u not in parts for u, f in figures)
    if bare:
        reason = _NO_PARTS.fill(count=bare, total=bare + len(parts))
        return AggregatedOutcome(None, None, None, (), missing, reason)
    if not parts:
        return AggregatedOutcome(None, None, None, (), missing, _NOTHING)
    numerator = _sum(n for n, _ in parts.values())
    denominator = _sum(d for _, d in parts.values())
    value = ratio(indicator.scale, numerator, denominator)
    return AggregatedOutcome(value, numerator, denominator, tuple(parts), missing, _NO_VALUE if value is None else None)


def _sum(numbers: Iterable[Decimal]) -> Decimal:
    """Added without rounding: the default 28 digits could lose the last öre of a large sum."""
    total = Decimal(0)
    for number in numbers:
        total = EXACT.add(total, number)
    return total
