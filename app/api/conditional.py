"""ETags (RFC 9110 §13): a read that has not changed is not sent again, a change to what has changed is not done.

A single resource's tag is its version, which a change is then conditional on. Every other read's is a digest of what it
rests on (app.api.read_tags), looked at before the read is done; where there is none (public pages) of what is sent.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Request, Response

from app.api.problems import PRECONDITION, STALE, ProblemError

VARY = "Authorization, Accept-Language"


def _plain(value: Any) -> Any:
    """What orjson does not know by itself: pydantic models, and Decimals as JSON numbers."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    raise TypeError(type(value).__name__)


def to_json(payload: Any) -> bytes:
    """JSON of a model or of plain values."""
    return orjson.dumps(payload, default=_plain)


def version_tag(version: int) -> str:
    """The strong tag of a resource in this version."""
    return f'"{version}"'


def answer(
    request: Request,
    payload: Any,
    *,
    status: int = 200,
    tag: str | None = None,
    headers: Mapping[str, str] | None = None,
    media_type: str = "application/json",
) -> Response:
    """Send `payload` as JSON with an ETag (bytes are sent as they are); 304 where a read's If-None-Match has it.

    The tag is `tag`, or the read's own (`request.state.read_tag`), or a digest of the body.

    `payload` is a pydantic model or plain values. For GET with status 200 only is If-None-Match looked at.
    """
    body = payload if isinstance(payload, bytes) else to_json(payload)
    known: str | None = tag or getattr(request.state, "read_tag", None)
    etag = known or f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    sent = tagged(etag) | dict(headers or {})
    asked = request.headers.get("if-none-match")
    if request.method in {"GET", "HEAD"} and asked is not None and _matches(asked, etag, weak=True):
        return Response(status_code=304, headers=sent)
    return Response(body, status, sent, media_type)


def tagged(etag: str, vary: str = VARY) -> dict[str, str]:
    """The headers of an answer that may be asked for again with its tag, by the same caller."""
    return {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": vary}


class NotModified(Exception):
    """The caller has the answer already: nothing is read, 304 is sent."""

    def __init__(self, etag: str, vary: str = VARY) -> None:
        self.headers = tagged(etag, vary)
        super().__init__(etag)


async def not_modified(_: Request, same: Exception) -> Response:
    """304, with the headers that the 200 would have had."""
    assert isinstance(same, NotModified)
    return Response(status_code=304, headers=same.headers)


def is_known(request: Request, etag: str) -> bool:
    """Whether a read's If-None-Match names this very tag. (`*` is for what has been found: see `answer`.)."""
    asked = request.headers.get("if-none-match")
    return request.method in {"GET", "HEAD"} and asked not in {None, "*"} and _matches(asked or "", etag, weak=True)


def _matches(header: str, etag: str, *, weak: bool) -> bool:
    """Whether a list of tags holds this one. If-None-Match compares weakly, If-Match strongly (a W/ tag never does)."""
    if header.strip() == "*":
        return True
    for part in header.split(","):
        tag = part.strip()
        if weak:
            tag = tag.removeprefix("W/")
        if tag == etag:
            return True
    return False


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The tags that a change is conditional on."""

    header: str

    def check(self, version: int) -> None:
        """Raise 412 unless the resource is in a version that the caller has read. Call it with the row locked."""
        if not _matches(self.header, version_tag(version), weak=False):
            raise ProblemError(STALE)


def _if_match(
    if_match: Annotated[
        str | None, Header(description="ETag of the resource as it was read. Required.", max_length=1000)
    ] = None,
) -> IfMatch:
    if if_match is None:
        raise ProblemError(PRECONDITION)
    return IfMatch(if_match)


Precondition = Annotated[IfMatch, Depends(_if_match)]
"""A parameter of every PATCH, PUT and DELETE."""
