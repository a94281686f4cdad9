"""I2, I9, I10: which outcomes are taken, and rows that say anything at all."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.indicators import Figures, IndicatorView, InputWay, Sex
from app.domain.outcome_rows import RawOutcome, ReadOutcome, names_known, period_open, read_outcome, shown
from app.domain.outcomes import input_way, on_its_level
from app.domain.periods import Period
from app.domain.plan_versions import PlanStatus
from tests.domain.models import REFUSED, only, said

BY_HAND = IndicatorView(id=UUID(int=1), code="IND-1", input=InputWay.MANUAL)
CATALOGUE = IndicatorView(id=UUID(int=2), code="IND-2", input=InputWay.CATALOGUE, region_level_only=True)
GOOD = RawOutcome("IND-1", "SU", "2027-04", "T", 12.5, None, "", "")


def test_i2_accepted() -> None:
    assert not said(input_way(BY_HAND, InputWay.MANUAL))
    assert not said(input_way(CATALOGUE, InputWay.CATALOGUE))


def test_i2_refused_the_other_way() -> None:
    assert said(input_way(BY_HAND, InputWay.CATALOGUE, "/0/indicator")) == [("I2", "/0/indicator", REFUSED)]
    finding = only(input_way(CATALOGUE, InputWay.MANUAL))
    assert finding.facts == {"indicator": "IND-2", "input": "catalogue"}
    assert "from the indicator catalogue, not by hand" in finding.message.en


def test_i2_edge_one_way_and_one_only() -> None:
    taken = [(i.code, way.value) for i in (BY_HAND, CATALOGUE) for way in InputWay if not said(input_way(i, way))]
    assert taken == [("IND-1", "manual"), ("IND-2", "catalogue")]


def test_i10_accepted_at_the_region() -> None:
    assert not said(on_its_level(CATALOGUE, at_region=True))


def test_i10_refused_below_the_region() -> None:
    finding = only(on_its_level(CATALOGUE, at_region=False, pointer="/3/unit"))
    assert (finding.rule, finding.pointer, finding.is_conflict) == ("I10", "/3/unit", False)


def test_i10_edge_other_indicators_go_anywhere() -> None:
    assert not said(on_its_level(BY_HAND, at_region=False))
    assert not said(on_its_level(BY_HAND, at_region=True))


def test_i9_accepted() -> None:
    assert read_outcome(GOOD) == ReadOutcome(
        "IND-1", "SU", Period.parse("2027-04"), Sex.TOTAL, Figures(Decimal("12.5"))
    )
    full = read_outcome(RawOutcome("IND-1", "SU", "2027", "K", "1.50", 3, 200, "Ett\nord\tåäö"))
    assert isinstance(full, ReadOutcome)
    assert full.figures == Figures(Decimal("1.5"), Decimal(3), Decimal(200))
    assert full.comment == "Ett\nord\tåäö"


@pytest.mark.parametrize(
    ("field", "given_value", "code"),
    [
        ("indicator", None, "not_a_code"),
        ("indicator", 7, "not_a_code"),
        ("unit", "", "not_a_code"),
        ("unit", "x" * 101, "not_a_code"),
        ("period", "2027-T4", "period_format"),
        ("period", 2027, "period_format"),
        ("period", None, "period_format"),
        ("sex", "X", "unknown_sex"),
        ("sex", "t", "unknown_sex"),
        ("sex", ["T"], "unknown_sex"),
        ("value", "NaN", "number_out_of_range"),
        ("value", "1e400", "number_out_of_range"),
        ("numerator", float("inf"), "number_out_of_range"),
        ("denominator", "tolv", "not_a_number"),
        ("value", True, "not_a_number"),
        ("comment", "a\0b", "not_a_text"),
        ("comment", "\ud800", "not_a_text"),
        ("comment", 5, "not_a_text"),
        ("comment", "x" * 2001, "not_a_text"),
    ],
)
def test_i9_refused_names_the_field_and_the_fault(field: str, given_value: Any, code: str) -> None:
    found = read_outcome(GOOD._replace(**{field: given_value}), "/4")
    assert isinstance(found, list)
    assert said(found) == [("I9", f"/4/{field}", REFUSED)]
    assert found[0].facts == {"code": code}


def test_i9_all_faults_of_a_row_are_told() -> None:
    found = read_outcome(RawOutcome(value="x", numerator="x", denominator="x", comment=1, status=1))
    assert isinstance(found, list)
    assert [f.pointer for f in found] == [f"/{field}" for field in RawOutcome._fields]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9), st.lists, max_leaves=3
)


@given(st.builds(RawOutcome, *[ANYTHING] * 9))
def test_i9_edge_no_row_is_a_crash(raw: RawOutcome) -> None:
    found = read_outcome(raw)
    assert isinstance(found, ReadOutcome) or found


def test_i9_unknown_names_and_closed_periods() -> None:
    assert not said(names_known("IND-1", "SU", indicator_known=True, unit_known=True))
    unknown = list(names_known("IND-0", "S\0U", indicator_known=False, unit_known=False, pointer="/2"))
    assert said(unknown) == [("I9", "/2/indicator", REFUSED), ("I9", "/2/unit", REFUSED)]
    assert "\0" not in unknown[1].message.sv
    april = Period.parse("2027-04")
    assert not said(period_open(april, PlanStatus.LIVE))
    assert said(period_open(april, PlanStatus.ARCHIVED)) == [("I9", "/period", REFUSED)]
    assert only(period_open(april, None)).is_conflict


@pytest.mark.parametrize(
    ("given_value", "words"),
    [("SU", "SU"), (12.5, "12.5"), (["T"], "['T']"), ("a\0b\ud800", "a\ufffdb\ufffd"), ("x" * 500, "x" * 100)],
)
def test_what_is_shown_of_a_value_can_be_kept(given_value: object, words: str) -> None:
    assert shown(given_value) == words
