"""I5: outcomes put together upward in the tree."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.aggregation import aggregate
from app.domain.indicators import Figures, IndicatorView

COUNT = IndicatorView(id=UUID(int=1), code="IND-1")
SHARE = IndicatorView(id=UUID(int=2), code="IND-2", is_ratio=True, scale=Decimal(100))

# 0 > 1 > (2, 3 > 4), 0 > 5; 9 is somewhere else
TOP, A, A1, A2, A21, B, AWAY = (UUID(int=i) for i in (10, 1, 2, 3, 4, 5, 9))
PARENT_OF = {A: TOP, A1: A, A2: A, A21: A2, B: TOP}


def count(value: int | None) -> Figures:
    return Figures(None if value is None else Decimal(value))


def share(numerator: int, denominator: int) -> Figures:
    value = Decimal(100 * numerator) / denominator if denominator else None
    return Figures(value, Decimal(numerator), Decimal(denominator))


def test_i5_accepted_counts_add_up_from_the_nearest_units() -> None:
    found = aggregate(COUNT, TOP, PARENT_OF, {A1: count(3), A21: count(4), B: count(5), AWAY: count(1000)})
    assert (found.value, found.contributing, found.reason) == (Decimal(12), (A1, A21, B), None)
    assert found.numerator is found.denominator is None


def test_i5_an_own_outcome_hides_those_below_it() -> None:
    outcomes = {A: count(100), A1: count(3), A21: count(4), B: count(5), TOP: count(7)}
    assert aggregate(COUNT, TOP, PARENT_OF, outcomes).contributing == (A, B)
    assert aggregate(COUNT, A, PARENT_OF, outcomes).contributing == (A1, A21)
    assert aggregate(COUNT, A2, PARENT_OF, outcomes).value == 4


def test_i5_accepted_ratios_come_from_their_summed_parts() -> None:
    found = aggregate(SHARE, TOP, PARENT_OF, {A: share(1, 2), B: share(1, 98), A1: share(50, 50)})
    assert (found.value, found.numerator, found.denominator) == (Decimal(2), Decimal(2), Decimal(100))
    assert found.contributing == (A, B)


def test_i5_refused_a_ratio_without_its_parts_is_not_averaged() -> None:
    found = aggregate(SHARE, TOP, PARENT_OF, {A: Figures(Decimal(50)), B: share(1, 2)}, expected={A1, B})
    assert (found.value, found.contributing) == (None, ())
    assert found.reason is not None
    assert "1 of 2 units" in found.reason.en
    assert "1 av 2 enheter" in found.reason.sv


def test_i5_edge_no_value_is_no_zero() -> None:
    silent = aggregate(SHARE, TOP, PARENT_OF, {A: share(0, 0)})
    assert (silent.value, silent.denominator, silent.contributing) == (None, Decimal(0), (A,))
    assert silent.reason is not None
    assert "denominator" in silent.reason.en
    mixed = aggregate(SHARE, TOP, PARENT_OF, {A: share(0, 0), B: share(1, 4), A21: share(9, 9)})
    assert (mixed.value, mixed.contributing) == (Decimal(25), (A, B))
    bare = aggregate(SHARE, TOP, PARENT_OF, {A: Figures(), B: share(1, 4)})
    assert (bare.value, bare.contributing) == (Decimal(25), (B,))
    counts = aggregate(COUNT, TOP, PARENT_OF, {A: count(None), B: count(5)})
    assert (counts.value, counts.contributing) == (Decimal(5), (B,))


@pytest.mark.parametrize("indicator", [COUNT, SHARE])
def test_i5_nothing_below_is_said(indicator: IndicatorView) -> None:
    for outcomes in ({}, {TOP: count(3)}, {AWAY: count(3)}, {A: Figures()}):
        found = aggregate(indicator, TOP, PARENT_OF, outcomes)
        assert (found.value, found.contributing) == (None, ())
        assert found.reason is not None
        assert "No unit below" in found.reason.en


def test_i5_tells_who_is_missing() -> None:
    found = aggregate(COUNT, TOP, PARENT_OF, {A2: count(3)}, expected=(TOP, A, A1, A2, A21, B, AWAY))
    # A21 is hidden by A2, which answers for it; the unit itself is not below itself.
    assert found.missing == (A, A1, B)


def test_i5_sums_lose_no_digit() -> None:
    tiny, huge = Decimal("0.000000001"), Decimal(10**15 - 1)
    below = {UUID(int=100 + i): Figures(huge) for i in range(50)} | {UUID(int=99): Figures(tiny)}
    found = aggregate(COUNT, TOP, dict.fromkeys(below, TOP), below)
    assert str(found.value) == "49999999999999950.000000001"


@st.composite
def trees(draw: st.DrawFn) -> tuple[dict[UUID, UUID], dict[UUID, tuple[int, int]]]:
    """A tree of up to 25 units under 0, and outcomes (numerator, denominator) at some of them."""
    size = draw(st.integers(0, 24))
    parent_of = {UUID(int=i): UUID(int=draw(st.integers(0, i - 1))) for i in range(1, size + 1)}
    parts = st.tuples(st.integers(0, 50), st.integers(0, 50))
    outcomes = {unit: draw(parts) for unit in [UUID(int=0), *parent_of] if draw(st.booleans())}
    return parent_of, outcomes


@given(trees())
def test_i5_never_counts_twice_and_sums_exactly(
    tree: tuple[dict[UUID, UUID], dict[UUID, tuple[int, int]]],
) -> None:
    parent_of, outcomes = tree
    top = UUID(int=0)

    def nearest(unit: UUID) -> list[UUID]:
        found = []
        for child in (u for u, above in parent_of.items() if above == unit):
            found += [child] if child in outcomes else nearest(child)
        return found

    expected = nearest(top)
    numerator, denominator = (sum(outcomes[u][i] for u in expected) for i in (0, 1))
    ratios = aggregate(SHARE, top, parent_of, {u: share(n, d) for u, (n, d) in outcomes.items()}, expected=parent_of)
    assert sorted(ratios.contributing) == sorted(expected)
    if expected:
        assert (ratios.numerator, ratios.denominator) == (Decimal(numerator), Decimal(denominator))
    if denominator:
        assert ratios.value is not None
        assert abs(ratios.value * denominator - 100 * numerator) <= denominator * Decimal("1e-9")
    else:
        assert ratios.value is None
    counts = aggregate(COUNT, top, parent_of, {u: count(n) for u, (n, _) in outcomes.items()})
    assert (counts.value or 0) == numerator

    def line(unit: UUID) -> set[UUID]:
        above = parent_of.get(unit)
        return set() if above is None else {above} | line(above)

    assert all(not line(u) & set(ratios.contributing) for u in ratios.contributing)
    reported = set(outcomes) - {top}
    assert set(ratios.missing) == {u for u in parent_of if u not in outcomes and not line(u) & reported}
