"""What an aggregated number is made of: every unit below, and the part that it has in the number (I5)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.domain.aggregation import contributes, stands_free
from app.domain.findings import also
from app.domain.indicators import Figures, IndicatorView
from app.domain.numbers import in_words
from app.domain.phrases import counted, say
from app.domain.texts import Text


class UnitPart(StrEnum):
    """What a unit has to do with a number put together at a unit above it."""

    CONTRIBUTING = "contributing"
    """Its figures are in the number."""
    NO_VALUE = "no_value"
    """It has reported, but nothing that can be added."""
    ANSWERED_FOR = "answered_for"
    """It has reported, but a unit above it has, too: that one's figures count."""
    MISSING = "missing"
    """It was expected to report, and has not."""


class Expectation(StrEnum):
    """Why a unit is expected to report."""

    ALLOCATED = "allocated"
    """The indicator is allocated to it, or its own, in the plan of the period's year."""
    REPORTED_BEFORE = "reported_before"
    """It reported the period before."""


@dataclass(frozen=True, slots=True)
class Part:
    """A unit's part. `answered_by`: the unit above whose figures count instead."""

    unit: UUID
    part: UnitPart
    answered_by: UUID | None = None


@also("I5")
def parts(
    indicator: IndicatorView,
    unit: UUID,
    parent_of: Mapping[UUID, UUID],
    outcomes: Mapping[UUID, Figures],
    expected: Collection[UUID] = (),
) -> list[Part]:
    """I5: the part of every unit below `unit` that has reported or was expected to; the rest have none.

    Arguments as of `aggregate`, whose `contributing` and `missing` are the units with these parts (where a ratio
    can't be summed, the contributing ones are those that could have been). An expected unit below one that has
    reported is answered for, and not missing.
    """
    found = []
    for below, figures in outcomes.items():
        if stands_free(below, unit, parent_of, outcomes):
            part = UnitPart.CONTRIBUTING if contributes(indicator, figures) else UnitPart.NO_VALUE
            found.append(Part(below, part))
        elif (above := _answering(below, unit, parent_of, outcomes)) is not None:
            found.append(Part(below, UnitPart.ANSWERED_FOR, above))
    found += [
        Part(silent, UnitPart.MISSING)
        for silent in expected
        if silent not in outcomes and stands_free(silent, unit, parent_of, outcomes)
    ]
    return found


def _answering(
    below: UUID, unit: UUID, parent_of: Mapping[UUID, UUID], outcomes: Mapping[UUID, Figures]
) -> UUID | None:
    """The topmost unit between the two that has an outcome; None where `below` does not stand below `unit`."""
    found, above = None, parent_of.get(below)
    while above is not None and above != unit:
        found = above if above in outcomes else found
        above = parent_of.get(above)
    return found if above == unit else None


@also("I5")
def formula(indicator: IndicatorView, figures: Figures, count: int) -> Text:
    """How a put-together number was worked out, in words and figures. `count`: how many units are in it."""
    if not indicator.is_ratio:
        of = counted(count, Text("enhets värde", "unit's value"), Text("enheters värden", "units' values"))
        if figures.value is None:
            return say("Summan av {of}.", "The sum of {of}.", of=of)
        return say("Summan av {of} = {sum}.", "The sum of {of} = {sum}.", of=of, sum=in_words(figures.value))
    if figures.numerator is None or figures.denominator is None:
        return Text(
            "Skalan gånger summan av täljare genom summan av nämnare.",
            "The scale times the sum of numerators over the sum of denominators.",
        )
    return say(
        "Summan av {count} täljare genom summan av deras nämnare: {ratio}.",
        "The sum of {count} numerators over the sum of their denominators: {ratio}.",
        count=count,
        ratio=_ratio(indicator, figures),
    )


@also("I5")
def own_formula(indicator: IndicatorView, figures: Figures) -> Text:
    """How a unit's own number came about."""
    own = Text(
        "Enhetens eget utfall, som går före dem nedanför", "The unit's own outcome, which goes before those below it"
    )
    if not indicator.is_ratio or figures.numerator is None or figures.denominator is None:
        return say("{own}.", "{own}.", own=own)
    return say("{own}: {ratio}.", "{own}: {ratio}.", own=own, ratio=_ratio(indicator, figures))


def _ratio(indicator: IndicatorView, figures: Figures) -> Text:
    assert figures.numerator is not None
    assert figures.denominator is not None
    value = Text("inget värde", "no value") if figures.value is None else in_words(figures.value)
    scale = Text("", "") if indicator.scale == 1 else say("{s} × ", "{s} × ", s=in_words(indicator.scale))
    return say(
        "{scale}{numerator} / {denominator} = {value}",
        "{scale}{numerator} / {denominator} = {value}",
        scale=scale,
        numerator=in_words(figures.numerator),
        denominator=in_words(figures.denominator),
        value=value,
    )
