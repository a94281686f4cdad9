"""Texts that people type, checked for form: what a database can hold and a screen can show.

`Title` is one line of at most 500 characters with something to see in it; `Prose` may run over many lines.
"""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

TITLE_LENGTH = 500
PROSE_LENGTH = 20_000
_LINE_BREAKS = frozenset("\n\r\t")
_INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


def one_line(text: str) -> str:
    """The text, if it has no control characters and something visible; NUL can't even be stored."""
    if any(unicodedata.category(c) == "Cc" for c in text):
        raise PydanticCustomError("control_character", "The text holds a control character (a NUL, a line break)")
    return visible(text)


def many_lines(text: str) -> str:
    """The text, if it has no control characters but line breaks and tabs, and something visible."""
    if any(unicodedata.category(c) == "Cc" and c not in _LINE_BREAKS for c in text):
        raise PydanticCustomError("control_character", "The text holds a control character (a NUL, an escape)")
    return visible(text)


def visible(text: str) -> str:
    """The text, if there is something to see in it."""
    if all(unicodedata.category(c) in _INVISIBLE for c in text):
        raise PydanticCustomError("blank", "The text says nothing: it is empty, or made of blanks")
    return text


Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=TITLE_LENGTH), AfterValidator(one_line)]
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(one_line)]
GroupName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=256), AfterValidator(one_line)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=PROSE_LENGTH), AfterValidator(many_lines)]
