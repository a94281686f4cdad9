"""Fields of the steering model. A Column's object is a LoadedColumn, a Module's a Module of the domain."""

from app.graphql.planner.fields import COLUMN, Leaf, Many, TypePlan

MODEL: dict[str, TypePlan] = {
    "Grade": {
        "code": Leaf("{x}.code"),
        "symbol": Leaf("{x}.symbol"),
        "forecast": Leaf("{x}.forecast_sv"),
        "outcome": Leaf("{x}.outcome_sv"),
    },
    "Column": {
        "module": Leaf("{x}.module.code"),
        "no": Leaf("{x}.column.no"),
        "code": Leaf("{x}.column.code"),
        "name": Leaf("{x}.column.name"),
        "nameEn": Leaf("{x}.column.name_en"),
        "nodeKind": Leaf("enum_NodeKind[{x}.column.node_kind]"),
        "parents": Leaf("[*{x}.column.parents]"),
        "standardPeriodicity": Leaf("enum_Periodicity[{x}.column.standard_periodicity]"),
        "keywordGroups": Leaf("[*{x}.column.keyword_groups, *{x}.column.local_keyword_groups]"),
        "responsibilityRoles": Leaf("[*{x}.column.responsibility_roles]"),
        "grades": Many("Grade", "grades_of({x})"),
    },
    "Module": {
        "code": Leaf("{x}.code"),
        "name": Leaf("{x}.name"),
        "nameEn": Leaf("{x}.name_en"),
        "columns": Many("Column", "columns_of({x})", COLUMN),
    },
    "Keyword": {"id": Leaf("str({x}.id)"), "text": Leaf("{x}.text"), "group": Leaf("{x}.group")},
}
