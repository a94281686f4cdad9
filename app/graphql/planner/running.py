"""Runs a plan: loads what its fields at the top need, one after the other, and puts the answer together.

An error in loading is told as the executor would tell it. Any other (an argument out of bounds, a null where there can
be none) sends the whole question to the ordinary executor, which knows how far a null travels.
"""

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError
from graphql.error import located_error
from graphql.execution.values import VariableValues

from app.db.session import storage_error_of
from app.graphql.context import GraphQLContext
from app.graphql.planner.plans import Plan, PlannedRoot, TypeName
from app.graphql.planner.reading import Reading


@dataclass(frozen=True, slots=True)
class _Part:
    """A field that is loaded."""

    root: PlannedRoot
    reading: Reading
    found: Any
    arguments: list[Any]

    def answer(self) -> Any:
        return self.root.answer(self.reading, self.found, self.arguments)


@dataclass(slots=True)
class Loaded:
    """Everything that a plan's answer is put together from. `errors`: what could not be loaded."""

    parts: dict[str, _Part | str | None]
    errors: list[GraphQLError]
    is_null: bool = False

    @property
    def size(self) -> int:
        """How many nodes there are to go through."""
        return sum(part.reading.size for part in self.parts.values() if isinstance(part, _Part))

    def data(self) -> dict[str, Any] | None:
        """The answer's data. Raises whatever an expression of the plan raises."""
        # Also where all is null: an error within an earlier field would have been the one to tell.
        found = {key: part.answer() if isinstance(part, _Part) else part for key, part in self.parts.items()}
        return None if self.is_null else found


async def load(plan: Plan, context: GraphQLContext, variables: VariableValues) -> Loaded:
    """Load what the plan's fields need."""
    loaded = Loaded({}, [])
    for root in plan.roots:
        if isinstance(root, TypeName):
            loaded.parts[root.key] = "Query"
            continue
        try:
            arguments = root.arguments(variables)
            said = {} if root.site is None else arguments[root.site]
            reading, found = await root.root.load(context, root.asked, said)
        except Exception as error:  # as the executor does: whatever a field raises is an error of it
            if (broken := storage_error_of(error)) is not None:
                raise broken from error  # the transaction is over: other fields could ask nothing in it
            loaded.errors.append(located_error(error, root.nodes, [root.key]))
            loaded.parts[root.key] = None
            if not root.nullable:
                loaded.is_null = True
                return loaded
            continue
        if found is None and root.nullable:
            loaded.parts[root.key] = None
            continue
        if root.uses_tree:
            reading.tree = await context.tree()
        if root.uses_abilities:
            reading.abilities = await context.abilities()
        if root.uses_at_units:
            reading.at_units = await context.at_units()
        loaded.parts[root.key] = _Part(root, reading, found, arguments)
    return loaded
