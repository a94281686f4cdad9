"""The schema: what Strawberry makes of the types."""

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from app.graphql.node_types import Activity, Indicator, TextNode
from app.graphql.query import Query
from app.graphql.scalars import SCALARS

schema = strawberry.Schema(
    query=Query,
    types=[TextNode, Indicator, Activity],
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=False),
)
# graphql-core is asked directly: parsing, validation and measuring are done once per text, not once per request.
core: GraphQLSchema = schema._schema  # noqa: SLF001  # Strawberry has no public name for it


def export_schema() -> str:
    """The schema in GraphQL's own language."""
    return schema.as_str()
