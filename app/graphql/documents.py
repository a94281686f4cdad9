"""A question up to its execution: parsed, validated, measured; each text once, and kept with all that is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    parse,
    validate,
    visit,
)
from graphql.language import ArgumentNode, DirectiveNode

from app.db.keeping import Kept
from app.graphql.bounds import Bounds, Measured, measure
from app.graphql.schema import core

_KEPT_DOCUMENTS = 500
_KEPT_CHARACTERS = 1_000_000
"""Of all texts together: a parsed one takes some hundred times its own room."""
_KEPT_FORMS = 50
"""Of one operation: as many values of its `first` variables, or of those that `@skip` and `@include` name."""
_MOST_ERRORS = 20


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


@dataclass(slots=True)
class Operation:
    """An operation of a valid document."""

    document: DocumentNode
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    conditions: tuple[str, ...]
    """Names of the variables that `@skip` and `@include` depend on."""
    plans: dict[tuple[object, ...], Any] = field(default_factory=dict)
    """What the planner made of it, by the values of `conditions`."""
    _sizes: tuple[str, ...] = ()
    """Names of the variables that are a page's size, which the cost depends on."""
    _measured: dict[tuple[Any, ...], Measured] = field(default_factory=dict)

    def measured(self, variables: Mapping[str, Any], bounds: Bounds) -> Measured:
        """What it costs. Raises GraphQLError where that is over a bound."""
        sizes = [variables.get(name) for name in self._sizes]
        form = (bounds, *(size if isinstance(size, int) else None for size in sizes))
        known = self._measured.get(form)
        if known is None:
            known = measure(self.document, self.node, variables, bounds)
            if len(self._measured) < _KEPT_FORMS:
                self._measured[form] = known
        return known


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question that may be executed. `names`: the names of all fields that it holds."""

    question: Question
    operation: Operation
    names: frozenset[str]


class _Document:
    """A valid document and its operations."""

    def __init__(self, document: DocumentNode) -> None:
        fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        variables = _Variables()
        visit(document, variables)
        self._operations = [
            Operation(document, d, fragments, tuple(sorted(variables.conditions)), _sizes=tuple(variables.sizes))
            for d in document.definitions
            if isinstance(d, OperationDefinitionNode)
        ]

    def operation(self, name: str | None) -> Operation:
        """The operation that is meant. Raises RefusedError."""
        named = [o for o in self._operations if name is None or (o.node.name is not None and o.node.name.value == name)]
        if len(named) != 1:
            said = "Say which operation is meant: operationName" if name is None else f"There is no operation {name}"
            raise RefusedError([GraphQLError(said, extensions={"code": "BAD_USER_INPUT"})])
        return named[0]


class _Variables(Visitor):
    """Finds the variables that decide about more than values: conditions and sizes of pages."""

    def __init__(self) -> None:
        super().__init__()
        self.conditions: set[str] = set()
        self.sizes: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        """`@skip(if: $x)`."""
        self.conditions |= {a.value.name.value for a in node.arguments or () if isinstance(a.value, VariableNode)}

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        """`first: $x`."""
        if node.name.value == "first" and isinstance(node.value, VariableNode):
            self.sizes.add(node.value.name.value)


_known: Kept[tuple[str, int], _Document | tuple[GraphQLError, ...]] = Kept(_KEPT_DOCUMENTS, _KEPT_CHARACTERS)


def prepare(question: Question, bounds: Bounds) -> Prepared:
    """The operation to execute, and the names of the fields it asks for. Raises RefusedError."""
    key = (question.query, bounds.tokens)
    document = _known.get(key)
    if document is None:
        document = _document(question.query, bounds.tokens)
        _known.put(key, document, len(question.query))
    if not isinstance(document, _Document):
        raise RefusedError(list(document))
    operation = document.operation(question.operation_name)
    if operation.node.operation is not OperationType.QUERY:
        raise RefusedError(
            [GraphQLError("Only queries: changes go through REST", extensions={"code": "BAD_USER_INPUT"})]
        )
    try:
        measured = operation.measured(question.variables, bounds)
    except GraphQLError as error:
        raise RefusedError([error]) from error
    return Prepared(question, operation, frozenset(measured.names))


def _document(query: str, tokens: int) -> _Document | tuple[GraphQLError, ...]:
    """A valid document, or what is wrong with it."""
    try:
        document = parse(query, max_tokens=tokens)
        errors = validate(core, document, max_errors=_MOST_ERRORS)
    except GraphQLError as error:
        return (_coded(error, _parse_code(error.message)),)
    except RecursionError:
        return (GraphQLError("The question is nested too deep", extensions={"code": "QUERY_TOO_DEEP"}),)
    if errors:
        return tuple(_coded(error, "GRAPHQL_VALIDATION_FAILED") for error in errors)
    return _Document(document)


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
