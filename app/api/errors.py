"""How an error becomes an answer: the one place that knows both the domain's errors and HTTP.

| raised | answered |
|---|---|
| RulesBroken | 409 when all that stops depends on the state of things, else 422; every finding listed |
| InvalidInput, request validation | 422 |
| NotFound | 404, the same for what does not exist and what may not be seen (B2) |
| Forbidden | 403 |
| DatabaseUnavailable | 503 with Retry-After |
| TooSlow | 503 |
| ConcurrentChange, ConstraintBroken | 409 |
| SCIMException | its own status, in SCIM's shape; so is everything else under /scim/v2 (app.api.scim.errors) |
| anything else | 500 without internals; the log has them under the request id |
"""

import json
import logging
from collections.abc import Iterable
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from scim2_models import SCIMException
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from app.api import problems
from app.api.conditional import NotModified, not_modified
from app.api.language import language_of
from app.api.pagination import bad_cursor
from app.api.problems import Kind, Problem, ProblemError, ProblemItem, Wrong
from app.api.scim.errors import error_response, refused, speaks_scim
from app.api.validation_texts import wrongs
from app.db.paging import ForeignCursorError
from app.db.session import ConcurrentChange, ConstraintBroken, DatabaseUnavailable, StorageError, TooSlow
from app.domain.findings import (
    DomainError,
    Finding,
    Forbidden,
    InputError,
    InvalidInput,
    NotFound,
    RulesBroken,
    Severity,
    rule_by_id,
)
from app.domain.texts import Language, Text

log = logging.getLogger("styrkedjan.errors")
RETRY_AFTER = "5"
METHOD_NOT_ALLOWED = problems.METHOD.status
_DATA_ERRORS = "22"
_CANT_BE_STORED = Text("Ett värde kan inte tas emot.", "A value can't be taken.")


def install(app: FastAPI) -> None:
    """Answer every error of the application with a problem."""
    app.add_exception_handler(DomainError, domain_error)
    app.add_exception_handler(StorageError, storage_error)
    app.add_exception_handler(DBAPIError, storage_error)
    app.add_exception_handler(ForeignCursorError, foreign_cursor)
    app.add_exception_handler(RequestValidationError, validation_error)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(NotModified, not_modified)
    app.add_exception_handler(SCIMException, refused)
    app.add_exception_handler(Exception, unexpected_error)


def problem_response(request: Request, problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """Send a problem, with the request's path and id."""
    if speaks_scim(request):
        return error_response(problem, headers or {})
    whole = problem.model_copy(
        update={"instance": request.url.path, "request_id": request.scope.get("state", {}).get("request_id")}
    )
    return Response(
        _encoded(whole.model_dump(exclude_none=True)),
        problem.status,
        {"Vary": "Accept-Language", "Content-Language": _language(request), **(headers or {})},
        problems.MEDIA_TYPE,
    )


def _encoded(said: dict[str, Any]) -> bytes:
    """JSON of a problem. It may quote what the caller sent, also what orjson refuses: half a surrogate pair."""
    try:
        return orjson.dumps(said, default=str)
    except TypeError:
        return json.dumps(said, default=str).encode()


async def domain_error(request: Request, error: Exception) -> Response:
    """What the domain refuses."""
    language = _language(request)
    if isinstance(error, RulesBroken):
        return problem_response(request, rules_problem(error, language))
    if isinstance(error, InvalidInput):
        wrong = [_wrong(e) for e in error.errors]
        return problem_response(request, ProblemError(problems.INVALID, wrong).problem(language))
    if isinstance(error, NotFound):
        return problem_response(request, ProblemError(problems.NOT_FOUND).problem(language))
    if isinstance(error, Forbidden):
        problem = ProblemError(problems.FORBIDDEN).problem(language)
        words = {"detail": error.message.in_language(language), "rule": error.rule}
        return problem_response(request, problem.model_copy(update=words))
    return await unexpected_error(request, error)


def _wrong(error: InputError) -> Wrong:
    """A pointer begins with `/` or is empty; what does not is the name of a query parameter."""
    if error.pointer and not error.pointer.startswith("/"):
        return Wrong(error.message, error.code, parameter=error.pointer)
    return Wrong(error.message, error.code, pointer=error.pointer)


def rules_problem(error: RulesBroken, language: Language) -> Problem:
    """The problem of a request that rules refuse: named for the first of them, listing all, warnings too."""
    stopping = [f for f in error.findings if f.severity is not Severity.WARNING]
    first = stopping[0]
    rule = rule_by_id(first.rule)
    title = rule.title if rule else problems.REFUSED.title
    return Problem(
        type=problems.BASE + first.rule,
        title=title.in_language(language),
        status=409 if error.is_conflict else 422,
        detail=first.message.in_language(language),
        rule=first.rule,
        errors=finding_items(error.findings, language),
    )


def finding_items(findings: Iterable[Finding], language: Language) -> list[ProblemItem]:
    """Findings as they stand in `errors` and `warnings`."""
    return [
        ProblemItem(
            pointer=f.pointer,
            rule=f.rule,
            severity=f.severity.value,
            message=f.message.in_language(language),
            facts=dict(f.facts) or None,
        )
        for f in findings
    ]


async def storage_error(request: Request, error: Exception) -> Response:
    """What the database refuses."""
    if isinstance(error, DatabaseUnavailable):
        log.warning("database unavailable: %s", error)
        return _plain(request, problems.UNAVAILABLE, {"Retry-After": RETRY_AFTER})
    if isinstance(error, TooSlow):
        return _plain(request, problems.TOO_SLOW)
    if isinstance(error, ConcurrentChange | ConstraintBroken):
        log.info("concurrent change: %s", getattr(error, "constraint", error))
        return _plain(request, problems.CONFLICT)
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    if state.startswith(_DATA_ERRORS):
        # A value that no check of ours foresaw, and no column can hold.
        problem = ProblemError(problems.INVALID, [Wrong(_CANT_BE_STORED, "cant_be_stored")])
        return problem_response(request, problem.problem(_language(request)))
    return await unexpected_error(request, error)


async def foreign_cursor(request: Request, error: Exception) -> Response:  # noqa: ARG001  # a handler's signature
    """A cursor that was put together by hand."""
    return problem_response(request, bad_cursor().problem(_language(request)))


async def validation_error(request: Request, error: Exception) -> Response:
    """A request whose form is wrong."""
    assert isinstance(error, RequestValidationError)
    problem = ProblemError(problems.INVALID, wrongs(error.errors()))
    return problem_response(request, problem.problem(_language(request)))


async def http_error(request: Request, error: Exception) -> Response:
    """What the edge or the framework refuses."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if isinstance(error, ProblemError):
        return problem_response(request, error.problem(_language(request)), headers)
    if error.status_code == METHOD_NOT_ALLOWED:
        # The framework names only the methods of the first route that has this path.
        headers["Allow"] = ", ".join(request.app.state.routes.methods(request.scope["path"]))
    kind = problems.BY_STATUS.get(error.status_code, problems.BAD_REQUEST)
    return problem_response(request, ProblemError(kind, limit="").problem(_language(request)), headers)


async def unexpected_error(request: Request, error: Exception) -> Response:
    """A fault of ours: told as such, with nothing of the inside."""
    log.error("unexpected error", exc_info=error)
    return _plain(request, problems.INTERNAL)


def _plain(request: Request, kind: Kind, headers: dict[str, str] | None = None) -> Response:
    return problem_response(request, ProblemError(kind).problem(_language(request)), headers)


def _language(request: Request) -> Language:
    return language_of(request.headers.get("accept-language"))
