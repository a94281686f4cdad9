"""L2: small groups, and masks that no sum undoes."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.indicators import Figures, IndicatorView, Sex
from app.domain.periods import Period
from app.domain.small_groups import DEFAULT_THRESHOLD, is_small, masked, small_groups, smallest_group
from tests.domain.models import WARNING, said

COUNT = IndicatorView(id=UUID(int=1), code="IND-1")
SHARE = IndicatorView(id=UUID(int=2), code="IND-2", is_ratio=True, scale=Decimal(100))
PER_HEAD = IndicatorView(id=UUID(int=3), code="IND-3", is_ratio=True)
T, K, M = Sex.TOTAL, Sex.WOMEN, Sex.MEN
APRIL = Period.parse("2027-04")
LIMIT = DEFAULT_THRESHOLD


def counts(**values: int) -> dict[Sex, Figures]:
    return {Sex(sex): Figures(Decimal(value)) for sex, value in values.items()}


def share(numerator: int, denominator: int) -> Figures:
    value = Decimal(100 * numerator) / denominator if denominator else None
    return Figures(value, Decimal(numerator), Decimal(denominator))


def test_l2_accepted_large_groups_and_empty_ones() -> None:
    figures = counts(T=5, K=5, M=0)
    assert not said(small_groups(COUNT, "SU", APRIL, figures, LIMIT))
    assert masked(COUNT, figures, LIMIT) == frozenset()


def test_l2_refused_a_small_group_is_told_as_a_warning() -> None:
    [finding] = small_groups(COUNT, "SU", APRIL, counts(T=104, K=100, M=4), LIMIT)
    assert said([finding]) == [("L2", "", WARNING)]
    assert (finding.facts["sex"], finding.facts["count"], finding.facts["threshold"]) == ("M", "4", 5)
    assert finding.message.en == "IND-1, SU 2027-04 M: 4 is fewer than 5."


@pytest.mark.parametrize(
    ("count", "small"),
    [("0", False), ("1", True), ("4", True), ("4.0", True), ("5", False), ("2.5", False), ("-3", False)],
)
def test_l2_edge_what_a_small_count_is(count: str, small: bool) -> None:
    assert is_small(Decimal(count), LIMIT) is small


@pytest.mark.parametrize("threshold", [0, 1])
def test_l2_edge_a_threshold_of_nothing_masks_nothing(threshold: int) -> None:
    assert masked(COUNT, counts(T=3, K=1, M=2), threshold) == frozenset()


@pytest.mark.parametrize(
    ("indicator", "figures", "smallest"),
    [
        (COUNT, Figures(Decimal(7)), 7),
        (COUNT, Figures(), None),
        (COUNT, Figures(Decimal(0)), None),
        (SHARE, share(40, 100), 40),
        (SHARE, share(98, 100), 2),
        (SHARE, share(100, 100), 100),
        (SHARE, share(0, 3), 3),
        (SHARE, Figures(Decimal(3)), None),
        (PER_HEAD, share(98, 100), 98),
    ],
)
def test_l2_edge_a_ratio_tells_of_its_parts(indicator: IndicatorView, figures: Figures, smallest: int | None) -> None:
    assert smallest_group(indicator, figures) == smallest


@pytest.mark.parametrize(
    ("figures", "hidden"),
    [
        (counts(T=103, K=3, M=100), {K, M}),
        (counts(T=103, K=100, M=3), {K, M}),
        (counts(T=7, K=3, M=4), {K, M}),
        (counts(T=4, K=1, M=3), {T, K, M}),
        (counts(T=3, K=3, M=0), {T, K}),
        (counts(T=103, K=3), {K}),
        (counts(K=3, M=100), {K}),
        (counts(K=3), {K}),
        # Figures that do not add up give nobody away, and are masked like those that do.
        (counts(T=3, K=50, M=60), {T, K}),
        (counts(T=9, K=3, M=0), {K, M}),
    ],
)
def test_l2_refused_what_a_sum_would_give_away(figures: dict[Sex, Figures], hidden: set[Sex]) -> None:
    assert masked(COUNT, figures, LIMIT) == hidden


def test_l2_refused_the_parts_of_a_share_do_not_give_it_away() -> None:
    figures = {T: share(203, 400), K: share(3, 200), M: share(200, 200)}
    assert masked(SHARE, figures, LIMIT) == {K, M}
    bare = {sex: Figures(Decimal(3)) for sex in Sex}
    assert masked(SHARE, bare, LIMIT) == frozenset()


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 12))
def test_l2_no_masked_count_can_be_worked_out(women: int, men: int, threshold: int) -> None:
    true = {T: women + men, K: women, M: men}
    hidden = masked(COUNT, counts(T=women + men, K=women, M=men), threshold)
    shown = true.keys() - hidden
    small = {sex for sex, count in true.items() if 0 < count < threshold}
    assert small <= hidden
    # Every split that agrees with what is shown: a masked count must be one of several.
    splits = [{T: k + m, K: k, M: m} for k in range(50) for m in range(50)]
    possible = [split for split in splits if all(split[sex] == true[sex] for sex in shown)]
    for sex in small:
        assert len({split[sex] for split in possible}) > 1
