"""Rules that PostgreSQL keeps by itself, also when two writers race."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import Range

from app.db import access
from app.db.session import ConstraintBroken, Database, UnitOfWork
from app.db.tables import OrgPlacementRow, OrgUnitRow, PlanVersionRow
from app.domain.identity import new_id
from tests.conftest import TestRegion
from tests.outcome_facts import write_months


async def _plan(uow: UnitOfWork, year: int = 2027, status: str = "live") -> UUID:
    plan = new_id()
    row = {"id": plan, "year": year, "status": status, "region_id": uow.region_id, "created_by": "t", "updated_by": "t"}
    await uow.session.execute(insert(PlanVersionRow), row)
    return plan


async def _node(uow: UnitOfWork, plan: UUID, column: str, unit: UUID, *, module: str = "VGPU", **more: Any) -> UUID:
    node = new_id()
    given_columns = "".join(f", {name}" for name in more)
    given_values = "".join(f", :{name}" for name in more)
    await uow.session.execute(
        text(
            "insert into nodes (region_id, id, lineage_id, plan_version_id, module_id, column_id, node_kind,"
            f" owner_unit_id, title, title_sort, title_key, created_by, updated_by{given_columns})"
            " select :r, :id, :id, :plan, c.module_id, c.id, c.node_kind, :unit, 'x', 'x', 'x', 't', 't'"
            f"{given_values} from module_columns c"
            " join modules m on m.region_id = c.region_id and m.id = c.module_id"
            " where c.region_id = :r and c.code = :column and m.code = :module"
        ),
        {"r": uow.region_id, "id": node, "plan": plan, "unit": unit, "column": column, "module": module, **more},
    )
    return node


async def _link(uow: UnitOfWork, plan: UUID, parent: UUID, child: UUID) -> None:
    await uow.session.execute(
        text(
            "insert into node_links (region_id, parent_id, child_id, id, plan_version_id, created_by)"
            " values (:r, :parent, :child, :id, :plan, 't')"
        ),
        {"r": uow.region_id, "parent": parent, "child": child, "id": new_id(), "plan": plan},
    )


DATES: Mapping[str, Any] = {"start_date": date(2027, 1, 1), "end_date": date(2027, 12, 31), "status": "planned"}


async def test_one_live_version_also_under_two_writers(database: Database, region: TestRegion) -> None:
    async def begin(year: int) -> str:
        try:
            async with database.unit_of_work(region.id) as uow:
                await _plan(uow, year)
                await asyncio.sleep(0.05)
        except ConstraintBroken as broken:
            return broken.constraint
        return "done"

    results = await asyncio.gather(begin(2027), begin(2028))
    assert sorted(results) == ["done", "uq_plan_versions_one_live"]


async def test_one_own_goal_per_board_also_under_two_writers(database: Database, region: TestRegion) -> None:
    async with database.unit_of_work(region.id) as uow:
        plan = await _plan(uow)
    board = region.unit_ids["SU"]

    async def create() -> str:
        try:
            async with database.unit_of_work(region.id) as uow:
                await _node(uow, plan, "mal", board, own_board_id=board, own_place=1)
                await asyncio.sleep(0.05)
        except ConstraintBroken as broken:
            return broken.constraint
        return "done"

    assert sorted(await asyncio.gather(create(), create())) == ["done", "uq_nodes_own_place"]


async def test_a_node_that_needs_a_parent_cant_stand_without(database: Database, region: TestRegion) -> None:
    with pytest.raises(ConstraintBroken) as caught:
        async with database.unit_of_work(region.id) as uow:
            await _node(uow, await _plan(uow), "delaktivitet", region.unit_ids["SU-F"], **DATES)
    assert caught.value.constraint == "tg_nodes_no_orphan"


async def test_its_last_parent_cant_be_taken_away(database: Database, region: TestRegion) -> None:
    unit = region.unit_ids["SU-F"]
    async with database.unit_of_work(region.id) as uow:
        plan = await _plan(uow)
        activity = await _node(uow, plan, "aktivitet", unit, **DATES)
        part = await _node(uow, plan, "delaktivitet", unit, **DATES)
        await _link(uow, plan, activity, part)
    for statement in ("delete from node_links where child_id = :part", "delete from nodes where id = :activity"):
        with pytest.raises(ConstraintBroken) as caught:
            async with database.unit_of_work(region.id) as uow:
                named = {"part": part} if ":part" in statement else {"activity": activity}
                await uow.session.execute(text(statement), named)
        assert caught.value.constraint == "tg_nodes_no_orphan"
    async with database.unit_of_work(region.id) as uow:
        await uow.session.execute(text("delete from nodes where id in (:a, :p)"), {"a": activity, "p": part})


@pytest.mark.parametrize(
    ("parent", "child", "broken"),
    [
        (("VGPU", "fokusomrade"), ("VGPU", "mal"), "tg_node_links_columns"),
        (("VGPU", "mal"), ("VGPU", "mal"), "tg_node_links_columns"),
        (("VGPU", "mal"), ("VGPU", "uppdrag"), None),
        (("VGPU", "mal"), ("VGSP", "delmal"), None),
        (("VGSP", "delmal"), ("VGPU", "mal"), "tg_node_links_modules"),
    ],
)
async def test_links_obey_columns_and_modules(
    database: Database, region: TestRegion, parent: tuple[str, str], child: tuple[str, str], broken: str | None
) -> None:
    said = None
    try:
        async with database.unit_of_work(region.id) as uow:
            plan, unit = await _plan(uow), region.unit_ids["VGR"]
            above = await _node(uow, plan, parent[1], unit, module=parent[0])
            below = await _node(uow, plan, child[1], unit, module=child[0])
            await _link(uow, plan, above, below)
    except ConstraintBroken as error:
        said = error.constraint
    assert said == broken


async def test_links_stay_within_a_plan_version_and_come_once(database: Database, region: TestRegion) -> None:
    unit = region.unit_ids["VGR"]
    async with database.unit_of_work(region.id) as uow:
        plan, other = await _plan(uow), await _plan(uow, 2028, "planning")
        goal, focus = await _node(uow, plan, "mal", unit), await _node(uow, plan, "fokusomrade", unit)
        elsewhere = await _node(uow, other, "fokusomrade", unit)
        await _link(uow, plan, goal, focus)
    for child, constraint in ((elsewhere, "fk_node_links_child"), (focus, "pk_node_links")):
        with pytest.raises(ConstraintBroken) as caught:
            async with database.unit_of_work(region.id) as uow:
                await _link(uow, plan, goal, child)
        assert caught.value.constraint == constraint


@pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity")])
async def test_numbers_that_are_none_are_kept_out(database: Database, region: TestRegion, number: Decimal) -> None:
    with pytest.raises(ConstraintBroken) as caught:
        async with database.unit_of_work(region.id) as uow:
            indicator = new_id()
            await uow.session.execute(
                text(
                    "insert into indicators (region_id, id, code, title, direction, input, created_by, updated_by)"
                    " values (:r, :i, 'X-1', 'X', 'up', 'manual', 't', 't')"
                ),
                {"r": region.id, "i": indicator},
            )
            await write_months(uow, indicator, region.unit_ids["SU"], number)
    assert caught.value.constraint == "ck_outcome_facts_numbers_finite"


async def test_a_unit_stands_in_one_place_at_a_time(database: Database, region: TestRegion) -> None:
    with pytest.raises(ConstraintBroken) as caught:
        async with database.unit_of_work(region.id) as uow:
            await _place(uow, region.unit_ids["SU-F"], region.unit_ids["NU"], date(2025, 1, 1), None)
    assert caught.value.constraint == "ex_org_placements_one_place"


async def test_a_unit_cant_stand_below_itself(database: Database, region: TestRegion) -> None:
    with pytest.raises(ConstraintBroken) as caught:
        async with database.unit_of_work(region.id) as uow:
            await uow.session.execute(
                text("update org_placements set parent_id = :below where unit_id = :unit"),
                {"below": region.unit_ids["SU-F"], "unit": region.unit_ids["SU"]},
            )
    assert caught.value.constraint == "tg_org_placements_no_circle"


async def _place(uow: UnitOfWork, unit: UUID, parent: UUID | None, start: date | None, end: date | None) -> None:
    row = {"region_id": uow.region_id, "id": new_id(), "unit_id": unit, "parent_id": parent,
           "valid": Range(start, end), "created_by": "t", "updated_by": "t"}  # fmt: skip
    await uow.session.execute(insert(OrgPlacementRow), row)


async def test_the_tree_is_asked_for_by_day(database: Database, region: TestRegion) -> None:
    """A unit that moves from one board to another stands below each on its own days, with all that is below it."""
    su, nu, moved, below = region.unit_ids["SU"], region.unit_ids["NU"], new_id(), new_id()
    async with database.unit_of_work(region.id) as uow:
        for unit, code in ((moved, "M"), (below, "M-1")):
            row = {"region_id": region.id, "id": unit, "code": code, "name": code, "name_sort": code,
                   "level": "area", "created_by": "t", "updated_by": "t"}  # fmt: skip
            await uow.session.execute(insert(OrgUnitRow), row)
        await _place(uow, below, moved, date(2026, 7, 1), None)
        await _place(uow, moved, su, date(2026, 1, 1), date(2027, 1, 1))
        await _place(uow, moved, nu, date(2027, 1, 1), None)
        seen = {
            (day, board): set((await uow.session.scalars(access.subtree(region.id, board, day))).all()) & {moved, below}
            for day in (date(2026, 3, 1), date(2026, 12, 31), date(2027, 1, 1))
            for board in (su, nu)
        }
    assert seen == {
        (date(2026, 3, 1), su): {moved},
        (date(2026, 3, 1), nu): set(),
        (date(2026, 12, 31), su): {moved, below},
        (date(2026, 12, 31), nu): set(),
        (date(2027, 1, 1), su): set(),
        (date(2027, 1, 1), nu): {moved, below},
    }


@given(parents=st.lists(st.integers(min_value=0, max_value=30), min_size=1, max_size=25))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_closure_is_what_walking_up_gives(database: Database, region: TestRegion, parents: list[int]) -> None:
    """Random trees: unit i stands under an earlier one; the closure must hold exactly the pairs on the way up."""
    ids = [new_id() for _ in parents]
    above = {i: None if i == 0 else parent % i for i, parent in enumerate(parents)}
    async with AsyncExitStack() as stack:
        uow = await stack.enter_async_context(database.unit_of_work(region.id))
        rows = [
            {"region_id": region.id, "id": unit, "code": unit.hex[-12:].upper(), "name": "x", "name_sort": "x",
             "level": "unit", "created_by": "t", "updated_by": "t"}
            for unit in ids
        ]  # fmt: skip
        await uow.session.execute(insert(OrgUnitRow), rows)
        for i, unit in enumerate(ids):
            parent = above[i]
            await _place(uow, unit, None if parent is None else ids[parent], date(2026, 1, 1), None)
        statement = text("select unit_id, ancestor_id, depth from org_ancestors where unit_id = any(:ids)")
        found = {(r.unit_id, r.ancestor_id, r.depth) for r in await uow.session.execute(statement, {"ids": ids})}
    expected = set()
    for i in range(len(ids)):
        at: int | None = i
        depth = 0
        while at is not None:
            expected.add((ids[i], ids[at], depth))
            at, depth = above[at], depth + 1
    assert found == expected


async def test_a_correction_keeps_what_stood_before(database: Database, region: TestRegion) -> None:
    async with database.unit_of_work(region.id) as uow:
        keys = {"r": region.id, "i": new_id(), "u": region.unit_ids["SU"]}
        await uow.session.execute(
            text(
                "insert into indicators (region_id, id, code, title, direction, input, created_by, updated_by)"
                " values (:r, :i, 'X-1', 'X', 'up', 'manual', 't', 't')"
            ),
            {"r": keys["r"], "i": keys["i"]},
        )
        for value, by in ((1, "first"), (1, "second"), (2, "second"), (2, "second"), (3, "second")):
            await write_months(uow, keys["i"], keys["u"], value, by=by)
        kept = (
            await uow.session.execute(text("select value, recorded_by, replaced_by from outcome_history order by no"))
        ).all()
        now = await uow.session.scalar(select(text("value")).select_from(text("outcomes")))
    assert [tuple(row) for row in kept] == [(1, "second", "second"), (2, "second", "second")]
    assert now == 3
