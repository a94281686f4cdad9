"""Numbers from outside: exact, bounded, and never expanded before they are known to be small."""

from decimal import Decimal
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.numbers import NumberRefusedError, half_step, in_words, read_number, rounded

GOOD = st.decimals(-(10**15) + 1, 10**15 - 1, allow_nan=False, allow_infinity=False, places=9)


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (0, "0"),
        (-7, "-7"),
        (12.5, "12.5"),
        ("12.50", "12.50"),
        (" 5 ", "5"),
        ("+5.", "5"),
        (".5", "0.5"),
        ("1e3", "1000"),
        (1e3, "1000.0"),
        (1e-7, "1E-7"),
        ("-0", "0"),
        (-0.0, "0.0"),
        ("0.00", "0.00"),
        ("0e999999999", "0"),
        (Decimal("1.0000000000000"), "1.000000000"),
        (10**15 - 1, "999999999999999"),
        ("-999999999999999.999999999", "-999999999999999.999999999"),
    ],
)
def test_what_passes_keeps_its_printed_decimals(raw: Any, number: str) -> None:
    assert str(read_number(raw)) == number


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("1e400", "number_out_of_range"),
        ("1e999999999", "number_out_of_range"),
        ("-1e999999999", "number_out_of_range"),
        ("1e-999999999", "number_out_of_range"),
        ("1e99999999999999999999999", "number_out_of_range"),
        ("1e-99999999999999999999999", "number_out_of_range"),
        ("NaN", "number_out_of_range"),
        ("-Infinity", "number_out_of_range"),
        (float("nan"), "number_out_of_range"),
        (float("inf"), "number_out_of_range"),
        (Decimal("sNaN"), "number_out_of_range"),
        (Decimal("-Infinity"), "number_out_of_range"),
        (Decimal("1E+999999"), "number_out_of_range"),
        (10**15, "number_out_of_range"),
        (-(10**15), "number_out_of_range"),
        (10**4000, "number_out_of_range"),
        (0.1 + 0.2, "number_out_of_range"),
        ("0.0000000001", "number_out_of_range"),
        (True, "not_a_number"),
        (None, "not_a_number"),
        ([1], "not_a_number"),
        ("", "not_a_number"),
        ("sNaN", "not_a_number"),
        ("12,5", "not_a_number"),
        ("1_000", "not_a_number"),
        ("1 000", "not_a_number"),
        ("٣", "not_a_number"),
        ("0x10", "not_a_number"),
        ("1" * 101, "not_a_number"),
    ],
)
def test_what_is_refused_says_why_in_both_languages(raw: Any, code: str) -> None:
    with pytest.raises(NumberRefusedError) as refused:
        read_number(raw)
    assert refused.value.code == code
    assert refused.value.text.sv != refused.value.text.en == str(refused.value)


def test_a_huge_exponent_costs_nothing() -> None:
    start = perf_counter()
    for raw in ("1e999999999", "1e-999999999", "0e999999999", Decimal("1E-999999999")):
        try:
            read_number(raw)
        except NumberRefusedError:
            continue
    assert perf_counter() - start < 1


@given(GOOD)
def test_a_number_in_bounds_is_kept_exactly(number: Decimal) -> None:
    assert read_number(str(number)) == read_number(number) == number
    assert rounded(number) == number


@given(st.one_of(st.text(max_size=20), st.floats(), st.integers(), st.decimals(), st.none(), st.booleans()))
def test_any_input_is_read_or_refused(raw: object) -> None:
    try:
        number = read_number(raw)
    except NumberRefusedError:
        return
    assert number.is_finite()
    assert abs(number) < 10**15
    assert number == round(number, 9)


@pytest.mark.parametrize(
    ("number", "short"),
    [("0.3333333333", "0.333333333"), ("1E+3", "1000"), ("12.50", "12.5"), ("-0.0000000001", "0"), ("-2.5", "-2.5")],
)
def test_rounded(number: str, short: str) -> None:
    assert str(rounded(Decimal(number))) == short


@pytest.mark.parametrize(
    ("number", "half"), [("46", "0.5"), ("46.2", "0.05"), ("46.20", "0.005"), ("1E+3", "0.5"), ("1E-12", "5E-10")]
)
def test_half_a_unit_of_the_last_printed_decimal(number: str, half: str) -> None:
    assert half_step(Decimal(number)) == Decimal(half)


def test_in_words() -> None:
    assert in_words(Decimal("1E-7")).sv == "0,0000001"
    assert in_words(Decimal("12.5")).en == "12.5"
