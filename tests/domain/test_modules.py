"""M1, M2, M6: links between modules."""

from dataclasses import replace

from app.domain.links import Link
from app.domain.modules import (
    approved_before_linked,
    direction,
    indicator_modules,
    not_copied,
    not_linked_twice,
    on_region_level,
)
from tests.domain.models import ATLAS, EAST, GAUGE, MODEL, REFUSED, WARNING, WEST, new, node, only, said

STAR = node("star")
CHART = node("chart", module=ATLAS)
GAUGED = node("measure", module=GAUGE, approved=True, title="Knop i snitt")


def test_m1_accepted_the_way_the_model_names_and_inside_a_module() -> None:
    for parent, child in ((STAR, CHART), (STAR, GAUGED), (CHART, GAUGED), (STAR, node("course"))):
        assert not said(direction(Link(parent=parent, child=child), MODEL))


def test_m1_refused_back() -> None:
    finding = only(direction(Link(parent=CHART, child=node("watch", WEST)), MODEL))
    assert (finding.rule, finding.is_conflict) == ("M1", False)
    assert finding.facts == {"from": "LOG", "to": "ATLAS", "allowed": []}


def test_m1_edge_a_module_that_links_elsewhere_is_told_where() -> None:
    finding = only(direction(Link(parent=GAUGED, child=CHART), MODEL))
    assert finding.facts["allowed"] == ["LOG"]
    assert "LOG" in finding.message.sv


def test_m2_accepted_when_approved() -> None:
    assert not said(approved_before_linked(Link(parent=STAR, child=GAUGED), MODEL))
    assert not said(approved_before_linked(Link(parent=STAR, child=CHART), MODEL))
    assert not said(on_region_level(new("measure", module=GAUGE), MODEL))


def test_m2_refused_before_approval_and_below_the_region() -> None:
    finding = only(approved_before_linked(Link(parent=STAR, child=replace(GAUGED, approved=False)), MODEL))
    assert (finding.rule, finding.is_conflict) == ("M2", True)
    below = only(on_region_level(new("measure", WEST, module=GAUGE), MODEL))
    assert (below.rule, below.pointer, below.is_conflict) == ("M2", "/unit", False)


def test_m2_refused_as_a_copy() -> None:
    copy = new("measure", EAST, title=" knop I  snitt ")
    assert said(not_copied(copy, (node("measure", module=GAUGE), GAUGED), MODEL)) == [("M2", "/title", REFUSED)]


def test_m2_edge_what_is_new_counts_as_not_approved_and_an_own_indicator_is_warned_of() -> None:
    assert said(approved_before_linked(Link(parent=STAR, child=new("measure", module=GAUGE)), MODEL))
    assert not said(approved_before_linked(Link(parent=GAUGED, child=replace(GAUGED, approved=False)), MODEL))
    assert said(not_copied(new("measure", EAST), (GAUGED,), MODEL)) == [("M2", "", WARNING)]
    assert not said(not_copied(new("measure", module=GAUGE), (), MODEL))
    assert not said(not_copied(new("course", EAST), (), MODEL))
    assert [m.code for m in indicator_modules(new("measure", EAST), MODEL)] == ["GAUGE"]


def test_m6_accepted_once() -> None:
    assert not said(not_linked_twice(Link(parent=STAR, child=GAUGED, beside=(node("star"),)), MODEL))


def test_m6_refused_twice() -> None:
    finding = only(not_linked_twice(Link(parent=STAR, child=GAUGED, beside=(STAR,)), MODEL))
    assert (finding.rule, finding.pointer, finding.is_conflict) == ("M6", "/parent", True)


def test_m6_edge_inside_a_module_k7_answers() -> None:
    assert not said(not_linked_twice(Link(parent=STAR, child=node("course"), beside=(STAR,)), MODEL))
