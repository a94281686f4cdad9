"""One batched statement for each kind of thing that a node has: what a careful team would write at first."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg
from strawberry.dataloader import DataLoader

from app.domain.periods import Period

MODULE = "VGPU"

_NODES = """
with shown_nodes as (
select n.region_id, n.id, n.title, n.title_sort, n.module_id, n.owner_unit_id, n.start_date, n.end_date, n.status,
       n.indicator_id, n.plan_version_id, k.code as column_code, m.code as module, m.position * 100 + k.no as place,
       n.node_kind, i.code, i.unit_of_measure, coalesce(i.region_level_only, false) as region_level_only
from nodes n
join module_columns k on k.region_id = n.region_id and k.id = n.column_id
join modules m on m.region_id = n.region_id and m.id = n.module_id
left join indicators i on i.region_id = n.region_id and i.id = n.indicator_id
)
"""
# Present at the unit: owned or allocated at it or below it, or linked in from another module under an owned node.
_CHILDREN = f"""{_NODES}select l.parent_id, c.* from node_links l
join shown_nodes c on c.region_id = l.region_id and c.id = l.child_id
join nodes p on p.region_id = l.region_id and p.id = l.parent_id
where l.region_id = $1 and l.parent_id = any($2::uuid[])
  and (c.owner_unit_id = any($3::uuid[])
       or c.id in (select node_id from allocations where region_id = $1 and unit_id = any($3::uuid[]))
       or (c.module_id <> p.module_id and p.owner_unit_id = any($3::uuid[])))
  and not (c.region_level_only and not $4)
order by c.place, c.title_sort, c.id
"""
_ROOTS = f"""{_NODES}select * from shown_nodes c
where c.region_id = $1 and c.module = $4
  and c.plan_version_id = (select id from plan_versions where region_id = $1 and year = $5)
  and (c.owner_unit_id = any($2::uuid[])
       or c.id in (select node_id from allocations where region_id = $1 and unit_id = any($2::uuid[])))
  and not exists (
    select from node_links l join nodes p on p.region_id = $1 and p.id = l.parent_id
    where l.region_id = $1 and l.child_id = c.id
      and (p.owner_unit_id = any($2::uuid[])
           or p.id in (select node_id from allocations where region_id = $1 and unit_id = any($2::uuid[]))))
  and not (c.region_level_only and not $3)
order by c.place, c.title_sort, c.id
"""
_SUBTREE = """
select u.id, u.code, a.depth from org_units u
join org_ancestors a on a.region_id = u.region_id and a.unit_id = u.id
where u.region_id = $1 and a.ancestor_id = $2 and a.valid @> $3::date order by a.depth, u.code
"""
_ASSESSMENTS = """
select node_id, unit_id, period, period_start, period_end, grade, status from assessments
where region_id = $1 and node_id = any($2::uuid[]) and unit_id = any($3::uuid[])
  and period_start >= $4 and period_end <= $5
order by period_end, period_start desc
"""
_OUTCOMES = """
select indicator_id, period, value from outcomes
where region_id = $1 and indicator_id = any($2::uuid[]) and unit_id = $3 and sex = 'T'
  and period_start >= $4 and period_end <= $5
order by period_end, period_start
"""
_TARGETS = """
select t.indicator_id, t.kind, t.bound, t.printed from targets t
left join org_ancestors a on a.region_id = $1 and a.unit_id = $3 and a.ancestor_id = t.unit_id and a.valid @> $5::date
where t.region_id = $1 and t.indicator_id = any($2::uuid[]) and t.year = $4
  and (t.unit_id is null or a.ancestor_id is not null)
order by a.depth desc nulls first
"""


@dataclass
class Place:
    """Where the chain is read."""

    region: UUID
    unit: UUID
    units: dict[UUID, int]
    at_region: bool
    period: Period
    on: date


class Loaders:
    """A request's loaders."""

    def __init__(self, pool: asyncpg.Pool, place: Place) -> None:
        self._pool, self.place = pool, place
        self.children = DataLoader(self._children)
        self.assessments = DataLoader(self._assessments)
        self.outcomes = DataLoader(self._outcomes)
        self.targets = DataLoader(self._targets)

    async def roots(self) -> list[asyncpg.Record]:
        """The top nodes."""
        p = self.place
        return await self._pool.fetch(_ROOTS, p.region, list(p.units), p.at_region, MODULE, p.period.year)

    async def _children(self, nodes: list[UUID]) -> list[list[asyncpg.Record]]:
        p = self.place
        found = defaultdict(list)
        for row in await self._pool.fetch(_CHILDREN, p.region, nodes, list(p.units), p.at_region):
            found[row["parent_id"]].append(row)
        return [found[node] for node in nodes]

    async def _assessments(self, nodes: list[UUID]) -> list[dict[UUID, asyncpg.Record]]:
        """Per node the latest assessment of each unit."""
        p = self.place
        found: dict[UUID, dict[UUID, asyncpg.Record]] = defaultdict(dict)
        rows = await self._pool.fetch(_ASSESSMENTS, p.region, nodes, list(p.units), p.period.start, p.period.end)
        for row in rows:
            found[row["node_id"]][row["unit_id"]] = row
        return [found[node] for node in nodes]

    async def _outcomes(self, indicators: list[UUID]) -> list[asyncpg.Record | None]:
        p = self.place
        rows = await self._pool.fetch(_OUTCOMES, p.region, indicators, p.unit, p.period.start, p.period.end)
        latest = {row["indicator_id"]: row for row in rows}
        return [latest.get(indicator) for indicator in indicators]

    async def _targets(self, indicators: list[UUID]) -> list[asyncpg.Record | None]:
        p = self.place
        rows = await self._pool.fetch(_TARGETS, p.region, indicators, p.unit, p.period.year, p.on)
        nearest = {row["indicator_id"]: row for row in rows}
        return [nearest.get(indicator) for indicator in indicators]


async def place_of(pool: asyncpg.Pool, region: UUID, unit: str, period: Period, on: date) -> Place:
    """The unit with what is below it."""
    top = await pool.fetchval("select id from org_units where region_id = $1 and code = $2", region, unit)
    below = await pool.fetch(_SUBTREE, region, top, on)
    is_top = "select parent_id is null from org_placements where region_id = $1 and unit_id = $2 and valid @> $3::date"
    at_region = await pool.fetchval(is_top, region, top, on)
    return Place(region, top, {row["id"]: i for i, row in enumerate(below)}, at_region, period, on)
