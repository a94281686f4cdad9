"""Bounds on a question, counted on what is asked for and before anything is read.

| bound | why |
|---|---|
| tokens | a question of a megabyte is no question |
| depth | each level of a chain multiplies the answer |
| aliases | the same costly field a thousand times under other names |
| cost | one for each field; what stands in a list counts as often as the list is weighed |

A paged list is weighed by a tenth of its `first`; a list of the chain by two, since the chain is read once whatever
is asked of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

PAGED = frozenset({"missing", "nodes", "numberFindings", "orphanedResponsibilities", "series", "units"})
CHAINED = frozenset({"roots", "children", "parents", "assessmentsBelow", "outcomes", "columns"})
MISSING_REPORTS = "missing{}"
_USUAL_PAGE = 50
_PER_TEN = 10
_CHAIN_WEIGHT = 2


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that a question may be."""

    depth: int
    aliases: int
    tokens: int
    cost: int


@dataclass(slots=True)
class Measured:
    """What a question is: how deep, how many aliases, what it costs, and the names of all its fields."""

    depth: int = 0
    aliases: int = 0
    cost: int = 0
    names: set[str] = field(default_factory=set)


def measure(
    document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any], bounds: Bounds
) -> Measured:
    """Measure an operation of a valid document. Raises GraphQLError, with the cost, where it is over a bound."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    measuring = _Measuring(fragments, variables, bounds)
    measuring.walk(operation.selection_set, depth=1, weight=1)
    if measuring.found.cost > bounds.cost:
        raise over(
            "QUERY_TOO_COSTLY", "The question costs {found}, and may cost {most}", measuring.found.cost, bounds.cost
        )
    return measuring.found


def asked_by(node: FieldNode) -> set[str]:
    """Names of the fields that have to be read for this one: its own, and what its arguments choose by.

    `missing` is a count in rollups and columns, which costs nothing, and in a follow-up the reports that are not there,
    which rest on everything: these are told as `missing{}`.
    """
    name = node.name.value
    if name == "missing" and node.selection_set is not None:
        name = MISSING_REPORTS
    chooses = any(argument.name.value == "keyword" for argument in node.arguments or ())
    return {name, "keywords"} if chooses else {name}


def over(code: str, words: str, found: int, most: int) -> GraphQLError:
    """A question over a bound; its extensions say by how much."""
    said = words.format(found=found, most=most)
    return GraphQLError(said, extensions={"code": code, "found": found, "most": most})


class _Measuring:
    """Walks what is selected, fragments spread out. Stops as soon as a bound is passed, so that no bomb goes off."""

    def __init__(
        self, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any], bounds: Bounds
    ) -> None:
        self._fragments = fragments
        self._variables = variables
        self._bounds = bounds
        self._steps = 0
        self.found = Measured()

    def walk(self, selections: SelectionSetNode, *, depth: int, weight: int) -> None:
        """Count a selection set at `depth`, each of whose fields counts `weight` times."""
        for selection in selections.selections:
            self._steps += 1
            # A fragment spread a hundred times in itself's relatives grows without growing the text.
            if self._steps > 10 * self._bounds.tokens:
                raise over(
                    "QUERY_TOO_COSTLY", "The question is over {most} fields", self._steps, 10 * self._bounds.tokens
                )
            if isinstance(selection, FieldNode):
                self._field(selection, depth, weight)
            elif isinstance(selection, InlineFragmentNode):
                self.walk(selection.selection_set, depth=depth, weight=weight)
            elif isinstance(selection, FragmentSpreadNode):
                self.walk(self._fragments[selection.name.value].selection_set, depth=depth, weight=weight)

    def _field(self, node: FieldNode, depth: int, weight: int) -> None:
        found, bounds = self.found, self._bounds
        name = node.name.value
        if name.startswith("__"):
            return
        found.names |= asked_by(node)
        found.cost += weight
        found.depth = max(found.depth, depth)
        if found.depth > bounds.depth:
            raise over("QUERY_TOO_DEEP", "The question is over {most} levels deep", found.depth, bounds.depth)
        if node.alias is not None:
            found.aliases += 1
            if found.aliases > bounds.aliases:
                raise over("TOO_MANY_ALIASES", "The question has over {most} aliases", found.aliases, bounds.aliases)
        if node.selection_set is not None:
            self.walk(node.selection_set, depth=depth + 1, weight=weight * self._weight(node))

    def _weight(self, node: FieldNode) -> int:
        name = node.name.value
        if name in CHAINED:
            return _CHAIN_WEIGHT
        if name not in PAGED:
            return 1
        return max(1, self._first(node) // _PER_TEN)

    def _first(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value != "first":
                continue
            if isinstance(argument.value, IntValueNode):
                return int(argument.value.value)
            if isinstance(argument.value, VariableNode):
                said = self._variables.get(argument.value.name.value)
                return said if isinstance(said, int) else _USUAL_PAGE
        return _USUAL_PAGE
