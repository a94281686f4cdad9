"""N4, N5, N7-N11 and the levels of N1: who creates what, where."""

from collections.abc import Callable, Iterator

import pytest

from app.domain.commissions import assignment_level, given_to_providers
from app.domain.findings import Finding
from app.domain.levels import (
    activity_level,
    focus_area_level,
    indicator_level,
    operational_goal_level,
    sub_activity_level,
    unit_level,
)
from app.domain.nodes import NewNode, UnitView
from app.domain.own_goals import goal_level
from app.domain.steering_model import SteeringModel
from tests.domain.models import (
    ATLAS,
    BOW,
    BRIG,
    CUTTER,
    EAST,
    MODEL,
    REALM,
    REFUSED,
    WARNING,
    WEST,
    new,
    node,
    only,
    said,
    unit,
)

Asked = Callable[[NewNode, SteeringModel], Iterator[Finding]]

LOOSE = unit("LOOSE", "ship", REALM)
# rule, column: levels that may, levels that may not
CASES: list[tuple[Asked, str, str, list[UnitView], list[UnitView]]] = [
    (goal_level, "N1", "star", [REALM, EAST, WEST], [CUTTER, BOW]),
    (focus_area_level, "N4", "course", [REALM, WEST, CUTTER, LOOSE], [BOW]),
    (assignment_level, "N5", "charter", [EAST], [REALM, WEST, BRIG, BOW]),
    (operational_goal_level, "N7", "bearing", [WEST], [REALM, BOW]),
    (indicator_level, "N8", "measure", [REALM, EAST, CUTTER], [BOW]),
    (activity_level, "N9", "watch", [CUTTER, BOW], [REALM]),
    (sub_activity_level, "N10", "chore", [CUTTER, BOW], [REALM, WEST]),
]


def check_accepted(which: str) -> None:
    asked, _, column, may, _ = next(c for c in CASES if c[1] == which)
    for owner in may:
        assert not said(asked(new(column, owner), MODEL)), owner.code


def check_refused(which: str) -> None:
    asked, _, column, _, may_not = next(c for c in CASES if c[1] == which)
    for owner in may_not:
        finding = only(asked(new(column, owner), MODEL))
        assert (finding.rule, finding.pointer, finding.severity.value) == (which, "/unit", REFUSED)
        assert finding.facts["level"] == owner.level
        assert not finding.is_conflict


def test_n4_accepted_without_limit_in_number() -> None:
    check_accepted("N4")


def test_n4_refused() -> None:
    check_refused("N4")


def test_n4_edge_the_refusal_says_what_can_be_created_from_there() -> None:
    finding = only(focus_area_level(new("course", BOW), MODEL))
    assert finding.facts["columns"] == ["watch", "chore"]
    assert finding.message.sv == (
        "Bow (deck) kan inte skapa i kolumnen course, som är till för riket, hamn och skepp. "
        "Härifrån går det att skapa i watch och chore."
    )


def test_n5_accepted_for_a_commissioning_board() -> None:
    check_accepted("N5")


def test_n5_refused_for_anyone_else() -> None:
    check_refused("N5")


def test_n5_edge_an_assignment_kept_at_home_is_warned_of() -> None:
    charter = node("charter", EAST)
    assert said(given_to_providers(charter, BRIG)) == [("N5", "/unit", WARNING)]
    assert not said(given_to_providers(charter, WEST))
    assert not said(given_to_providers(node("course", EAST), BRIG))
    assert "uppdragsgivande nämnd" in only(assignment_level(new("charter", WEST), MODEL)).message.sv


def test_n7_accepted() -> None:
    check_accepted("N7")
    assert not said(operational_goal_level(new("bearing", CUTTER, justification="Särskilda skäl."), MODEL))


def test_n7_refused() -> None:
    check_refused("N7")


@pytest.mark.parametrize("reason", [None, "", "  \n "])
def test_n7_edge_a_level_that_must_give_a_reason(reason: str | None) -> None:
    finding = only(operational_goal_level(new("bearing", CUTTER, justification=reason), MODEL))
    assert (finding.rule, finding.pointer, finding.severity.value) == ("N7", "/justification", REFUSED)


def test_n8_accepted() -> None:
    check_accepted("N8")


def test_n8_refused_on_the_lowest_level() -> None:
    check_refused("N8")


def test_n8_edge_a_column_without_levels_is_open_to_all() -> None:
    for owner in (REALM, EAST, WEST, CUTTER, BOW):
        assert not said(indicator_level(new("watch", owner, module=ATLAS), MODEL))


def test_n9_accepted_below_the_board() -> None:
    check_accepted("N9")


def test_n9_refused_on_the_top() -> None:
    check_refused("N9")


def test_n9_edge_a_board_may_with_a_warning() -> None:
    assert said(activity_level(new("watch", WEST), MODEL)) == [("N9", "/unit", WARNING)]
    assert said(unit_level(new("watch", WEST), MODEL)) == []


def test_n10_accepted() -> None:
    check_accepted("N10")


def test_n10_refused_on_the_two_top_levels() -> None:
    check_refused("N10")


def test_n10_edge_another_columns_rule_is_silent() -> None:
    for asked, rule_id, _, _, _ in CASES:
        if rule_id != "N10":
            assert not said(asked(new("chore", REALM), MODEL))


def test_n11_accepted_for_what_the_lowest_level_does() -> None:
    for code in ("watch", "chore"):
        assert not said(unit_level(new(code, BOW), MODEL))


def test_n11_refused_for_everything_else_there() -> None:
    for code in ("star", "course", "charter", "bearing", "measure"):
        assert said(unit_level(new(code, BOW), MODEL)) == [("N11", "/unit", REFUSED)]


def test_n11_edge_other_levels_have_their_own_rule_only() -> None:
    assert not said(unit_level(new("star", CUTTER), MODEL))
    assert said(goal_level(new("star", CUTTER), MODEL))


def test_n1_accepted_and_refused_by_level() -> None:
    check_accepted("N1")
    check_refused("N1")


def test_where_a_level_can_create_nothing_the_refusal_says_so() -> None:
    atlas = MODEL.modules[0].model_copy(update={"columns": MODEL.modules[0].columns[:1]})
    bare = MODEL.model_copy(update={"modules": (atlas,)})
    assert "inte att skapa i någon kolumn" in only(goal_level(new("star", BOW), bare)).message.sv
    empty = MODEL.model_copy(update={"modules": ()})
    assert only(goal_level(new("star", BOW), empty)).facts["columns"] == []
