"""A1, A2, A3, A4: allocating and opting in."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.domain.allocation import (
    NewAllocation,
    allocation_findings,
    downward,
    follows,
    may_opt_in,
    opt_in_findings,
    outcomes_stay_at_region,
    with_its_parent,
)
from app.domain.nodes import UnitView
from tests.domain.models import BOW, BRIG, CUTTER, EAST, GAUGE, MODEL, REALM, REFUSED, WARNING, WEST, node, only, said

UNITS = (REALM, EAST, WEST, CUTTER, BRIG, BOW)
STAR = node("star")
COURSE = node("course", above=frozenset({STAR.id}))
CHARTER = node("charter", EAST)


def test_a1_accepted_below_the_owner_and_below_one_that_has_it() -> None:
    for unit in (EAST, WEST, CUTTER, BOW):
        assert not said(downward(NewAllocation(node=STAR, unit=unit), MODEL))
    had = node("course", EAST, allocated_to=frozenset({WEST.id}))
    for unit in (BRIG, CUTTER, BOW):
        assert not said(downward(NewAllocation(node=had, unit=unit), MODEL))


def test_a1_refused_up_sideways_and_to_the_owner() -> None:
    course = node("course", CUTTER)
    for unit in (REALM, WEST, EAST, BRIG, CUTTER):
        finding = only(downward(NewAllocation(node=course, unit=unit, pointer="/0"), MODEL))
        assert (finding.rule, finding.pointer, finding.is_conflict) == ("A1", "/0", True)
    assert "äger den redan" in only(downward(NewAllocation(node=course, unit=CUTTER), MODEL)).message.sv


def test_a1_edge_again_is_no_breach_nor_below_what_the_same_request_gives() -> None:
    had = node("course", EAST, allocated_to=frozenset({WEST.id}))
    assert not said(downward(NewAllocation(node=had, unit=WEST), MODEL))
    beside = frozenset({(CHARTER.id, WEST.id)})
    assert not said(downward(NewAllocation(node=CHARTER, unit=BOW, beside=beside), MODEL))
    itself = frozenset({(CHARTER.id, BOW.id)})
    assert said(downward(NewAllocation(node=CHARTER, unit=BOW, beside=itself), MODEL))


def test_a1_edge_an_assignment_goes_to_a_provider_board_and_nowhere_else_sideways() -> None:
    assert not said(downward(NewAllocation(node=CHARTER, unit=WEST), MODEL))
    assert said(downward(NewAllocation(node=CHARTER, unit=CUTTER), MODEL))
    assert said(downward(NewAllocation(node=node("course", EAST), unit=WEST), MODEL))
    # A board that stopped commissioning can't send its old assignments further.
    stopped = replace(CHARTER, owner=replace(EAST, commissioning=False))
    assert said(downward(NewAllocation(node=stopped, unit=WEST), MODEL))


@given(st.sampled_from(UNITS), st.lists(st.sampled_from(UNITS), max_size=6))
def test_a1_only_ever_downward_in_any_order(owner: UnitView, asked: list[UnitView]) -> None:
    standing = node("measure", owner)
    for unit in asked:
        if not said(downward(NewAllocation(node=standing, unit=unit), MODEL)):
            standing = replace(standing, allocated_to=standing.allocated_to | {unit.id})
    for unit in UNITS:
        if unit.id in standing.allocated_to:
            assert owner.id in [a.id for a in unit.ancestors]


def test_a2_accepted_with_its_parent() -> None:
    there = replace(STAR, allocated_to=frozenset({WEST.id}))
    assert not said(with_its_parent(NewAllocation(node=COURSE, unit=WEST, parents=(there,)), MODEL))
    beside = frozenset({(STAR.id, WEST.id)})
    assert not said(with_its_parent(NewAllocation(node=COURSE, unit=WEST, parents=(STAR,), beside=beside), MODEL))


def test_a2_refused_without_it() -> None:
    elsewhere = replace(STAR, allocated_to=frozenset({EAST.id}))
    beside = frozenset({(STAR.id, EAST.id), (COURSE.id, WEST.id)})
    asked = NewAllocation(node=COURSE, unit=WEST, parents=(elsewhere,), beside=beside)
    finding = only(with_its_parent(asked, MODEL))
    assert (finding.rule, finding.pointer, finding.is_conflict) == ("A2", "/unit", True)
    assert finding.facts["parents"][0]["id"] == str(STAR.id)


def test_a2_edge_one_of_several_is_enough_an_owner_has_it_and_a_level_above_does_not_do() -> None:
    there, own = replace(STAR, allocated_to=frozenset({WEST.id})), node("star", CUTTER)
    assert not said(with_its_parent(NewAllocation(node=COURSE, unit=WEST, parents=(node("star"), there)), MODEL))
    assert not said(with_its_parent(NewAllocation(node=COURSE, unit=CUTTER, parents=(own,)), MODEL))
    assert said(with_its_parent(NewAllocation(node=COURSE, unit=CUTTER, parents=(there,)), MODEL))
    # Other columns, no parents, and parents in other modules: nothing to follow.
    assert not said(with_its_parent(NewAllocation(node=node("measure"), unit=WEST, parents=(STAR,)), MODEL))
    assert not said(with_its_parent(NewAllocation(node=COURSE, unit=WEST), MODEL))
    gauge = node("measure", module=GAUGE)
    assert not said(with_its_parent(NewAllocation(node=COURSE, unit=WEST, parents=(gauge,)), MODEL))


def test_a3_accepted_the_tops_indicators_follow() -> None:
    for child in (node("measure"), node("measure", module=GAUGE)):
        assert follows(child, WEST, MODEL)
        assert not said(outcomes_stay_at_region(NewAllocation(node=child, unit=WEST), MODEL))


def test_a3_refused_others_indicators_and_other_columns_stay() -> None:
    assert not follows(node("measure", EAST), BRIG, MODEL)
    assert not follows(node("course"), WEST, MODEL)
    assert not follows(node("measure", region_level_only=True), WEST, MODEL)


def test_a3_edge_one_measured_only_at_the_top_follows_to_the_boards_of_its_area() -> None:
    only_top = node("measure", region_level_only=True, area_boards=frozenset({EAST.id}))
    assert follows(only_top, EAST, MODEL)
    assert not said(outcomes_stay_at_region(NewAllocation(node=only_top, unit=EAST), MODEL))
    assert said(outcomes_stay_at_region(NewAllocation(node=only_top, unit=WEST), MODEL)) == [("A3", "/unit", WARNING)]


def test_a4_accepted_for_a_board_and_the_tops_goals() -> None:
    assert not said(may_opt_in(NewAllocation(node=STAR, unit=WEST), MODEL))
    there = replace(STAR, allocated_to=frozenset({WEST.id}))
    assert not said(opt_in_findings(NewAllocation(node=COURSE, unit=WEST, parents=(there,)), MODEL))


def test_a4_refused_for_other_units_and_other_nodes() -> None:
    finding = only(may_opt_in(NewAllocation(node=STAR, unit=CUTTER), MODEL))
    assert (finding.rule, finding.pointer, finding.is_conflict) == ("A4", "/unit", False)
    for other in (node("star", EAST), node("measure")):
        assert said(may_opt_in(NewAllocation(node=other, unit=WEST), MODEL)) == [("A4", "/node", REFUSED)]


def test_a4_edge_a2_holds_when_opting_in_and_everything_wrong_is_said() -> None:
    assert said(opt_in_findings(NewAllocation(node=COURSE, unit=WEST, parents=(STAR,)), MODEL)) == [
        ("A2", "/unit", REFUSED)
    ]
    assert [f[0] for f in said(opt_in_findings(NewAllocation(node=CHARTER, unit=CUTTER), MODEL))] == ["A4", "A4", "A1"]


def test_every_rule_of_an_allocation_is_asked() -> None:
    own = node("star", WEST)
    assert [f[0] for f in said(allocation_findings(NewAllocation(node=own, unit=EAST), MODEL))] == ["A1", "N3"]
    at_home = said(allocation_findings(NewAllocation(node=CHARTER, unit=BRIG), MODEL))
    assert at_home == [("N5", "/unit", WARNING)]
