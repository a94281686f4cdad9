"""K1, K3, K4, K7: links inside a module."""

from dataclasses import replace
from uuid import uuid4

from app.domain.links import (
    Link,
    links_of,
    no_link_twice,
    parent_column,
    parent_is_visible,
    same_plan_and_no_circle,
)
from tests.domain.models import ATLAS, BOW, BRIG, CUTTER, EAST, GAUGE, MODEL, REFUSED, WEST, new, node, only, said

STAR = node("star")
COURSE = node("course", above=frozenset({STAR.id}))


def test_k1_accepted_where_the_column_names_the_parent() -> None:
    for parent in (STAR, COURSE):
        assert not said(parent_column(Link(parent=parent, child=new("charter", EAST)), MODEL))


def test_k1_refused_in_any_other_column() -> None:
    finding = only(parent_column(Link(parent=STAR, child=new("chore", BOW), pointer="/parents/0"), MODEL))
    assert (finding.rule, finding.pointer, finding.is_conflict) == ("K1", "/parents/0", False)
    assert finding.facts["allowed"] == ["watch"]
    assert "kolumnen watch" in finding.message.sv


def test_k1_edge_a_first_column_has_no_parent_and_another_module_is_not_asked() -> None:
    finding = only(parent_column(Link(parent=COURSE, child=new("star")), MODEL))
    assert "först i kedjan" in finding.message.sv
    assert not said(parent_column(Link(parent=STAR, child=node("whim", module=ATLAS)), MODEL))
    stranger = replace(new("chore", BOW), module="ELSEWHERE")
    assert said(parent_column(Link(parent=replace(STAR, module="ELSEWHERE"), child=stranger), MODEL))


def test_k3_accepted_in_the_same_plan_and_from_the_top_down() -> None:
    assert not said(same_plan_and_no_circle(Link(parent=STAR, child=COURSE), MODEL))
    assert not said(same_plan_and_no_circle(Link(parent=STAR, child=new("course")), MODEL))


def test_k3_refused_across_years_and_regions() -> None:
    for other in (replace(STAR, year=2026), replace(STAR, region_id=uuid4())):
        finding = only(same_plan_and_no_circle(Link(parent=other, child=COURSE), MODEL))
        assert (finding.rule, finding.is_conflict) == ("K3", False)


def test_k3_refused_in_a_circle() -> None:
    finding = only(same_plan_and_no_circle(Link(parent=COURSE, child=STAR), MODEL))
    assert (finding.rule, finding.is_conflict) == ("K3", True)


def test_k3_edge_a_node_is_not_its_own_parent() -> None:
    assert said(same_plan_and_no_circle(Link(parent=STAR, child=STAR), MODEL)) == [("K3", "/parent", REFUSED)]


def test_k4_accepted_owned_above_or_allocated_there() -> None:
    for parent, owner in (
        (STAR, BOW),
        (node("course", WEST), CUTTER),
        (node("course", CUTTER), CUTTER),
        (node("course", EAST, allocated_to=frozenset({WEST.id})), CUTTER),
        (node("course", EAST, allocated_to=frozenset({CUTTER.id})), CUTTER),
    ):
        assert not said(parent_is_visible(Link(parent=parent, child=new("measure", owner)), MODEL))


def test_k4_refused_in_another_part_of_the_tree_and_below() -> None:
    for parent in (
        node("course", BRIG),
        node("course", CUTTER),
        node("course", EAST, allocated_to=frozenset({BRIG.id})),
    ):
        finding = only(parent_is_visible(Link(parent=parent, child=new("measure", WEST)), MODEL))
        assert (finding.rule, finding.is_conflict) == ("K4", True)
        assert finding.facts["unit"]["code"] == "WEST"


def test_k4_edge_between_modules_one_end_seeing_the_other_is_enough() -> None:
    gauge = node("measure", module=GAUGE)
    own_star = node("star", WEST)
    assert not said(parent_is_visible(Link(parent=own_star, child=gauge), MODEL))
    chart = node("chart", EAST, module=ATLAS)
    assert said(parent_is_visible(Link(parent=own_star, child=chart), MODEL))
    # What does not stand yet is seen by nobody but its owner.
    assert said(parent_is_visible(Link(parent=own_star, child=new("measure", module=GAUGE)), MODEL))


def test_k7_accepted_for_a_second_parent_elsewhere() -> None:
    other = node("course")
    assert not said(no_link_twice(Link(parent=other, child=new("measure"), beside=(COURSE,)), MODEL))


def test_k7_refused_twice_and_when_inherited() -> None:
    finding = only(no_link_twice(Link(parent=COURSE, child=new("measure"), beside=(COURSE,)), MODEL))
    assert (finding.rule, finding.is_conflict) == ("K7", True)
    inherited = only(no_link_twice(Link(parent=STAR, child=new("measure"), beside=(COURSE,)), MODEL))
    assert inherited.facts["through"]["id"] == str(COURSE.id)


def test_k7_edge_a_nearer_parent_may_join_a_farther_one_and_modules_have_m6() -> None:
    assert not said(no_link_twice(Link(parent=COURSE, child=node("measure"), beside=(STAR,)), MODEL))
    gauge = node("measure", module=GAUGE)
    assert not said(no_link_twice(Link(parent=COURSE, child=gauge, beside=(COURSE,)), MODEL))


def test_parents_of_a_request_are_each_others_beside() -> None:
    asked = new("measure", parents=(STAR, COURSE, STAR))
    links = list(links_of(asked))
    assert [link.pointer for link in links] == ["/parents/0", "/parents/1", "/parents/2"]
    assert [said(no_link_twice(link, MODEL)) for link in links] == [
        [("K7", "/parents/0", REFUSED)],  # inherited through the course
        [],
        [("K7", "/parents/2", REFUSED)],  # named a second time
    ]
