"""The selections of a question, gathered as the GraphQL specification says (§6.3.2), once for every plan.

What is gathered is kept by its content: selections that ask the same of the same type are one object, however often
and under whatever fragment they are written, so that code is made for each but once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    print_ast,
)

from app.graphql.bounds import asked_by

_MOST_FIELDS = 3000
"""Fields of one plan. Beyond it, making the code costs more than it saves."""


class UnplannableError(Exception):
    """A question that the ordinary executor has to answer; the message says why."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where arguments are given: two fields with the same arguments are one site. Values come with each request."""

    definition: GraphQLField
    node: FieldNode


class Selected(NamedTuple):
    """A field of a selection. `sub`: by each type that the field's object may have, None for a scalar.

    `given`: the question gives it arguments, beside those that have defaults.
    """

    key: str
    name: str
    site: int | None
    sub: "tuple[Selection, ...] | None"
    given: bool = False


class Selection(NamedTuple):
    """Fields of an object of `type`, in the order of the answer. Compared by content, and so kept."""

    type: str
    fields: tuple[Selected, ...]


Grouped = Mapping[str, list[FieldNode]]


@dataclass(slots=True)
class Collector:
    """Gathers one field at the top of a question with all that is below it.

    `conditions`: values of the variables that `@skip` and `@include` name. `sites` is filled with the places where
    arguments are given, in the order in which they come.
    """

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    conditions: Mapping[str, object]
    sites: list[Site] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    """Names of the fields that are asked for."""
    _known: dict[Selection, Selection] = field(default_factory=dict)
    _gathered: dict[tuple[object, ...], Selection] = field(default_factory=dict)
    _site_numbers: dict[tuple[str, ...], int] = field(default_factory=dict)
    _fields: int = 0

    def grouped(self, kind: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> Grouped:
        """The fields that selection sets ask of a type, by the key that they have in the answer."""
        found: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        for selections in sets:
            self._walk(kind, selections, found, visited)
        return found

    def _walk(
        self,
        kind: GraphQLObjectType,
        selections: SelectionSetNode,
        found: dict[str, list[FieldNode]],
        visited: set[str],
    ) -> None:
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                found.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._is(kind, node.type_condition.name.value):
                    self._walk(kind, node.selection_set, found, visited)
            else:
                name = node.name.value  # type: ignore[attr-defined]  # a fragment spread: there are three kinds
                if name not in visited:
                    visited.add(name)
                    fragment = self.fragments[name]
                    if self._is(kind, fragment.type_condition.name.value):
                        self._walk(kind, fragment.selection_set, found, visited)

    def _is(self, kind: GraphQLObjectType, condition: str) -> bool:
        return kind.name == condition or any(i.name == condition for i in kind.interfaces)

    def _included(self, node: SelectionNode) -> bool:
        said = {d.name.value: d for d in node.directives or ()}
        if said.keys() - {"skip", "include"}:
            raise UnplannableError("a directive")
        skipped = "skip" in said and self._condition(said["skip"])
        return not skipped and ("include" not in said or self._condition(said["include"]))

    def _condition(self, directive: DirectiveNode) -> bool:
        [argument] = directive.arguments or ()
        value = argument.value
        if isinstance(value, BooleanValueNode):
            return value.value
        found = self.conditions.get(value.name.value) if isinstance(value, VariableNode) else None
        if not isinstance(found, bool):
            raise UnplannableError("a condition without a value")
        return found

    def selection(self, kind: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> Selection:
        """What is asked of an object of this type."""
        # Each type of node asks the same of its children: without this, six levels would be gathered 3^6 times over.
        place = (kind.name, *map(id, sets))
        if place not in self._gathered:
            self._gathered[place] = self._selection(kind, sets)
        return self._gathered[place]

    def _selection(self, kind: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> Selection:
        fields = tuple(self.selected(kind, key, nodes) for key, nodes in self.grouped(kind, sets).items())
        made = Selection(kind.name, fields)
        return self._known.setdefault(made, made)

    def selected(self, kind: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Selected:
        """A field that is asked of this type under `key`, its nodes merged."""
        self._fields += 1
        if self._fields > _MOST_FIELDS:
            raise UnplannableError("too many fields")
        name = nodes[0].name.value
        if name == "__typename":
            return Selected(key, name, None, None)
        definition = kind.fields[name]
        self.names |= asked_by(nodes[0])
        sets = [node.selection_set for node in nodes if node.selection_set is not None]
        sub = tuple(self.selection(each, sets) for each in self._types(definition)) if sets else None
        return Selected(key, name, self._site(definition, nodes[0]), sub, given=bool(nodes[0].arguments))

    def _types(self, definition: GraphQLField) -> list[GraphQLObjectType]:
        found = get_named_type(definition.type)
        if isinstance(found, GraphQLInterfaceType):
            return list(self.schema.get_possible_types(found))
        assert isinstance(found, GraphQLObjectType)  # there are no unions; the test of the table sees to that
        return [found]

    def _site(self, definition: GraphQLField, node: FieldNode) -> int | None:
        if not definition.args:
            return None
        # Types that implement Node each have a definition of the same field: by name and words they are one.
        said = (node.name.value, *sorted(definition.args), *sorted(print_ast(a) for a in node.arguments or ()))
        number = self._site_numbers.get(said)
        if number is None:
            number = self._site_numbers[said] = len(self.sites)
            self.sites.append(Site(definition, node))
        return number
