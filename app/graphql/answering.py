"""Answers a prepared question: by its plan where there is one, or else by the ordinary executor."""

import asyncio
import logging
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import orjson
from graphql import ExecutionResult, Executor, GraphQLError
from graphql.execution.values import get_variable_values

from app.db.session import StorageError
from app.domain.findings import DomainError
from app.graphql.context import GraphQLContext
from app.graphql.documents import Prepared
from app.graphql.errors import formatted
from app.graphql.planner.plans import plan_of
from app.graphql.planner.reading import UnexpectedNullError
from app.graphql.planner.running import Loaded, load
from app.graphql.schema import core

LARGE = 5000
"""Nodes from which on an answer is put together in a thread of its own, so that others need not wait for it."""
log = logging.getLogger("styrkedjan.graphql")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer's body. `executed`: whether the variables fitted, and anything was done; `clean`: without errors."""

    body: bytes
    executed: bool
    clean: bool


async def answer(prepared: Prepared, context: GraphQLContext) -> Answered:
    """Answer a prepared question."""
    return await planned(prepared, context) or await ordinary(prepared, context)


async def planned(prepared: Prepared, context: GraphQLContext) -> Answered | None:
    """The answer by the question's plan; None where it has none, or where the answer takes the executor to tell."""
    operation = prepared.operation
    definitions = operation.node.variable_definitions or ()
    variables = get_variable_values(core, definitions, dict(prepared.question.variables), max_errors=1)
    if isinstance(variables, list):
        return None
    plan = plan_of(operation, variables.coerced)
    if plan is None:
        return None
    try:
        loaded = await load(plan, context, variables)
        if loaded.size > LARGE:
            return await asyncio.to_thread(_told, loaded, context)
        return _told(loaded, context)
    except (GraphQLError, DomainError, UnexpectedNullError):
        return None  # an answer with errors inside
    except StorageError:
        raise  # the transaction is broken: the executor could do nothing in it
    except Exception:
        log.exception("a planned answer failed; the ordinary executor answers")
        return None


def _told(loaded: Loaded, context: GraphQLContext) -> Answered:
    return _body(loaded.data(), loaded.errors, context)


async def ordinary(prepared: Prepared, context: GraphQLContext) -> Answered:
    """The answer by the ordinary executor."""
    context.asked = prepared.names
    executor = Executor.build(
        core,
        prepared.operation.document,
        context_value=context,
        raw_variable_values=dict(prepared.question.variables),
        operation_name=prepared.question.operation_name,
    )
    if isinstance(executor, list):
        return _body(None, executor, context)
    # One field at the top after the other: they share a transaction, and where one fails the executor would cancel the
    # others in the middle of a statement, which breaks the connection.
    result: Any = executor.execute_operation(serially=True)
    if isawaitable(result):
        result = await result
    # Nothing is sent in increments: the schema has no directive for it.
    assert isinstance(result, ExecutionResult)
    return _body(result.data, result.errors or [], context)


def _body(data: dict[str, Any] | None, errors: list[GraphQLError], context: GraphQLContext) -> Answered:
    body: dict[str, Any] = {"data": data}
    if errors:
        body["errors"] = [formatted(error, context.language) for error in errors]
    # Variables that don't fit: nothing was executed, and there is no data, not even null.
    executed = data is not None or all(error.path is not None for error in errors)
    if not executed:
        del body["data"]
    return Answered(orjson.dumps(body), executed=executed, clean=not errors)
