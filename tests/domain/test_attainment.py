"""I6: outcomes held against targets."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.attainment import Attainment, AttainmentStatus, attainment, level_of
from app.domain.indicators import Direction, TargetKind
from app.domain.targets import Target, parse_target

UP, DOWN, NONE = Direction.UP, Direction.DOWN, Direction.NONE
REACHED, NOT_REACHED = AttainmentStatus.REACHED, AttainmentStatus.NOT_REACHED
NUMBERS = st.decimals(-1000, 1000, allow_nan=False, places=2)


def held(target: str, outcome: str, before: str | None = None, direction: Direction = NONE) -> Attainment:
    year_before = None if before is None else Decimal(before)
    return attainment(parse_target(target), Decimal(outcome), direction, year_before)


@pytest.mark.parametrize(
    ("target", "outcome", "status"),
    [
        ("<4,5 %", "4.4", REACHED),
        ("<4,5 %", "4.5", NOT_REACHED),
        ("≤10%", "10", REACHED),
        ("≤10%", "10.01", NOT_REACHED),
        ("≥5", "5", REACHED),
        ("≥5", "4.99", NOT_REACHED),
        (">5", "5.01", REACHED),
        (">5", "5", NOT_REACHED),
    ],
)
def test_i6_accepted_on_the_right_side_of_a_bound(target: str, outcome: str, status: AttainmentStatus) -> None:
    for direction in Direction:
        assert held(target, outcome, direction=direction).status is status


@pytest.mark.parametrize(
    ("direction", "outcome", "status"),
    [
        (UP, "90", REACHED),
        (UP, "97", REACHED),
        (UP, "89.9", NOT_REACHED),
        (DOWN, "90", REACHED),
        (DOWN, "83", REACHED),
        (DOWN, "90.1", NOT_REACHED),
        (NONE, "90.5", REACHED),
        (NONE, "89.5", REACHED),
        (NONE, "90.51", NOT_REACHED),
        (NONE, "97", NOT_REACHED),
    ],
)
def test_i6_a_bare_value_is_read_by_the_indicators_direction(
    direction: Direction, outcome: str, status: AttainmentStatus
) -> None:
    assert held("90 %", outcome, direction=direction).status is status


def test_i6_edge_a_bare_value_is_as_exact_as_it_is_printed() -> None:
    assert held("90,0 %", "90.05").status is REACHED
    assert held("90,0 %", "90.06").status is NOT_REACHED


@pytest.mark.parametrize(
    ("target", "before", "outcome", "status"),
    [
        ("Öka", "10", "10.01", REACHED),
        ("Öka", "10", "10", NOT_REACHED),
        ("Minska", "10", "9.99", REACHED),
        ("Minska", "10", "10", NOT_REACHED),
        ("Öka >1 %", "200", "202.01", REACHED),
        ("Öka >1 %", "200", "202", NOT_REACHED),
        ("Öka ≥1 %", "200", "202", REACHED),
        ("Öka >1 %", "0", "0.01", REACHED),
        ("Öka >1 %", "0", "0", NOT_REACHED),
        ("Öka >10 %", "-100", "-91", NOT_REACHED),
        ("Öka >10 %", "-100", "-89", REACHED),
        ("Minska >5", "20", "14.9", REACHED),
        ("Minska >5", "20", "15", NOT_REACHED),
        ("Minska 5", "20", "15", REACHED),
        ("Öka >2 %-enheter", "50", "51.5", NOT_REACHED),
    ],
)
def test_i6_a_direction_is_held_against_the_year_before(
    target: str, before: str, outcome: str, status: AttainmentStatus
) -> None:
    found = held(target, outcome, before)
    assert (found.status, found.comparison) == (status, Decimal(before))
    assert before in found.reason.en
    assert target in found.reason.en


def test_i6_a_direction_without_the_year_before_has_no_outcome_to_compare() -> None:
    found = held("Öka", "10")
    assert found.status is AttainmentStatus.NO_OUTCOME
    assert found.outcome == 10
    assert "the year before" in found.reason.en


def test_i6_no_target_and_no_outcome() -> None:
    nothing = attainment(None, None, UP)
    assert (nothing.status, nothing.outcome) == (AttainmentStatus.NO_TARGET, None)
    assert attainment(None, Decimal(3), UP).outcome == 3
    silent = attainment(parse_target("90 %"), None, UP)
    assert silent.status is AttainmentStatus.NO_OUTCOME
    assert silent.target == parse_target("90 %")
    assert silent.reason.sv == "Utfall saknas."


def test_i6_reasons_speak_both_languages() -> None:
    assert held("<4,5 %", "4.6").reason.sv == "Utfallet 4,6 når inte måltalet <4,5 %."
    assert held("<4,5 %", "4.4").reason.en == "The outcome 4.4 reaches the target <4,5 %."
    assert held("Öka", "5", "4").reason.sv == "Utfallet 5 når måltalet Öka (året före 4)."


def test_i6_refused_a_bound_that_is_none() -> None:
    broken = Target(TargetKind.LESS, None, "<")
    with pytest.raises(ValueError, match="without a bound"):
        attainment(broken, Decimal(1), UP)


@given(NUMBERS, NUMBERS)
def test_i6_more_and_less_are_each_others_opposites(bound: Decimal, outcome: Decimal) -> None:
    for kind, opposite in ((TargetKind.LESS, TargetKind.AT_LEAST), (TargetKind.MORE, TargetKind.AT_MOST)):
        one = attainment(Target.of(kind, bound), outcome, NONE).status
        other = attainment(Target.of(opposite, bound), outcome, NONE).status
        assert {one, other} == {REACHED, NOT_REACHED}


@given(NUMBERS, NUMBERS)
def test_i6_up_and_down_are_mirrored(before: Decimal, outcome: Decimal) -> None:
    up = attainment(Target.of(TargetKind.INCREASE), outcome, NONE, before).status
    down = attainment(Target.of(TargetKind.DECREASE), -outcome, NONE, -before).status
    assert up is down


@pytest.mark.parametrize(
    ("target", "before", "level"),
    [
        ("90 %", None, "90"),
        ("<4,5 %", "3", "4.5"),
        ("Öka", "10", "10"),
        ("Öka >10 %", "-100", "-90"),
        ("Minska >5", "20", "15"),
        ("Minska", None, None),
    ],
)
def test_i6_what_an_outcome_is_held_against(target: str, before: str | None, level: str | None) -> None:
    found = level_of(parse_target(target), None if before is None else Decimal(before))
    assert found == (None if level is None else Decimal(level))
