"""Keyword groups: list them, read one with its keywords."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.db.paging import Page, fetch_page
from app.db.queries import keyword_groups as queries
from app.db.tables import KeywordGroupRow
from app.db.typing import AnyRow
from app.domain.findings import NotFound
from app.services.facts import Asked
from app.services.units import UnitKey, find_unit


@dataclass(frozen=True, slots=True)
class KeywordGroupShown:
    """A group and its keywords."""

    id: UUID
    name: str
    unit: str | None
    version: int
    keywords: Sequence[AnyRow]


async def list_keyword_groups(
    a: Asked, page: Page, *, module: str | None = None, column: str | None = None, unit: UnitKey | None = None
) -> tuple[list[KeywordGroupShown], tuple[Any, ...] | None]:
    """Readable groups in Swedish order; those of a module or column; those that apply at a unit.

    Raises NotFound for a module, column or unit that is not there.
    """
    statement = queries.keyword_groups(a.principal, a.on)
    if module is not None or column is not None:
        statement = statement.where(KeywordGroupRow.name.in_(_names(a, module, column)))
    if unit is not None:
        place = await find_unit(a.uow, a.principal, a.on, unit)
        statement = statement.where(queries.applies_at(a.principal, place.id, a.on))
    found = await fetch_page(a.uow.session, statement, [KeywordGroupRow.name_sort, KeywordGroupRow.id], page)
    return await _shown(a, found.rows), found.next


async def read_keyword_group(a: Asked, group_id: UUID) -> KeywordGroupShown:
    """One group. Raises NotFound."""
    statement = queries.keyword_groups(a.principal, a.on).where(KeywordGroupRow.id == group_id)
    rows = (await a.uow.session.execute(statement)).all()
    if not rows:
        raise NotFound("keyword group", str(group_id))
    return (await _shown(a, rows))[0]


def _names(a: Asked, module: str | None, column: str | None) -> list[str]:
    """The groups that a module's column offers, or all of its columns."""
    columns = [
        c for m in a.model.model.modules for c in m.columns if module in (None, m.code) and column in (None, c.code)
    ]
    if not columns:
        raise NotFound("column", f"{module} {column}")
    return sorted({name for c in columns for name in (*c.keyword_groups, *c.local_keyword_groups)})


async def _shown(a: Asked, rows: Sequence[AnyRow]) -> list[KeywordGroupShown]:
    words: dict[UUID, list[AnyRow]] = defaultdict(list)
    if rows:
        for word in await a.uow.session.execute(queries.keywords_of(a.principal, [row.id for row in rows])):
            words[word.group_id].append(word)
    return [KeywordGroupShown(r.id, r.name, r.unit, r.version, words[r.id]) for r in rows]
