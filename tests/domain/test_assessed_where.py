"""K4, said of assessments: which units answer for a node."""

from app.domain.assessed_where import answerable_where_assessed
from tests.domain.models import CUTTER, REALM, REFUSED, WEST, node, only, said


def test_k4_owner_and_those_it_is_allocated_to_answer_for_a_node() -> None:
    star = node("star", allocated_to=frozenset({WEST.id}))
    for unit in (REALM, WEST, CUTTER):
        assert not said(answerable_where_assessed(star, unit))


def test_k4_what_a_unit_above_only_owns_is_not_answered_for() -> None:
    star = node("star")
    assert said(answerable_where_assessed(star, WEST)) == [("K4", "/unit", REFUSED)]
    finding = only(answerable_where_assessed(star, WEST))
    assert finding.is_conflict  # an allocation mends it
    assert finding.facts["unit"] == WEST.facts()


def test_k4_an_allocation_further_down_does_not_reach_up() -> None:
    star = node("star", allocated_to=frozenset({CUTTER.id}))
    assert not said(answerable_where_assessed(star, CUTTER))
    assert said(answerable_where_assessed(star, WEST)) == [("K4", "/unit", REFUSED)]
