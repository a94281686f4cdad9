"""I4: outcomes by sex. All of it is warnings: what came is kept."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from app.domain.findings import Finding, Severity, rule
from app.domain.indicators import IndicatorView, Sex
from app.domain.numbers import EXACT, half_step, in_words
from app.domain.periods import Period
from app.domain.phrases import listed, named
from app.domain.texts import Text


class SexedValue(NamedTuple):
    """An outcome's value with all that I4 asks about it. `unit` is the unit's code."""

    indicator: IndicatorView
    unit: str
    period: Period
    sex: Sex
    value: Decimal | None


@rule(
    "I4",
    title=Text("Könsuppdelning", "Split by sex"),
    statement=Text(
        "Kön är T, K eller M. En könsuppdelad indikator väntar sig alla tre; saknas någon blir det en varning. För"
        " antal kontrolleras att K + M = T, också det som varning.",
        "Sex is T, K or M. An indicator marked as sex-disaggregated expects all three; a missing split is a warning."
        " For counts, K + M = T is checked as a warning.",
    ),
    source="001 §3.2.2, 002",
)
def sex_split(batch: Iterable[SexedValue]) -> Iterator[Finding]:
    """I4, for outcomes that are sent together, and what stands already for the same indicator, unit and period.

    One warning per indicator, unit and period at most for each of the two questions, in the order they first came.
    """
    groups: dict[tuple[UUID, str, Period], tuple[IndicatorView, dict[Sex, Decimal | None]]] = {}
    for indicator, unit, period, sex, value in batch:
        groups.setdefault((indicator.id, unit, period), (indicator, {}))[1][sex] = value
    for (_, unit, period), (indicator, values) in groups.items():
        facts = {"indicator": indicator.code, "unit": unit, "period": str(period)}
        if indicator.sex_disaggregated and len(values) < len(Sex):
            yield _missing(facts, [sex for sex in Sex if sex not in values])
        if not indicator.is_ratio:
            yield from _sums(facts, values)


def _missing(facts: Mapping[str, str], missing: list[Sex]) -> Finding:
    words = Text(
        "{indicator} är könsuppdelad, men för {unit} {period} saknas {missing}.",
        "{indicator} is split by sex, but for {unit} {period} {missing} is missing.",
    )
    message = words.fill(missing=listed([named([sex.value]) for sex in missing]), **facts)
    return Finding("I4", message, "", Severity.WARNING, {**facts, "missing": [sex.value for sex in missing]})


def _sums(facts: Mapping[str, str], values: Mapping[Sex, Decimal | None]) -> Iterator[Finding]:
    total, women, men = (values.get(sex) for sex in (Sex.TOTAL, Sex.WOMEN, Sex.MEN))
    if total is None or women is None or men is None:
        return
    parts = (total, women, men)
    # Whole numbers must meet exactly; those with decimals may each be half of their last one off.
    leeway = Decimal(0) if all(p == p.to_integral_value() for p in parts) else sum(map(half_step, parts), Decimal(0))
    added = EXACT.add(women, men)
    if abs(EXACT.subtract(added, total)) <= leeway:
        return
    words = Text(
        "{indicator}, {unit} {period}: K + M är {added}, men T är {total}.",
        "{indicator}, {unit} {period}: K + M is {added}, but T is {total}.",
    )
    message = words.fill(added=in_words(added), total=in_words(total), **facts)
    yield Finding("I4", message, "", Severity.WARNING, {**facts, "sum": str(added), "total": str(total)})
