"""What a person sees and reaches, in the database and by a plain oracle: random trees, groups and memberships (B1, B2).

`STYRKEDJAN_TEST_EXAMPLES=5000` runs more of them.
"""

import os
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, text
from sqlalchemy.dialects.postgresql import Range

from app.auth.memberships import principal_of_user
from app.db import access
from app.db.paging import Page
from app.db.queries import allocations as allocation_queries
from app.db.queries import assessments as assessment_queries
from app.db.queries import chain as chain_queries
from app.db.queries import links as link_queries
from app.db.queries import nodes as node_queries
from app.db.session import Database, UnitOfWork, versions_now
from app.db.tables import (
    AllocationRow,
    AssessmentRow,
    KeywordGroupRow,
    KeywordRow,
    MembershipRow,
    NodeKeywordRow,
    NodeLinkRow,
    NodeRow,
    OrgPlacementRow,
    OrgUnitRow,
    PermissionGroupRow,
    PlanVersionRow,
    UserRow,
)
from app.domain.access import Permission, Principal
from app.domain.findings import NotFound
from app.domain.identity import new_id
from app.domain.periods import Period
from app.services.chain_rows import Part
from app.services.facts import asked
from app.services.followup import follow_up
from app.services.node_reading import NodeFilter, list_nodes
from tests.conftest import TestRegion, make_region

ON = date(2027, 3, 1)
EXAMPLES = int(os.environ.get("STYRKEDJAN_TEST_EXAMPLES", "25"))
BY = {"created_by": "t", "updated_by": "t"}
RIGHTS = ("read", "nodes:write")


@dataclass(frozen=True)
class Member:
    rights: tuple[str, ...]
    levels_up: int
    addition: bool
    unit: int


@dataclass(frozen=True)
class World:
    """Units by number (0 is the top), everything else by the units' and nodes' numbers."""

    parents: tuple[int, ...]
    """Of units 1, 2, ...: a unit with a lower number."""
    owners: tuple[int, ...]
    allocations: frozenset[tuple[int, int]]
    links: frozenset[tuple[int, int]]
    local_groups: tuple[int, ...]
    members: tuple[Member, ...]
    active: bool


@st.composite
def worlds(draw: st.DrawFn) -> World:
    count = draw(st.integers(1, 9))
    unit = st.integers(0, count - 1)
    # Every other node is a goal, the others may stand under one.
    parents = tuple(draw(st.integers(0, i)) for i in range(count - 1))
    owners = tuple(draw(st.lists(unit, min_size=1, max_size=8)))
    node = st.integers(0, len(owners) - 1)
    member = st.builds(
        Member,
        st.sampled_from([("read",), RIGHTS, ("nodes:write",)]),
        st.integers(0, 2),
        st.booleans(),
        unit,
    )
    pairs = st.frozensets(st.tuples(node, unit), max_size=8)
    links = st.frozensets(st.tuples(node, node).filter(lambda p: p[0] % 2 == 0 and p[1] % 2 == 1), max_size=6)
    members = tuple(draw(st.lists(member, max_size=4)))
    return World(
        parents, owners, draw(pairs), draw(links), tuple(draw(st.lists(unit, max_size=3))), members, draw(st.booleans())
    )


class Oracle:
    """The rules said plainly, one unit and one node at a time."""

    def __init__(self, world: World) -> None:
        self.w = world
        self.units = range(len(world.parents) + 1)

    def line(self, unit: int) -> list[int]:
        """The unit and what is above it, nearest first."""
        found = [unit]
        while found[-1] != 0:
            found.append(self.w.parents[found[-1] - 1])
        return found

    def grants(self) -> list[Member]:
        if not self.w.active or all(m.addition for m in self.w.members):
            return []
        return list(self.w.members)

    def reached(self, right: str) -> set[int]:
        found: set[int] = set()
        for m in self.grants():
            if right in m.rights:
                found |= {u for u in self.units if m.unit in self.line(u)}
                found |= set(self.line(m.unit)[1 : 1 + m.levels_up]) - {0}
        return found

    def sees_anything(self) -> bool:
        return bool(self.reached("read"))

    def seen_units(self) -> set[int]:
        return {above for unit in self.reached("read") for above in self.line(unit)}

    def seen_nodes(self) -> set[int]:
        seen = self.seen_units()
        return {
            n
            for n, owner in enumerate(self.w.owners)
            if owner in seen or any(node == n and unit in seen for node, unit in self.w.allocations)
        }

    def seen_assessments(self) -> set[tuple[int, int]]:
        """Each node is assessed at its owner and wherever it is allocated."""
        assessed = {(n, owner) for n, owner in enumerate(self.w.owners)} | set(self.w.allocations)
        return {(n, u) for n, u in assessed if u in self.reached("read") and n in self.seen_nodes()}

    def seen_allocations(self) -> set[tuple[int, int]]:
        reached = self.reached("read")
        return {
            (n, u)
            for n, u in self.w.allocations
            if n in self.seen_nodes() and (u in reached or self.w.owners[n] in reached)
        }

    def seen_links(self) -> set[tuple[int, int]]:
        return {(a, b) for a, b in self.w.links if {a, b} <= self.seen_nodes()}

    def below(self, unit: int) -> set[int]:
        """Of what one reaches, the unit and what is below it: what a follow-up there is about."""
        return {u for u in self.reached("read") if unit in self.line(u)}

    def followed_up(self, unit: int) -> set[int]:
        """The nodes of a follow-up at the unit: those that belong there or below, or have been allocated to it."""
        units = self.below(unit)
        owned = {n for n, owner in enumerate(self.w.owners) if owner in units}
        return owned | {n for n, u in self.w.allocations if u in units}

    def seen_groups(self) -> set[int]:
        return {g for g, unit in enumerate(self.w.local_groups) if unit in self.seen_units()}


@dataclass
class Made:
    units: list[UUID]
    nodes: list[UUID]
    groups: list[UUID]
    plan: UUID


class _Undo(Exception):
    """Takes an example's rows away again."""


@pytest.fixture(scope="module")
async def ground(database: Database) -> TestRegion:
    return await make_region(database)


async def _make(uow: UnitOfWork, ground: TestRegion, world: World) -> Made:
    region = {"region_id": ground.id}
    run = uow.session.execute
    # The region's own tree gives way to the example's.
    await run(text("delete from org_placements where region_id = :r"), {"r": ground.id})
    made = Made([new_id() for _ in range(len(world.parents) + 1)], [new_id() for _ in world.owners], [], new_id())
    await run(
        insert(OrgUnitRow),
        [
            {**region, **BY, "id": u, "code": f"X{i}", "name": f"X{i}", "name_sort": f"x{i}", "level": "area"}
            for i, u in enumerate(made.units)
        ],
    )
    above = [None, *(made.units[p] for p in world.parents)]
    await run(
        insert(OrgPlacementRow),
        [
            {**region, **BY, "id": new_id(), "unit_id": u, "parent_id": p, "valid": Range(date(2024, 1, 1), None)}
            for u, p in zip(made.units, above, strict=True)
        ],
    )
    await run(insert(PlanVersionRow), {**region, **BY, "id": made.plan, "year": 2027, "status": "live"})
    columns = (
        await run(
            text(
                "select c.module_id, c.id from module_columns c join modules m using (region_id)"
                " where m.id = c.module_id and c.region_id = :r and m.code = 'VGPU'"
                " and c.code in ('mal', 'verksamhetsmal') order by c.code"
            ),
            {"r": ground.id},
        )
    ).all()
    await run(
        insert(NodeRow),
        [
            {
                **region,
                **BY,
                "id": n,
                "lineage_id": n,
                "plan_version_id": made.plan,
                "module_id": columns[i % 2].module_id,
                "column_id": columns[i % 2].id,
                "node_kind": "text",
                "owner_unit_id": made.units[owner],
                "title": f"n{i}",
                "title_sort": f"n{i}",
                "title_key": f"n{i}",
            }
            for i, (n, owner) in enumerate(zip(made.nodes, world.owners, strict=True))
        ],
    )
    await _hang(uow, ground, world, made)
    return made


async def _hang(uow: UnitOfWork, ground: TestRegion, world: World, made: Made) -> None:
    region = {"region_id": ground.id}
    rows: list[tuple[Any, list[dict[str, Any]]]] = [
        (
            AllocationRow,
            [
                {
                    **BY,
                    "id": new_id(),
                    "node_id": made.nodes[n],
                    "unit_id": made.units[u],
                    "plan_version_id": made.plan,
                    "origin": "allocated",
                }
                for n, u in world.allocations
            ],
        ),
        (
            AssessmentRow,
            [
                {
                    **BY,
                    "id": new_id(),
                    "node_id": made.nodes[n],
                    "unit_id": made.units[u],
                    "period": "2027-T1",
                    "period_start": date(2027, 1, 1),
                    "period_end": date(2027, 4, 30),
                    "grade": "partly",
                    "assessed_by": "t",
                }
                for n, u in {*world.allocations, *enumerate(world.owners)}
            ],
        ),
    ]
    linked = [
        {"id": new_id(), "parent_id": made.nodes[a], "child_id": made.nodes[b], "plan_version_id": made.plan}
        for a, b in world.links
    ]
    rows.append((NodeLinkRow, [{**row, "created_by": "t"} for row in linked]))
    for unit in world.local_groups:
        group, keyword = new_id(), new_id()
        made.groups.append(group)
        name = f"g{group}"
        rows += [
            (KeywordGroupRow, [{**BY, "id": group, "name": name, "name_sort": name, "unit_id": made.units[unit]}]),
            (KeywordRow, [{"id": keyword, "group_id": group, "text": name, "position": 0}]),
            (NodeKeywordRow, [{"node_id": n, "keyword_id": keyword} for n in made.nodes]),
        ]
    user = new_id()
    who = {**BY, "id": user, "user_name": "o", "subject": "o", "name": "o", "name_sort": "o", "active": world.active}
    rows.append((UserRow, [who]))
    for i, m in enumerate(world.members):
        group_row = {
            **BY,
            "id": new_id(),
            "code": f"g{i}",
            "name": "g",
            "name_en": "g",
            "kind": "addition" if m.addition else "base",
            "rights": list(m.rights),
            "levels_up": m.levels_up,
            "position": 50 + i,
        }
        member = {"user_id": user, "group_code": f"g{i}", "unit_id": made.units[m.unit], "valid": Range(ON, None)}
        rows += [(PermissionGroupRow, [group_row]), (MembershipRow, [{**BY, "id": new_id(), **member}])]
    for table, wanted in rows:
        if wanted:
            await uow.session.execute(insert(table), [{**region, **row} for row in wanted])


async def _check(uow: UnitOfWork, ground: TestRegion, world: World, made: Made) -> None:
    oracle = Oracle(world)
    principal = await principal_of_user(uow, "o", ON, region_code=ground.code)
    if not oracle.sees_anything():
        assert principal is None
        return
    assert principal is not None
    unit_no = {u: i for i, u in enumerate(made.units)}
    node_no = {n: i for i, n in enumerate(made.nodes)}

    async def units(condition: Any) -> set[int]:
        wanted = select(OrgUnitRow.id).where(
            OrgUnitRow.region_id == ground.id, OrgUnitRow.id.in_(made.units), condition
        )
        return {unit_no[u] for u in await uow.session.scalars(wanted)}

    assert await units(access.unit_readable(OrgUnitRow.id, principal, ON)) == oracle.seen_units()
    for right in (Permission.READ, Permission.NODES_WRITE):
        assert await units(access.in_reach(OrgUnitRow.id, principal, ON, right)) == oracle.reached(right.value)
    rows = (await uow.session.execute(node_queries.nodes(principal, ON))).all()
    assert {node_no[r.id] for r in rows} == oracle.seen_nodes()
    counted = select(func.count()).select_from(node_queries.nodes(principal, ON).subquery())
    assert await uow.session.scalar(counted) == len(oracle.seen_nodes())
    page = await list_nodes(await asked(uow, principal, ON), NodeFilter(year=2027), Page(limit=100))
    assert {node_no[n.id] for n in page.nodes} == oracle.seen_nodes()
    assert all(len(n.keywords) == len(oracle.seen_groups()) for n in page.nodes)
    chain = chain_queries.nodes_by_id(principal, ON, made.nodes)
    assert {node_no[r.id] for r in await uow.session.execute(chain)} == oracle.seen_nodes()
    assessed = await uow.session.execute(assessment_queries.assessments(principal, ON))
    assert {(node_no[r.node_id], unit_no[r.unit_id]) for r in assessed} == oracle.seen_assessments()
    allocated = await uow.session.execute(allocation_queries.allocations(principal, ON))
    assert {(node_no[r.node], unit_no[r.unit_id]) for r in allocated} == oracle.seen_allocations()
    await _check_links(uow, principal, oracle, made)
    await _check_rollups(uow, principal, oracle, made)


async def _check_rollups(uow: UnitOfWork, principal: Principal, oracle: Oracle, made: Made) -> None:
    """Sums are made of what one reaches, at every unit: each node and unit once, and nothing of others."""
    # As a request has it: with the driver's own connection, and knowing what has changed, so that no chain is kept.
    raw = await (await uow.session.connection()).get_raw_connection()
    uow = replace(uow, driver=raw.driver_connection, versions=await versions_now(uow))
    for unit in oracle.units:
        asking = {"unit": f"X{unit}", "module": "VGPU", "period": Period.parse("2027-T1"), "parts": frozenset(Part)}
        if unit not in oracle.reached("read"):
            with pytest.raises(NotFound):
                await follow_up(uow, principal, ON, **asking)  # type: ignore[arg-type]  # by name
            continue
        found = await follow_up(uow, principal, ON, **asking)  # type: ignore[arg-type]  # by name
        whole, nodes = found.whole(), oracle.followed_up(unit)
        assert {made.nodes.index(node.id) for node in found.chain.nodes} == nodes
        assert set(found.chain.units) == {made.units[u] for u in oracle.below(unit)}
        assert whole.nodes == len(nodes)
        # Every node is assessed wherever it stands: each is graded once, by those of its units that one reaches.
        assert sum(column.partly for column in whole.columns) == len(nodes)
        assert sum(column.missing + column.achieved for column in whole.columns) == 0


async def _check_links(uow: UnitOfWork, principal: Principal, oracle: Oracle, made: Made) -> None:
    rows = await uow.session.execute(link_queries.links(principal, ON))
    found = {(made.nodes.index(r.parent_id), made.nodes.index(r.child_id)) for r in rows}
    assert found == oracle.seen_links()


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)
@given(world=worlds())
async def test_the_database_sees_what_the_oracle_sees(database: Database, ground: TestRegion, world: World) -> None:
    with pytest.raises(_Undo):
        async with database.owner_unit_of_work(ground.id) as uow:
            await _check(uow, ground, world, await _make(uow, ground, world))
            raise _Undo
