"""Targets: read as they are printed, printed back as they were."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.indicators import TargetKind
from app.domain.targets import Target, parse_target
from app.regions.loader import load_region
from app.regions.models import PlanNode

KINDS = TargetKind
UNITS = st.sampled_from(["", "%", "dagar", "kWh/m²", "%-enheter", "per besök"])


def test_every_printed_target_of_the_budgets_is_read_and_printed_back() -> None:
    def printed(nodes: tuple[PlanNode, ...]) -> set[str]:
        found = {words for n in nodes for i in n.indicators for words in i.targets.values()}
        return found | {words for n in nodes for words in printed(n.children)}

    every = {words for plan in load_region("vgr").plans for words in printed(plan.nodes)}
    assert {"Öka", "Minska", "Öka >1%", "<4,5 %", "≤10%", "90 %"} <= every
    for words in every:
        target = parse_target(words)
        assert str(target) == words
        again = Target.of(target.kind, target.bound, "%" if "%" in words else "")
        assert str(again).replace(" ", "") == words.replace(" ", "")


@pytest.mark.parametrize(
    ("printed", "kind", "bound"),
    [
        ("Öka", KINDS.INCREASE, None),
        ("minska", KINDS.DECREASE, None),
        (" Öka ", KINDS.INCREASE, None),
        ("Öka >1 %", KINDS.INCREASE, "1"),
        ("Öka >1%", KINDS.INCREASE, "1"),
        ("Minska ≥ 2 dagar", KINDS.DECREASE, "2"),
        ("Öka 1 000,5", KINDS.INCREASE, "1000.5"),
        ("<4,5 %", KINDS.LESS, "4.5"),
        ("<=10 %", KINDS.AT_MOST, "10"),
        ("=<10 %", KINDS.AT_MOST, "10"),
        ("≤10%", KINDS.AT_MOST, "10"),
        ("90 %", KINDS.EQUAL, "90"),
        ("= 90,0 %", KINDS.EQUAL, "90.0"),
        ("≥ 5", KINDS.AT_LEAST, "5"),
        ("=>5", KINDS.AT_LEAST, "5"),
        (">5", KINDS.MORE, "5"),
        ("0", KINDS.EQUAL, "0"),
        ("−3", KINDS.EQUAL, "-3"),
        ("12\u00a0000 kr", KINDS.EQUAL, "12000"),
    ],
)
def test_read(printed: str, kind: TargetKind, bound: str | None) -> None:
    target = parse_target(printed)
    assert (target.kind, target.bound) == (kind, None if bound is None else Decimal(bound))
    assert str(target) == target.printed == printed
    assert target.is_direction == (kind in {KINDS.INCREASE, KINDS.DECREASE})


@pytest.mark.parametrize(
    "printed",
    [
        "",
        " ",
        "ja",
        "Öka <1 %",
        "Minska ≤1",
        "1e400",
        "NaN",
        "1 2",
        "5 6 %",
        "<",
        "9" * 16,
        "0,0000000001",
        "5 " + "d" * 41,
        "9" * 101,
    ],
)
def test_words_that_say_no_target_are_refused(printed: str) -> None:
    with pytest.raises(ValueError, match="not a target"):
        parse_target(printed)


@pytest.mark.parametrize(
    ("printed", "share", "enough"),
    [
        ("Öka >1 %", True, False),
        ("Öka 1 %", True, True),
        ("Öka ≥1%", True, True),
        ("Öka =>1 %", True, True),
        ("Öka >=5 st", False, True),
        ("Minska >2 %-enheter", False, False),
    ],
)
def test_what_an_amount_means_stands_in_the_words(printed: str, share: bool, enough: bool) -> None:
    target = parse_target(printed)
    assert (target.amount_is_share, target.amount_is_enough) == (share, enough)


@given(
    st.sampled_from(TargetKind),
    st.decimals(-(10**14), 10**14, allow_nan=False, allow_infinity=False, places=3),
    UNITS,
)
def test_printed_the_standard_way_and_read_again(kind: TargetKind, bound: Decimal, unit: str) -> None:
    target = Target.of(kind, bound, unit)
    assert parse_target(str(target)) == target


@pytest.mark.parametrize("kind", [KINDS.INCREASE, KINDS.DECREASE])
def test_a_direction_alone_and_read_again(kind: TargetKind) -> None:
    assert parse_target(str(Target.of(kind))) == Target.of(kind)


@given(st.text(max_size=30))
def test_any_words_are_read_or_refused(printed: str) -> None:
    try:
        target = parse_target(printed)
    except ValueError:
        return
    assert target.printed == printed
    assert target.is_direction or target.bound is not None
