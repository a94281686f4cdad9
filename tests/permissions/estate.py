"""A region with the same things inside (SU) and outside (NU) a viewer's reach; the outside bears a mark."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text

from app.db.tables import HeldCorrectionRow
from app.domain.identity import new_id
from tests.api.planning import YEAR, Caller, World
from tests.people import make_user

MARK = "MARKUTANFOR"
INSIDE, OUTSIDE, ABOVE = "SU", "NU", "VGR"


@dataclass(slots=True)
class Estate:
    """Ids of things by side: `things["SU"]["node"]`."""

    world: World
    things: dict[str, dict[str, str]] = field(default_factory=dict)
    shared: dict[str, str] = field(default_factory=dict)


async def make_estate(world: World) -> Estate:
    """Everything twice."""
    estate, admin = Estate(world), world.caller()
    goal = await admin.node("mal", "VGR", "Ett mål som alla ser")
    indicator = await admin.indicator("Andel", unit_of_measure="%")
    estate.shared = {
        "goal": goal["id"],
        "indicator": indicator["measure"]["indicator"],
        "indicator_code": indicator["measure"]["code"],
        "module": "code:VGPU",
        "code": "chef",
        "slug": "rules",
        "plan_version": str(await _plan_version(world)),
    }
    await admin.made("/links", {"parent": goal["id"], "child": indicator["id"]})
    for side in (INSIDE, OUTSIDE):
        estate.things[side] = await _side(estate, admin, goal["id"], side)
    return estate


async def _side(estate: Estate, admin: Caller, goal: str, side: str) -> dict[str, str]:
    mark = MARK if side == OUTSIDE else "MARKINNANFOR"
    world = estate.world
    node = await admin.node("verksamhetsmal", side, f"Korta köerna {mark}", goal, description=mark)
    given = await admin.made("/allocations", {"items": [{"node": goal, "unit": side, "instruction": f"Gör så {mark}"}]})
    below = await admin.made(
        "/allocations", {"items": [{"node": node["id"], "unit": f"{side}-F", "instruction": mark}]}
    )
    assessment = await admin.made(
        "/assessments",
        {
            "node": node["id"],
            "unit": side,
            "period": f"{YEAR}-T1",
            "grade": "partly",
            "analysis": mark,
            "measures": mark,
        },
    )
    row = {"indicator": estate.shared["indicator_code"], "unit": side, "sex": "T", "value": 4, "comment": mark}
    writer = world.caller(side)
    imported = await writer.made("/outcome-imports", [{**row, "period": f"{YEAR}-01"}])
    lock = await admin.made("/period-locks", {"unit": side, "period": f"{YEAR}-01", "reason": mark})
    links = await admin.found(f"/nodes/{node['id']}/links")
    return {
        "unit": side,
        "node": node["id"],
        "allocation": below["items"][0]["id"],
        "allocation_of_goal": given["items"][0]["id"],
        "link": links["items"][0]["id"],
        "assessment": assessment["id"],
        "outcome_import": imported["id"],
        "period_lock": lock["id"],
        "correction": await _correction(world, side, estate.shared["indicator"], mark),
        "keyword_group": await _keyword_group(world, side, mark),
        "api_key": (
            await admin.made("/api-keys", {"name": f"key-{mark}", "unit": side, "group": "titta", "scopes": []})
        )["id"],
        "view": (await admin.made("/views", _view_of(side, mark)))["id"],
        "user": str(await make_user(world.database, world.region, f"person-{mark}", f"titta@{side}")),
    }


def _view_of(side: str, mark: str) -> dict[str, Any]:
    return {"module": "VGPU", "name": f"Vy {mark}", "units": [f"{side}-F"], "filter": {}}


async def _plan_version(world: World) -> Any:
    async with world.database.unit_of_work(world.region.id) as uow:
        return await uow.session.scalar(text("select id from plan_versions"))


async def _correction(world: World, side: str, indicator: str, mark: str) -> str:
    """A correction that is held, as an import into a locked period leaves it."""
    row = {
        "region_id": world.region.id,
        "id": new_id(),
        "indicator_id": UUID(indicator),
        "unit_id": world.region.unit_ids[side],
        "period": f"{YEAR}-01",
        "sex": "T",
        "value": 7,
        "comment": mark,
        "is_new": False,
        "source": "manual",
        "proposed_by": "t",
    }
    async with world.database.unit_of_work(world.region.id) as uow:
        await uow.session.execute(insert(HeldCorrectionRow), row)
    return str(row["id"])


_GROUP = (
    "insert into keyword_groups (region_id, id, name, name_sort, unit_id, created_by, updated_by)"
    " values (:r, :g, :mark, :mark, :u, 't', 't')"
)
_KEYWORD = "insert into keywords (region_id, id, group_id, text, position) values (:r, :k, :g, :mark, 0)"
_TAG = (
    "insert into node_keywords (region_id, node_id, keyword_id)"
    " select :r, id, :k from nodes where title = 'Ett mål som alla ser' and region_id = :r"
)


async def _keyword_group(world: World, side: str, mark: str) -> str:
    """A group local to the side, and its keyword on the goal that everybody sees."""
    group, keyword = new_id(), new_id()
    values = {"r": world.region.id, "u": world.region.unit_ids[side], "g": group, "k": keyword, "mark": f"{mark} lokal"}
    async with world.database.unit_of_work(world.region.id) as uow:
        for statement in (_GROUP, _KEYWORD, _TAG):
            await uow.session.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})
    return str(group)
