"""The table of all fields that are planned, by type."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLEnumType, GraphQLSchema

from app.graphql.planner.fields import TypePlan
from app.graphql.planner.followup_fields import FOLLOW_UP
from app.graphql.planner.measure_fields import MEASURES
from app.graphql.planner.model_fields import MODEL
from app.graphql.planner.node_fields import KINDS, NODES
from app.graphql.planner.organisation_fields import ORGANISATION

TABLE: Mapping[str, TypePlan] = {**ORGANISATION, **MODEL, **NODES, **FOLLOW_UP, **MEASURES}
"""Type -> field -> what it is made of. The type Query stands in `roots.py`, with what each of its fields loads."""


def enum_names(schema: GraphQLSchema) -> dict[str, dict[Any, str | None]]:
    """`enum_<type>` -> name in the schema, by member and by the value that a row has; None for None."""
    found: dict[str, dict[Any, str | None]] = {}
    for name, kind in schema.type_map.items():
        members = getattr(kind, "wrapped_cls", None)  # Strawberry's enums know the Python class they were made of
        if isinstance(kind, GraphQLEnumType) and members is not None:
            by_value = {value.value: said for said, value in kind.values.items()}
            by_member = {members(value): said for value, said in by_value.items()}
            found[f"enum_{name}"] = {None: None, **by_value, **by_member}
    return found


__all__ = ["KINDS", "TABLE", "enum_names"]
