"""The schema, and a question's way through it: parse, validate, measure, execute."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,
    parse,
    validate,
)
from strawberry.schema.config import StrawberryConfig

from app.graphql.bounds import Bounds, measure
from app.graphql.context import GraphQLContext
from app.graphql.node_types import Activity, Indicator, TextNode
from app.graphql.query import Query
from app.graphql.scalars import SCALARS

_KEPT_DOCUMENTS = 500
_MOST_ERRORS = 20

schema = strawberry.Schema(
    query=Query,
    types=[TextNode, Indicator, Activity],
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=False),
)
# graphql-core is asked directly: parsing, validation and measuring are done once per text, not once per request.
core: GraphQLSchema = schema._schema  # noqa: SLF001  # Strawberry has no public name for it


@dataclass(frozen=True, slots=True)
class Question:
    """A GraphQL request: the text, its variables, and which of its operations is meant."""

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None = None


class RefusedError(Exception):
    """A question that is not executed: why, one error or several."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        self.errors = errors
        super().__init__("; ".join(error.message for error in errors))


def export_schema() -> str:
    """The schema in GraphQL's own language."""
    return schema.as_str()


@lru_cache(maxsize=_KEPT_DOCUMENTS)
def _document(query: str, tokens: int) -> DocumentNode | tuple[GraphQLError, ...]:
    """A valid document, or what is wrong with it. Kept by text: front ends ask the same again and again."""
    try:
        document = parse(query, max_tokens=tokens)
        errors = validate(core, document, max_errors=_MOST_ERRORS)
    except GraphQLError as error:
        return (_coded(error, _parse_code(error.message)),)
    except RecursionError:
        return (GraphQLError("The question is nested too deep", extensions={"code": "QUERY_TOO_DEEP"}),)
    return tuple(_coded(error, "GRAPHQL_VALIDATION_FAILED") for error in errors) if errors else document


def _parse_code(message: str) -> str:
    """Which bound the parser stopped at, if it was one; it says so in words only."""
    if "tokens" in message:
        return "TOO_MANY_TOKENS"
    return "QUERY_TOO_DEEP" if "nested too deeply" in message else "GRAPHQL_PARSE_FAILED"


def _coded(error: GraphQLError, code: str) -> GraphQLError:
    return GraphQLError(
        error.message,
        error.nodes,
        error.source,
        error.positions,
        extensions={**(error.extensions or {}), "code": code},
    )


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    found = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    named = [d for d in found if name is None or (d.name is not None and d.name.value == name)]
    if len(named) != 1:
        said = "Say which operation is meant: operationName" if name is None else f"There is no operation {name}"
        raise RefusedError([GraphQLError(said, extensions={"code": "BAD_USER_INPUT"})])
    return named[0]


def prepare(question: Question, bounds: Bounds) -> tuple[DocumentNode, frozenset[str]]:
    """The document to execute, and the names of the fields it asks for. Raises RefusedError."""
    document = _document(question.query, bounds.tokens)
    if not isinstance(document, DocumentNode):
        raise RefusedError(list(document))
    operation = _operation(document, question.operation_name)
    if operation.operation is not OperationType.QUERY:
        raise RefusedError(
            [GraphQLError("Only queries: changes go through REST", extensions={"code": "BAD_USER_INPUT"})]
        )
    try:
        measured = measure(document, operation, question.variables, bounds)
    except GraphQLError as error:
        raise RefusedError([error]) from error
    return document, frozenset(measured.names)


async def answer(question: Question, document: DocumentNode, context: GraphQLContext) -> ExecutionResult:
    """Execute a prepared question."""
    result = execute(
        core,
        document,
        context_value=context,
        variable_values=dict(question.variables),
        operation_name=question.operation_name,
    )
    if isinstance(result, ExecutionResult):
        return result
    return await result
