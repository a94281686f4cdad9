"""What a GraphQL request carries: who asks, its transaction, and what is loaded once for all of its fields."""

import asyncio
from dataclasses import dataclass, field
from datetime import date

import strawberry

from app.db.session import UnitOfWork
from app.domain.access import Principal
from app.domain.texts import Language, Text
from app.graphql.batches import Asking, SeriesBatches
from app.services.facts import asked as begin
from app.services.units import UnitTree, read_tree
from app.services.viewer_can_chain import ChainAbilities, chain_abilities
from app.services.viewer_can_places import UnitAbilities, unit_abilities


@dataclass(slots=True)
class GraphQLContext:
    """One request. `asked`: names of all fields that the question holds, so that only those are read."""

    principal: Principal
    uow: UnitOfWork
    today: date
    language: Language
    asked: frozenset[str] = frozenset()
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """The top fields of a question are resolved at the same time, and share one transaction: they take turns."""
    series: SeriesBatches = field(default_factory=SeriesBatches)
    explained: int = 0
    """How many numbers were explained so far: each takes statements of its own."""
    _tree: UnitTree | None = None
    _abilities: ChainAbilities | None = None
    _at_units: UnitAbilities | None = None

    @property
    def asking(self) -> Asking:
        """Who asks, for what is loaded together."""
        return Asking(self.uow, self.principal, self.today, self.turn)

    def say(self, text: Text | None) -> str | None:
        """A text in the caller's language."""
        return None if text is None else text.in_language(self.language)

    async def tree(self) -> UnitTree:
        """The units that may be seen, with what is above and below each. One statement, however many ask."""
        async with self.turn:
            if self._tree is None:
                self._tree = await read_tree(self.uow, self.principal, self.today)
            return self._tree

    async def abilities(self) -> ChainAbilities:
        """What the viewer may do with any node: a few statements, however many ask."""
        async with self.turn:
            if self._abilities is None:
                self._abilities = await chain_abilities(await begin(self.uow, self.principal, self.today))
            return self._abilities

    async def at_units(self) -> UnitAbilities:
        """What the viewer may do at any unit: a few statements, however many ask."""
        async with self.turn:
            if self._at_units is None:
                self._at_units = await unit_abilities(await begin(self.uow, self.principal, self.today))
            return self._at_units


Info = strawberry.Info[GraphQLContext, None]


def context_of(info: Info) -> GraphQLContext:
    """The request's context."""
    return info.context
