"""The tree below a unit, state by state."""

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.tree_states import Standing, TreeState, tree_states

TOP, A, B, C = (UUID(int=i) for i in range(4))
START, MOVE = date(2025, 1, 1), date(2026, 7, 1)
STANDINGS = [
    Standing(A, TOP, START, None),
    Standing(B, TOP, START, None),
    Standing(C, A, START, MOVE),
    Standing(C, B, MOVE, None),
]


def test_a_move_makes_two_states() -> None:
    before, after = tree_states(TOP, STANDINGS, [date(2027, 3, 31), date(2026, 6, 30), date(2026, 1, 31)])
    assert (before.since, before.until, before.parent_of[C]) == (START, MOVE, A)
    assert (after.since, after.until, after.parent_of[C]) == (MOVE, date.max, B)


def test_only_states_of_the_days_asked_for() -> None:
    assert [s.parent_of[C] for s in tree_states(TOP, STANDINGS, [MOVE])] == [B]
    assert tree_states(TOP, STANDINGS, []) == []
    [early] = tree_states(TOP, STANDINGS, [date(2024, 12, 31)])
    assert early.parent_of == {}


def test_a_unit_whose_parent_may_not_be_seen_stands_under_the_top() -> None:
    [state] = tree_states(TOP, [Standing(C, A, START, None)], [START])
    assert state.intervals(TOP) == {C: (0, 0)}


@given(st.lists(st.integers(0, 30), max_size=30))
def test_intervals_hold_exactly_what_is_below(parents: list[int]) -> None:
    parent_of = {UUID(int=i + 1): UUID(int=min(p, i)) for i, p in enumerate(parents)}
    top = UUID(int=0)
    found = TreeState(START, MOVE, parent_of).intervals(top)
    assert found.keys() == parent_of.keys()

    def line(unit: UUID) -> set[UUID]:
        above = parent_of.get(unit)
        return set() if above is None else {above} | line(above)

    for a in parent_of:
        for b in parent_of:
            assert (found[a][0] < found[b][0] <= found[a][1]) == (a in line(b))
