"""Made-up outcomes and judgements: the same every time, and marked as made up."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MADE_UP = "Påhittat för demonstrationen / made up for the demonstration"
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class MadeUpIndicator:
    """What the generator has to know of an indicator."""

    key: str
    is_ratio: bool
    scale: float
    direction: str
    sex_disaggregated: bool


def outcome_rows(indicator: MadeUpIndicator, units: list[str], board: str, year: int) -> Iterator[dict[str, Any]]:
    """Twelve months of outcomes for each of `units` and, summed, for their `board`.

    Ratios come as numerator and denominator, so that they can be aggregated; with sex split where the indicator
    asks for it. Counts come as values. Later years are a little better than earlier ones, mostly.
    """
    for month in range(1, _MONTHS + 1):
        totals: dict[str, list[int]] = {}
        for unit in units:
            # nosec: a seeded generator is the point: the demonstration shows the same figures on every machine.
            dice = random.Random(f"{indicator.key}/{unit}/{year}/{month}")  # noqa: S311
            split = _figures(indicator, dice, year)
            for sex, pair in split.items():
                summed = totals.setdefault(sex, [0, 0])
                summed[0] += pair[0]
                summed[1] += pair[1]
                yield _row(indicator, unit, f"{year}-{month:02d}", sex, pair)
        for sex, summed in totals.items():
            yield _row(indicator, board, f"{year}-{month:02d}", sex, (summed[0], summed[1]))


def _figures(indicator: MadeUpIndicator, dice: random.Random, year: int) -> dict[str, tuple[int, int]]:
    base = random.Random(indicator.key)  # noqa: S311
    low, high = (0.01, 0.09) if indicator.direction == "down" else (0.2, 0.85)
    drift = (year - 2026) * dice.uniform(-0.01, 0.05) * high * (-1 if indicator.direction == "down" else 1)
    share = min(0.98, max(0.005, base.uniform(low, high) + drift + dice.uniform(-0.03, 0.03) * high))
    women, men = dice.randint(120, 400), dice.randint(120, 400)
    split = {"K": (round(women * share), women), "M": (round(men * (share - 0.01)), men)}
    total = (split["K"][0] + split["M"][0], women + men)
    return {**split, "T": total} if indicator.sex_disaggregated else {"T": total}


def _row(indicator: MadeUpIndicator, unit: str, period: str, sex: str, pair: tuple[int, int]) -> dict[str, Any]:
    row: dict[str, Any] = {"indicator": indicator.key, "unit": unit, "period": period, "sex": sex, "comment": MADE_UP}
    if indicator.is_ratio:
        return row | {"numerator": pair[0], "denominator": pair[1]}
    return row | {"value": pair[0]}


def judgement(title: str, unit: str, grades: list[str], status: str | None) -> dict[str, Any]:
    """A made-up assessment: mostly the best grade, sometimes not, then with measures (F2).

    `grades` are the codes of the column's scale, best first; `status` is the activity's, None for other nodes.
    """
    dice = random.Random(f"{title}/{unit}")  # noqa: S311
    # An activity's last grade is "ej påbörjat": that goes with one that is planned, and with no other.
    fitting = grades if status is None else grades[-1:] if status == "planned" else grades[:-1]
    grade = dice.choices(fitting, weights=[60, 25, 15][: len(fitting)])[0]
    said: dict[str, Any] = {"grade": grade, "analysis": MADE_UP}
    if grade != grades[0]:
        said["measures"] = "Åtgärd beslutad i ledningsgruppen. " + MADE_UP
    if status is not None:
        said["status"] = status
    return said
