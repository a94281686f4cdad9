"""A chart of made-up figures, for the documentation."""

from decimal import Decimal

from app.charts.chart import Chart, Goal, Point
from app.domain.attainment import AttainmentStatus
from app.domain.indicators import Sex
from app.domain.texts import Language, Text

_TITLE = Text(
    "Andel som har väntat 90 dagar eller kortare till första besök inom specialiserad vård",
    "Share that has waited 90 days or less for a first visit in specialised care",
)
_UNIT = Text("Ett sjukhus", "A hospital")
_TOTAL = ("87.2", "87.9", "86.4", "88.1", "89.0", None, "88.4", "89.1", "89.9", "90.4", "90.1", "90.8")
_WOMEN = ("88.2", "88.9", "87.0", "88.5", "89.9", None, "89.4", "90.1", "90.3", "91.4", "90.8", "91.0")
_MEN = ("86.0", "87.0", "85.9", "87.6", "88.1", None, "87.4", "88.1", "89.5", "89.4", "89.1", "90.6")
_GOAL, _PUT_TOGETHER = Decimal(90), 4


def example_chart(language: Language) -> Chart:
    """A year by month: a gap, a target that is reached late, the first figures put together from below."""
    return Chart(
        title=_TITLE.in_language(language),
        unit=_UNIT.in_language(language),
        unit_of_measure="%",
        periods=tuple(f"2027-{month:02d}" for month in range(1, 13)),
        lines={Sex.TOTAL: _line(_TOTAL), Sex.WOMEN: _line(_WOMEN), Sex.MEN: _line(_MEN)},
        goals=tuple(Goal("≥90 %", _GOAL, _status(value)) for value in _TOTAL),
        made_up=True,
    )


def _line(values: tuple[str | None, ...]) -> tuple[Point, ...]:
    return tuple(Point(None if v is None else Decimal(v), i < _PUT_TOGETHER) for i, v in enumerate(values))


def _status(value: str | None) -> AttainmentStatus:
    if value is None:
        return AttainmentStatus.NO_OUTCOME
    return AttainmentStatus.REACHED if Decimal(value) >= _GOAL else AttainmentStatus.NOT_REACHED
