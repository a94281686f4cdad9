"""N1 (the number), N3."""

from dataclasses import replace
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.domain.nodes import NodeView, UnitView
from app.domain.own_goals import free_place, limited_board, own_limit, stays_at_home
from tests.domain.models import BOW, BRIG, CUTTER, EAST, MODEL, REALM, WEST, new, node, only, said, unit

LOOSE = unit("LOOSE", "ship", REALM)


def test_n1_accepted_below_the_limit_and_for_the_top() -> None:
    assert not said(own_limit(new("star", WEST), [node("star", CUTTER)], MODEL))
    assert not said(own_limit(new("star", REALM), [node("star", REALM)] * 9, MODEL))
    assert not said(own_limit(new("course", WEST), [node("course", WEST) for _ in range(9)], MODEL))


def test_n1_refused_at_the_limit_counted_over_the_whole_part_of_the_tree() -> None:
    taken = [node("star", WEST), node("star", BOW)]
    for owner in (WEST, CUTTER, BOW):
        finding = only(own_limit(new("star", owner), taken, MODEL))
        assert (finding.rule, finding.pointer, finding.is_conflict) == ("N1", "/column", True)
        assert (finding.facts["count"], finding.facts["limit"]) == (2, 2)
        assert {n["id"] for n in finding.facts["nodes"]} == {str(n.id) for n in taken}


def test_n1_edge_itself_other_years_columns_boards_and_the_top_do_not_count() -> None:
    mine = node("star", WEST)
    taken = [
        mine,
        node("star", WEST, year=2026),
        node("course", WEST),
        node("star", EAST),
        node("star", REALM),
        node("star", BRIG),
        node("star", CUTTER),
    ]
    assert not said(own_limit(new("star", CUTTER, id=mine.id), taken, MODEL))
    assert said(own_limit(new("star", CUTTER), taken, MODEL))
    # Outside every board there is nobody to count for; N1's levels refuse it anyhow.
    assert limited_board(new("star", LOOSE), MODEL) is None
    assert not said(own_limit(new("star", LOOSE), [node("star", LOOSE)] * 3, MODEL))
    assert limited_board(new("course", WEST), MODEL) is None
    assert limited_board(new("star", BOW), MODEL) == WEST.id


@given(st.lists(st.sampled_from([REALM, EAST, WEST, CUTTER, BRIG, BOW])))
def test_n1_never_more_than_the_limit_in_any_order(owners: list[UnitView]) -> None:
    standing: list[NodeView] = []
    for owner in owners:
        asked = new("star", owner)
        if not said(own_limit(asked, standing, MODEL)):
            standing.append(node("star", asked.owner))
    for board in (EAST, WEST):
        assert sum(board.id in n.owner.line for n in standing) <= 2


@given(st.sets(st.integers(-2, 6)), st.integers(1, 5))
def test_a_free_place_is_free_and_within_the_limit(taken: set[int], limit: int) -> None:
    place = free_place(taken, limit)
    if place is None:
        assert set(range(1, limit + 1)) <= taken
    else:
        assert place not in taken
        assert 1 <= place <= limit


def test_n3_accepted_within_the_boards_own_part() -> None:
    for goes_to in (WEST, CUTTER, BOW):
        assert not said(stays_at_home(node("star", WEST), goes_to, MODEL))


def test_n3_refused_outside_it() -> None:
    for goes_to in (EAST, BRIG, REALM, LOOSE):
        finding = only(stays_at_home(node("star", WEST), goes_to, MODEL, "/rows/3"))
        assert (finding.rule, finding.pointer, finding.is_conflict) == ("N3", "/rows/3", False)


def test_n3_edge_the_tops_own_and_other_columns_travel() -> None:
    assert not said(stays_at_home(node("star", REALM), EAST, MODEL))
    assert not said(stays_at_home(node("course", WEST), EAST, MODEL))
    below = replace(node("star", WEST), owner=CUTTER, id=uuid4())
    assert said(stays_at_home(below, EAST, MODEL))
