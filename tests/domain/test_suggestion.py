"""F6: grades that figures speak for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.attainment import AttainmentStatus
from app.domain.counting import goal_columns
from app.domain.grades import GoalGrade
from app.domain.suggestion import suggest, suggested_grade
from tests.domain.followup_model import MODEL, at, chain, ident, node

GOOD, HALF, BAD = GoalGrade.ACHIEVED, GoalGrade.PARTLY, GoalGrade.NOT_ACHIEVED
REACHED, NOT_REACHED = AttainmentStatus.REACHED, AttainmentStatus.NOT_REACHED
SILENT = [AttainmentStatus.NO_TARGET, AttainmentStatus.NO_OUTCOME]


@pytest.mark.parametrize(
    ("grades", "attainments", "grade"),
    [
        ([GOOD, GOOD], [], GOOD),
        ([], [REACHED], GOOD),
        ([GOOD, None], [REACHED, *SILENT], GOOD),
        ([GOOD, HALF], [], HALF),
        ([GOOD], [NOT_REACHED], HALF),
        ([HALF], [], HALF),
        ([BAD, BAD, GOOD], [], BAD),
        ([], [NOT_REACHED], BAD),
        ([HALF, BAD], [NOT_REACHED], BAD),
        ([GOOD, "on"], [], GOOD),
    ],
)
def test_f6_accepted(grades: list[str | None], attainments: list[AttainmentStatus], grade: GoalGrade) -> None:
    found = suggest(grades, attainments)
    assert found is not None
    assert found.grade is grade
    assert sum(found.figures.values()) == len(grades) + len(attainments)


def test_f6_refused_where_nothing_counts() -> None:
    assert suggest([], []) is None
    assert suggest([None, "on"], SILENT) is None


def test_f6_tells_rule_and_figures_in_both_languages() -> None:
    found = suggest([GOOD, HALF, None], [NOT_REACHED])
    assert found is not None
    assert found.figures == {"achieved": 1, "partly": 1, "not_achieved": 1, "not_counted": 1}
    assert found.rule.sv.startswith("Förslag: uppnås delvis, eftersom")
    assert "1 achieved, 1 partly, 1 not; 1 not counted" in found.rule.en


@given(st.lists(st.sampled_from(GoalGrade), min_size=1, max_size=20))
def test_f6_edge_a_better_child_never_makes_a_worse_suggestion(grades: list[GoalGrade]) -> None:
    order = [BAD, HALF, GOOD]
    before = suggest(grades, [])
    after = suggest([order[min(order.index(grades[0]) + 1, 2)], *grades[1:]], [])
    assert before is not None
    assert after is not None
    assert order.index(after.grade) >= order.index(before.grade)


def test_f6_in_a_chain_looks_right_below_and_leaves_activities_out() -> None:
    nodes = [
        node("star"),
        node("a", "course"),
        node("b", "course"),
        node("m", "measure"),
        node("t", "task"),
        node("deep", "measure"),
    ]
    found = chain(nodes, "star>a star>b star>m star>t a>deep")
    columns = goal_columns(MODEL, "LOG")
    grades = {ident("a"): "achieved", ident("t"): "off"}
    attainments = {ident("m"): REACHED, ident("deep"): NOT_REACHED}
    star = suggested_grade(found, at(found, "star"), grades, attainments, columns)
    assert star is not None
    assert (star.grade, star.figures["not_counted"]) == (GOOD, 1)
    assert suggested_grade(found, at(found, "t"), grades, attainments, columns) is None
    assert suggested_grade(found, at(found, "b"), grades, attainments, columns) is None
