"""Which assessment speaks for a node at a unit."""

from app.domain.grades import AssessmentFact, is_goal_scale, latest_assessments, nearest_grades, nearest_statuses
from app.domain.nodes import ActivityStatus
from app.domain.periods import Period
from tests.domain.followup_model import BOAT, ELSEWHERE, GOALS, HERE, SHIP, T2, TASKS, UNITS, ident

STAR, TASK = ident("star"), ident("task")
PLACES = {u.id: u for u in UNITS}


def test_only_the_three_grades_of_goals_are_counted_as_goals() -> None:
    assert is_goal_scale(GOALS)
    assert not is_goal_scale(TASKS)
    assert not is_goal_scale(None)


def test_the_latest_within_the_period_speaks_and_the_period_itself_goes_first() -> None:
    facts = [
        AssessmentFact(STAR, HERE, Period.parse(period), grade=period)
        for period in ("2027-08", "2027-05", "2027-09", "2026-T2")
    ]
    assert latest_assessments(facts, T2)[STAR, HERE].grade == "2027-08"
    whole = AssessmentFact(STAR, HERE, T2, grade="whole")
    assert latest_assessments([whole, *facts], T2)[STAR, HERE].grade == "whole"
    assert latest_assessments(facts, Period.parse("2027-T1")) == {}


def test_the_unit_itself_speaks_before_those_below_it_and_code_decides_between_equals() -> None:
    below = [AssessmentFact(STAR, SHIP, T2, "ship"), AssessmentFact(STAR, BOAT, T2, "boat")]
    assert nearest_grades(latest_assessments(below, T2), PLACES) == {STAR: "boat"}
    assert nearest_grades(latest_assessments(below[::-1], T2), PLACES) == {STAR: "boat"}
    own = [AssessmentFact(STAR, HERE, T2, "here"), *below]
    assert nearest_grades(latest_assessments(own, T2), PLACES) == {STAR: "here"}


def test_who_says_nothing_leaves_the_word_to_the_next_and_others_are_not_heard() -> None:
    facts = [
        AssessmentFact(TASK, HERE, T2, grade="on"),
        AssessmentFact(TASK, SHIP, T2, status=ActivityStatus.PAUSED),
        AssessmentFact(STAR, ELSEWHERE, T2, grade="on", status=ActivityStatus.FINISHED),
    ]
    latest = latest_assessments(facts, T2)
    assert nearest_grades(latest, PLACES) == {TASK: "on"}
    assert nearest_statuses(latest, PLACES) == {TASK: ActivityStatus.PAUSED}
