"""N2, N6: own nodes that repeat what the budget says."""

from dataclasses import replace

import pytest

from app.domain.alike import (
    budget_node_used_instead,
    closest,
    compared_columns,
    no_barred_keyword_group,
    not_near_identical,
    own_is_justified,
)
from app.domain.similarity import CONTAINED
from tests.domain.models import (
    ATLAS,
    CONFIRM,
    CUTTER,
    EAST,
    MODEL,
    REALM,
    REFUSED,
    WEST,
    col,
    new,
    node,
    only,
    said,
)

TITLE = "Sjukvårdens köer ska kortas och tillgängligheten ska öka"
PARAPHRASE = "Köerna i sjukvården ska kortas och tillgängligheten öka"
NEAR = f"{TITLE}, särskilt inom psykiatrin och barnsjukvården på sjukhusen"
BUDGET = node("star", title=TITLE)


def test_n2_accepted_for_another_wording_and_for_the_top_itself() -> None:
    assert not said(not_near_identical(new("star", WEST, title="Tryggare förlossningar"), [BUDGET], MODEL))
    assert not said(not_near_identical(new("star", REALM, title=TITLE), [BUDGET], MODEL))
    assert not said(own_is_justified(new("star", WEST, justification="Behövs här."), MODEL))
    assert not said(own_is_justified(new("star", REALM), MODEL))
    assert not said(own_is_justified(new("course", WEST), MODEL))


@pytest.mark.parametrize("code", ["star", "course", "bearing"])
@pytest.mark.parametrize("title", [TITLE, PARAPHRASE])
def test_n2_refused_from_the_hard_threshold(code: str, title: str) -> None:
    finding = only(not_near_identical(new(code, WEST, title=title), [BUDGET], MODEL))
    assert (finding.rule, finding.pointer, finding.severity.value) == ("N2", "/title", REFUSED)
    assert finding.is_conflict
    assert finding.facts["score"] >= 88
    assert finding.facts["node"]["id"] == str(BUDGET.id)


def test_n2_refused_until_confirmed_between_the_thresholds() -> None:
    finding = only(not_near_identical(new("star", WEST, title=NEAR), [BUDGET], MODEL))
    assert finding.severity.value == CONFIRM
    assert finding.facts["score"] == CONTAINED
    assert "confirm_similar" in finding.message.sv


@pytest.mark.parametrize("words", [None, " "])
def test_n2_refused_without_a_justification(words: str | None) -> None:
    finding = only(own_is_justified(new("star", CUTTER, justification=words), MODEL))
    assert (finding.rule, finding.pointer, finding.is_conflict) == ("N2", "/justification", False)


def test_n2_edge_only_the_tops_nodes_of_the_same_plan_and_columns_are_protected() -> None:
    asked = new("star", WEST, title=TITLE)
    for free in (
        node("star", EAST, title=TITLE),
        node("course", title=TITLE),
        replace(BUDGET, year=2026),
        replace(BUDGET, module="ATLAS"),
    ):
        assert not said(not_near_identical(asked, [free], MODEL))
    assert not said(not_near_identical(replace(asked, id=BUDGET.id), [BUDGET], MODEL))
    assert not said(not_near_identical(new("watch", WEST, title=TITLE), [BUDGET], MODEL))
    assert not said(not_near_identical(new("charter", EAST, title=TITLE), [BUDGET], MODEL))


def test_n2_edge_an_assignment_is_protected_where_it_is_used() -> None:
    """The top has no assignments; a board that got one does not word it again."""
    assigned = node("charter", EAST, title=TITLE, allocated_to=frozenset({WEST.id}))
    assert said(not_near_identical(new("bearing", WEST, title=TITLE), [assigned], MODEL))
    assert said(not_near_identical(new("bearing", CUTTER, title=TITLE, justification="x"), [assigned], MODEL))
    unseen = replace(assigned, allocated_to=frozenset())
    assert not said(not_near_identical(new("bearing", WEST, title=TITLE), [unseen], MODEL))
    own_course = node("course", WEST, title=TITLE)
    assert not said(not_near_identical(new("bearing", WEST, title=TITLE), [own_course], MODEL))
    everywhere = replace(assigned, column=col("charter").model_copy(update={"created_at": None}))
    assert not said(not_near_identical(new("bearing", WEST, title=TITLE), [everywhere], MODEL))


def test_n2_edge_the_five_closest_are_shown_best_first() -> None:
    alike = [node("star", title=f"{TITLE} {i}") for i in "abcdefg"]
    found = closest(new("star", WEST, title=TITLE), [*alike, BUDGET], MODEL)
    assert len(found) == 5
    assert [s.score for _, s in found] == sorted((s.score for _, s in found), reverse=True)


def test_n6_accepted_for_another_wording_and_an_old_plan() -> None:
    assert not said(budget_node_used_instead(new("charter", EAST, title="Laga seglen"), [BUDGET], MODEL))
    assert not said(no_barred_keyword_group(new("star", keyword_groups=("Knots",)), MODEL))
    assert not said(no_barred_keyword_group(new("star", keyword_groups=("Charter",), year=2026), MODEL))
    assert not said(no_barred_keyword_group(new("charter", keyword_groups=("Charter",)), MODEL))


def test_n6_refused_when_worded_like_the_budget() -> None:
    finding = only(budget_node_used_instead(new("charter", EAST, title=PARAPHRASE), [BUDGET], MODEL))
    assert (finding.rule, finding.severity.value, finding.is_conflict) == ("N6", REFUSED, True)
    assert finding.facts["use"] == "instruction"
    assert "anvisning" in finding.message.sv


def test_n6_refused_with_a_barred_keyword_group() -> None:
    finding = only(no_barred_keyword_group(new("star", keyword_groups=("Knots", "Charter")), MODEL))
    assert (finding.rule, finding.pointer, finding.is_conflict) == ("N6", "/keywords/1", False)


def test_n6_edge_between_the_thresholds_and_another_rules_column() -> None:
    asked = budget_node_used_instead(new("charter", EAST, title=NEAR), [BUDGET], MODEL)
    assert said(asked) == [("N6", "/title", CONFIRM)]
    assert not said(budget_node_used_instead(new("star", WEST, title=TITLE), [BUDGET], MODEL))


def test_columns_to_compare_with() -> None:
    assert compared_columns(col("bearing"), WEST, MODEL) == ("star", "course", "charter")
    assert compared_columns(col("star"), REALM, MODEL) == ()
    assert compared_columns(col("watch", ATLAS), WEST, MODEL) == ()
