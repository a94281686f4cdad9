"""The linter for numbers: what looks wrong in outcomes that were taken, for a person to look at. All of it is warnings.

    for finding in check_unit(indicator, "SU", outcomes, threshold=5): ...

I3: a ratio's value against its parts. I4: women and men against the total. L1: jumps. L2: small groups. L3: silence.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any, NamedTuple

from app.domain.findings import Finding, Severity, rule
from app.domain.indicators import Figures, IndicatorView, Sex
from app.domain.numbers import half_step, in_words, rounded
from app.domain.periods import Period, Periodicity
from app.domain.ratios import figures_agree
from app.domain.sex_split import SexedValue, sex_split
from app.domain.small_groups import small_groups
from app.domain.texts import Text

JUMP_FACTOR = 5
"""How many times its usual distance from the middle a figure may lie away before it counts as a jump."""
LEAST_HISTORY, MOST_HISTORY = 6, 24
"""How many earlier figures a jump is judged by: with fewer nothing is said, and of more the latest are taken."""
SILENT_PERIODS = 2
CHECKS = ("I3", "I4", "L1", "L2", "L3")
_NORMAL = Decimal("1.4826")  # makes the median deviation comparable with a standard deviation
_LEAST_SPREAD = Decimal("0.05")
_ALL = (Sex.TOTAL, Sex.WOMEN, Sex.MEN)


class Told(NamedTuple):
    """An outcome of an indicator at a unit."""

    period: Period
    sex: Sex
    figures: Figures


@rule(
    "L1",
    title=Text("Hopp mot den egna historiken", "Jumps against the own history"),
    statement=Text(
        "Ett värde som ligger mer än fem gånger det vanliga avståndet från medianen av de senaste 24 värdena (minst"
        " sex) för samma enhet, kön och periodicitet är ett hopp. Det vanliga avståndet är medianavvikelsen gånger"
        " 1,4826, och minst fem procent av medianen.",
        "A value that lies more than five times the usual distance from the median of the latest 24 values (six at"
        " least) of the same unit, sex and periodicity is a jump. The usual distance is the median deviation times"
        " 1.4826, and five per cent of the median at least.",
    ),
    source="domain I7; 000 §8.3",
)
def jump(indicator: IndicatorView, unit: str, told: Told, history: Sequence[Decimal]) -> Iterator[Finding]:
    """L1. `history`: the values before this one, oldest first. No value, or too short a history: nothing is said."""
    value, known = told.figures.value, history[-MOST_HISTORY:]
    if value is None or len(known) < LEAST_HISTORY:
        return
    middle = median(known)
    spread = max(
        _NORMAL * median(abs(v - middle) for v in known), _LEAST_SPREAD * abs(middle), *(half_step(v) for v in known)
    )
    if abs(value - middle) <= JUMP_FACTOR * spread:
        return
    facts = _facts(indicator, unit, told)
    words = Text(
        "{indicator}, {unit} {period} {sex}: {value} är ett hopp. De {count} värdena före ligger kring {middle}.",
        "{indicator}, {unit} {period} {sex}: {value} is a jump. The {count} values before it lie around {middle}.",
    )
    message = words.fill(value=in_words(value), middle=in_words(rounded(middle)), count=len(known), **facts)
    more = {**facts, "value": str(value), "median": str(rounded(middle)), "spread": str(rounded(spread))}
    yield Finding("L1", message, "", Severity.WARNING, more)


@rule(
    "L3",
    title=Text("Ingen har lämnat utfall", "No one has reported"),
    statement=Text(
        "En indikator i den gällande planen som ingen enhet har lämnat utfall för under de två senast avslutade"
        " perioderna lyfts fram. En som är yngre än så väntas det på.",
        "An indicator in the live plan that no unit has reported for the two periods that ended last is pointed out."
        " One that is younger than that is waited for.",
    ),
    source="000 §8.3",
)
def silent(
    indicator: IndicatorView, periodicity: Periodicity, since: date, today: date, *, reported: bool
) -> Iterator[Finding]:
    """L3. `since`: when the indicator was made; `reported`: whether anybody has, from `silent_from` on."""
    first, last = _ended(periodicity, today)
    if reported or since > first.start:
        return
    words = Text(
        "{indicator}: ingen enhet har lämnat utfall för {first} eller {last}.",
        "{indicator}: no unit has reported an outcome for {first} or {last}.",
    )
    facts = {"indicator": indicator.code, "first": str(first), "last": str(last)}
    yield Finding("L3", words.fill(**facts), "", Severity.WARNING, facts)


def silent_from(periodicity: Periodicity, today: date) -> date:
    """The first day of the earlier of the two periods that ended last."""
    return _ended(periodicity, today)[0].start


def _ended(periodicity: Periodicity, today: date) -> tuple[Period, Period]:
    month = Period(today.year, Periodicity.MONTH, today.month)
    last = month.of(periodicity) if month.end == today else month.previous().of(periodicity)
    earlier = last
    for _ in range(SILENT_PERIODS - 1):
        earlier = earlier.previous()
    return earlier, last


def check_unit(
    indicator: IndicatorView,
    unit: str,
    outcomes: Iterable[Told],
    *,
    threshold: int,
    since: date = date.min,
    checks: Collection[str] = CHECKS,
) -> list[Finding]:
    """What all checks but L3 say about an indicator's outcomes at a unit, by period.

    Outcomes of periods that begin before `since` are history: they are compared with, and not remarked on.
    """
    ordered = sorted(outcomes, key=lambda told: (told.period, _ALL.index(told.sex)))
    histories: dict[tuple[Sex, Periodicity], list[Decimal]] = {}
    by_period: dict[Period, dict[Sex, Figures]] = {}
    found: list[tuple[Period, Finding]] = []
    for told in ordered:
        history = histories.setdefault((told.sex, told.period.periodicity), [])
        if told.period.start >= since:
            by_period.setdefault(told.period, {})[told.sex] = told.figures
            found += [(told.period, f) for f in jump(indicator, unit, told, history)]
            found += [(told.period, f) for f in _parts(indicator, unit, told)]
        if told.figures.value is not None:
            history.append(told.figures.value)
    for period, by_sex in by_period.items():
        found += [(period, f) for f in _sexes(indicator, unit, period, by_sex)]
        found += [(period, f) for f in small_groups(indicator, unit, period, by_sex, threshold)]
    found.sort(key=lambda pair: pair[0])
    return [finding for _, finding in found if finding.rule in checks]


def _parts(indicator: IndicatorView, unit: str, told: Told) -> Iterator[Finding]:
    """I3, of figures that were taken: all three there, and yet apart."""
    if None in told.figures or not told.figures.denominator:
        return
    for finding in figures_agree(indicator, told.figures):
        facts = {**_facts(indicator, unit, told), **finding.facts}
        place = Text("{indicator}, {unit} {period} {sex}: ", "{indicator}, {unit} {period} {sex}: ").fill(**facts)
        message = Text(place.sv + finding.message.sv, place.en + finding.message.en)
        yield replace(finding, message=message, pointer="", severity=Severity.WARNING, facts=facts)


def _sexes(indicator: IndicatorView, unit: str, period: Period, by_sex: Mapping[Sex, Figures]) -> Iterator[Finding]:
    return sex_split(SexedValue(indicator, unit, period, sex, said.value) for sex, said in by_sex.items())


def _facts(indicator: IndicatorView, unit: str, told: Told) -> dict[str, Any]:
    return {"indicator": indicator.code, "unit": unit, "period": str(told.period), "sex": told.sex.value}
