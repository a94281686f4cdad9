"""Indicators, outcomes and targets as the rules see them."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class Sex(StrEnum):
    """T total, K women (kvinnor), M men (män) (I4)."""

    TOTAL = "T"
    WOMEN = "K"
    MEN = "M"


class Direction(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class InputWay(StrEnum):
    """Where outcomes come from: a person, or the indicator catalogue (I2)."""

    MANUAL = "manual"
    CATALOGUE = "catalogue"


class OutcomeStatus(StrEnum):
    """What an outcome's value is, or why there is none. The order is how they are stored: add at the end.

    As SDMX's list of observation statuses (CL_OBS_STATUS) has them: A, O, Q and M.
    """

    NORMAL = "normal"
    MISSING = "missing"
    """There is a value, but it is not known."""
    SUPPRESSED = "suppressed"
    """It is known, and may not be shown."""
    NOT_APPLICABLE = "not_applicable"
    """There can be none: a ratio over nothing (I3), a unit that does not do what is counted."""


SEXES = tuple(Sex)
"""By the numbers that outcomes are stored with: add at the end."""
OUTCOME_STATUSES = tuple(OutcomeStatus)
"""By the numbers that outcomes are stored with."""


class TargetKind(StrEnum):
    """What an outcome is held against: a direction (Öka, Minska), with an amount (Öka >1 %), or a bound."""

    INCREASE = "increase"
    DECREASE = "decrease"
    LESS = "less"
    AT_MOST = "at_most"
    EQUAL = "equal"
    AT_LEAST = "at_least"
    MORE = "more"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorView:
    """What is measured, as the rules need it. `scale`: a ratio's value is scale * numerator / denominator (I3)."""

    id: UUID
    code: str
    is_ratio: bool = False
    scale: Decimal = Decimal(1)
    direction: Direction = Direction.NONE
    sex_disaggregated: bool = False
    region_level_only: bool = False
    input: InputWay = InputWay.MANUAL


class Figures(NamedTuple):
    """The numbers of an outcome. A value of None is "no value" (a denominator of 0), not "unknown"."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
