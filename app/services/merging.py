"""Brings a table's rows in step with data, by set: one statement to look, one to insert, one to change.

A run over the same data a second time finds everything unchanged and writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, func, insert, select, update

from app.db.session import UnitOfWork
from app.db.tables.base import Base
from app.domain.identity import new_id

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the rows of one kind. `kept`: they differ from the data, and were left as they stand."""

    what: str
    inserted: int = 0
    updated: int = 0
    kept: int = 0
    unchanged: int = 0

    @property
    def changed(self) -> int:
        """Rows written."""
        return self.inserted + self.updated


@dataclass(frozen=True, slots=True)
class Merged:
    """A tally, and the id of every row of the data by its key (empty for a table without ids)."""

    tally: Tally
    ids: Mapping[Key, UUID]


async def merge(
    uow: UnitOfWork,
    row_type: type[Base],
    wanted: Sequence[Mapping[str, Any]],
    *,
    key: tuple[str, ...],
    by: str,
    overwrite: bool = True,
) -> Merged:
    """Insert the rows that are missing; change those that differ in any column given, unless `overwrite` is off.

    `wanted` rows name the columns they speak of, each row the same ones, `key` among them; rows of the table that are
    not in `wanted` are left alone: people may have added them. `by` goes into created_by and updated_by.
    """
    table = cast("Table", row_type.__table__)
    if not wanted:
        return Merged(Tally(table.name), {})
    there = await _present(uow, table, key)
    fresh: list[dict[str, Any]] = []
    stale: list[dict[str, Any]] = []
    ids: dict[Key, UUID] = {}
    for row in wanted:
        where = tuple(row[k] for k in key)
        known = there.get(where)
        if known is None:
            made = _new_row(uow, table, row, by)
            fresh.append(made)
            known = made
        elif any(known[column] != value for column, value in row.items()):
            stale.append({**row, **{k: known[k] for k in ("id",) if k in known}})
        if "id" in known:
            ids[where] = known["id"]
    if fresh:
        await uow.session.execute(insert(table), fresh)
    if stale and overwrite:
        await _change(uow, table, key, stale, by)
    changed = len(stale) if overwrite else 0
    tally = Tally(
        what=table.name,
        inserted=len(fresh),
        updated=changed,
        kept=len(stale) - changed,
        unchanged=len(wanted) - len(fresh) - len(stale),
    )
    return Merged(tally, ids)


async def _present(uow: UnitOfWork, table: Table, key: tuple[str, ...]) -> dict[Key, Mapping[str, Any]]:
    rows = (await uow.session.execute(select(table).where(table.c.region_id == uow.region_id))).mappings()
    return {tuple(row[k] for k in key): dict(row) for row in rows}


def _new_row(uow: UnitOfWork, table: Table, row: Mapping[str, Any], by: str) -> dict[str, Any]:
    made: dict[str, Any] = {"region_id": uow.region_id, **row}
    if "id" in table.c and "id" not in made:
        made["id"] = new_id()
    for column in ("created_by", "updated_by"):
        if column in table.c:
            made[column] = by
    return made


async def _change(uow: UnitOfWork, table: Table, key: tuple[str, ...], rows: list[dict[str, Any]], by: str) -> None:
    names = [name for name in rows[0] if name not in {*key, "id"}]
    values: dict[str, Any] = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    if "version" in table.c:
        values["version"] = table.c.version + 1
    if "updated_by" in table.c:
        values |= {"updated_by": by, "updated_at": func.now()}
    same = [table.c[k] == bindparam(f"key_{k}", type_=table.c[k].type) for k in key]
    statement = update(table).where(table.c.region_id == uow.region_id, *same).values(values)
    given = [{**{f"new_{n}": row[n] for n in names}, **{f"key_{k}": row[k] for k in key}} for row in rows]
    await (await uow.session.connection()).execute(statement, given)
