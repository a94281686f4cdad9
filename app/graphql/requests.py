"""What a GraphQL request asks: from a body or a URL, the text itself or the hash of one that was sent before (APQ).

Automatic Persisted Queries: a client sends `extensions.persistedQuery {version: 1, sha256Hash}` without the text. Where
this process does not know it the answer is PERSISTED_QUERY_NOT_FOUND; the client sends the text along once, and from
then on the hash is enough, in a URL, too. Texts are kept in the process, the most recently used: with several processes
a hash may be unknown to the one that it comes to, and the client sends the text again. That is the protocol's own way.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Request
from graphql import GraphQLError

from app.db.keeping import Kept
from app.graphql.documents import Question, RefusedError

MEDIA_TYPE = "application/json"
_FIELDS = {"query", "variables", "operationName", "extensions"}
_VERSION = 1
_KEPT_TEXTS = 2_000
_KEPT_CHARACTERS = 4_000_000
_HASH_LENGTH = 64


class MalformedError(Exception):
    """The request is no GraphQL request at all."""

    def __init__(self, message: str, status: int = 400) -> None:
        self.message = message
        self.status = status
        super().__init__(message)


class PersistedTexts:
    """Texts of valid questions by the SHA-256 of their UTF-8, as many as there is room for."""

    def __init__(self) -> None:
        self._texts: Kept[str, str] = Kept(_KEPT_TEXTS, _KEPT_CHARACTERS)

    def text(self, digest: str) -> str:
        """The text. Raises RefusedError with PERSISTED_QUERY_NOT_FOUND: send it along."""
        found = self._texts.get(digest)
        if found is None:
            raise _refused("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
        return found

    def keep(self, digest: str, text: str) -> None:
        """Keep a text whose question turned out to be valid."""
        self._texts.put(digest, text, len(text))


async def from_body(request: Request) -> Mapping[str, Any]:
    """The fields of a POST. Raises MalformedError."""
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() != MEDIA_TYPE:
        raise MalformedError(f"Send the question as {MEDIA_TYPE}", 415)
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if charset not in {"", "utf-8"}:
        raise MalformedError("Send the question in UTF-8", 415)
    try:
        body = orjson.loads(await request.body())
    except (orjson.JSONDecodeError, RecursionError):
        raise MalformedError("The body is not valid JSON") from None
    if not isinstance(body, dict):
        raise MalformedError("The body must be a JSON object")
    return body


async def from_url(request: Request) -> Mapping[str, Any]:
    """The fields of a GET. Raises MalformedError."""
    said: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if said.get(name):
            try:
                said[name] = orjson.loads(said[name])
            except (orjson.JSONDecodeError, RecursionError):
                raise MalformedError(f"{name} is not valid JSON") from None
        else:
            said.pop(name, None)
    return said


def question_of(said: Mapping[str, Any], persisted: PersistedTexts) -> tuple[Question, str | None]:
    """The question, and the hash to keep its text under if it is valid. Raises MalformedError, RefusedError."""
    if unknown := set(said) - _FIELDS:
        raise MalformedError(f"Unknown: {', '.join(sorted(map(str, unknown)))[:200]}")
    query, variables, name = said.get("query"), said.get("variables"), said.get("operationName")
    if variables is not None and not isinstance(variables, dict):
        raise MalformedError("variables must be a JSON object")
    if name is not None and not isinstance(name, str):
        raise MalformedError("operationName must be a text")
    digest = _digest(said.get("extensions"))
    if query is None and digest is not None:
        query = persisted.text(digest)
    if not isinstance(query, str) or not query:
        raise MalformedError("query is missing, or not a text")
    if digest is not None and hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest() != digest:
        raise MalformedError("sha256Hash is not the hash of query")
    return Question(query, variables or {}, name or None), digest


def _digest(extensions: object) -> str | None:
    """The hash of a persisted question, if the request has one."""
    if extensions is None:
        return None
    if not isinstance(extensions, dict):
        raise MalformedError("extensions must be a JSON object")
    said = extensions.get("persistedQuery")
    if said is None:
        return None
    if not isinstance(said, dict) or not isinstance(said.get("sha256Hash"), str):
        raise MalformedError("persistedQuery must be an object with version and sha256Hash")
    if said.get("version") != _VERSION:
        raise _refused("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
    digest: str = said["sha256Hash"].lower()
    if len(digest) != _HASH_LENGTH or set(digest) - set("0123456789abcdef"):
        raise MalformedError("sha256Hash must be 64 hexadecimal digits")
    return digest


def _refused(message: str, code: str) -> RefusedError:
    return RefusedError([GraphQLError(message, extensions={"code": code})])
