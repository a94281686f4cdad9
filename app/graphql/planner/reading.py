"""What the code of a plan reads: a loaded view laid out by place, and functions for what is more than an attribute.

Nodes go by their place in `rows`: first those of the chain, in its order, then those that were found outside of it.
Everything is made when it is first asked for; nothing asks the database.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple
from uuid import UUID

from app.db.typing import AnyRow
from app.domain.aggregation import AggregatedOutcome
from app.domain.chain import Chain
from app.domain.indicators import OUTCOME_STATUSES, Sex
from app.domain.nodes import AllocationOrigin
from app.domain.periods import Period
from app.domain.rollup import EMPTY, Rollup
from app.domain.steering_model import Grade, Module, NodeKind
from app.domain.texts import Language, Text
from app.graphql.limits import missing_most, outcome_periods
from app.graphql.planner.node_fields import KINDS
from app.services.chain_rows import OutcomeKey
from app.services.followup import AssessmentTold, FollowUp
from app.services.model_cache import LoadedColumn, LoadedModel
from app.services.units import UnitTree
from app.services.viewer_can_chain import ChainAbilities, Doable
from app.services.viewer_can_places import UnitAbilities

Arguments = Mapping[str, Any]
_KINDS = {NodeKind.TEXT: 0, NodeKind.MEASURE: 1, NodeKind.ACTIVITY: 2}
assert len(KINDS) == len(_KINDS)


class UnexpectedNullError(Exception):
    """A field that is never null has no value: the ordinary executor knows what an answer looks like then."""


class AggregatedAt(NamedTuple):
    """An outcome put together from below, with what it was asked for."""

    period: Period
    sex: Sex
    figures: AggregatedOutcome


class Reading:
    """The names that a plan's code may use. Public attributes are those names: a plan binds the ones it needs."""

    tree: UnitTree | None = None
    """The units that may be seen, as they stand to each other; loaded for plans that use it."""

    abilities: ChainAbilities | None = None
    """What the viewer may do with nodes; loaded for plans that use it."""
    at_units: UnitAbilities | None = None
    """The same of units."""

    def __init__(self, language: Language, *, view: FollowUp | None = None, model: LoadedModel | None = None) -> None:
        self._view = view
        self._model = model
        self._english = language == "en"

    @cached_property
    def view(self) -> FollowUp:
        """The view. Only plans of a field that has one ask for it."""
        assert self._view is not None
        return self._view

    @cached_property
    def model(self) -> LoadedModel:
        """The steering model."""
        return self.view.model if self._model is None else self._model

    @property
    def size(self) -> int:
        """How many nodes are loaded."""
        return 0 if self._view is None else len(self._view.rows.nodes)

    # Words and numbers

    def said(self, text: Text | None) -> str | None:
        """A text in the caller's language."""
        if text is None:
            return None
        return text.en if self._english else text.sv

    @staticmethod
    def number(value: Any) -> float | None:
        """A decimal number as JSON has it."""
        return None if value is None else float(value)

    @staticmethod
    def null() -> Any:
        """What stands for a null where there can be none."""
        raise UnexpectedNullError

    # The steering model

    @cached_property
    def columns(self) -> Mapping[UUID, LoadedColumn]:
        """Columns by id."""
        return self.model.columns_by_id

    @cached_property
    def column_ids(self) -> Mapping[tuple[str, str], UUID]:
        """(module, column) -> id."""
        return self.model.column_ids

    def grades_of(self, column: LoadedColumn) -> Sequence[Grade]:
        """The scale of a column; empty where there is none."""
        scale = self.model.model.scale(column.column)
        return scale.grades if scale else ()

    def columns_of(self, module: Module) -> list[UUID]:
        """Ids of a module's columns."""
        return [self.column_ids[module.code, column.code] for column in module.columns]

    # Nodes by place

    @cached_property
    def chain(self) -> Chain:
        """The chain."""
        return self.view.chain

    @cached_property
    def _outside(self) -> dict[UUID, int]:
        """Places of the nodes that are loaded and not in the chain, after those that are."""
        position = self.chain.position
        outside = [node for node in self.view.rows.nodes if node not in position]
        return {node: place for place, node in enumerate(outside, start=len(self.chain))}

    def place_of(self, node: UUID) -> int:
        """A node's place."""
        place = self.chain.position.get(node)
        return self._outside[node] if place is None else place

    @cached_property
    def rows(self) -> list[AnyRow]:
        """Rows by place."""
        nodes = self.view.rows.nodes
        return [*(nodes[node.id] for node in self.chain.nodes), *(nodes[node] for node in self._outside)]

    @cached_property
    def kinds(self) -> list[int]:
        """0 for a text, 1 for an indicator, 2 for an activity, by place."""
        kind = {key: _KINDS[loaded.column.node_kind] for key, loaded in self.columns.items()}
        return [kind[row.column_id] for row in self.rows]

    @cached_property
    def children(self) -> Sequence[Sequence[int]]:
        """Places of what is right below, by place."""
        return [*self.chain.children, *((),) * len(self._outside)] if self._outside else self.chain.children

    @cached_property
    def parents(self) -> Sequence[Sequence[int]]:
        """Places of what is right above, by place."""
        return [*self.chain.parents, *((),) * len(self._outside)] if self._outside else self.chain.parents

    def some_children(self, place: int, said: Arguments) -> list[int]:
        """Children of some columns, or of the unit itself only."""
        columns, here, chain = said["columns"], said["here"], self.chain
        return [
            child
            for child in self.children[place]
            if (columns is None or chain.nodes[child].column in columns) and (not here or chain.is_here(child))
        ]

    def some_roots(self, said: Arguments) -> list[int]:
        """Roots of a column, or with a keyword."""
        column, keyword, chain = said["column"], said["keyword"], self.chain
        return [
            root
            for root in chain.roots
            if (column is None or chain.nodes[root].column == column)
            and (keyword is None or any(k.text == keyword for k in self.keywords(chain.nodes[root].id, ())))
        ]

    @cached_property
    def origin(self) -> Callable[[int], AllocationOrigin]:
        """How a node came to the unit."""
        chain, most = self.chain, len(self.chain)
        return lambda place: chain.origin(place) if place < most else AllocationOrigin.OWN

    # What is known of a node by its id or row

    @cached_property
    def units(self) -> Mapping[UUID, AnyRow]:
        """Units by id."""
        return self.view.rows.units

    @cached_property
    def instruction(self) -> Callable[[UUID], str | None]:
        """What was said when a node was allocated to the unit."""
        unit = self.chain.unit
        here = {node: words for (node, at), words in self.view.rows.instructions.items() if at == unit}
        return here.get

    @cached_property
    def keywords(self) -> Callable[..., Sequence[AnyRow]]:
        """The keywords of a node."""
        return self.view.rows.keywords.get

    @cached_property
    def responsible(self) -> Callable[..., Sequence[AnyRow]]:
        """Who answers for a node."""
        return self.view.rows.responsible.get

    @cached_property
    def unit_can(self) -> Callable[[AnyRow], Sequence[Doable]]:
        """What the viewer may do at a unit."""
        assert self.at_units is not None
        return self.at_units.of

    @cached_property
    def node_can(self) -> Callable[[AnyRow], Sequence[Doable]]:
        """What the viewer may do with a node."""
        assert self.abilities is not None
        return partial(self.abilities.of, self.view.rows.place.year)

    @cached_property
    def assessment(self) -> Callable[[UUID], AssessmentTold | None]:
        """The assessment at the unit itself."""
        return self.view.assessments.get

    @cached_property
    def assessments_below(self) -> Callable[..., Sequence[AssessmentTold]]:
        """The assessments at the units below."""
        return self.view.assessments_below.get

    @cached_property
    def suggested(self) -> Callable[[UUID], Any]:
        """A grade that the figures speak for."""
        return self.view.suggested

    @cached_property
    def rollups(self) -> Sequence[Rollup]:
        """Everything below a node, by place."""
        rollups = self.view.rollups
        return [*rollups, *(EMPTY for _ in self._outside)] if self._outside else rollups

    @cached_property
    def target(self) -> Callable[[AnyRow], Any]:
        """What an indicator is held against."""
        return self.view.target

    @cached_property
    def attainment(self) -> Callable[[AnyRow], Any]:
        """Whether an indicator reaches its target."""
        return self.view.attainment

    outcome_statuses = OUTCOME_STATUSES
    """By the numbers that outcomes are stored with."""

    def outcome(self, row: AnyRow, said: Arguments) -> tuple[OutcomeKey, AnyRow] | None:
        """The unit's own latest outcome."""
        return self.view.outcome(row, said["sex"])

    def outcomes(self, row: AnyRow, said: Arguments) -> list[tuple[OutcomeKey, AnyRow]]:
        """The unit's own outcomes of the latest periods."""
        return self.view.outcomes(row, said["sex"], outcome_periods(said["periods"]))

    def aggregated(self, row: AnyRow, said: Arguments) -> AggregatedAt | None:
        """The outcomes below, put together."""
        sex: Sex = said["sex"]
        found = self.view.aggregated(row, sex)
        return None if found is None else AggregatedAt(found[0], sex, found[1])

    def missing(self, said: Arguments) -> Sequence[Any]:
        """What is missing, as many as asked for."""
        return self.view.missing()[: missing_most(said["first"])]


__all__ = ["AggregatedAt", "Arguments", "Reading", "UnexpectedNullError"]
