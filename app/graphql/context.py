"""What a GraphQL request carries: who asks, its transaction, and what is loaded once for all of its fields."""

import asyncio
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import strawberry

from app.db.queries import chain as queries
from app.db.session import UnitOfWork
from app.db.typing import AnyRow
from app.domain.access import Principal
from app.domain.texts import Language, Text


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

    def say(self, text: Text | None) -> str | None:
        """A text in the caller's language."""
        return None if text is None else text.in_language(self.language)

    async def units(self, ids: set[UUID]) -> dict[UUID, AnyRow]:
        """Units by id. One statement."""
        found = await self.uow.session.execute(queries.units_by_id(self.principal, ids))
        return {row.id: row for row in found}


Info = strawberry.Info[GraphQLContext, None]


def context_of(info: Info) -> GraphQLContext:
    """The request's context."""
    return info.context
