"""Periods: notation, order, parts, and stepping from one to another."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.periods import Period, Periodicity, latest, parse_period

P = Period.parse
NUMBERS = {Periodicity.YEAR: 1, Periodicity.TERTIAL: 3, Periodicity.MONTH: 12}
periods = st.builds(
    lambda year, periodicity, number: Period(year, periodicity, number % NUMBERS[periodicity] + 1),
    st.integers(1000, 2999),
    st.sampled_from(Periodicity),
    st.integers(0, 11),
)


def words(found: list[Period]) -> list[str]:
    return [str(p) for p in found]


@given(periods)
def test_notation_round_trip(period: Period) -> None:
    assert Period.parse(str(period)) == period == parse_period(str(period))


@pytest.mark.parametrize(
    "notation",
    [
        "",
        "27",
        "0999",
        "3000",
        "2027-T0",
        "2027-T4",
        "2027-0",
        "2027-00",
        "2027-13",
        "2027-t1",
        " 2027",
        "2027\n",
        "２０２７",
    ],
)
def test_anything_else_is_no_period(notation: str) -> None:
    with pytest.raises(ValueError, match="not a period"):
        parse_period(notation)


@given(periods)
def test_a_period_runs_from_its_first_to_its_last_day(period: Period) -> None:
    months = {Periodicity.YEAR: 12, Periodicity.TERTIAL: 4, Periodicity.MONTH: 1}[period.periodicity]
    assert period.start.day == 1
    assert (period.end + timedelta(days=1)).day == 1
    assert period.last_month - period.first_month + 1 == months
    assert period.start.year == period.end.year == period.year


def test_leap_days_and_turns_of_the_year() -> None:
    assert P("2028-02").end == date(2028, 2, 29)
    assert P("2027-T1").end == date(2027, 4, 30)
    assert P("2027").end == P("2027-T3").end == P("2027-12").end == date(2027, 12, 31)
    assert P("2027-T2").year_before() == P("2026-T2")


def test_order_is_by_the_last_day_and_the_longer_comes_later() -> None:
    mixed = [P(n) for n in ("2027", "2027-08", "2027-T3", "2026", "2027-T2", "2027-12", "2027-09")]
    assert words(sorted(mixed)) == ["2026", "2027-08", "2027-T2", "2027-09", "2027-12", "2027-T3", "2027"]
    assert P("2027-08") < P("2027-T2") <= P("2027-T2")
    assert P("2027") > P("2027-T3")
    with pytest.raises(TypeError):
        assert P("2027") < "2028"


@given(periods, periods)
def test_order_is_total(one: Period, other: Period) -> None:
    assert (one < other) + (one == other) + (one > other) == 1
    if one < other:
        assert one.end <= other.end


@pytest.mark.parametrize(
    ("period", "periodicity", "parts"),
    [
        ("2027-T2", Periodicity.MONTH, ["2027-05", "2027-06", "2027-07", "2027-08"]),
        ("2027", Periodicity.TERTIAL, ["2027-T1", "2027-T2", "2027-T3"]),
        ("2027-T2", Periodicity.TERTIAL, ["2027-T2"]),
        ("2027-T2", Periodicity.YEAR, []),
        ("2027-04", Periodicity.TERTIAL, []),
        ("2027-02", Periodicity.MONTH, ["2027-02"]),
    ],
)
def test_parts(period: str, periodicity: Periodicity, parts: list[str]) -> None:
    assert words(list(P(period).parts(periodicity))) == parts


@given(periods, st.sampled_from(Periodicity))
def test_parts_lie_within_and_touch(period: Period, periodicity: Periodicity) -> None:
    parts = list(period.parts(periodicity))
    assert all(period.holds(part) and part.periodicity is periodicity for part in parts)
    assert all(a.end + timedelta(days=1) == b.start for a, b in pairwise(parts))
    if parts:
        assert (parts[0].start, parts[-1].end) == (period.start, period.end)


@given(periods.filter(lambda p: p.year > 1000))
def test_the_previous_period_ends_the_day_before(period: Period) -> None:
    before = period.previous()
    assert before.periodicity is period.periodicity
    assert before.end + timedelta(days=1) == period.start


def test_last_periods_oldest_first() -> None:
    assert words(P("2027-02").last(4)) == ["2026-11", "2026-12", "2027-01", "2027-02"]
    assert words(P("2027-T1").last(2)) == ["2026-T3", "2027-T1"]
    assert words(P("2027").last(1)) == ["2027"]
    assert P("2027").last(0) == P("2027").last(-1) == []


def test_the_same_period_in_the_years_before() -> None:
    assert words(P("2027-T2").same_year_before(3)) == ["2025-T2", "2026-T2", "2027-T2"]
    assert P("2027").same_year_before(0) == []


def test_no_period_lies_before_the_first_that_can_be_written() -> None:
    assert words(P("1000-T2").last(500)) == ["1000-T1", "1000-T2"]
    assert words(P("1001").same_year_before(500)) == ["1000", "1001"]


@pytest.mark.parametrize(
    ("period", "periodicity", "last"),
    [
        ("2027-T2", Periodicity.MONTH, "2027-08"),
        ("2027-T2", Periodicity.TERTIAL, "2027-T2"),
        ("2027-T2", Periodicity.YEAR, "2026"),
        ("2027-03", Periodicity.TERTIAL, "2026-T3"),
        ("2027-06", Periodicity.TERTIAL, "2027-T1"),
        ("2027", Periodicity.YEAR, "2027"),
    ],
)
def test_the_last_of_a_periodicity_that_has_ended(period: str, periodicity: Periodicity, last: str) -> None:
    assert str(P(period).of(periodicity)) == last


def test_latest_within() -> None:
    known = [P(n) for n in ("2027-05", "2027-07", "2027-09", "2026-T2", "2027")]
    assert latest(known, P("2027-T2")) == P("2027-07")
    assert latest([*known, P("2027-T2"), P("2027-08")], P("2027-T2")) == P("2027-T2")
    assert latest(known, P("2027-T1")) is None
