"""Periods in SDMX notation: `2027`, `2027-T1` (a tertial), `2027-04` (a month). Source: domain.md, Period."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache, total_ordering
from typing import Self

_MONTHS = 12
_FIRST_YEAR = 1000  # the notation holds four digits
_NOTATION = re.compile(r"(?P<year>[12][0-9]{3})(?:-(?:T(?P<tertial>[1-3])|(?P<month>0[1-9]|1[0-2])))?")


class Periodicity(StrEnum):
    """How often something is followed up."""

    YEAR = "year"
    TERTIAL = "tertial"
    MONTH = "month"


@total_ordering
@dataclass(frozen=True, slots=True, order=False)
class Period:
    """A year, a tertial or a month. `number` is 1 for a year, 1-3 for a tertial, 1-12 for a month.

    Ordered by the last day; of two that end together the longer is the later (`2027-08` < `2027-T2`), so that
    the greatest of the periods within a period is that period itself, if it is there.
    """

    year: int
    periodicity: Periodicity
    number: int = 1
    start: date = field(init=False, repr=False, compare=False)
    """The period's first day."""
    end: date = field(init=False, repr=False, compare=False)
    """The period's last day."""

    def __post_init__(self) -> None:
        """Work out the days once: a large chain asks for them ten thousand times, of a dozen periods."""
        object.__setattr__(self, "start", date(self.year, self.first_month, 1))
        last = self.last_month
        after = date(self.year, last + 1, 1) - timedelta(days=1) if last < _MONTHS else date(self.year, _MONTHS, 31)
        object.__setattr__(self, "end", after)

    @classmethod
    def parse(cls, notation: str) -> Self:
        """`2027`, `2027-T2` or `2027-04` -> the period. Raises ValueError for anything else."""
        match = _NOTATION.fullmatch(notation)
        if match is None:
            raise ValueError(f"not a period: {notation[:20]!r}")
        year = int(match["year"])
        if match["tertial"]:
            return cls(year, Periodicity.TERTIAL, int(match["tertial"]))
        if match["month"]:
            return cls(year, Periodicity.MONTH, int(match["month"]))
        return cls(year, Periodicity.YEAR)

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Period):
            return NotImplemented
        return self._place < other._place

    @property
    def _place(self) -> tuple[int, int]:
        """(the last month counted from year 0, minus the first month): what periods are ordered by."""
        return self.year * _MONTHS + self.last_month, -self.first_month

    def __str__(self) -> str:
        if self.periodicity is Periodicity.YEAR:
            return f"{self.year}"
        if self.periodicity is Periodicity.TERTIAL:
            return f"{self.year}-T{self.number}"
        return f"{self.year}-{self.number:02d}"

    @property
    def first_month(self) -> int:
        """1-12: the period's first month."""
        return {Periodicity.YEAR: 1, Periodicity.TERTIAL: 4 * self.number - 3, Periodicity.MONTH: self.number}[
            self.periodicity
        ]

    @property
    def last_month(self) -> int:
        """1-12: the period's last month."""
        return {Periodicity.YEAR: 12, Periodicity.TERTIAL: 4 * self.number, Periodicity.MONTH: self.number}[
            self.periodicity
        ]

    @property
    def months(self) -> int:
        """How many months it lasts."""
        return _LENGTH[self.periodicity]

    def year_before(self) -> "Period":
        """The same period the year before (I6)."""
        return Period(self.year - 1, self.periodicity, self.number)

    def holds(self, other: "Period") -> bool:
        """Whether `other` lies within this period (a period holds itself)."""
        return self.start <= other.start and other.end <= self.end

    def of(self, periodicity: Periodicity) -> "Period":
        """The last period of `periodicity` that ends no later than this one.

        `2027-T2` -> month `2027-08`, tertial `2027-T2`, year `2026`; `2027` -> `2027-12`, `2027-T3`, `2027`.
        """
        if periodicity is Periodicity.MONTH:
            return Period(self.year, periodicity, self.last_month)
        if periodicity is Periodicity.TERTIAL:
            done = self.last_month // 4
            return Period(self.year, periodicity, done) if done else Period(self.year - 1, periodicity, 3)
        return Period(self.year if self.last_month == _MONTHS else self.year - 1, periodicity)

    def parts(self, periodicity: Periodicity) -> Iterator["Period"]:
        """The periods of `periodicity` that lie within this one, in order; none where they are longer than it is."""
        length = _LENGTH[periodicity]
        first = -(-(self.first_month - 1) // length) + 1
        yield from (Period(self.year, periodicity, n) for n in range(first, self.last_month // length + 1))

    def previous(self) -> "Period":
        """The period of the same length that ends the day before this one starts."""
        if self.number > 1:
            return Period(self.year, self.periodicity, self.number - 1)
        return Period(self.year - 1, self.periodicity, _MONTHS // _LENGTH[self.periodicity])

    def last(self, count: int) -> list["Period"]:
        """The `count` periods of the same length that end with this one, oldest first.

        Fewer where the notation's first year is reached: what can't be written down is not a period.
        """
        found = [self]
        while len(found) < count and (before := found[-1].previous()).year >= _FIRST_YEAR:
            found.append(before)
        return found[::-1] if count > 0 else []

    def same_year_before(self, count: int) -> list["Period"]:
        """This period and the same one in the `count - 1` years before, oldest first (R3)."""
        years = range(max(self.year - count + 1, _FIRST_YEAR), self.year + 1)
        return [Period(year, self.periodicity, self.number) for year in years]


_LENGTH = {Periodicity.YEAR: 12, Periodicity.TERTIAL: 4, Periodicity.MONTH: 1}
_OF_MONTHS = {months: periodicity for periodicity, months in _LENGTH.items()}


@lru_cache(maxsize=4096)
def parse_period(notation: str) -> Period:
    """`Period.parse` with a memory, for rows by the ten thousand. Raises ValueError."""
    return Period.parse(notation)


@lru_cache(maxsize=4096)
def period_of(start: date, months: int) -> Period:
    """The period of so many months (1, 4 or 12) that begins on this day. Raises KeyError for another length."""
    return Period(start.year, _OF_MONTHS[months], (start.month - 1) // months + 1)


def latest(periods: Iterable[Period], within: Period) -> Period | None:
    """The latest of `periods` that lies within `within`; that period itself goes before its last month."""
    return max((p for p in periods if within.holds(p)), default=None)
