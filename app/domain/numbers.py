"""Numbers that come from outside: finite, bounded, exact. Nothing here expands an exponent before it is known small.

`1e400`, `NaN`, `Infinity` and `1e999999999` are refused with a code; what passes has at most 15 digits before the
point and 9 after it, and is a Decimal: sums of outcomes must come out to the last digit.
"""

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

from app.domain.texts import Text

DIGITS_BEFORE = 15
DIGITS_AFTER = 9
NOT_A_NUMBER = "not_a_number"
OUT_OF_RANGE = "number_out_of_range"

_LIMIT = 10**DIGITS_BEFORE
_STEP = Decimal(1).scaleb(-DIGITS_AFTER)
# Wide enough for a product of two numbers over the smallest one, and sums of a hundred thousand of them.
EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)
_FORM = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_PLAIN = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{0,9})?", re.ASCII)
_LONGEST = 100

_NOT_A_NUMBER = Text(
    "Inte ett tal. Skriv siffror med punkt som decimaltecken, till exempel 12.5.",
    "Not a number. Write digits with a point for decimals, for example 12.5.",
)
_NOT_FINITE = Text("Talet måste vara ändligt.", "The number must be finite.")
_TOO_LARGE = Text("Talet har fler än 15 siffror före punkten.", "The number has over 15 digits before the point.")
_TOO_FINE = Text("Talet har fler än nio decimaler. Avrunda det.", "The number has over nine decimals. Round it.")


class NumberRefusedError(ValueError):
    """A number that can't be kept: `code` is `not_a_number` or `number_out_of_range`, `text` says why."""

    def __init__(self, code: str, text: Text) -> None:
        self.code = code
        self.text = text
        super().__init__(text.en)


def read_number(raw: object) -> Decimal:
    """A number from JSON or CSV -> Decimal, its printed decimals kept (`12.50` stays `12.50`), `-0` made `0`.

    Takes int, float, Decimal and str. Raises NumberRefusedError for what is no number, is not finite, is 10^15 or
    more in either direction, or has over nine decimals.
    """
    if type(raw) is str and _PLAIN.fullmatch(raw):  # nearly all that comes: in bounds by its form
        return Decimal(raw) if raw[0] != "-" else Decimal(raw) or Decimal(raw[1:])
    number = _decimal(raw)
    if not number.is_finite():
        raise NumberRefusedError(OUT_OF_RANGE, _NOT_FINITE)
    if not number:
        number = number.copy_abs() if number.adjusted() <= 0 else Decimal(0)
    if number.adjusted() >= DIGITS_BEFORE:
        raise NumberRefusedError(OUT_OF_RANGE, _TOO_LARGE)
    exact = number.quantize(_STEP, context=EXACT)
    if exact != number:
        raise NumberRefusedError(OUT_OF_RANGE, _TOO_FINE)
    places = _exponent(number)
    if places > 0:
        return number.quantize(Decimal(1), context=EXACT)
    return number if places >= -DIGITS_AFTER else exact


def rounded(number: Decimal) -> Decimal:
    """A computed number as it is kept and shown: nine decimals at most, no trailing zeros, no exponent."""
    short = number.quantize(_STEP, context=EXACT)
    whole = short.to_integral_value()
    # Not -0, which a small negative number rounds to; and 1000 is not to become 1E+3.
    return (whole or Decimal(0)) if whole == short else short.normalize(EXACT)


def half_step(number: Decimal) -> Decimal:
    """Half a unit of the number's last printed decimal: 0.05 for 46.2, 0.5 for 46; half of 10^-9 at least."""
    return Decimal(5).scaleb(max(min(_exponent(number), 0), -DIGITS_AFTER) - 1)


def in_words(number: Decimal) -> Text:
    """A number as it stands in a sentence: a comma in Swedish, a point in English, never an exponent."""
    plain = f"{number:f}"
    return Text(plain.replace(".", ","), plain)


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # a letter stands for NaN and infinity, which are refused before
    return exponent


def _decimal(raw: object) -> Decimal:
    if isinstance(raw, Decimal):
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool):  # JSON's true is an int to Python
        # Compared before it is turned: a Decimal of a ten-thousand-digit int costs time for nothing.
        if abs(raw) >= _LIMIT:
            raise NumberRefusedError(OUT_OF_RANGE, _TOO_LARGE)
        return Decimal(raw)
    words = (repr(raw) if isinstance(raw, float) else raw if isinstance(raw, str) else "").strip()
    if words.lower().lstrip("+-") in {"nan", "inf", "infinity"}:
        raise NumberRefusedError(OUT_OF_RANGE, _NOT_FINITE)
    if len(words) > _LONGEST or not _FORM.fullmatch(words):
        raise NumberRefusedError(NOT_A_NUMBER, _NOT_A_NUMBER)
    try:
        return Decimal(words)
    except InvalidOperation as error:  # an exponent of twenty digits
        raise NumberRefusedError(OUT_OF_RANGE, _TOO_LARGE) from error
