"""L2: counts so small that they can point at a person, and which figures to mask so that no sum gives them away.

An export asks for all of a unit's and period's sexes at once, also where it shows one of them only:

    hidden = masked(indicator, {Sex.TOTAL: ..., Sex.WOMEN: ..., Sex.MEN: ...}, threshold)

and leaves out value, numerator and denominator of each sex in `hidden`.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from app.domain.findings import Finding, Severity, also, rule
from app.domain.indicators import Figures, IndicatorView, Sex
from app.domain.numbers import EXACT, in_words
from app.domain.periods import Period
from app.domain.texts import Text

DEFAULT_THRESHOLD = 5
"""Counts from 1 up to, but not including, this many are small, where a region sets nothing else."""

_HUNDRED = Decimal(100)


@rule(
    "L2",
    title=Text("Små grupper", "Small groups"),
    statement=Text(
        "Ett antal större än 0 och under regionens tröskel är en liten grupp. I export maskeras det för den som saknar"
        " rätten att se små grupper, och så många av de andra könen som krävs för att det inte ska kunna räknas fram.",
        "A count above 0 and under the region's threshold is a small group. In exports it is masked for those without"
        " the right to see small groups, and so are as many of the other sexes as it takes to keep it from being worked"
        " out.",
    ),
    source="domain I4; 001 §3.2.2",
)
def small_groups(
    indicator: IndicatorView, unit: str, period: Period, figures: Mapping[Sex, Figures], threshold: int
) -> Iterator[Finding]:
    """L2: one finding for each sex whose figures tell of a small group. `unit` is the unit's code."""
    for sex, said in figures.items():
        small = smallest_group(indicator, said)
        if small is None or not is_small(small, threshold):
            continue
        words = Text(
            "{indicator}, {unit} {period} {sex}: {count} är färre än {threshold}.",
            "{indicator}, {unit} {period} {sex}: {count} is fewer than {threshold}.",
        )
        facts = {"indicator": indicator.code, "unit": unit, "period": str(period), "sex": sex.value}
        message = words.fill(count=in_words(small), threshold=threshold, **facts)
        more = {**facts, "count": str(small), "threshold": threshold}
        yield Finding("L2", message, "", Severity.WARNING, more)


@also("L2")
def is_small(count: Decimal, threshold: int) -> bool:
    """Whether a number is a count of some, but fewer than the threshold. What is no whole number counts nobody."""
    return 0 < count < threshold and count == count.to_integral_value()


@also("L2")
def smallest_group(indicator: IndicatorView, figures: Figures) -> Decimal | None:
    """The smallest count above 0 that the figures tell of, or None.

    A count tells of itself. A ratio tells of its numerator and its denominator, and a share (scale 100) of those
    outside the numerator, too: 98 of 100 names two. A ratio without its parts tells of no group.
    """
    if not indicator.is_ratio:
        told = [figures.value]
    else:
        told = [figures.numerator, figures.denominator]
        if indicator.scale == _HUNDRED and figures.numerator is not None and figures.denominator is not None:
            told.append(EXACT.subtract(figures.denominator, figures.numerator))
    return min((count for count in told if count is not None and count > 0), default=None)


@also("L2")
def masked(indicator: IndicatorView, figures: Mapping[Sex, Figures], threshold: int) -> frozenset[Sex]:
    """The sexes whose figures are masked, of one indicator, unit and period. `figures` holds every sex there is.

    A small group is masked. If that leaves one hidden figure beside two shown ones, the hidden one is the shown
    ones' sum or difference: then a second one is masked, women or men, so that the total stays readable.
    """
    hidden = {
        sex
        for sex, said in figures.items()
        if (small := smallest_group(indicator, said)) is not None and is_small(small, threshold)
    }
    if len(hidden) == 1 and len(figures) == len(Sex):
        parts = [sex for sex in (Sex.WOMEN, Sex.MEN) if sex not in hidden]
        hidden.add(min(parts, key=lambda sex: _size(indicator, figures[sex])))
    return frozenset(hidden)


def _size(indicator: IndicatorView, figures: Figures) -> Decimal:
    size = figures.denominator if indicator.is_ratio else figures.value
    return Decimal(0) if size is None else size
