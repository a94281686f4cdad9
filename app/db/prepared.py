"""Statements on the fast way to PostgreSQL: compiled once, sent straight to the driver, answered with plain tuples.

A statement is built by a function of `app.db.queries` as ever, with the permission filter inside. To build and compile
one takes longer than PostgreSQL takes to answer for fifty nodes, so what comes out is kept: per principal, since its
conditions depend on that. Values that differ from call to call are parameters.

    rows = await fetch(uow, queries.nodes_by_id, principal, on, nodes=ids)
"""

from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, Date, Integer, String, Uuid, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.types import TypeEngine

from app.db.arrays import Numbers
from app.db.session import UnitOfWork
from app.db.typing import AnySelect
from app.domain.access import Principal

Build = Callable[..., AnySelect]
_DIALECT: Final = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
_TYPES: dict[type, TypeEngine[Any]] = {
    UUID: Uuid(),
    str: String(),
    int: Integer(),
    date: Date(),
    list: postgresql.ARRAY(Uuid()),
    Numbers: postgresql.ARRAY(Integer()),
}
_MOST = 2_000
_PLANNED = "select set_config('plan_cache_mode', $1, true)"


@dataclass(frozen=True, slots=True)
class _Ready:
    """A compiled statement. `places`: for each of its parameters in order its name and value, or the name alone."""

    sql: str
    places: tuple[tuple[str, Any], ...]
    make: Callable[[Sequence[Any]], Any]


_VARIES = object()
_texts: dict[str, str] = {}
_shapes: dict[tuple[str, ...], Callable[[Sequence[Any]], Any]] = {}


async def fetch(uow: UnitOfWork, build: Build, principal: Principal, *fixed: Any, **values: Any) -> list[Any]:
    """The rows of the statement that `build(principal, *fixed, **values)` makes, as named tuples.

    `fixed` takes few different values (days); `values` may be anything: lists of ids, ids, days, texts, numbers.
    Raises what the driver raises; the unit of work tells it as a StorageError.
    """
    kinds = tuple((name, UUID if isinstance(value, UUID) else type(value)) for name, value in values.items())
    ready = _ready(build, principal, fixed, kinds)
    given = [values[name] if value is _VARIES else value for name, value in ready.places]
    return list(map(ready.make, await uow.fetch(ready.sql, given)))


async def plan_once(uow: UnitOfWork) -> None:
    """Have the statements that follow in the transaction planned once for all sets.

    For those that look rows up by the members of a set: their plan is the same for ten and for ten thousand, and to
    plan anew for every set takes longer than answering, since PostgreSQL weighs each member.
    """
    await uow.fetch(_PLANNED, ["force_generic_plan"])


async def plan_each(uow: UnitOfWork) -> None:
    """Have the statements that follow planned for the very sets that they are given.

    For those that join two large sets: the plan for any is made for ten, and for thousands it is the wrong one by far.
    """
    await uow.fetch(_PLANNED, ["force_custom_plan"])


@lru_cache(maxsize=_MOST)
def _ready(build: Build, principal: Principal, fixed: tuple[Any, ...], kinds: tuple[tuple[str, type], ...]) -> _Ready:
    binds: dict[str, BindParameter[Any]] = {
        # Not required: to write out the list of an IN, the compiler looks at all values, and these come later.
        name: bindparam(f"given_{name}", type_=_TYPES[kind], required=False)
        for name, kind in kinds
    }
    statement = build(principal, *fixed, **binds)
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    said = compiled.params
    places = tuple(
        (name.removeprefix("given_"), _VARIES) if name.startswith("given_") else (name, said[name])
        for name in compiled.positiontup or ()
    )
    names = tuple(column.key or "" for column in statement.selected_columns)
    if names not in _shapes:
        row: Any = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024  # its names come with the statement
        # What `_make` does, without a call in Python for each row.
        _shapes[names] = partial(tuple.__new__, row)
    make = _shapes[names]
    # Principals differ in values only: their statements are one text.
    sql = _texts.setdefault(compiled.string, compiled.string)
    return _Ready(sql, places, make)
