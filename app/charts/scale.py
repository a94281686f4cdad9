"""Where numbers lie on an axis: round steps, a little air, zero where it is near."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_FEW, _AIR = 4, Decimal("0.08")


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high` with a tick at each of `ticks`; `decimals` is what the ticks need."""

    low: Decimal
    high: Decimal
    ticks: tuple[Decimal, ...]
    decimals: int

    def share(self, number: Decimal) -> float:
        """0 for `low`, 1 for `high`."""
        return float((number - self.low) / (self.high - self.low))


def scale_of(numbers: Sequence[Decimal]) -> Scale:
    """The axis that holds these numbers; 0 to 1 for none. Zero is on it when the numbers come near it."""
    low, high = min(numbers, default=Decimal(0)), max(numbers, default=Decimal(1))
    if low == high:
        low, high = low - max(abs(low) / 10, Decimal(1)), high + max(abs(high) / 10, Decimal(1))
    span = high - low
    if 0 <= low <= span:
        low = Decimal(0)
    elif -span <= high <= 0:
        high = Decimal(0)
    step = _step((high - low) / _FEW)
    bottom = low if low == 0 else low - span * _AIR
    top = high if high == 0 else high + span * _AIR
    first = (bottom / step).to_integral_value(ROUND_FLOOR)
    last = (top / step).to_integral_value(ROUND_CEILING)
    ticks = tuple(step * n for n in range(int(first), int(last) + 1))
    exponent = step.normalize().as_tuple().exponent
    assert isinstance(exponent, int)  # a step is a finite number
    return Scale(ticks[0], ticks[-1], ticks, max(0, -exponent))


def _step(rough: Decimal) -> Decimal:
    power = Decimal(1).scaleb(rough.adjusted())
    return next(power * step for step in _STEPS if power * step >= rough)
