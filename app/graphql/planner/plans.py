"""Plans: a question's operation turned into code, once for each value of what `@skip` and `@include` depend on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLError, VariableNode, is_non_null_type
from graphql.execution.values import VariableValues, get_argument_values
from graphql.language import Visitor, visit

from app.db.keeping import Kept
from app.graphql.documents import Operation
from app.graphql.planner.collecting import Collector, Selected, Site, UnplannableError
from app.graphql.planner.roots import ROOTS, Root
from app.graphql.planner.table import enum_names
from app.graphql.planner.writing import Answer, Writer, compiled
from app.graphql.schema import core

_KEPT_CODE = 500
_KEPT_CHARACTERS = 2_000_000
_MOST_FORMS = 32

_enums = enum_names(core)
_code: Kept[str, Answer] = Kept(_KEPT_CODE, _KEPT_CHARACTERS)
"""Functions by their source: questions that differ in values of arguments only are one and the same code."""


@dataclass(frozen=True, slots=True)
class PlannedRoot:
    """A field at the top. `nodes`: where it stands in the question, for errors. `asked`: names of all fields below."""

    key: str
    nodes: list[FieldNode]
    nullable: bool
    root: Root
    answer: Answer
    asked: frozenset[str]
    uses_tree: bool
    uses_abilities: bool
    uses_at_units: bool
    site: int | None
    _sites: tuple[Site, ...]
    _constant: Mapping[int, Mapping[str, Any]]

    def arguments(self, variables: VariableValues) -> list[Mapping[str, Any]]:
        """Arguments by site. Raises GraphQLError where they can't be taken."""
        return [
            self._constant[i] if i in self._constant else get_argument_values(site.definition, site.node, variables)
            for i, site in enumerate(self._sites)
        ]


@dataclass(frozen=True, slots=True)
class TypeName:
    """`__typename` at the top."""

    key: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be answered, in order."""

    roots: tuple[PlannedRoot | TypeName, ...]


def plan_of(operation: Operation, variables: Mapping[str, Any]) -> Plan | None:
    """The plan of an operation under these (coerced) variables; None where the ordinary executor has to answer."""
    form = tuple(variables.get(name) for name in operation.conditions)
    if form in operation.plans:
        known: Plan | None = operation.plans[form]
        return known
    if len(operation.plans) >= _MOST_FORMS:
        return None
    try:
        plan = _made(operation, variables)
    except (UnplannableError, GraphQLError, RecursionError, SyntaxError, MemoryError):
        # The last three: code that is nested deeper than Python's own compiler goes.
        plan = None
    operation.plans[form] = plan
    return plan


def _made(operation: Operation, variables: Mapping[str, Any]) -> Plan:
    assert core.query_type is not None
    if operation.node.directives:
        raise UnplannableError("a directive on the operation")
    conditions = {name: variables.get(name) for name in operation.conditions}
    top = Collector(core, operation.fragments, conditions)
    grouped = top.grouped(core.query_type, [operation.node.selection_set])
    return Plan(tuple(_root(operation, conditions, key, nodes) for key, nodes in grouped.items()))


def _root(
    operation: Operation, conditions: Mapping[str, object], key: str, nodes: list[FieldNode]
) -> PlannedRoot | TypeName:
    assert core.query_type is not None
    name = nodes[0].name.value
    if name == "__typename":
        return TypeName(key)
    root = ROOTS.get(name)
    if root is None:
        raise UnplannableError(f"Query.{name}")
    collector = Collector(core, operation.fragments, conditions)
    selected = collector.selected(core.query_type, key, nodes)
    nullable = not is_non_null_type(core.query_type.fields[name].type)
    source = _source(root, selected, nullable=nullable)
    return PlannedRoot(
        key=key,
        nodes=nodes,
        nullable=nullable,
        root=root,
        answer=_compiled(source),
        asked=frozenset(collector.names),
        uses_tree="tree = reading.tree" in source,
        uses_abilities="node_can = reading.node_can" in source,
        uses_at_units="unit_can = reading.unit_can" in source,
        site=selected.site,
        _sites=tuple(collector.sites),
        _constant={
            i: get_argument_values(site.definition, site.node)
            for i, site in enumerate(collector.sites)
            if not _has_variable(site.node)
        },
    )


def _source(root: Root, selected: Selected, *, nullable: bool) -> str:
    # The key of the field itself is no part of its code: two aliases of one selection share it.
    return Writer(core).code(root.plan, selected, nullable=nullable)


def _compiled(source: str) -> Answer:
    known = _code.get(source)
    if known is None:
        known = compiled(source, _enums)
        _code.put(source, known, len(source))
    return known


class _Finding(Visitor):
    found = False

    def enter_variable(self, _node: VariableNode, *_: Any) -> None:
        self.found = True


def _has_variable(node: FieldNode) -> bool:
    finding = _Finding()
    for argument in node.arguments or ():
        visit(argument, finding)
    return finding.found
