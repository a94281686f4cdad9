"""How a problem reads in SCIM (RFC 7644 §3.12): the same words, under SCIM's own shape and statuses."""

from collections.abc import Iterable

from fastapi import Request, Response
from pydantic import ValidationError
from scim2_models import Context, Error, SCIMException

from app.api.problems import INVALID, Problem
from app.api.scim.paths import MEDIA_TYPE, PREFIX

_SYNTAX = frozenset({"json_invalid", "invalid_utf8", "nested_too_deep", "nul_byte"})
_TAKEN = "taken"
_CONFLICT, _BAD_REQUEST = 409, 400
_LONGEST = 2_000


def speaks_scim(request: Request) -> bool:
    """Whether the request is one of SCIM's, also where there is nothing at its address."""
    return request.url.path == PREFIX or request.url.path.startswith(f"{PREFIX}/")


def error_response(problem: Problem, headers: dict[str, str]) -> Response:
    """A problem as SCIM says it. What is wrong in itself is 400 there, and a name that another has 409."""
    status, keyword = problem.status, None
    if status == INVALID.status:
        codes = {item.code for item in problem.errors}
        status, keyword = _BAD_REQUEST, "invalidValue"
        if _TAKEN in codes:
            status, keyword = _CONFLICT, "uniqueness"
        elif codes & _SYNTAX:
            keyword = "invalidSyntax"
    rule = f"{problem.rule}: " if problem.rule else ""
    detail = _joined(
        [problem.detail] if problem.rule else [item.message for item in problem.errors] or [problem.detail]
    )
    return sent(Error(status=status, scim_type=keyword, detail=rule + detail), headers)


def sent(error: Error, headers: dict[str, str] | None = None) -> Response:
    """Send an error."""
    body = error.model_dump_json(scim_ctx=Context.DEFAULT)
    return Response(body, error.status or _BAD_REQUEST, headers, MEDIA_TYPE)


async def refused(_: Request, error: Exception) -> Response:
    """What scim2-models refuses: a filter, a path, a patch that can't be applied."""
    assert isinstance(error, SCIMException)
    said = error.to_error()
    return sent(Error(status=said.status, scim_type=said.scim_type, detail=(said.detail or "")[:_LONGEST]))


def first_of(invalid: ValidationError) -> SCIMException:
    """A resource or message of the wrong form: named for its first error, with the words of all."""
    said = Error.from_validation_errors(invalid)
    words = _joined(each.detail or "" for each in said)
    return SCIMException.from_error(Error(status=said[0].status, scim_type=said[0].scim_type, detail=words))


def _joined(words: Iterable[str]) -> str:
    return " ".join(words)[:_LONGEST]
