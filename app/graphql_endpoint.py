"""/graphql, put together: the schema's endpoint, the REST edge's credentials, and a page for browsers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Request

from app.api.conditional import tagged
from app.api.dependencies import Question, entry_of
from app.api.docs_pages import graphiql_page
from app.api.language import language_of
from app.domain.texts import Language
from app.graphql.bounds import Bounds
from app.graphql.context import GraphQLContext
from app.graphql.http import Asked, Tagging, graphql_router
from app.settings import Settings

_VARY = "Accept, Authorization, Accept-Language"


@asynccontextmanager
async def _entered(request: Request, asked: Asked) -> AsyncIterator[tuple[GraphQLContext, Tagging]]:
    async def question() -> Question:
        return Question(*await asked())

    entry = await entry_of(request)
    # Read before the transaction begins: a slow sender must not hold a connection of the database.
    await request.body()
    await entry.refuse_known(question, vary=_VARY)
    async with entry.opened(read_only=True) as (principal, uow):

        def headers(tables: frozenset[str] | None, said: tuple[object, ...]) -> dict[str, str]:
            return tagged(entry.tag(principal, uow.versions, Question(tables, said)), _VARY)

        yield GraphQLContext(principal=principal, uow=uow, today=entry.day, language=_language(request)), headers


def _language(request: Request) -> Language:
    return language_of(request.headers.get("accept-language"))


def graphql_endpoint(settings: Settings) -> APIRouter:
    """The routes of /graphql, bounded as the settings say."""
    bounds = Bounds(
        depth=settings.graphql_max_depth,
        aliases=settings.graphql_max_aliases,
        tokens=settings.graphql_max_tokens,
        cost=settings.graphql_max_cost,
    )
    return graphql_router(_entered, bounds, _language, graphiql_page)
