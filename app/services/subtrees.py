"""The units of a chain: a unit and everything below it that the principal reaches, kept for as long as they stand.

A region's tree has thousands of units and changes a few times a year; every chain begins with a part of it. What the
permission-filtered statement gave is kept per sight, unit and day together with the versions of the tables that it
rests on (app.db.versions), read in the same snapshot: so it is never older than the rest of the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.db import access
from app.db.prepared import fetch
from app.db.queries import chain as queries
from app.db.session import UnitOfWork
from app.db.typing import AnyRow
from app.domain.access import Principal
from app.domain.chain import UnitPlace
from app.domain.findings import NotFound

_RESTS_ON = ("org_placements", "org_units", "plan_versions")


@dataclass(frozen=True, slots=True)
class Subtree:
    """The units, from the top down, and the plan version of the year (None: there is none)."""

    units: tuple[UnitPlace, ...]
    ids: tuple[UUID, ...]
    rows: Mapping[UUID, AnyRow]
    parent_of: dict[UUID, UUID]
    """Unit -> the unit above it, for all but the top one of the region."""
    plan_version: UUID | None


async def read_subtree(uow: UnitOfWork, principal: Principal, on: date, unit: UUID | str, year: int) -> Subtree:
    """The units at and below a unit (by its id or code). No statement where they are known.

    Raises NotFound where the unit is not within the principal's reach.
    """
    key, seen = (Subtree, access.sight(principal), on, unit, year), uow.versions.only(_RESTS_ON)
    known = None if uow.kept is None else uow.kept.get(key)
    if known is not None and known[0] == seen:
        subtree: Subtree = known[1]
        return subtree
    rows = await fetch(uow, queries.units_at, principal, on, isinstance(unit, str), unit=unit, year=year)
    if not rows or rows[0].depth:
        raise NotFound("unit", str(unit))
    found = Subtree(
        units=tuple(UnitPlace(row.id, row.code, row.depth) for row in rows),
        ids=tuple(row.id for row in rows),
        rows={row.id: row for row in rows},
        parent_of={row.id: row.parent_id for row in rows if row.parent_id is not None},
        plan_version=rows[0].plan_version_id,
    )
    if uow.kept is not None:
        uow.kept.put(key, (seen, found), len(found.ids))
    return found
