"""I5: an indicator's outcome at a unit, put together from the outcomes below it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.domain.findings import also, rule
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


@dataclass(frozen=True, slots=True)
class Sums:
    """What the units that count have reported, added up. `bare`: units with a ratio's value but not its parts.

    `count`: units with a value (of a ratio: with both parts). A sum of nothing is None.
    """

    count: int = 0
    bare: int = 0
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


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
    counted = [below for below in outcomes if stands_free(below, unit, parent_of, outcomes)]
    missing = tuple(u for u in expected if u not in outcomes and stands_free(u, unit, parent_of, outcomes))
    contributing = tuple(u for u in counted if contributes(indicator, outcomes[u]))
    figures, reason = put_together(indicator, _sums(indicator, [outcomes[u] for u in counted]))
    if reason is not None and figures.denominator is None:
        contributing = ()
    return AggregatedOutcome(*figures, contributing, missing, reason)


@also("I5")
def put_together(indicator: IndicatorView, sums: Sums) -> tuple[Figures, Text | None]:
    """I5: the figures that the sums make, and why there is no value, where there is none.

    The sums are of the units that count: of two in line only the upper one, see `aggregate`.
    """
    if indicator.is_ratio and sums.bare:
        return Figures(), _NO_PARTS.fill(count=sums.bare, total=sums.bare + sums.count)
    if not sums.count:
        return Figures(), _NOTHING
    if not indicator.is_ratio:
        return Figures(sums.value), None
    assert sums.numerator is not None
    assert sums.denominator is not None  # what is counted has both parts
    value = ratio(indicator.scale, sums.numerator, sums.denominator)
    return Figures(value, sums.numerator, sums.denominator), _NO_VALUE if value is None else None


@also("I5")
def contributes(indicator: IndicatorView, figures: Figures) -> bool:
    """Whether a unit's figures have something to add: a value, or a ratio's both parts."""
    if not indicator.is_ratio:
        return figures.value is not None
    return figures.numerator is not None and figures.denominator is not None


def _sums(indicator: IndicatorView, counted: Collection[Figures]) -> Sums:
    added = [f for f in counted if contributes(indicator, f)]
    if not added:
        return Sums(bare=sum(f.value is not None for f in counted))
    if not indicator.is_ratio:
        return Sums(len(added), value=_sum(f.value for f in added))
    # A unit that reported "no value" without parts has nothing to add, and nothing is lost without it.
    bare = sum(f.value is not None for f in counted if not contributes(indicator, f))
    numerator, denominator = _sum(f.numerator for f in added), _sum(f.denominator for f in added)
    return Sums(len(added), bare, None, numerator, denominator)


def stands_free(below: UUID, unit: UUID, parent_of: Mapping[UUID, UUID], outcomes: Mapping[UUID, Figures]) -> bool:
    """Whether the way up from `below` leads to `unit` without passing another unit that has an outcome."""
    above = parent_of.get(below)
    while above is not None and above != unit and above not in outcomes:
        above = parent_of.get(above)
    return above == unit


def _sum(numbers: Iterable[Decimal | None]) -> Decimal:
    """Added without rounding: the default 28 digits could lose the last öre of a large sum."""
    total = Decimal(0)
    for number in numbers:
        total = EXACT.add(total, number or Decimal(0))
    return total
