"""Lists in pages: `?limit=` and an opaque `?cursor=`, answered with `next` and `Link: rel="next"` (RFC 8288)."""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from app.api.conditional import answer
from app.api.problems import INVALID, ProblemError, Wrong
from app.db.paging import Page
from app.domain.texts import Text

MOST = 500
USUAL = 50
Item = TypeVar("Item")

_BAD_CURSOR = Text(
    "Markören gäller inte den här listan. Börja om från första sidan.",
    "The cursor is not of this list. Begin again from the first page.",
)


class PageBody(BaseModel, Generic[Item]):
    """A page of a list. `next` is the cursor of the next page, null on the last one."""

    items: list[Item]
    next: str | None = Field(None, description="Cursor of the next page.")


# What a sort value is, so that it comes back as the type that its column has.
# In this order: a datetime is a date too, and the driver has a UUID class of its own below UUID.
_WRITE: Mapping[type, str] = {str: "s", int: "i", UUID: "u", datetime: "t", date: "d"}
_READ: Mapping[str, Any] = {
    "s": str,
    "i": int,
    "u": UUID,
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
}


def _list_digest(request: Request) -> str:
    """What a cursor belongs to: the path and every parameter but those of paging."""
    said = sorted((k, v) for k, v in request.query_params.multi_items() if k not in {"cursor", "limit"})
    return hashlib.blake2b(repr((request.url.path, said)).encode(), digest_size=6).hexdigest()


def encode_cursor(request: Request, values: tuple[Any, ...]) -> str:
    """Sort values of a page's last row -> a cursor of this list."""
    marked = [_marked(value) for value in values]
    return base64.urlsafe_b64encode(orjson.dumps([_list_digest(request), marked])).decode().rstrip("=")


def _marked(value: Any) -> list[Any]:
    mark = next(mark for kind, mark in _WRITE.items() if isinstance(value, kind))
    return [mark, value if isinstance(value, str | int) else str(value)]


def decode_cursor(request: Request, cursor: str) -> tuple[Any, ...]:
    """The cursor's sort values. Raises 422 for one that was not given by this list."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        digest, marked = orjson.loads(packed)
        values = tuple(_READ[kind](value) for kind, value in marked)
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error) as error:
        raise bad_cursor() from error
    if digest != _list_digest(request) or any(isinstance(v, str) and "\0" in v for v in values):
        raise bad_cursor()
    return values


def bad_cursor() -> ProblemError:
    """422: a cursor that this list did not give."""
    return ProblemError(INVALID, [Wrong(_BAD_CURSOR, "bad_cursor", parameter="cursor")])


def _page(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Most items of the page.")] = USUAL,
    cursor: Annotated[str | None, Query(max_length=4000, description="`next` of the page before.")] = None,
) -> Page:
    after = None if cursor is None else decode_cursor(request, cursor)
    return Page(limit, after)


Paging = Annotated[Page, Depends(_page)]
"""A parameter of every list."""


def page_of(items: Sequence[Item], page: Page) -> tuple[list[Item], tuple[int] | None]:
    """One page of what is in memory anyway, and where the next begins (None: this was the last)."""
    start = 0
    if page.after is not None:
        if len(page.after) != 1 or not isinstance(page.after[0], int) or page.after[0] < 0:
            raise bad_cursor()
        start = page.after[0]
    end = start + page.limit
    return list(items[start:end]), (end,) if end < len(items) else None


def page_answer(request: Request, items: list[Any], next_values: tuple[Any, ...] | None) -> Response:
    """Send a page: `items` are models or plain values."""
    cursor = None if next_values is None else encode_cursor(request, next_values)
    return answer(request, {"items": items, "next": cursor}, headers=next_link(request, cursor))


def next_link(request: Request, cursor: str | None) -> dict[str, str]:
    """The `Link` header of a page that another one follows."""
    if cursor is None:
        return {}
    following = request.url.include_query_params(cursor=cursor)
    return {"Link": f'<{following.path}?{following.query}>; rel="next"'}
