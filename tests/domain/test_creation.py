"""A whole request: every rule that applies is asked, and all that is wrong is said at once."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.domain.creation import Change, Creation, change_findings, creation_findings
from app.domain.findings import RulesBroken, settle
from app.domain.linking import chain_findings, link_findings, unlink_findings
from app.domain.links import Link
from app.domain.module_columns import ChainStep
from app.domain.nodes import NewNode, NodeView
from tests.domain.models import (
    ATLAS,
    BOW,
    BRIG,
    CONFIRM,
    CUTTER,
    EAST,
    GAUGE,
    MODEL,
    REALM,
    REFUSED,
    WARNING,
    WEST,
    new,
    node,
    said,
)

STAR = node("star", title="Sjukvårdens köer ska kortas och tillgängligheten ska öka")
NEAR = f"{STAR.title}, särskilt inom psykiatrin och barnsjukvården på sjukhusen"
SPRING: dict[str, Any] = {"start_date": date(2027, 1, 1), "end_date": date(2027, 4, 30)}


def asked(node: NewNode, **more: Any) -> list[tuple[str, str, str]]:
    return said(creation_findings(Creation(node=node, **more), MODEL))


def test_a_good_request_passes_without_a_word() -> None:
    assert asked(new("star", WEST, justification="Behövs här."), own_nodes=(), reserved=(STAR,)) == []
    assert asked(new("course", CUTTER, parents=(STAR,)), reserved=(STAR,)) == []
    watch = node("watch", CUTTER)
    assert asked(new("chore", BOW, parents=(watch,), **SPRING)) == []


def test_everything_wrong_is_said_at_once() -> None:
    wrong = new("star", BOW, title=STAR.title, keyword_groups=("Charter",), parents=(node("course"),), end_date=None)
    taken = (node("star", WEST), node("star", CUTTER))
    assert asked(wrong, own_nodes=taken, reserved=(STAR,)) == [
        ("N1", "/unit", REFUSED),
        ("N11", "/unit", REFUSED),
        ("N1", "/column", REFUSED),
        ("N2", "/justification", REFUSED),
        ("N6", "/keywords/0", REFUSED),
        ("K1", "/parents/0", REFUSED),
        ("N2", "/title", REFUSED),
    ]
    assert asked(new("chore", REALM)) == [
        ("N10", "/unit", REFUSED),
        ("K5", "/start_date", REFUSED),
        ("K5", "/end_date", REFUSED),
        ("K2", "/parents", REFUSED),
    ]


def test_what_the_form_breaks_outweighs_what_the_state_breaks() -> None:
    for justification, conflict in ((None, False), ("Behövs.", True)):
        creation = Creation(node=new("star", WEST, title=STAR.title, justification=justification), reserved=(STAR,))
        with pytest.raises(RulesBroken) as broken:
            settle(creation_findings(creation, MODEL))
        assert broken.value.is_conflict is conflict


def test_a_near_title_passes_when_confirmed_and_is_kept() -> None:
    creation = Creation(node=new("star", WEST, title=NEAR, justification="Behövs."), reserved=(STAR,))
    with pytest.raises(RulesBroken) as broken:
        settle(creation_findings(creation, MODEL))
    assert broken.value.is_conflict
    kept = settle(creation_findings(creation, MODEL), confirmed=True)
    assert said(kept) == [("N2", "/title", CONFIRM)]


def test_an_indicator_is_linked_rather_than_made() -> None:
    shared = node("measure", module=GAUGE, title="Knop", approved=True)
    assert asked(new("measure", EAST, title="Knop"), shared=(shared,)) == [("M2", "/title", REFUSED)]
    assert asked(new("measure", WEST, module=GAUGE)) == [("M2", "/unit", REFUSED)]


def change(before: NodeView, after: NewNode, **more: Any) -> list[tuple[str, str, str]]:
    return said(change_findings(Change(before=before, after=after, **more), MODEL))


def same(before: NodeView, **more: Any) -> NewNode:
    facts: dict[str, Any] = {
        "id": before.id,
        "title": before.title,
        "start_date": before.start_date,
        "end_date": before.end_date,
        "justification": "Behövs.",
        **more,
    }
    owner = facts.pop("owner", before.owner)
    return new(before.column.code, owner, **facts)


MINE = node("star", WEST, title=NEAR)


def test_an_unchanged_node_is_not_judged_again() -> None:
    assert change(MINE, same(MINE), reserved=(STAR,), justification_before="Behövs.") == []


def test_a_new_title_is_compared() -> None:
    found = change(MINE, same(MINE, title=STAR.title), reserved=(STAR,), justification_before="Behövs.")
    assert found == [("N2", "/title", REFUSED)]


def test_a_justification_is_not_taken_back() -> None:
    found = change(MINE, same(MINE, justification=None), justification_before="Behövs.")
    assert found == [("N2", "/justification", REFUSED)]
    bearing = node("bearing", CUTTER)
    found = change(bearing, same(bearing, justification=""), justification_before="Skäl.")
    assert found == [("N7", "/justification", REFUSED)]


def test_keywords_are_looked_at() -> None:
    found = change(MINE, same(MINE, keyword_groups=("Charter",)), justification_before="Behövs.")
    assert found == [("N6", "/keywords/0", REFUSED)]


def test_a_node_is_not_moved_where_it_may_not_stand() -> None:
    taken = (node("star", EAST), node("star", BRIG))
    hidden = node("course", CUTTER)
    after = same(MINE, owner=EAST, parents=(hidden,))
    assert change(MINE, after, own_nodes=taken, justification_before="Behövs.") == [
        ("N3", "/unit", REFUSED),
        ("N1", "/column", REFUSED),
        ("K4", "/parents/0", REFUSED),
    ]
    assert change(MINE, same(MINE, owner=CUTTER)) == [("N1", "/unit", REFUSED)]


def test_new_dates_are_held_against_parents_and_children() -> None:
    watch = node("watch", CUTTER)
    chore = node("chore", BOW)
    assert change(watch, same(watch, **SPRING), children=(chore,), justification_before="Behövs.") == [
        ("K6", "", WARNING)
    ]
    short = replace(watch, **SPRING)
    after = same(chore, parents=(short,), end_date=date(2027, 6, 30))
    assert change(chore, after, justification_before="Behövs.") == [("K6", "", WARNING)]
    backwards = same(chore, parents=(watch,), end_date=date(2026, 12, 31))
    assert ("K5", "/end_date", REFUSED) in change(chore, backwards, justification_before="Behövs.")


def test_every_rule_of_a_link_is_asked() -> None:
    course = node("course", above=frozenset({STAR.id}))
    assert said(link_findings(Link(parent=STAR, child=course), MODEL)) == []
    gauge = node("measure", module=GAUGE)
    wrong = Link(parent=replace(STAR, year=2026), child=gauge, beside=(STAR,))
    assert [f[0] for f in said(link_findings(wrong, MODEL))] == ["M3", "M2", "M6", "K3"]
    back = Link(parent=node("chart", module=ATLAS), child=course)
    assert [f[0] for f in said(link_findings(back, MODEL))] == ["M1"]


def test_a_chain_is_linked_by_its_top() -> None:
    chart, watch = node("chart", module=ATLAS), node("watch", CUTTER, module=ATLAS)
    found = chain_findings(Link(parent=STAR, child=chart), [ChainStep(chart, watch)], MODEL)
    assert found.nodes == (chart, watch)
    assert said(found.findings) == [("M4", "/parent", WARNING)]


def test_unlinking_asks_k2() -> None:
    watch, chore = node("watch", CUTTER), node("chore", BOW)
    assert said(unlink_findings(watch, chore, (), "")) == [("K2", "", REFUSED)]
    assert said(unlink_findings(watch, chore, (node("watch", CUTTER),))) == []
