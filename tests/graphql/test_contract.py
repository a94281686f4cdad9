"""The schema is the one that is committed, and holds everything that clients were promised."""

from pathlib import Path

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, build_schema

from app.graphql.schema import export_schema

COMMITTED = Path(__file__).parents[2] / "openapi" / "schema.graphql"
PROMISED = {
    "Query": "me region unit units module node nodes followUp indicator",
    "FollowUp": "unit period roots rollup missing",
    "Node": "id lineageId title description column module owner origin instruction keywords responsible parents"
    " children assessment assessmentsBelow suggestedGrade rollup",
    "Indicator": "unitOfMeasure sexDisaggregated target outcome outcomes attainment aggregated",
    "Activity": "startDate endDate status",
    "Assessment": "unit period grade wording analysis measures status assessedBy assessedAt",
    "Rollup": "nodes columns activities indicators units",
    "ColumnRollup": "column total achieved partly notAchieved missing",
    "ActivityRollup": "planned ongoing paused finished late",
    "IndicatorRollup": "reached notReached noTarget noOutcome",
    "UnitRollup": "total reported",
}
ARGUMENTS = {
    ("Query", "units"): "level under first after",
    ("Query", "nodes"): "module year unit column keyword search first after",
    ("Query", "followUp"): "unit period module",
    ("FollowUp", "roots"): "column keyword",
    ("FollowUp", "missing"): "first",
    ("Node", "children"): "columns",
    ("Indicator", "outcome"): "sex",
    ("Indicator", "outcomes"): "periods sex",
    ("Indicator", "aggregated"): "sex",
}


def test_the_committed_schema_is_not_stale() -> None:
    assert COMMITTED.read_text("utf-8").strip() == export_schema().strip()


def _fields(name: str) -> GraphQLObjectType | GraphQLInterfaceType:
    found = build_schema(export_schema()).type_map[name]
    assert isinstance(found, GraphQLObjectType | GraphQLInterfaceType)
    return found


@pytest.mark.parametrize("name", PROMISED)
def test_every_promised_field_is_there(name: str) -> None:
    assert set(PROMISED[name].split()) <= set(_fields(name).fields)


@pytest.mark.parametrize(("name", "field"), ARGUMENTS)
def test_every_promised_argument_is_there(name: str, field: str) -> None:
    assert set(ARGUMENTS[name, field].split()) <= set(_fields(name).fields[field].args)


def test_everything_is_described() -> None:
    bare = [
        name
        for name, found in build_schema(export_schema()).type_map.items()
        if not name.startswith("__")
        and not found.description
        and name not in {"String", "Int", "Float", "Boolean", "ID"}
    ]
    assert bare == []
