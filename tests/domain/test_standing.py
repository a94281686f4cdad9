"""K2, M5: what holds what up, and what goes when a node goes."""

from dataclasses import replace

from app.domain.standing import gone_with, has_parent, keeps_parent, leaves_no_orphan, left_standing
from tests.domain.models import ATLAS, BOW, CUTTER, MODEL, REFUSED, WARNING, new, node, only, said

WATCH = node("watch", CUTTER)
CHORE = node("chore", BOW)
FOREIGN_WATCH = node("watch", CUTTER, module=ATLAS)


def test_k2_accepted_with_a_parent_of_its_own_column() -> None:
    assert not said(has_parent(new("chore", BOW, parents=(WATCH,)), MODEL))
    assert not said(has_parent(new("watch", BOW), MODEL))
    assert not said(keeps_parent(WATCH, CHORE, [node("watch", CUTTER)]))
    assert not said(leaves_no_orphan(WATCH, [(CHORE, [node("watch", CUTTER)]), (node("measure"), [])]))


def test_k2_refused_when_created_without() -> None:
    finding = only(has_parent(new("chore", BOW), MODEL))
    assert (finding.rule, finding.pointer, finding.is_conflict) == ("K2", "/parents", False)
    assert finding.facts["allowed"] == ["watch"]


def test_k2_refused_when_the_last_parent_goes() -> None:
    finding = only(keeps_parent(WATCH, CHORE, [], "/parent"))
    assert (finding.rule, finding.pointer, finding.is_conflict) == ("K2", "/parent", True)
    assert said(leaves_no_orphan(WATCH, [(CHORE, []), (node("chore", BOW), [])])) == [("K2", "", REFUSED)] * 2


def test_k2_edge_a_parent_of_another_module_or_column_holds_nothing_up() -> None:
    assert said(has_parent(new("chore", BOW, parents=(FOREIGN_WATCH, node("star"))), MODEL))
    assert said(keeps_parent(WATCH, CHORE, [FOREIGN_WATCH]))
    # Unlinking from what never held it up is free.
    assert not said(keeps_parent(FOREIGN_WATCH, CHORE, []))
    stranger = replace(new("chore", BOW), module="ELSEWHERE")
    assert said(has_parent(stranger, MODEL))


def test_m5_accepted_what_stands_only_through_a_node_goes_with_it() -> None:
    star, course, measure = node("star"), node("course"), node("measure")
    children = {star.id: [course, measure], course.id: [measure]}
    parents = {course.id: frozenset({star.id}), measure.id: frozenset({star.id, course.id})}
    assert gone_with(star, children, parents) == {star.id, course.id, measure.id}
    assert gone_with(course, children, parents) == {course.id}
    assert gone_with(measure, children, parents) == {measure.id}


def test_m5_refused_to_take_another_modules_chain() -> None:
    star, chart, watch = node("star"), node("chart", module=ATLAS), FOREIGN_WATCH
    children = {star.id: [chart], chart.id: [watch]}
    parents = {chart.id: frozenset({star.id}), watch.id: frozenset({chart.id})}
    assert gone_with(star, children, parents) == {star.id}
    finding = only(left_standing(star, [chart, node("course")]))
    assert (finding.rule, finding.severity.value) == ("M5", WARNING)
    assert [n["title"] for n in finding.facts["nodes"]] == [chart.title]


def test_m5_edge_a_node_with_another_parent_stays_and_a_diamond_goes_once() -> None:
    star, left, right, low = node("star"), node("course"), node("course"), node("measure")
    children = {star.id: [left, right], left.id: [low], right.id: [low]}
    parents = {left.id: frozenset({star.id}), right.id: frozenset({star.id}), low.id: frozenset({left.id, right.id})}
    assert gone_with(star, children, parents) == {star.id, left.id, right.id, low.id}
    assert gone_with(left, children, parents) == {left.id}
    assert not said(left_standing(star, [left, right]))
