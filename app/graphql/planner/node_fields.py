"""Fields of nodes. A node's object is its place in `Reading.rows`; `r` is its row."""

from app.graphql.planner.fields import COLUMN, PLACE, SAME, UNIT, Leaf, Many, One, Ordinary, TypePlan

_COMMON: TypePlan = {
    "id": Leaf("str(r.id)"),
    "lineageId": Leaf("str(r.lineage_id)"),
    "title": Leaf("r.title"),
    "description": Leaf("r.description"),
    "module": Leaf("columns[r.column_id].module.code"),
    "column": One("Column", "r.column_id", COLUMN),
    "owner": One("Unit", "r.owner_unit_id", UNIT),
    "origin": Leaf("enum_AllocationOrigin[origin({x})]"),
    "instruction": Leaf("instruction(r.id)"),
    "keywords": Many("Keyword", "keywords(r.id, ())"),
    "responsible": Many("Responsibility", "responsible(r.id, ())"),
    "viewerCan": Many("Ability", "node_can(r)"),
    "parents": Many("Node", "parents[{x}]", PLACE),
    "children": Many("Node", "children[{x}]", PLACE, with_arguments="some_children({x}, {a})"),
    "assessment": One("Assessment", "assessment(r.id)"),
    "assessmentsBelow": Many("Assessment", "assessments_below(r.id, ())"),
    "suggestedGrade": One("SuggestedGrade", "suggested(r.id)"),
    "rollup": One("Rollup", "rollups[{x}]", SAME),
}
NODES: dict[str, TypePlan] = {
    "TextNode": _COMMON,
    "Indicator": {
        **_COMMON,
        "code": Leaf("r.indicator_code"),
        "unitOfMeasure": Leaf("r.unit_of_measure"),
        "sexDisaggregated": Leaf("r.sex_disaggregated"),
        "regionLevelOnly": Leaf("r.region_level_only"),
        "direction": Leaf("enum_Direction[r.direction]"),
        "target": One("Target", "target(r)"),
        "outcome": One("Outcome", "outcome(r, {a})", with_arguments="outcome(r, {a})"),
        "outcomes": Many("Outcome", "outcomes(r, {a})", with_arguments="outcomes(r, {a})"),
        "attainment": One("Attainment", "attainment(r)"),
        "aggregated": One("AggregatedOutcome", "aggregated(r, {a})", with_arguments="aggregated(r, {a})"),
        "series": Ordinary("loaded together with the series beside it"),
        "explain": Ordinary("asks the database"),
    },
    "Activity": {
        **_COMMON,
        "startDate": Leaf("r.start_date"),
        "endDate": Leaf("r.end_date"),
        "status": Leaf("enum_ActivityStatus[r.status]"),
    },
    "Responsibility": {
        "role": Leaf("{x}.role"),
        "subject": Leaf("{x}.subject"),
        "unit": One("Unit", "{x}.unit_id", UNIT),
    },
    "Ability": {
        "action": Leaf("{x}.action"),
        "may": Leaf("{x}.may"),
        "whyNot": Many("Hindrance", "{x}.why_not"),
    },
    "Hindrance": {
        "why": Leaf("{x}.why.value"),
        "rule": Leaf("{x}.rule"),
        "message": Leaf("said({x}.message)"),
    },
    "NodeEdge": {"cursor": Leaf("{x}.cursor"), "node": One("Node", "{x}.place", PLACE)},
    "NodeConnection": {
        "edges": Many("NodeEdge", "{x}.edges"),
        "pageInfo": One("PageInfo", "{x}"),
        "totalCount": Leaf("{x}.total"),
    },
}
KINDS = ("TextNode", "Indicator", "Activity")
"""The types of nodes, as `Reading.kinds` numbers them."""
