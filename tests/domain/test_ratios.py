"""I3: ratios, their parts, and "no value"."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.indicators import Figures, IndicatorView
from app.domain.numbers import half_step
from app.domain.ratios import completed, figures_agree, ratio
from tests.domain.models import REFUSED, WARNING, only, said

SHARE = IndicatorView(id=UUID(int=1), code="IND-1", is_ratio=True, scale=Decimal(100))
COUNT = IndicatorView(id=UUID(int=2), code="IND-2")
PARTS = st.decimals(-(10**6), 10**6, allow_nan=False, places=3)


def figures(value: str | None = None, numerator: str | None = None, denominator: str | None = None) -> Figures:
    return Figures(*(None if given is None else Decimal(given) for given in (value, numerator, denominator)))


@pytest.mark.parametrize(
    "given_figures",
    [
        figures("33.3", "1", "3"),
        figures("33", "1", "3"),
        figures("33.333333333", "1", "3"),
        figures("33.3"),
        figures(None, "1", "3"),
        figures(None, "0", "0"),
        figures(None, None, "0"),
        figures("-50", "-1", "2"),
    ],
)
def test_i3_accepted(given_figures: Figures) -> None:
    assert not said(figures_agree(SHARE, given_figures))


@pytest.mark.parametrize(
    ("given_figures", "pointer"),
    [
        (figures("33.4", "1", "3"), "/value"),
        (figures("34", "1", "3"), "/value"),
        (figures("0.333", "1", "3"), "/value"),
        (figures("33.3", "1"), "/denominator"),
        (figures("33.3", None, "3"), "/numerator"),
        (figures(), "/value"),
        (figures(None, "999999999999999", "0.000000001"), "/numerator"),
    ],
)
def test_i3_refused(given_figures: Figures, pointer: str) -> None:
    assert said(figures_agree(SHARE, given_figures)) == [("I3", pointer, REFUSED)]


def test_i3_says_what_the_parts_give() -> None:
    finding = only(figures_agree(SHARE, figures("33.4", "1", "3"), "/7"))
    assert finding.pointer == "/7/value"
    assert finding.facts == {"value": "33.4", "computed": "33.333333333"}
    assert "33,333333333" in finding.message.sv
    assert not finding.is_conflict


@pytest.mark.parametrize(
    ("value", "parts", "agrees"),
    [
        ("46.2", ("4625", "10000"), True),
        ("46.2", ("46251", "100000"), False),
        ("46", ("455", "1000"), True),
        ("46", ("4549", "10000"), False),
    ],
)
def test_i3_edge_half_a_unit_of_the_last_printed_decimal(value: str, parts: tuple[str, str], agrees: bool) -> None:
    assert (not list(figures_agree(SHARE, figures(value, *parts)))) == agrees


def test_i3_a_denominator_of_0_is_no_value_and_no_error() -> None:
    assert said(figures_agree(SHARE, figures("12", "3", "0"))) == [("I3", "/value", WARNING)]
    assert completed(SHARE, figures("12", "3", "0")) == figures(None, "3", "0")
    assert ratio(Decimal(100), Decimal(3), Decimal(0)) is None


def test_i3_a_count_has_a_value_and_no_parts() -> None:
    assert not said(figures_agree(COUNT, figures("12")))
    assert said(figures_agree(COUNT, figures())) == [("I3", "/value", REFUSED)]
    assert said(figures_agree(COUNT, figures(None, "1", "2"))) == [
        ("I3", "/numerator", REFUSED),
        ("I3", "/value", REFUSED),
    ]
    assert said(figures_agree(COUNT, figures("1", None, "2"))) == [("I3", "/numerator", REFUSED)]


def test_i3_what_is_kept() -> None:
    assert completed(SHARE, figures(None, "1", "3")) == figures("33.333333333", "1", "3")
    assert completed(SHARE, figures("33.3", "1", "3")) == figures("33.3", "1", "3")
    assert completed(SHARE, figures("33.3")) == figures("33.3")
    assert completed(SHARE, figures(None, None, "3")) == figures(None, None, "3")
    assert completed(COUNT, figures("12")) == figures("12")


@given(PARTS, PARTS)
def test_i3_a_computed_value_agrees_with_its_parts(numerator: Decimal, denominator: Decimal) -> None:
    assume(denominator)
    kept = completed(SHARE, Figures(None, numerator, denominator))
    assert kept.value is not None
    assert not list(figures_agree(SHARE, kept))
    assert abs(kept.value * denominator - 100 * numerator) <= abs(half_step(Decimal("1e-9")) * denominator)
    assert completed(SHARE, kept) == kept
