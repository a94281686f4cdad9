"""I4: outcomes by sex."""

from decimal import Decimal
from uuid import UUID

import pytest

from app.domain.indicators import IndicatorView, Sex
from app.domain.periods import Period
from app.domain.sex_split import SexedValue, sex_split
from tests.domain.models import WARNING, only, said

SPLIT = IndicatorView(id=UUID(int=1), code="IND-1", sex_disaggregated=True)
WHOLE = IndicatorView(id=UUID(int=2), code="IND-2")
SHARE = IndicatorView(id=UUID(int=3), code="IND-3", is_ratio=True)


def values(indicator: IndicatorView, said_values: str, unit: str = "SU") -> list[SexedValue]:
    """`T=3 K=1`: the values of one indicator, unit and period."""
    period = Period.parse("2027-04")
    pairs = [word.split("=") for word in said_values.split()]
    return [SexedValue(indicator, unit, period, Sex(sex), Decimal(v) if v else None) for sex, v in pairs]


@pytest.mark.parametrize(
    "said_values", ["T=3 K=1 M=2", "M=2 T=3 K=1", "T=57.8 K=12.3 M=45.6", "T=3 K= M=2", "T= K= M="]
)
def test_i4_accepted(said_values: str) -> None:
    assert not said(sex_split(values(SPLIT, said_values)))


@pytest.mark.parametrize(("said_values", "missing"), [("T=3", ["K", "M"]), ("K=1 M=2", ["T"]), ("T=3 M=2", ["K"])])
def test_i4_refused_a_missing_split_is_a_warning(said_values: str, missing: list[str]) -> None:
    finding = only(sex_split(values(SPLIT, said_values)))
    assert said([finding]) == [("I4", "", WARNING)]
    assert finding.facts == {"indicator": "IND-1", "unit": "SU", "period": "2027-04", "missing": missing}


@pytest.mark.parametrize("said_values", ["T=4 K=1 M=2", "T=57.8 K=12.3 M=45.7"])
def test_i4_refused_a_sum_that_does_not_meet_is_a_warning(said_values: str) -> None:
    for indicator in (SPLIT, WHOLE):
        finding = only(sex_split(values(indicator, said_values)))
        assert said([finding]) == [("I4", "", WARNING)]
        assert finding.facts["unit"] == "SU"


def test_i4_edge_rounded_parts_may_each_be_half_a_decimal_off() -> None:
    assert not said(sex_split(values(WHOLE, "T=58.00 K=12.3 M=45.6")))
    assert said(sex_split(values(WHOLE, "T=58.01 K=12.3 M=45.6"))) == [("I4", "", WARNING)]


def test_i4_edge_ratios_are_not_added_and_others_need_no_split() -> None:
    assert not said(sex_split(values(SHARE, "T=50 K=50 M=50")))
    assert not said(sex_split(values(WHOLE, "T=50")))


def test_i4_looks_at_each_indicator_unit_and_period_by_itself() -> None:
    batch = values(SPLIT, "T=3") + values(SPLIT, "K=1 M=2", "NU") + values(SPLIT, "K=1 M=2")
    assert [f.facts["unit"] for f in sex_split(batch)] == ["NU"]
