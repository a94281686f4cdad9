"""I3: a ratio's value, its numerator and its denominator agree; a denominator of 0 is "no value"."""

from collections.abc import Iterator
from decimal import Decimal

from app.domain.findings import Finding, Severity, also, rule
from app.domain.indicators import Figures, IndicatorView, OutcomeStatus
from app.domain.numbers import DIGITS_BEFORE, EXACT, OUT_OF_RANGE, half_step, in_words, rounded
from app.domain.texts import Text


def ratio(scale: Decimal, numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """The value: scale * numerator / denominator to nine decimals; None ("no value") where the denominator is 0."""
    if not denominator:
        return None
    return rounded(EXACT.divide(EXACT.multiply(scale, numerator), denominator))


@rule(
    "I3",
    title=Text("Kvotens delar stämmer med värdet", "A ratio agrees with its parts"),
    statement=Text(
        "En kvots värde är skala gånger täljare genom nämnare. Ges alla tre ska de stämma inom avrundningen av värdets"
        " sista decimal. Nämnaren 0 ger ”inget värde”, aldrig ett fel.",
        "A ratio's value is scale times numerator over denominator. Given all three, they must agree within the"
        " rounding of the value's last decimal. A denominator of 0 gives “no value”, never an error.",
    ),
    source="000 §8.3",
)
def figures_agree(indicator: IndicatorView, figures: Figures, pointer: str = "") -> Iterator[Finding]:
    """I3: what is wrong with the numbers as they were sent; `completed` then fills in what follows from them."""
    if indicator.is_ratio:
        yield from _ratio_agrees(indicator, figures, pointer)
        return
    if figures.numerator is not None or figures.denominator is not None:
        words = Text(
            "Indikatorn {code} är ingen kvot: lämna bara värde.", "The indicator {code} is no ratio: give only a value."
        )
        yield Finding("I3", words.fill(code=indicator.code), f"{pointer}/numerator")
    if figures.value is None:
        yield Finding("I3", Text("Värde saknas.", "The value is missing."), f"{pointer}/value")


def _ratio_agrees(indicator: IndicatorView, figures: Figures, pointer: str) -> Iterator[Finding]:
    value, numerator, denominator = figures
    if denominator is not None and not denominator:
        if value is not None:
            words = Text(
                "Nämnaren är 0: värdet {value} sparas inte, utfallet blir ”inget värde”.",
                "The denominator is 0: the value {value} is not kept, the outcome becomes “no value”.",
            )
            yield Finding("I3", words.fill(value=in_words(value)), f"{pointer}/value", Severity.WARNING)
        return
    if (numerator is None) != (denominator is None):
        words = Text("Täljare och nämnare hör ihop: ge båda.", "Numerator and denominator belong together: give both.")
        yield Finding("I3", words, f"{pointer}/{'numerator' if numerator is None else 'denominator'}")
        return
    if numerator is None or denominator is None:
        if value is None:
            words = Text("Ge ett värde, eller täljare och nämnare.", "Give a value, or numerator and denominator.")
            yield Finding("I3", words, f"{pointer}/value")
        return
    computed = ratio(indicator.scale, numerator, denominator)
    assert computed is not None  # the denominator is not 0
    if value is None:
        yield from _keepable(computed, pointer)
    elif abs(computed - value) > half_step(value):
        words = Text(
            "Värdet {value} stämmer inte med täljare och nämnare, som ger {computed}.",
            "The value {value} does not agree with numerator and denominator, which give {computed}.",
        )
        facts = {"value": str(value), "computed": str(computed)}
        message = words.fill(value=in_words(value), computed=in_words(computed))
        yield Finding("I3", message, f"{pointer}/value", facts=facts)


def _keepable(computed: Decimal, pointer: str) -> Iterator[Finding]:
    """A huge numerator over a tiny denominator is a number that no one can keep, though both parts can be."""
    if computed and computed.adjusted() >= DIGITS_BEFORE:
        words = Text(
            "Täljare genom nämnare ger ett tal med fler än 15 siffror före kommat.",
            "Numerator over denominator gives a number with over 15 digits before the point.",
        )
        yield Finding("I3", words, f"{pointer}/numerator", facts={"code": OUT_OF_RANGE})


@also("I3")
def completed(indicator: IndicatorView, figures: Figures) -> Figures:
    """I3: the figures as they are kept: a ratio's value computed where none was given, None for a denominator of 0."""
    if not indicator.is_ratio or figures.denominator is None:
        return figures
    if not figures.denominator:
        return figures._replace(value=None)
    if figures.value is None and figures.numerator is not None:
        return figures._replace(value=ratio(indicator.scale, figures.numerator, figures.denominator))
    return figures


@also("I3")
def no_value(status: OutcomeStatus, figures: Figures, pointer: str = "") -> Iterator[Finding]:
    """I3: an outcome that says why it has no value has no numbers. `status` is not `normal`."""
    words = Text(
        "Statusen {status} betyder inget värde: lämna inga tal.", "The status {status} means no value: give none."
    )
    for name, number in zip(figures._fields, figures, strict=True):
        if number is not None:
            yield Finding("I3", words.fill(status=status.value), f"{pointer}/{name}", facts={"status": status.value})


@also("I3")
def status_kept(status: OutcomeStatus, figures: Figures) -> OutcomeStatus:
    """I3: the status as it is kept: a ratio over nothing has no value. `figures`: as `completed` made them."""
    if status is OutcomeStatus.NORMAL and figures.value is None:
        return OutcomeStatus.NOT_APPLICABLE
    return status
