"""The tree of units."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.organisation import (
    board_of,
    has_cycle,
    has_node,
    is_below,
    is_region,
    is_visible,
    may_stand_under,
    tree_date,
)
from app.domain.periods import Period
from tests.domain.models import BOW, BRIG, CUTTER, EAST, MODEL, REALM, WEST, node, unit


def test_the_board_of_a_unit_is_the_nearest_at_board_level() -> None:
    assert board_of(BOW, MODEL) == board_of(CUTTER, MODEL) == board_of(WEST, MODEL) == WEST.id
    assert board_of(REALM, MODEL) is None
    assert board_of(unit("LOOSE", "ship", REALM), MODEL) is None
    assert is_region(REALM, MODEL)
    assert not is_region(WEST, MODEL)


def test_below_is_never_itself() -> None:
    assert is_below(BOW, WEST.id)
    assert is_below(BOW, REALM.id)
    assert not is_below(WEST, WEST.id)
    assert not is_below(WEST, BOW.id)


def test_having_a_node_and_seeing_it() -> None:
    course = node("course", EAST, allocated_to=frozenset({CUTTER.id}))
    assert [u.code for u in (REALM, EAST, WEST, CUTTER, BRIG, BOW) if has_node(u, course)] == ["EAST", "CUTTER"]
    assert [u.code for u in (REALM, EAST, WEST, CUTTER, BRIG, BOW) if is_visible(course, u)] == [
        "EAST",
        "CUTTER",
        "BRIG",
        "BOW",
    ]


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2027, 6, 1), date(2027, 6, 1)),
        (date(2027, 8, 31), date(2027, 8, 31)),
        (date(2027, 9, 1), date(2027, 8, 31)),
        (date(2030, 1, 1), date(2027, 8, 31)),
        (date(2026, 1, 1), date(2026, 1, 1)),
    ],
)
def test_the_tree_of_a_period(today: date, expected: date) -> None:
    assert tree_date(Period.parse("2027-T2"), today) == expected


def test_who_may_stand_under_whom() -> None:
    assert may_stand_under(CUTTER, EAST, MODEL)
    assert may_stand_under(BOW, REALM, MODEL)
    assert not may_stand_under(WEST, WEST, MODEL)
    assert not may_stand_under(WEST, EAST, MODEL)
    # A ship made a harbour while its deck was below it.
    risen = replace(BOW, level="harbour")
    assert not may_stand_under(CUTTER, replace(risen, ancestors=BOW.ancestors), MODEL)


A, B, C = uuid4(), uuid4(), uuid4()


@pytest.mark.parametrize(
    ("parents", "expected"),
    [
        ({}, False),
        ({A: None, B: A, C: B}, False),
        ({B: A}, False),
        ({A: A}, True),
        ({A: B, B: C, C: A}, True),
        ({C: A, A: B, B: A}, True),
    ],
)
def test_cycles_in_a_tree(parents: dict[UUID, UUID | None], expected: bool) -> None:
    assert has_cycle(parents) is expected


@given(st.lists(st.integers(0, 30), max_size=30))
def test_a_tree_grown_from_the_top_has_no_cycle(places: list[int]) -> None:
    units = [UUID(int=i + 1) for i in range(len(places) + 1)]
    parents: dict[UUID, UUID | None] = {units[0]: None}
    for i, place in enumerate(places, start=1):
        parents[units[i]] = units[place % i]
    assert not has_cycle(parents)


def test_a_unit_tells_about_itself() -> None:
    assert WEST.facts() == {"id": str(WEST.id), "code": "WEST", "name": "West"}
    assert BOW.line == (BOW.id, CUTTER.id, WEST.id, REALM.id)
