"""F1, F2, F3: what an assessment may say, and how it reads."""

import pytest

from app.domain.assessments import activity_assessed, grade_on_scale, measures_given, wording
from app.domain.findings import Severity
from app.domain.nodes import ActivityStatus
from app.domain.periods import Period
from tests.domain.followup_model import ATLAS, GOALS, LOG, TASKS
from tests.domain.models import REFUSED, WARNING, only, said

STAR, MEASURE, TASK = (LOG.by_code[code] for code in ("star", "measure", "task"))


@pytest.mark.parametrize("grade", ["achieved", "partly", "not_achieved", None])
def test_f1_accepted(grade: str | None) -> None:
    assert not said(grade_on_scale(STAR, GOALS, grade))


def test_f1_refused_names_the_grades_there_are() -> None:
    finding = only(grade_on_scale(STAR, GOALS, "on"))
    assert (finding.rule, finding.pointer, finding.is_conflict) == ("F1", "/grade", False)
    assert finding.facts["allowed"] == ["achieved", "partly", "not_achieved"]
    assert "achieved, partly eller not_achieved" in finding.message.sv


def test_f2_says_nothing_of_a_grade_that_is_none() -> None:
    assert not said(measures_given(GOALS, "on", None))


def test_f1_refused_where_the_column_is_not_graded() -> None:
    assert said(grade_on_scale(MEASURE, None, "achieved")) == [("F1", "/grade", REFUSED)]
    assert not said(grade_on_scale(MEASURE, None, None))


@pytest.mark.parametrize(
    ("period", "sv", "en"),
    [
        ("2027-T1", "blir partly", "will be partly"),
        ("2027-T2", "blir partly", "will be partly"),
        ("2027-11", "blir partly", "will be partly"),
        ("2027-T3", "är partly", "is partly"),
        ("2027-12", "är partly", "is partly"),
        ("2027", "är partly", "is partly"),
    ],
)
def test_f1_edge_a_forecast_until_the_year_has_ended(period: str, sv: str, en: str) -> None:
    words = wording(GOALS, "partly", Period.parse(period))
    assert (words.sv, words.en) == (sv, en)


def test_f1_edge_a_grade_that_the_scale_has_no_more_reads_as_its_code() -> None:
    assert wording(GOALS, "gone", Period.parse("2027")).sv == "gone"


@pytest.mark.parametrize("status", [*ActivityStatus, None])
def test_f3_accepted(status: ActivityStatus | None) -> None:
    assert not said(activity_assessed(TASK, TASKS, "on", status))
    assert not said(grade_on_scale(TASK, TASKS, "whatever"))


def test_f3_refused() -> None:
    assert said(activity_assessed(TASK, TASKS, "achieved", None)) == [("F3", "/grade", REFUSED)]
    assert said(activity_assessed(STAR, GOALS, "achieved", ActivityStatus.ONGOING)) == [("F3", "/status", REFUSED)]
    assert said(activity_assessed(MEASURE, None, None, ActivityStatus.ONGOING)) == [("F3", "/status", REFUSED)]


def test_f3_edge_an_activity_without_a_scale_has_a_status_only() -> None:
    task = ATLAS.by_code["task"]
    assert not said(activity_assessed(task, None, None, ActivityStatus.PAUSED))
    assert said(activity_assessed(task, None, "on", ActivityStatus.PAUSED)) == [("F3", "/grade", REFUSED)]
    assert not said(activity_assessed(STAR, GOALS, "achieved", None))


def test_f2_accepted() -> None:
    assert not said(measures_given(GOALS, "achieved", None))
    assert not said(measures_given(GOALS, None, None))
    assert not said(measures_given(GOALS, "partly", "Vi kortar kön."))
    assert not said(measures_given(TASKS, "off", None))


def test_f2_refused_is_a_warning_until_a_report_is_made_ready() -> None:
    assert said(measures_given(GOALS, "not_achieved", None)) == [("F2", "/measures", WARNING)]
    assert said(measures_given(GOALS, "partly", None, severity=Severity.REFUSED)) == [("F2", "/measures", REFUSED)]
    assert only(measures_given(GOALS, "partly", None)).is_conflict


@pytest.mark.parametrize("measures", ["", " \n"])
def test_f2_edge_blanks_are_no_measures(measures: str) -> None:
    assert said(measures_given(GOALS, "partly", measures)) == [("F2", "/measures", WARNING)]
