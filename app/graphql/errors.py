"""Errors of GraphQL answers: typed in `extensions.code`, and nothing of the inside.

| code | when |
|---|---|
| GRAPHQL_PARSE_FAILED | the question is no GraphQL |
| GRAPHQL_VALIDATION_FAILED | it does not fit the schema |
| QUERY_TOO_DEEP, QUERY_TOO_COSTLY, TOO_MANY_ALIASES, TOO_MANY_TOKENS | it is over a bound |
| BAD_USER_INPUT | an argument or a variable can't be taken |
| NOT_FOUND | it does not exist, or may not be seen |
| FORBIDDEN | it may not be done |
| TOO_SLOW | a statement took longer than one may |
| SERVICE_UNAVAILABLE | the database does not answer |
| INTERNAL | a fault of ours; the log has it under the request id |
"""

import logging
from typing import Any

from graphql import GraphQLError, GraphQLFormattedError
from sqlalchemy.exc import DBAPIError

from app.db.session import TooSlow, storage_error_of
from app.domain.findings import DomainError, Forbidden, InvalidInput, RulesBroken
from app.domain.texts import Language, Text

log = logging.getLogger("styrkedjan.graphql")

_NOT_FOUND = Text("Det finns inte, eller får inte ses av dig.", "It does not exist, or may not be seen by you.")
_INTERNAL = Text("Något gick fel hos tjänsten.", "Something went wrong in the service.")
_CANT_BE_ASKED = Text("Ett värde kan inte tas emot.", "A value can't be taken.")
_DATA_ERRORS = "22"
_TOO_SLOW = Text("Det tog för lång tid. Fråga efter mindre åt gången.", "It took too long. Ask for less at a time.")
_UNAVAILABLE = Text("Databasen svarar inte just nu.", "The database does not answer just now.")


def formatted(error: GraphQLError, language: Language) -> GraphQLFormattedError:
    """The error as it is sent: known ones with their code, any other as INTERNAL, without a word of what it was."""
    code, message = _told(error, language)
    shown: dict[str, Any] = {"message": message}
    if error.locations:
        shown["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        shown["path"] = error.path
    shown["extensions"] = {**(error.extensions or {}), "code": code} if code != "INTERNAL" else {"code": code}
    return shown  # type: ignore[return-value]  # a TypedDict, built step by step


def _told(error: GraphQLError, language: Language) -> tuple[str, str]:
    original = error.original_error
    if original is None:
        return str((error.extensions or {}).get("code", "BAD_USER_INPUT")), error.message
    if isinstance(original, GraphQLError):
        return str((original.extensions or {}).get("code", "BAD_USER_INPUT")), original.message
    if isinstance(original, DomainError):
        return _refusal(original, language)
    broken = storage_error_of(original)
    if broken is not None:
        slow = isinstance(broken, TooSlow)
        code, said = ("TOO_SLOW", _TOO_SLOW) if slow else ("SERVICE_UNAVAILABLE", _UNAVAILABLE)
        return code, said.in_language(language)
    if isinstance(original, DBAPIError) and (getattr(original.orig, "sqlstate", None) or "").startswith(_DATA_ERRORS):
        return "BAD_USER_INPUT", _CANT_BE_ASKED.in_language(language)
    log.error("unexpected error in a GraphQL field", exc_info=original)
    return "INTERNAL", _INTERNAL.in_language(language)


def _refusal(error: DomainError, language: Language) -> tuple[str, str]:
    if isinstance(error, Forbidden):
        return "FORBIDDEN", error.message.in_language(language)
    if isinstance(error, InvalidInput):
        return "BAD_USER_INPUT", " ".join(e.message.in_language(language) for e in error.errors)
    if isinstance(error, RulesBroken):
        return "BAD_USER_INPUT", " ".join(f.message.in_language(language) for f in error.findings)
    return "NOT_FOUND", _NOT_FOUND.in_language(language)


def bad_input(message: str) -> GraphQLError:
    """An argument that can't be taken."""
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})
