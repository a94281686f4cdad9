"""I6: whether an outcome reaches its target."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.domain.findings import also, rule
from app.domain.indicators import Direction, TargetKind
from app.domain.numbers import half_step, in_words
from app.domain.targets import Target
from app.domain.texts import Text


class AttainmentStatus(StrEnum):
    """What comparing an outcome with its target gives."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    NO_TARGET = "no_target"
    NO_OUTCOME = "no_outcome"


@dataclass(frozen=True, slots=True)
class Attainment:
    """The status with what it rests on. `comparison` is the year before's outcome, for a target that is a direction."""

    status: AttainmentStatus
    outcome: Decimal | None
    target: Target | None
    comparison: Decimal | None
    reason: Text


@rule(
    "I6",
    title=Text("Måluppfyllelse räknas fram", "Attainment is computed"),
    statement=Text(
        "Ett utfall hålls mot sitt måltal: uppnått, ej uppnått, måltal saknas eller utfall saknas. Måltal som är en"
        " riktning jämförs med samma period året före.",
        "An outcome is held against its target: reached, not reached, no target or no outcome. Targets that are a"
        " direction compare with the same period the year before.",
    ),
    source="000 §8.3, 002",
)
def attainment(
    target: Target | None, outcome: Decimal | None, direction: Direction, year_before: Decimal | None = None
) -> Attainment:
    """I6. All numbers in the indicator's unit of measure; None is "no outcome" or "no value".

    A bare value (`90 %`) is at least that where up is better, at most that where down is, and else the same when
    rounded as the target is printed. An amount given as per cent (`Öka >1 %`) is a share of the year before's outcome.
    """
    if target is None:
        return Attainment(AttainmentStatus.NO_TARGET, outcome, None, None, _NO_TARGET)
    if outcome is None:
        return Attainment(AttainmentStatus.NO_OUTCOME, None, target, year_before, _NO_OUTCOME)
    if not target.is_direction:
        return _told(_holds(target, outcome, direction), outcome, target, None)
    if year_before is None:
        return Attainment(AttainmentStatus.NO_OUTCOME, outcome, target, None, _NO_YEAR_BEFORE)
    return _told(_changed(target, outcome, year_before), outcome, target, year_before)


_NO_TARGET = Text("Måltal saknas.", "There is no target.")
_NO_OUTCOME = Text("Utfall saknas.", "There is no outcome.")
_NO_YEAR_BEFORE = Text(
    "Utfall saknas för samma period året före.", "There is no outcome for the same period the year before."
)
_WORDS = {
    (True, False): Text(
        "Utfallet {outcome} når måltalet {target}.", "The outcome {outcome} reaches the target {target}."
    ),
    (False, False): Text(
        "Utfallet {outcome} når inte måltalet {target}.", "The outcome {outcome} does not reach the target {target}."
    ),
    (True, True): Text(
        "Utfallet {outcome} når måltalet {target} (året före {before}).",
        "The outcome {outcome} reaches the target {target} (the year before {before}).",
    ),
    (False, True): Text(
        "Utfallet {outcome} når inte måltalet {target} (året före {before}).",
        "The outcome {outcome} does not reach the target {target} (the year before {before}).",
    ),
}
_BY_DIRECTION = {
    Direction.UP: TargetKind.AT_LEAST,
    Direction.DOWN: TargetKind.AT_MOST,
    Direction.NONE: TargetKind.EQUAL,
}


def _holds(target: Target, outcome: Decimal, direction: Direction) -> bool:
    """Whether the outcome stands on the right side of a bound."""
    bound = target.bound
    if bound is None:
        raise ValueError(f"a target of kind {target.kind} without a bound")
    kind = _BY_DIRECTION[direction] if target.kind is TargetKind.EQUAL else target.kind
    return {
        TargetKind.LESS: outcome < bound,
        TargetKind.AT_MOST: outcome <= bound,
        TargetKind.AT_LEAST: outcome >= bound,
        TargetKind.MORE: outcome > bound,
        TargetKind.EQUAL: abs(outcome - bound) <= half_step(bound),
    }[kind]


def _changed(target: Target, outcome: Decimal, year_before: Decimal) -> bool:
    """Whether the outcome has moved far enough the right way."""
    change = outcome - year_before if target.kind is TargetKind.INCREASE else year_before - outcome
    needed = _needed(target, year_before)
    return change >= needed if target.bound is not None and target.amount_is_enough else change > needed


def _needed(target: Target, year_before: Decimal) -> Decimal:
    """By how much an outcome is to have moved."""
    amount = target.bound or Decimal(0)
    # Multiplied, not divided: a year before of 0 is an outcome like any other.
    return abs(year_before) * amount / 100 if target.amount_is_share else amount


@also("I6")
def level_of(target: Target, year_before: Decimal | None) -> Decimal | None:
    """I6: the number that an outcome is held against: the bound, or for a direction the year before, moved as asked.

    None for a direction without a year before.
    """
    if not target.is_direction:
        return target.bound
    if year_before is None:
        return None
    needed = _needed(target, year_before)
    return year_before + needed if target.kind is TargetKind.INCREASE else year_before - needed


def _told(reached: bool, outcome: Decimal, target: Target, comparison: Decimal | None) -> Attainment:
    words = _WORDS[reached, comparison is not None]
    before = in_words(comparison) if comparison is not None else ""
    reason = words.fill(outcome=in_words(outcome), target=target.printed.strip(), before=before)
    status = AttainmentStatus.REACHED if reached else AttainmentStatus.NOT_REACHED
    return Attainment(status, outcome, target, comparison, reason)
