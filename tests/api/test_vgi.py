"""VGI whole: indicators stand there, are approved, are linked, and outlive the goals above them (M2, M5, V4)."""

from typing import Any

from app.db.session import Database
from app.domain.targets import parse_target
from app.regions.loader import load_region
from app.regions.models import PlanNode
from app.services.plan_loading import load_budget
from tests.api.figures import IMPORTS, history, row
from tests.api.planning import GOAL, YEAR, Caller, World, rules, warned
from tests.conftest import TestRegion

CODE = "IND-900"
DATES = {"start_date": "2027-01-11", "end_date": "2027-06-30"}


async def chain_of_vgsp(admin: Caller) -> list[Any]:
    made: list[Any] = []
    for column, title, more in (
        ("strategi", "Strategi för god miljö", {}),
        ("overgripande_mal", "Minskad klimatpåverkan", {}),
        ("delmal", "Fossilfria transporter", {}),
        ("aktivitet", "Byt ut fordonen", DATES),
    ):
        body = {"module": "VGSP", "year": YEAR, "column": column, "unit": "VGR", "title": title, **more}
        made.append(await admin.made("/nodes", body | {"parents": [node["id"] for node in made[-1:]]}))
    return made


async def everything(admin: Caller, chain: list[Any], indicator: Any) -> Any:
    """All that must be the same before and after the goal goes, as the API tells it."""
    links = [(await admin.found("/links", parent=node["id"]))["items"] for node in chain]
    nodes = [await admin.found(f"/nodes/{node['id']}") for node in (*chain, indicator)]
    return {
        "titles": [(node["title"], node["column"], node["module"]) for node in nodes],
        "links": [sorted((x["parent"]["id"], x["child"]["id"]) for x in each) for each in links],
        "outcomes": (await admin.found(f"/indicators/code:{CODE}/outcomes"))["items"],
        "targets": await admin.found(f"/indicators/code:{CODE}/targets"),
        "assessments": (await admin.found("/assessments", node=chain[3]["id"]))["items"],
        "approved": (await admin.found(f"/indicators/code:{CODE}"))["approved_at"],
    }


async def test_the_goal_goes_and_the_strategy_its_indicator_and_the_history_stay(world: World) -> None:
    admin = world.caller()
    goal, chain = await admin.node("mal", "VGR", GOAL), await chain_of_vgsp(admin)
    indicator = await admin.indicator("Utsläpp från regionens resor", approved=False, code=CODE)
    refused = await admin.send("POST", "/links", {"parent": chain[2]["id"], "child": indicator["id"]})
    assert rules(refused) == {"M2"}
    await admin.made(f"/indicators/code:{CODE}/approve", None)
    for parent in (goal, chain[2]):
        await admin.made("/links", {"parent": parent["id"], "child": indicator["id"]})
    await admin.made("/links", {"parent": goal["id"], "child": chain[3]["id"]})
    await admin.changed("PUT", f"/indicators/code:{CODE}/targets", {"items": [{"year": YEAR, "printed": "Minska"}]})
    await admin.made(IMPORTS, [row(CODE, "SU", "2027-01", value=5), row(CODE, "SU", "2027-02", value=6)])
    await admin.made(IMPORTS, [row(CODE, "SU", "2027-01", value=4)])
    said = {"node": chain[3]["id"], "unit": "VGR", "period": "2027-04", "status": "ongoing", "analysis": "Enligt plan"}
    await admin.made("/assessments", said)

    before, corrected = await everything(admin, chain, indicator), await history(world)
    assert [o["value"] for o in before["outcomes"]] == [4, 6]
    assert before["assessments"]
    assert len(corrected) == 1
    gone = await admin.changed("DELETE", f"/nodes/{goal['id']}")
    assert gone.status_code == 200, gone.text
    assert warned(gone.json()) == {"M5"}
    assert (await admin.send("GET", f"/nodes/{goal['id']}")).status_code == 404

    assert await everything(admin, chain, indicator) == before
    assert await history(world) == corrected
    # Reported once more, after the goal: nothing was lost on the way.
    again = await admin.made(IMPORTS, [row(CODE, "SU", "2027-01", value=4), row(CODE, "SU", "2027-03", value=3)])
    assert (again["unchanged"], again["imported"]) == (1, 1)


async def test_without_any_node_an_indicator_with_outcomes_stands(world: World) -> None:
    admin = world.caller()
    indicator = await admin.indicator("Utsläpp från regionens resor", code=CODE)
    await admin.made(IMPORTS, [row(CODE, "SU", "2027-01", value=5)])
    await admin.changed("DELETE", f"/nodes/{indicator['id']}")
    assert [o["value"] for o in (await admin.found(f"/indicators/code:{CODE}/outcomes"))["items"]] == [5]
    # The next node of that code carries it on: the same indicator, with all that was reported.
    carried = await admin.indicator("Utsläpp från regionens resor", code=CODE)
    assert carried["measure"]["indicator"] == indicator["measure"]["indicator"]


def printed_targets(nodes: tuple[PlanNode, ...]) -> dict[str, dict[int, str]]:
    found = {i.code: dict(i.targets) for node in nodes for i in node.indicators}
    for node in nodes:
        found |= printed_targets(node.children)
    return found


async def test_the_budget_of_2025_with_all_56_indicators_and_each_target_there_and_back(
    world: World, database: Database, region: TestRegion
) -> None:
    data = load_region("vgr")
    plan = data.plan(2025)
    assert plan is not None
    printed = printed_targets(plan.nodes)
    async with database.unit_of_work(region.id) as uow:
        await load_budget(uow, region.principal(), data, 2025)
    admin = world.caller()
    listed = [i["code"] for i in (await admin.found("/indicators", limit=500, approved="true"))["items"]]
    assert len(printed) == len(listed) == 56
    assert set(listed) == printed.keys()
    for code, by_year in printed.items():
        path = f"/indicators/code:{code}/targets"
        items = (await admin.found(path))["items"]
        assert {t["year"]: t["printed"] for t in items} == by_year
        assert by_year.keys() in (set(), {2025, 2026, 2027})
        for target in items:
            typed = parse_target(target["printed"])
            assert (target["kind"], target["bound"]) == (typed.kind, None if typed.bound is None else typed.bound)
            assert str(typed) == target["printed"]
    # Written back as they were read, every form that the budget prints.
    forms = {words for by_year in printed.values() for words in by_year.values()}
    assert len(forms) == 8
    for code in {min(c for c, by_year in printed.items() if form in by_year.values()) for form in forms}:
        path = f"/indicators/code:{code}/targets"
        read = (await admin.found(path))["items"]
        said = [{"year": t["year"], "unit": t["unit"], "printed": t["printed"]} for t in read]
        answer = await admin.changed("PUT", path, {"items": said})
        assert answer.json()["items"] == read
