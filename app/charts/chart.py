"""What a chart shows: an indicator's series at a unit, by sex, beside what it is held against."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.domain.attainment import AttainmentStatus
from app.domain.indicators import Sex
from app.domain.numbers import half_step, rounded
from app.domain.texts import Language

_MOST_DECIMALS = 2
_THOUSAND = {"sv": "\u00a0", "en": ","}


@dataclass(frozen=True, slots=True)
class Point:
    """A figure of a line. `value` None: no value. `put_together`: summed from the units below, not reported as such."""

    value: Decimal | None
    put_together: bool = False


@dataclass(frozen=True, slots=True)
class Goal:
    """What a period's outcome is held against: the target as printed, where it lies (None: unknown), and how it went.

    For a direction it lies where the year before was, moved by the amount.
    """

    printed: str
    level: Decimal | None
    status: AttainmentStatus | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart. Every line has a point for each period, and `goals` one or None; periods are in order, at least one."""

    title: str
    unit: str
    unit_of_measure: str | None
    periods: tuple[str, ...]
    lines: Mapping[Sex, tuple[Point, ...]]
    goals: tuple[Goal | None, ...] = ()
    made_up: bool = False
    notes: tuple[str, ...] = field(default=())

    def levels(self) -> list[Decimal]:
        """Every number that must fit into the picture."""
        found = [p.value for line in self.lines.values() for p in line if p.value is not None]
        return found + [g.level for g in self.goals if g is not None and g.level is not None]

    @property
    def has_put_together(self) -> bool:
        """Whether some figure is summed from the units below."""
        return any(p.put_together and p.value is not None for line in self.lines.values() for p in line)


def shown(number: Decimal, language: Language, decimals: int | None = None) -> str:
    """A number for a reader: two decimals at most (or as many as are said), thousands apart, a comma in Swedish."""
    if decimals is None:
        short = round(number, _MOST_DECIMALS) if half_step(number) < Decimal("0.005") else number
        plain = f"{rounded(short):,f}"
    else:
        plain = f"{number:,.{decimals}f}"
    whole, _, part = plain.partition(".")
    whole = whole.replace(",", _THOUSAND[language]).replace("-", "−")
    return whole if not part else f"{whole}{',' if language == 'sv' else '.'}{part}"
