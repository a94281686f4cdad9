"""GraphQL over HTTP (the GraphQL-over-HTTP specification): POST with JSON, and GET for queries.

With `Accept: application/graphql-response+json` a question that can't be executed answers 400, one that was executed
200; with `application/json`, as older clients send, well-formed requests always answer 200.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from graphql import GraphQLError

from app.domain.texts import Language
from app.graphql.answering import answer
from app.graphql.bounds import Bounds
from app.graphql.context import GraphQLContext
from app.graphql.documents import Prepared, RefusedError, prepare
from app.graphql.errors import formatted
from app.graphql.requests import MEDIA_TYPE as OLD
from app.graphql.requests import MalformedError, PersistedTexts, from_body, from_url, question_of
from app.graphql.rests_on import tables_of

NEW = "application/graphql-response+json"
Asked = Callable[[], Awaitable[tuple[frozenset[str] | None, tuple[object, ...]]]]
"""Looks at a question: the tables that its answer rests on (None: all), and what tells it from other questions."""
Tagging = Callable[[frozenset[str] | None, tuple[object, ...]], dict[str, str]]
"""The headers of an answer to such a question: its ETag among them."""
Enter = Callable[[Request, Asked], AbstractAsyncContextManager[tuple[GraphQLContext, Tagging]]]
"""Opens a request's transaction, or answers 304; given by whoever puts the application together."""
Reader = Callable[[Request], Awaitable[Mapping[str, Any]]]


def graphql_router(
    enter: Enter,
    bounds: Bounds,
    language_of: Callable[[Request], Language],
    page: Callable[[Request], Response],
) -> APIRouter:
    """Routes for POST and GET /graphql; `page` is for a browser that comes without a question.

    `enter` raises what the application answers when a credential is not valid.
    """
    router = APIRouter(include_in_schema=False)
    endpoint = _Endpoint(enter, bounds, language_of)

    @router.post("/graphql")
    async def post(request: Request) -> Response:
        """Answer a question."""
        return await endpoint.respond(request, from_body)

    @router.get("/graphql")
    async def get(request: Request) -> Response:
        """Answer a question that stands in the URL, or show the page to ask one in."""
        if "text/html" in request.headers.get("accept", "") and not {"query", "extensions"} & set(request.query_params):
            return page(request)
        return await endpoint.respond(request, from_url)

    return router


class _Endpoint:
    """Answers requests, one way for all of them."""

    def __init__(self, enter: Enter, bounds: Bounds, language_of: Callable[[Request], Language]) -> None:
        self._enter = enter
        self._bounds = bounds
        self._language_of = language_of
        self._persisted = PersistedTexts()

    async def _prepared(self, request: Request, read: Reader) -> Prepared:
        question, digest = question_of(await read(request), self._persisted)
        prepared = prepare(question, self._bounds)
        if digest is not None:
            self._persisted.keep(digest, question.query)
        return prepared

    async def respond(self, request: Request, read: Reader) -> Response:
        """Who asks, what, and the answer."""
        media_type = NEW if NEW in request.headers.get("accept", "") else OLD
        language = self._language_of(request)
        try:
            return await self._answer(request, read, media_type)
        except MalformedError as error:
            return _refused([_malformed(error)], error.status, media_type, language)
        except RefusedError as error:
            return _refused(error.errors, 400 if media_type == NEW else 200, media_type, language)

    async def _answer(self, request: Request, read: Reader, media_type: str) -> Response:
        async def asked() -> tuple[frozenset[str] | None, tuple[object, ...]]:
            prepared = await self._prepared(request, read)
            return tables_of(prepared.names), _told(prepared, media_type)

        async with self._enter(request, asked) as (context, tagging):
            prepared = await self._prepared(request, read)
            answered = await answer(prepared, context)
        if answered.clean:
            # Only whole answers are worth asking for again: what went wrong may be over.
            headers = tagging(tables_of(prepared.names), _told(prepared, media_type))
            return Response(answered.body, 200, headers, media_type)
        status = 400 if media_type == NEW and not answered.executed else 200
        return Response(answered.body, status, {"Vary": "Accept, Authorization"}, media_type)


def _told(prepared: Prepared, media_type: str) -> tuple[object, ...]:
    """All that an answer depends on beside the data and the caller."""
    question = prepared.question
    variables = orjson.dumps(question.variables, option=orjson.OPT_SORT_KEYS)
    return ("graphql", question.query, variables, question.operation_name, media_type)


def _malformed(error: MalformedError) -> GraphQLError:
    return GraphQLError(error.message, extensions={"code": "BAD_REQUEST"})


def _refused(errors: list[GraphQLError], status: int, media_type: str, language: Language) -> Response:
    body = {"errors": [formatted(error, language) for error in errors]}
    return Response(orjson.dumps(body), status, {"Vary": "Accept, Authorization"}, media_type)
