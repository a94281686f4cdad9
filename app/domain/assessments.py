"""What an assessment may say: grades of the column's scale (F1, F3), measures beside a shortfall (F2), its wording."""

from collections.abc import Iterator

from app.domain.findings import Finding, Severity, also, rule
from app.domain.grades import GoalGrade, is_goal_scale
from app.domain.nodes import ActivityStatus
from app.domain.periods import Period
from app.domain.phrases import either, named
from app.domain.steering_model import AssessmentScale, Column, NodeKind
from app.domain.texts import Text

_DECEMBER = 12


@rule(
    "F1",
    title=Text("Måluppfyllelse i tre grader", "Goal achievement in three grades"),
    statement=Text(
        "Mål, fokusområden, uppdrag och verksamhetsmål bedöms på kolumnens skala. Under året är bedömningen en prognos"
        " (”kommer att uppnås”), i årsredovisningen ett utfall (”är uppnått”): ordvalet följer av kolumn och period,"
        " det som sparas är en och samma grad.",
        "Goals, focus areas, assignments and operational goals are graded on the column's scale. During the year the"
        " grade is a forecast (“will be achieved”), in the annual report an outcome (“has been achieved”): the wording"
        " comes from column and period, the stored grade is one.",
    ),
    source="000 §7.2, §9.1",
)
def grade_on_scale(column: Column, scale: AssessmentScale | None, grade: str | None) -> Iterator[Finding]:
    """F1: a grade is one of the column's scale. Activities' grades are F3's."""
    if column.node_kind is not NodeKind.ACTIVITY:
        yield from _off_scale("F1", column, scale, grade)


@rule(
    "F3",
    title=Text("Status och bedömning av aktiviteter", "Status and assessment of activities"),
    statement=Text(
        "En aktivitet har status pågående, planerad, pausad eller avslutad, en bedömning på kolumnens skala och en"
        " kommentar. Andra noder har ingen status.",
        "An activity has the status ongoing, planned, paused or finished, a grade on the column's scale and a comment."
        " Other nodes have no status.",
    ),
    source="000 §9.1, 001 §3.2.1",
)
def activity_assessed(
    column: Column, scale: AssessmentScale | None, grade: str | None, status: ActivityStatus | None
) -> Iterator[Finding]:
    """F3: a status belongs to an activity, and an activity's grade to its column's scale."""
    if column.node_kind is NodeKind.ACTIVITY:
        yield from _off_scale("F3", column, scale, grade)
    elif status is not None:
        words = Text(
            "Bara aktiviteter har status; kolumnen {column} har det inte.",
            "Only activities have a status; the column {column} has none.",
        )
        yield Finding("F3", words.fill(column=column.name_text), "/status", facts={"column": column.code})


@rule(
    "F2",
    title=Text("Åtgärder när målet inte nås", "Measures where a goal falls short"),
    statement=Text(
        "En annan bedömning än uppnått kräver åtgärder innan rapporten kan klarmarkeras; fram till dess är det en"
        " varning.",
        "A grade other than achieved needs measures before the report can be marked ready; until then it is a warning.",
    ),
    source="000 §7.2",
    depends_on_state=True,
)
def measures_given(
    scale: AssessmentScale | None,
    grade: str | None,
    measures: str | None,
    *,
    severity: Severity = Severity.WARNING,
) -> Iterator[Finding]:
    """F2: a warning when an assessment is saved; marking a report as ready gives another `severity`."""
    if not is_goal_scale(scale) or grade in {None, GoalGrade.ACHIEVED} or (measures or "").strip():
        return
    if scale is None or scale.grade(grade or "") is None:
        return  # a grade that is none is F1's to refuse, and measures would not mend it
    words = Text(
        "Beskriv åtgärder: det behövs innan rapporten kan klarmarkeras.",
        "Describe measures: they are needed before the report can be marked ready.",
    )
    yield Finding("F2", words, "/measures", severity, facts={"grade": grade})


@also("F1")
def wording(scale: AssessmentScale, grade: str, period: Period) -> Text:
    """F1: how a grade reads for a period. One that ends with the year tells an outcome, every other one a forecast.

    A grade that the scale no longer has reads as its code.
    """
    step = scale.grade(grade)
    if step is None:
        return Text(grade, grade)
    if period.last_month == _DECEMBER:
        return Text(step.outcome_sv, step.outcome_en)
    return Text(step.forecast_sv, step.forecast_en)


def _off_scale(rule_id: str, column: Column, scale: AssessmentScale | None, grade: str | None) -> Iterator[Finding]:
    if grade is None or (scale is not None and scale.grade(grade) is not None):
        return
    if scale is None:
        words = Text("Kolumnen {column} bedöms inte.", "The column {column} is not graded.")
        yield Finding(rule_id, words.fill(column=column.name_text), "/grade", facts={"column": column.code})
        return
    allowed = [g.code for g in scale.grades]
    words = Text(
        "Bedömningen finns inte på skalan ”{scale}”. Ange {allowed}.",
        "The grade is not on the scale “{scale}”. Give {allowed}.",
    )
    message = words.fill(scale=scale.name, allowed=either([named([code]) for code in allowed]))
    yield Finding(rule_id, message, "/grade", facts={"allowed": allowed})
