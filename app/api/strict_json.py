"""JSON as RFC 8259 means it: valid UTF-8, no NaN or Infinity, no number that nobody can hold, no bottomless nesting.

And no key twice in an object: one of the two would be ignored without a word.
"""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NoReturn

from app.api.problems import INVALID, ProblemError, Wrong
from app.domain.texts import Text

DEEPEST = 64
_LONGEST_NUMBER = 400

# A string (also one that is never closed), or a run of anything that is neither a bracket nor begins a string.
_NO_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[^\[\]{}"]+', re.DOTALL)

_MALFORMED = Text("Kroppen är inte giltig JSON: {why}", "The body is not valid JSON: {why}")
_NESTED = Text("Kroppen är nästlad djupare än {most} nivåer.", "The body is nested deeper than {most} levels.")


def parse(body: bytes) -> Any:
    """The document, decimals as Decimal. Raises ProblemError (422) for anything that is not JSON."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _problem("invalid_utf8", _MALFORMED.fill(why=f"UTF-8, byte {error.start}")) from error
    if _depth(text) > DEEPEST:
        raise _problem("nested_too_deep", _NESTED.fill(most=DEEPEST))
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_float=_decimal, parse_int=_integer, parse_constant=_refuse
        )
    except (ValueError, ArithmeticError) as error:
        why = f"{error.msg}, line {error.lineno}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise _problem("json_invalid", _MALFORMED.fill(why=why[:200])) from error


def _depth(text: str) -> int:
    """How deep brackets nest, those in strings not counted."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0
    deepest = depth = 0
    for bracket in _NO_BRACKETS.sub("", text):
        if bracket in "[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"a key stands twice: {next(name for name in names if names.count(name) > 1)!r}")
    return made


def _decimal(digits: str) -> Decimal:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError("a number is too long")
    number = Decimal(digits)
    # 1e400 and the like: a Decimal holds it, but every sum of it would be written out digit by digit.
    if number and not -_LONGEST_NUMBER < number.adjusted() < 300:  # noqa: PLR2004  # near the end of a double
        raise ValueError(f"a number is out of range: {digits[:20]}")
    return number


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError("a number is too long")
    return int(digits)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _problem(code: str, words: Text) -> ProblemError:
    return ProblemError(INVALID, [Wrong(words, code, pointer="")])
