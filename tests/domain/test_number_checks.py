"""The linter for numbers: I3, I4, L1, L2 and L3 over what was taken."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.findings import Finding
from app.domain.indicators import Figures, IndicatorView, Sex
from app.domain.number_checks import CHECKS, Told, check_unit, jump, silent, silent_from
from app.domain.periods import Period, Periodicity, parse_period
from tests.domain.models import WARNING, only, said

COUNT = IndicatorView(id=UUID(int=1), code="IND-1")
SHARE = IndicatorView(id=UUID(int=2), code="IND-2", is_ratio=True, scale=Decimal(100))
SPLIT = IndicatorView(id=UUID(int=3), code="IND-3", sex_disaggregated=True)
T, K, M = Sex.TOTAL, Sex.WOMEN, Sex.MEN
MAY = parse_period("2027-05")
STEADY = [Decimal(n) for n in (100, 102, 98, 101, 99, 100, 103)]


def told(value: object, period: Period = MAY, sex: Sex = T) -> Told:
    return Told(period, sex, Figures(None if value is None else Decimal(str(value))))


def jumps(value: object, history: list[Decimal]) -> list[Finding]:
    return list(jump(COUNT, "SU", told(value), history))


@pytest.mark.parametrize("value", ["100", "110", "90", "125", "75", None])
def test_l1_accepted_what_lies_near_its_history(value: str | None) -> None:
    assert jumps(value, STEADY) == []


@pytest.mark.parametrize("value", ["126", "74", "1000", "0", "-100"])
def test_l1_refused_a_jump_is_told_as_a_warning(value: str) -> None:
    finding = only(jumps(value, STEADY))
    assert said([finding]) == [("L1", "", WARNING)]
    assert (finding.facts["unit"], finding.facts["median"], finding.facts["value"]) == ("SU", "100", value)


def test_l1_edge_a_short_history_says_nothing_and_a_long_one_is_cut() -> None:
    assert jumps("1000", STEADY[:5]) == []
    assert len(jumps("1000", STEADY[:6])) == 1
    long_ago = [Decimal(1000)] * 30 + [Decimal(10)] * 24
    assert len(jumps("1000", long_ago)) == 1
    assert jumps("10", long_ago) == []


def test_l1_edge_a_history_without_spread() -> None:
    constant = [Decimal(100)] * 8
    assert jumps("125", constant) == []
    assert len(jumps("125.1", constant)) == 1
    zeros = [Decimal(0)] * 8
    assert jumps("2", zeros) == []
    assert len(jumps("3", zeros)) == 1


@given(st.lists(st.integers(-1000, 1000).map(Decimal), min_size=6, max_size=30), st.integers(-(10**6), 10**6))
def test_l1_one_wild_value_in_the_history_hides_no_jump(history: list[Decimal], wild: int) -> None:
    """The middle of a history is not moved far by one figure: what is far from all of it stays far."""
    assert len(jumps(10**9, [*history, Decimal(wild)])) == 1


TODAY = date(2027, 6, 15)
OLD = date(2020, 1, 1)


def silences(periodicity: Periodicity, since: date = OLD, *, today: date = TODAY, reported: bool = False) -> list[str]:
    return [
        f"{f.facts['first']} {f.facts['last']}" for f in silent(COUNT, periodicity, since, today, reported=reported)
    ]


def test_l3_accepted_somebody_has_reported() -> None:
    assert silences(Periodicity.MONTH, reported=True) == []


@pytest.mark.parametrize(
    ("periodicity", "today", "periods"),
    [
        (Periodicity.MONTH, TODAY, "2027-04 2027-05"),
        (Periodicity.TERTIAL, TODAY, "2026-T3 2027-T1"),
        (Periodicity.YEAR, TODAY, "2025 2026"),
        (Periodicity.MONTH, date(2027, 6, 30), "2027-05 2027-06"),
        (Periodicity.YEAR, date(2027, 12, 31), "2026 2027"),
        (Periodicity.MONTH, date(2027, 1, 1), "2026-11 2026-12"),
    ],
)
def test_l3_refused_nobody_has_for_two_periods(periodicity: Periodicity, today: date, periods: str) -> None:
    assert silences(periodicity, today=today) == [periods]
    assert silent_from(periodicity, today) == parse_period(periods.split(maxsplit=1)[0]).start
    assert said(silent(COUNT, periodicity, OLD, today, reported=False)) == [("L3", "", WARNING)]


def test_l3_edge_a_young_indicator_is_waited_for() -> None:
    assert silences(Periodicity.MONTH, date(2027, 4, 1)) == ["2027-04 2027-05"]
    assert silences(Periodicity.MONTH, date(2027, 4, 2)) == []


def rules(indicator: IndicatorView, *outcomes: Told, **more: object) -> list[str]:
    found = check_unit(indicator, "SU", outcomes, **{"threshold": 5, **more})  # type: ignore[arg-type]
    assert all(f.severity.value == WARNING for f in found)
    return [f.rule for f in found]


def test_all_is_well() -> None:
    assert rules(SPLIT, told(30), told(10, sex=K), told(20, sex=M)) == []


def test_each_check_speaks() -> None:
    assert rules(SPLIT, told(30), told(10, sex=K), told(21, sex=M)) == ["I4"]
    assert rules(SPLIT, told(30)) == ["I4"]
    assert rules(COUNT, told(3)) == ["L2"]
    apart = Told(MAY, T, Figures(Decimal(60), Decimal(10), Decimal(20)))
    assert rules(SHARE, apart) == ["I3"]
    [finding] = check_unit(SHARE, "SU", [apart], threshold=5)
    assert finding.message.en.startswith("IND-2, SU 2027-05 T: The value 60 does not agree")
    bare = Told(MAY, T, Figures(Decimal(60)))
    assert rules(SHARE, bare, Told(MAY, K, Figures(None, Decimal(10), Decimal(0)))) == []


def test_a_jump_is_judged_within_its_own_sex_and_periodicity() -> None:
    months = MAY.previous().last(8)
    steady = [told(100, p) for p in months] + [told(50, p, K) for p in months]
    assert rules(COUNT, *steady, told(300), told(51, sex=K)) == ["L1"]
    assert rules(COUNT, *steady, told(5000, parse_period("2027-T1"))) == []


def test_history_is_not_remarked_on() -> None:
    months = MAY.previous().last(8)
    history = [told(3, p) for p in months]
    assert rules(COUNT, *history, told(300), since=MAY.start) == ["L1"]
    assert len(rules(COUNT, *history, told(300))) == 9


def test_only_the_checks_that_are_asked_for() -> None:
    outcomes = (told(4), told(1, sex=K), told(2, sex=M))
    assert rules(COUNT, *outcomes, checks=("I4",)) == ["I4"]
    assert set(rules(COUNT, *outcomes, checks=CHECKS)) == {"I4", "L2"}


def test_findings_come_by_period() -> None:
    found = check_unit(COUNT, "SU", [told(3), told(2, MAY.previous())], threshold=5)
    assert [f.facts["period"] for f in found] == ["2027-04", "2027-05"]
