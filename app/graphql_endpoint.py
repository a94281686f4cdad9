"""/graphql, put together: the schema's endpoint, the REST edge's credentials, and a page for browsers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Request

from app.api.dependencies import database_of, principal_of
from app.api.docs_pages import graphiql_page
from app.api.language import language_of
from app.domain.texts import Language
from app.graphql.bounds import Bounds
from app.graphql.context import GraphQLContext
from app.graphql.http import graphql_router
from app.services.calendar_day import today
from app.settings import Settings


@asynccontextmanager
async def _entered(request: Request) -> AsyncIterator[GraphQLContext]:
    principal = await principal_of(request)
    # Read before the transaction begins: a slow sender must not hold a connection of the database.
    await request.body()
    async with database_of(request).unit_of_work(principal.region_id, read_only=True) as uow:
        yield GraphQLContext(principal=principal, uow=uow, today=today(), language=_language(request))


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
