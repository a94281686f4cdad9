"""Fields of a follow-up: assessments, outcomes, attainment, rollups, what is missing. Objects are the domain's own."""

from app.graphql.planner.fields import COLUMN, PLACE, UNIT, Leaf, Many, One, TypePlan


def _number(expression: str) -> Leaf:
    """A Decimal or None."""
    return Leaf(f"number({expression})")


def _counts(*names: str, **renamed: str) -> TypePlan:
    """Counts that are attributes of the object, by the same name or (`notAchieved="not_achieved"`) by another."""
    return {
        name: Leaf(f"{{x}}.{attribute}", sure=True) for name, attribute in {**{n: n for n in names}, **renamed}.items()
    }


FOLLOW_UP: dict[str, TypePlan] = {
    "FollowUp": {
        "unit": One("Unit", "{x}.chain.unit", UNIT),
        "period": Leaf("str({x}.period)"),
        "roots": Many("Node", "chain.roots", PLACE, with_arguments="some_roots({a})"),
        "rollup": One("Rollup", "{x}.whole()"),
        "missing": Many("MissingReport", "missing({a})", with_arguments="missing({a})"),
    },
    "Assessment": {
        "unit": One("Unit", "{x}.unit", UNIT),
        "period": Leaf("str({x}.period)"),
        "grade": Leaf("{x}.row.grade"),
        "symbol": Leaf("{x}.symbol"),
        "wording": Leaf("said({x}.wording)"),
        "analysis": Leaf("{x}.row.analysis"),
        "measures": Leaf("{x}.row.measures"),
        "status": Leaf("enum_ActivityStatus[{x}.row.status or None]"),
        "assessedBy": Leaf("{x}.row.assessed_by"),
        "assessedAt": Leaf("{x}.row.assessed_at"),
    },
    "Target": {
        "kind": Leaf("enum_TargetKind[{x}.kind]"),
        "bound": _number("{x}.bound"),
        "printed": Leaf("{x}.printed"),
    },
    "Outcome": {
        "unit": One("Unit", "{x}[0].unit", UNIT),
        "period": Leaf("str({x}[0].period)"),
        "sex": Leaf("enum_Sex[{x}[0].sex]"),
        "value": _number("{x}[1].value"),
        "numerator": _number("{x}[1].numerator"),
        "denominator": _number("{x}[1].denominator"),
        "status": Leaf("enum_OutcomeStatus[outcome_statuses[{x}[1].status]]"),
        "comment": Leaf("{x}[1].comment"),
        "source": Leaf("enum_InputWay[{x}[1].source]"),
        "recordedAt": Leaf("{x}[1].recorded_at"),
    },
    "Attainment": {
        "status": Leaf("enum_AttainmentStatus[{x}.status]"),
        "outcome": _number("{x}.outcome"),
        "target": One("Target", "{x}.target"),
        "comparison": _number("{x}.comparison"),
        "reason": Leaf("said({x}.reason)"),
    },
    "AggregatedOutcome": {
        "period": Leaf("str({x}.period)"),
        "sex": Leaf("enum_Sex[{x}.sex]"),
        "value": _number("{x}.figures.value"),
        "numerator": _number("{x}.figures.numerator"),
        "denominator": _number("{x}.figures.denominator"),
        "contributing": Leaf("len({x}.figures.contributing)"),
        "missing": Leaf("len({x}.figures.missing)"),
        "reason": Leaf("said({x}.figures.reason)"),
    },
    "ColumnRollup": {
        "column": One("Column", "column_ids[{x}.module, {x}.column]", COLUMN),
        **_counts("total", "achieved", "partly", "missing", notAchieved="not_achieved"),
    },
    "ActivityRollup": _counts("planned", "ongoing", "paused", "finished", "late"),
    "IndicatorRollup": _counts("reached", notReached="not_reached", noTarget="no_target", noOutcome="no_outcome"),
    "UnitRollup": _counts("total", "reported"),
    "Rollup": {
        "nodes": Leaf("{x}.nodes", sure=True),
        "columns": Many("ColumnRollup", "{x}.columns"),
        "activities": One("ActivityRollup", "{x}.activities"),
        "indicators": One("IndicatorRollup", "{x}.indicators"),
        "units": One("UnitRollup", "{x}.units"),
    },
    "SuggestionFigure": {"name": Leaf("{x}[0]"), "count": Leaf("{x}[1]")},
    "SuggestedGrade": {
        "grade": Leaf("{x}.grade.value"),
        "wording": Leaf("said({x}.rule).partition(',')[0]"),
        "rule": Leaf("said({x}.rule)"),
        "figures": Many("SuggestionFigure", "{x}.figures.items()"),
    },
    "MissingReport": {
        "kind": Leaf("enum_ReportKind[{x}.kind]"),
        "period": Leaf("str({x}.period)"),
        "unit": One("Unit", "{x}.unit", UNIT),
        "node": One("Node", "place_of({x}.node)", PLACE),
    },
}
