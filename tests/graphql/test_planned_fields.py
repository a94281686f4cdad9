"""The planner's table of fields keeps up with the schema."""

from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from app.graphql.planner.fields import Leaf, Many, One, Ordinary
from app.graphql.planner.roots import ORDINARY, ROOTS
from app.graphql.planner.table import KINDS, TABLE
from app.graphql.schema import core

OBJECTS = {
    name: kind
    for name, kind in core.type_map.items()
    if isinstance(kind, GraphQLObjectType) and not name.startswith("__") and kind is not core.query_type
}
FIELDS = [(name, field) for name, kind in sorted(OBJECTS.items()) for field in kind.fields]


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_every_field_is_planned_or_named_as_ordinary(kind: str, field: str) -> None:
    """A new field goes into app/graphql/planner/*_fields.py, as what it is made of or as Ordinary("why")."""
    plan = TABLE[kind][field]
    declared: Any = OBJECTS[kind].fields[field].type
    is_object = hasattr(get_named_type(declared), "fields")
    if isinstance(plan, Ordinary):
        assert plan.reason
    elif is_object:
        assert isinstance(plan, One)
        assert plan.type == get_named_type(declared).name
        assert isinstance(plan, Many) == is_list_type(get_nullable_type(declared))
    else:
        assert isinstance(plan, Leaf)


def test_every_field_at_the_top_is_planned_or_named_as_ordinary() -> None:
    assert core.query_type is not None
    assert set(core.query_type.fields) == {*ROOTS, *ORDINARY}
    assert not set(ROOTS) & set(ORDINARY)
    for name, root in ROOTS.items():
        assert root.plan.type == get_named_type(core.query_type.fields[name].type).name


def test_the_table_has_nothing_that_the_schema_has_not() -> None:
    assert {(kind, field) for kind, fields in TABLE.items() for field in fields} == set(FIELDS)


def test_node_is_the_only_type_of_several() -> None:
    several = [k for k in core.type_map.values() if isinstance(k, GraphQLInterfaceType | GraphQLUnionType)]
    assert [kind.name for kind in several] == ["Node"]
    assert {kind.name for kind in core.get_possible_types(several[0])} == set(KINDS)
