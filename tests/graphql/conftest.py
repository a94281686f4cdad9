"""A small plan at one board, reported for a tertial, and a way to ask about it."""

from dataclasses import dataclass
from typing import Any

import pytest

from app.domain.plan_versions import PlanStatus
from tests.api.conftest import anonymous, app, client, client_for, world
from tests.api.planning import FOCUS, GOAL, Caller, World, add_plan

__all__ = ["anonymous", "app", "client", "client_for", "world"]

PERIOD = "2027-T2"


async def ask(caller: Caller, query: str, *, headers: dict[str, str] | None = None, **variables: Any) -> dict[str, Any]:
    """A question's whole answer."""
    sent = {"Authorization": f"Bearer {caller.token}", **(headers or {})}
    answer = await caller.http.post("/graphql", json={"query": query, "variables": variables}, headers=sent)
    assert answer.status_code == 200, answer.text
    whole: dict[str, Any] = answer.json()
    return whole


async def data_of(caller: Caller, query: str, **variables: Any) -> dict[str, Any]:
    """A question's data; there must be no errors."""
    whole = await ask(caller, query, **variables)
    assert "errors" not in whole, whole["errors"]
    data: dict[str, Any] = whole["data"]
    return data


@dataclass(frozen=True, slots=True)
class Chain:
    """Ids of what stands in the plan."""

    world: World
    admin: Caller
    goal: str
    focus: str
    target: str
    shared: str
    activity: str
    part: str
    ratio: str
    hidden: str


@pytest.fixture
async def chain(world: World) -> Chain:
    """A budget goal with a focus area at SU, broken down below it, with indicators and a year before."""
    admin = world.caller()
    await add_plan(world.database, world.region, 2026, PlanStatus.PLANNING)
    goal = (await admin.node("mal", "VGR", GOAL))["id"]
    focus = (await admin.node("fokusomrade", "VGR", FOCUS, goal))["id"]
    ratio = await admin.indicator("Andel som väntat", unit_of_measure="%", scale=100, is_ratio=True, direction="up",
                                  numerator="Väntat", denominator="Alla")  # fmt: skip
    hidden = await admin.indicator("Bara på regionnivå", region_level_only=True)
    for indicator in (ratio, hidden):
        await admin.made("/links", {"parent": focus, "child": indicator["id"]})
    items = [{"node": goal, "unit": "SU", "instruction": "Bryt ner"}, {"node": focus, "unit": "SU"}]
    await admin.made("/allocations", {"items": items})
    target = (await admin.node("verksamhetsmal", "SU-F2", "Remisser bedöms inom fem dagar", focus))["id"]
    shared = (await admin.node("verksamhetsmal", "SU-F2", "Patienter får svar samma vecka", focus))["id"]
    dates = {"start_date": "2027-02-01", "end_date": "2027-06-30", "status": "ongoing"}
    activity = (await admin.node("aktivitet", "SU-OM", "Inför portal", target, shared, **dates))["id"]
    part = (await admin.node("delaktivitet", "SU-VH", "Anslut mottagningen", activity, **dates))["id"]
    await _report(admin, ratio["measure"]["code"], goal, target, activity)
    return Chain(world, admin, goal, focus, target, shared, activity, part, ratio["id"], hidden["id"])


async def _report(admin: Caller, code: str, goal: str, target: str, activity: str) -> None:
    tag = await admin.tag(f"/indicators/code:{code}")
    said = {"items": [{"year": 2027, "printed": "Öka"}]}
    await admin.send("PUT", f"/indicators/code:{code}/targets", said, headers={"If-Match": tag})
    rows = [
        {"indicator": code, "unit": unit, "period": period, "sex": "T", "numerator": part, "denominator": 100}
        for unit, period, part in (
            ("SU", "2026-08", 40),
            ("SU", "2027-07", 45),
            ("SU", "2027-08", 50),
            ("SU-OM", "2027-08", 30),
            ("SU-VH", "2027-08", 99),
        )
    ]
    await admin.made("/outcome-imports", rows)
    for node, unit, period, more in (
        (goal, "SU", "2027-T2", {"grade": "partly", "measures": "Fler tider"}),
        (goal, "SU", "2027-T3", {"grade": "achieved"}),
        (target, "SU-F2", "2027-T2", {"grade": "achieved"}),
        (activity, "SU-OM", "2027-06", {"grade": "on_plan", "status": "ongoing"}),
        (activity, "SU-OM", "2027-07", {"grade": "deviation", "status": "paused"}),
    ):
        await admin.made("/assessments", {"node": node, "unit": unit, "period": period, **more})
