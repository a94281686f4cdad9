"""Pages of a list by keyset: stable while rows come and go, and as fast on page 1,000 as on page 1."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.typing import AnyColumn, AnyRow, AnySelect


class ForeignCursorError(ValueError):
    """A page is asked for after a row of another list: the sort values are not this list's."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for: `limit` rows (1-500) after the row whose sort values are `after`, in either direction."""

    limit: int = 50
    after: tuple[Any, ...] | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class PageOf:
    """Rows of a page, and the sort values to go on from (None: this was the last page)."""

    rows: Sequence[AnyRow]
    next: tuple[Any, ...] | None


async def fetch_page(session: AsyncSession, statement: AnySelect, keys: Sequence[AnyColumn], page: Page) -> PageOf:
    """Run `statement` for one page, ordered by `keys` (not null, unique together: end with the id).

    The keys are added to the statement as its last columns, so that the next page knows where this one ended.
    """
    marked = statement.add_columns(*(key.label(f"_key_{i}") for i, key in enumerate(keys)))
    if page.after is not None:
        if len(page.after) != len(keys) or not all(map(_could_be, keys, page.after)):
            raise ForeignCursorError
        marked = marked.where(_beyond(keys, page.after, descending=page.descending))
    ordered = marked.order_by(*(key.desc() if page.descending else key.asc() for key in keys))
    # One row more than asked for tells whether there is a next page, without counting.
    rows = (await session.execute(ordered.limit(page.limit + 1))).all()
    shown = rows[: page.limit]
    return PageOf(shown, tuple(shown[-1][-len(keys) :]) if len(rows) > page.limit else None)


def _could_be(key: AnyColumn, value: Any) -> bool:
    """Whether the value is of the column's type: PostgreSQL would refuse to compare it otherwise."""
    typed: Any = key  # attributes and expressions both have a type; their common base does not say so
    try:
        return isinstance(value, typed.type.python_type)
    except NotImplementedError:  # an expression whose type SQLAlchemy does not know
        return True


def _beyond(keys: Sequence[AnyColumn], after: tuple[Any, ...], *, descending: bool) -> ColumnElement[bool]:
    """(a, b) > (x, y), spelled out key by key, so that each value keeps its column's type."""
    steps = []
    for i, key in enumerate(keys):
        same = [k == v for k, v in zip(keys[:i], after[:i], strict=True)]
        steps.append(and_(*same, key < after[i] if descending else key > after[i]))
    return or_(*steps)
