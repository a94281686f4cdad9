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
from app.graphql.bounds import Bounds
from app.graphql.context import GraphQLContext
from app.graphql.errors import formatted
from app.graphql.rests_on import tables_of
from app.graphql.schema import Question, RefusedError, answer, prepare

NEW, OLD = "application/graphql-response+json", "application/json"
Asked = Callable[[], Awaitable[tuple[frozenset[str] | None, tuple[object, ...]]]]
"""Looks at a question: the tables that its answer rests on (None: all), and what tells it from other questions."""
Tagging = Callable[[frozenset[str] | None, tuple[object, ...]], dict[str, str]]
"""The headers of an answer to such a question: its ETag among them."""
Enter = Callable[[Request, Asked], AbstractAsyncContextManager[tuple[GraphQLContext, Tagging]]]
"""Opens a request's transaction, or answers 304; given by whoever puts the application together."""
_FIELDS = {"query", "variables", "operationName", "extensions"}


class _MalformedError(Exception):
    """The request is no GraphQL request at all."""

    def __init__(self, message: str, status: int = 400) -> None:
        self.message = message
        self.status = status
        super().__init__(message)


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

    async def respond(request: Request, read: Callable[[Request], Any]) -> Response:
        media_type = NEW if NEW in request.headers.get("accept", "") else OLD
        language = language_of(request)

        async def asked() -> tuple[frozenset[str] | None, tuple[object, ...]]:
            question = await read(request)
            _, names = prepare(question, bounds)
            return tables_of(names), _told(question, media_type)

        try:
            async with enter(request, asked) as (context, tagging):
                question = await read(request)
                document, context.asked = prepare(question, bounds)
                result = await answer(question, document, context)
        except _MalformedError as error:
            return _refused([_malformed(error)], error.status, media_type, language)
        except RefusedError as error:
            return _refused(error.errors, 400 if media_type == NEW else 200, media_type, language)
        body: dict[str, Any] = {"data": result.data}
        status = 200
        if not result.errors:
            # Only whole answers are worth asking for again: what went wrong may be over.
            headers = tagging(tables_of(context.asked), _told(question, media_type))
            return Response(orjson.dumps(body), status, headers, media_type)
        body["errors"] = [formatted(error, language) for error in result.errors]
        if result.data is None and any(error.path is None for error in result.errors):
            # Variables that don't fit: nothing was executed.
            del body["data"]
            status = 400 if media_type == NEW else 200
        return Response(orjson.dumps(body), status, {"Vary": "Accept, Authorization"}, media_type)

    @router.post("/graphql")
    async def post(request: Request) -> Response:
        """Answer a question."""
        return await respond(request, _from_body)

    @router.get("/graphql")
    async def get(request: Request) -> Response:
        """Answer a question that stands in the URL, or show the page to ask one in."""
        if "text/html" in request.headers.get("accept", "") and "query" not in request.query_params:
            return page(request)
        return await respond(request, _from_url)

    return router


async def _from_body(request: Request) -> Question:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != OLD:
        raise _MalformedError(f"Send the question as {OLD}", 415)
    try:
        body = orjson.loads(await request.body())
    except (orjson.JSONDecodeError, RecursionError):
        raise _MalformedError("The body is not valid JSON") from None
    if not isinstance(body, dict):
        raise _MalformedError("The body must be a JSON object")
    return _question(body)


async def _from_url(request: Request) -> Question:
    said: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if said.get(name):
            try:
                said[name] = orjson.loads(said[name])
            except (orjson.JSONDecodeError, RecursionError):
                raise _MalformedError(f"{name} is not valid JSON") from None
    return _question(said)


def _question(said: Mapping[str, Any]) -> Question:
    if unknown := set(said) - _FIELDS:
        raise _MalformedError(f"Unknown: {', '.join(sorted(map(str, unknown)))[:200]}")
    query, variables, name = said.get("query"), said.get("variables"), said.get("operationName")
    if not isinstance(query, str) or not query:
        raise _MalformedError("query is missing, or not a text")
    if variables is not None and not isinstance(variables, dict):
        raise _MalformedError("variables must be a JSON object")
    if name is not None and not isinstance(name, str):
        raise _MalformedError("operationName must be a text")
    return Question(query, variables or {}, name or None)


def _told(question: Question, media_type: str) -> tuple[object, ...]:
    """All that an answer depends on beside the data and the caller."""
    variables = orjson.dumps(question.variables, option=orjson.OPT_SORT_KEYS)
    return ("graphql", question.query, variables, question.operation_name, media_type)


def _malformed(error: _MalformedError) -> GraphQLError:
    return GraphQLError(error.message, extensions={"code": "BAD_REQUEST"})


def _refused(errors: list[GraphQLError], status: int, media_type: str, language: Language) -> Response:
    body = {"errors": [formatted(error, language) for error in errors]}
    return Response(orjson.dumps(body), status, {"Vary": "Accept, Authorization"}, media_type)
