"""SVG, written element by element: text escaped, numbers short."""

import re
from collections.abc import Iterable
from html import escape

# What XML 1.0 can't hold at all, whatever it is escaped to.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text_of(words: str) -> str:
    """Words as they can stand in XML."""
    return escape(_UNWRITABLE.sub("\ufffd", words))


def element(name: str, *content: str, **attributes: str | float) -> str:
    """`<name ...>content</name>`; content is XML already. In attribute names `_` stands for `-`."""
    said = "".join(f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{said}>{''.join(content)}</{name}>" if content else f"<{name}{said}/>"


def path(points: Iterable[tuple[float, float]]) -> str:
    """`d` of a line through the points."""
    return "M" + "L".join(f"{_value(x)} {_value(y)}" for x, y in points)


def _value(value: str | float) -> str:
    return text_of(value) if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
