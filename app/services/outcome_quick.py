"""Rows that no rule minds, made into lines for the staging table. By the batch: a call per row and field is what costs.

What a rule would say of an indicator in a period is known before (`Place`). A row of such a place, with plain numbers
and known names, passes; None stands for every other row: let the rules look at it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import count
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

import msgspec

from app.domain.numbers import DIGITS_BEFORE, half_step
from app.domain.outcome_rows import LONGEST_COMMENT
from app.domain.ratios import ratio
from app.services.outcome_sent import PLAIN, SentRow

NONE = r"\N"
_SEX = {"T": "0", "K": "1", "M": "2"}
# Numbers of a whole batch, one a line, in bounds by their form; a line is empty where there is none.
_PLAIN_LINES = re.compile(r"(?:(?:-?[0-9]{1,15}(?:\.[0-9]{1,9})?)?\n)*+", re.ASCII)
_VALUE, _NUMERATOR, _DENOMINATOR = attrgetter("value"), attrgetter("numerator"), attrgetter("denominator")


class Place(NamedTuple):
    """An indicator in a period that no rule minds. `when`: the period as it is copied."""

    no: int
    is_ratio: bool
    scale: Decimal
    region_level_only: bool
    when: str


class UnitFound(NamedTuple):
    """A unit that a row names."""

    id: UUID
    code: str
    no: int
    in_reach: bool
    at_region: bool


Places = Mapping[tuple[str, str], Place | None]
Units = Mapping[str, UnitFound | None]


def quick_lines(rows: Sequence[SentRow], first: int, places: Places, units: Units) -> Iterator[str | None]:
    """The line of each row, which count from `first`; None for a row that the rules must look at."""
    values, above, below = (_spelt(rows, number) for number in (_VALUE, _NUMERATOR, _DENOMINATOR))
    for number, row, value, over, under in zip(count(first), rows, values, above, below, strict=False):
        place, unit, sex = places[row.indicator, row.period], units.get(row.unit), _SEX.get(row.sex)
        if place is None or unit is None or sex is None or row.status or not unit.in_reach:
            yield None
            continue
        comment = NONE if row.comment is None else _comment(row.comment)
        if comment is None or (place.region_level_only and not unit.at_region):
            yield None
        elif over == "" == under and value:
            yield f"{number}\t{place.no}\t{unit.no}\t{place.when}\t{sex}\t0\t{value}\t\\N\t\\N\t{comment}\n"
        elif place.is_ratio and (figures := _ratio(place.scale, value, over, under)) is not None:
            yield f"{number}\t{place.no}\t{unit.no}\t{place.when}\t{sex}\t0\t{figures}\t{comment}\n"
        else:
            yield None


def _spelt(rows: Sequence[SentRow], number: Callable[[SentRow], msgspec.Raw]) -> list[str | None] | list[str]:
    """A number's spelling in each row: "" where there is none, None where it must be looked at."""
    raws = list(map(number, rows))
    # A number may come as a text; nothing else that holds a quote, or ends in null, is left plain by this.
    told = b"\n".join([*raws, b""]).replace(b"null\n", b"\n").replace(b'"', b"").decode("utf-8", "replace")
    if _PLAIN_LINES.fullmatch(told) and told.count("\n") == len(rows):
        return told.split("\n")
    return [_spelt_alone(bytes(raw)) for raw in raws]


def _spelt_alone(raw: bytes) -> str | None:
    if not raw or raw == b"null":
        return ""
    match = PLAIN.fullmatch(raw.decode("utf-8", "replace"))
    return match[1] if match else None


def _comment(said: str) -> str | None:
    if not said:
        return NONE
    if len(said) > LONGEST_COMMENT or not said.isprintable():
        return None
    return said.replace("\\", "\\\\")


def _ratio(scale: Decimal, value: str | None, above: str | None, below: str | None) -> str | None:
    """Value, numerator and denominator of a ratio that agrees; None: let the rules look at it."""
    if value is None or not above or not below:
        return None
    computed = ratio(scale, Decimal(above), Decimal(below))
    if computed is None or (computed and computed.adjusted() >= DIGITS_BEFORE):
        return None
    if value and abs(computed - Decimal(value)) > half_step(Decimal(value)):
        return None
    return f"{value or format(computed, 'f')}\t{above}\t{below}"
