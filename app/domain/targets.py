"""Targets (måltal): what an outcome is held against, read from how they are printed and printed back.

    Öka · Minska · Öka >1 % · Minska ≥ 2 · <4,5 % · <=10 % · ≤10% · 90 % · ≥ 5 · >0

Source: 002, "Indikatorer för bedömning av mål och fokusområden".
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from app.domain.indicators import TargetKind
from app.domain.numbers import NumberRefusedError, read_number

_PRINTED = re.compile(
    r"(?P<direction>öka|minska)?\s*"
    r"(?:(?P<sign><=|=<|≤|<|>=|=>|≥|>|=)?\s*(?P<number>[+\-−]?[0-9]+(?:[\s\u00a0\u202f][0-9]{3})*(?:[.,][0-9]+)?)"
    r"\s*(?P<unit>[^\s0-9<>=≤≥.,+\-−][^0-9<>=≤≥]{0,39})?)?",
    re.IGNORECASE,
)
_BOUNDS = {
    "<": TargetKind.LESS,
    "<=": TargetKind.AT_MOST,
    "=<": TargetKind.AT_MOST,
    "≤": TargetKind.AT_MOST,
    "=": TargetKind.EQUAL,
    None: TargetKind.EQUAL,
    ">=": TargetKind.AT_LEAST,
    "=>": TargetKind.AT_LEAST,
    "≥": TargetKind.AT_LEAST,
    ">": TargetKind.MORE,
}
_SIGNS = {
    TargetKind.LESS: "<",
    TargetKind.AT_MOST: "≤",
    TargetKind.EQUAL: "",
    TargetKind.AT_LEAST: "≥",
    TargetKind.MORE: ">",
}
_WORDS = {TargetKind.INCREASE: "Öka", TargetKind.DECREASE: "Minska"}
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Target:
    """A target as it is held against outcomes, and word for word as it was printed.

    `bound` is in the indicator's own unit of measure; for a direction it is the amount of the change, or None where
    any change the right way will do. Whether that amount is a share (`Öka >1 %`) or a number (`Öka >5`), and
    whether the amount itself is enough (`≥`), stands in the printed words.
    """

    kind: TargetKind
    bound: Decimal | None
    printed: str

    def __str__(self) -> str:
        return self.printed

    @property
    def is_direction(self) -> bool:
        """Whether an outcome is compared with the year before, not with a bound."""
        return self.kind in _WORDS

    @property
    def amount_is_share(self) -> bool:
        """Whether the amount of a direction is per cent of the year before's outcome (not percentage points)."""
        return self.printed.rstrip().endswith("%")

    @property
    def amount_is_enough(self) -> bool:
        """Whether a change of exactly the amount will do: `Öka ≥1 %`, `Öka 1 %`; for `Öka >1 %` it will not."""
        return not re.search(r"[<>](?!=)", self.printed.replace("=>", "≥").replace("=<", "≤"))

    @classmethod
    def of(cls, kind: TargetKind, bound: Decimal | None = None, unit: str = "") -> Self:
        """A target printed the standard way: `Öka`, `Öka >1 %`, `≤10 %`. `unit` is what stands after the number."""
        number = "" if bound is None else f"{bound:f}".replace(".", ",")
        after = f"{number} {unit}".strip()
        if kind in _WORDS:
            return cls(kind, bound, f"{_WORDS[kind]} >{after}" if number else _WORDS[kind])
        return cls(kind, bound, f"{_SIGNS[kind]}{after}")


def parse_target(printed: str) -> Target:
    """A printed target -> the target, its words kept as they are.

    Raises ValueError (message in English) for words that say no target, and for a bound that is out of range.
    """
    match = _PRINTED.fullmatch(printed.strip()) if len(printed) <= _LONGEST else None
    if match is None or not (match["direction"] or match["number"]):
        raise ValueError(f"not a target: {printed[:_LONGEST]!r}; write for example Öka, Öka >1 %, ≤10 % or 90 %")
    bound = _number(match["number"]) if match["number"] else None
    if not match["direction"]:
        return Target(_BOUNDS[match["sign"]], bound, printed)
    if match["sign"] in {"<", "<=", "=<", "≤"}:
        # "Öka <1 %" would be a change held back, which no document prints and no rule here could answer.
        raise ValueError(f"not a target: {printed!r}; a change is to be more than an amount, not less")
    kind = TargetKind.INCREASE if match["direction"].casefold() == "öka" else TargetKind.DECREASE
    return Target(kind, bound, printed)


def _number(printed: str) -> Decimal:
    plain = re.sub(r"\s", "", printed).replace(",", ".").replace("−", "-")
    try:
        return read_number(plain)
    except NumberRefusedError as error:
        raise ValueError(f"not a target: {error}") from error
