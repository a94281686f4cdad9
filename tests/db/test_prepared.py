"""Statements on the fast way: the same rows as by the session, and the same errors."""

from datetime import date

import pytest
from sqlalchemy import text

from app.db.prepared import fetch
from app.db.queries import chain as queries
from app.db.session import DatabaseUnavailable
from app.domain.access import Principal
from tests.api.conftest import app, world
from tests.api.planning import FOCUS, GOAL, World

__all__ = ["app", "world"]
TODAY = date(2027, 5, 1)


def _principals(world: World) -> list[Principal]:
    of = world.region.principal
    scopes = [frozenset[str](), frozenset({"module:VGPU"}), frozenset({"module:VGI", "indicator:NO-SUCH"})]
    return [of(unit=unit, scopes=scope) for unit in ("VGR", "SU", "NU") for scope in scopes]


async def test_the_same_rows_as_by_the_session(world: World) -> None:
    admin = world.caller()
    goal = (await admin.node("mal", "VGR", GOAL))["id"]
    await admin.node("fokusomrade", "VGR", FOCUS, goal)
    await admin.indicator("Andel som väntat")
    await admin.made("/allocations", {"items": [{"node": goal, "unit": "SU"}]})
    seen = set()
    for principal in _principals(world):
        async with world.database.unit_of_work(world.region.id, read_only=True) as uow:
            ids = list(await uow.session.scalars(text("select id from nodes")))
            fast = await fetch(uow, queries.nodes_by_id, principal, TODAY, nodes=ids)
            slow = (await uow.session.execute(queries.nodes_by_id(principal, TODAY, ids))).all()
        assert sorted(map(tuple, fast)) == sorted(map(tuple, slow))
        assert [row._fields for row in fast] == [row._fields for row in slow]
        seen.add(len(fast))
    assert len(seen) > 1  # the principals do see different things


async def test_a_connection_that_breaks_half_way_is_told_as_such(world: World) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with world.database.unit_of_work(world.region.id, read_only=True) as uow:
            pid = await uow.session.scalar(text("select pg_backend_pid()"))
            async with world.database.owner_engine.connect() as owner:
                await owner.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
            await fetch(uow, queries.nodes_by_id, world.region.principal(), TODAY, nodes=[])
    async with world.database.unit_of_work(world.region.id, read_only=True) as uow:
        assert await fetch(uow, queries.nodes_by_id, world.region.principal(), TODAY, nodes=[]) == []
