"""The units of a chain: a unit and everything below it that the principal reaches, kept for as long as they stand.

A region's tree has thousands of units and changes a few times a year; every chain begins with a part of it. What the
permission-filtered statement gave is kept per principal, unit and day together with the versions of the tables that it
rests on (app.db.versions), read in the same snapshot: so it is never older than the rest of the answer.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.db.prepared import fetch
from app.db.queries import chain as queries
from app.db.session import UnitOfWork
from app.db.typing import AnyRow
from app.domain.access import Principal
from app.domain.chain import UnitPlace
from app.domain.findings import NotFound

_RESTS_ON = ("org_placements", "org_units", "plan_versions")
_MOST_UNITS = 60_000
"""Of all subtrees that are kept, together: some tens of megabytes."""


@dataclass(frozen=True, slots=True)
class Subtree:
    """The units, from the top down, and the plan version of the year (None: there is none)."""

    units: tuple[UnitPlace, ...]
    ids: tuple[UUID, ...]
    rows: Mapping[UUID, AnyRow]
    parent_of: dict[UUID, UUID]
    """Unit -> the unit above it, for all but the top one of the region."""
    plan_version: UUID | None


class _Kept:
    """Subtrees by what was asked, the ones used lately; bounded by the number of units in them."""

    def __init__(self) -> None:
        self._found: OrderedDict[object, tuple[object, Subtree]] = OrderedDict()
        self._units = 0

    def get(self, key: object, seen: object) -> Subtree | None:
        """What was kept, if it rests on what is seen now."""
        known = self._found.get(key)
        if known is None or known[0] != seen:
            return None
        self._found.move_to_end(key)
        return known[1]

    def put(self, key: object, seen: object, subtree: Subtree) -> None:
        """Keep it, and let go of what was not used for longest."""
        before = self._found.pop(key, None)
        self._units += len(subtree.ids) - (len(before[1].ids) if before else 0)
        self._found[key] = (seen, subtree)
        while self._units > _MOST_UNITS and len(self._found) > 1:
            _, (_, gone) = self._found.popitem(last=False)
            self._units -= len(gone.ids)


_kept = _Kept()


async def read_subtree(uow: UnitOfWork, principal: Principal, on: date, unit: UUID | str, year: int) -> Subtree:
    """The units at and below a unit (by its id or code). No statement where they are known.

    Raises NotFound where the unit is not within the principal's reach.
    """
    key, seen = (principal, on, unit, year), uow.versions.only(_RESTS_ON)
    known = _kept.get(key, seen) if uow.read_only else None
    if known is not None:
        return known
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
    if uow.read_only:
        _kept.put(key, seen, found)
    return found
