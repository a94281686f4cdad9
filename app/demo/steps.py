"""The demonstration's steps. Each talks to the service over HTTP, as a front end or an integration would."""

from typing import Any

from rich.console import Console
from rich.progress import Progress

from app.demo.api_client import ApiClient
from app.demo.made_up import MadeUpIndicator, judgement, outcome_rows
from app.demo.plan import Plan

MODULE = "VGPU"
YEARS = (2026, 2027)  # the year before too: "Öka" and "Minska" are held against it (I6)


def import_allocations(api: ApiClient, console: Console, rows: list[dict[str, Any]], year: int) -> None:
    """The budget's whole allocation table: a dry run first, then everything that no rule refuses (A7)."""
    report = api.post("/allocations/import", {"year": year, "rows": rows}, dry_run="true")
    for conflict in report["conflicts"]:
        console.print(f"  [yellow]{conflict['rule']}[/] rad {conflict['row']}: {conflict['message']}")
    refused = {conflict["row"] for conflict in report["conflicts"]}
    kept = [row for number, row in enumerate(rows, start=1) if number not in refused]
    done = api.post("/allocations/import", {"year": year, "rows": kept}, key=f"demo-allocations-{year}")
    console.print(
        f"  {report['received']} rader: {len(refused)} bryter en regel och lämnas utanför,"
        f" {done['allocated']} nedfördelade, {done['followed']} indikatorer följde med (A3)"
    )


def node_ids(api: ApiClient, year: int) -> dict[str, str]:
    """Title -> id of every budget node: all of the module that the region owns."""
    ids: dict[str, str] = {}
    cursor: dict[str, str] = {}
    while True:
        page = api.get("/nodes", module=MODULE, year=year, limit=500, **cursor)
        ids |= {node["title"]: node["id"] for node in page["items"]}
        if page["next"] is None:
            return ids
        cursor = {"cursor": page["next"]}


def build_plan(api: ApiClient, progress: Progress, plan: Plan, year: int) -> None:
    """Hand the board's goals on, and break them down: goals, activities, sub-activities."""
    ids = node_ids(api, year)
    task = progress.add_task("Nedfördelar och bryter ner", total=1 + len(plan.nodes))
    items = [
        {"node": ids[a.node], "unit": a.unit} | ({"instruction": a.instruction} if a.instruction else {})
        for a in plan.allocations
    ]
    api.post("/allocations", {"items": items}, key="demo-plan-allocations")
    progress.advance(task)
    for planned in plan.nodes:
        node = api.post("/nodes", planned.request(MODULE, year, ids), key=f"demo-node-{planned.key}")
        ids[planned.key] = node["id"]
        progress.advance(task)


def push_outcomes(person: ApiClient, integration: ApiClient, progress: Progress, plan: Plan) -> int:
    """Twelve months of outcomes for this year and the year before; returns the number of rows.

    The indicator catalogue's rows go in by the integration's key, the others by a person's token (I2).
    """
    areas = [u.code for u in plan.units if u.level == "area"]
    indicators = _chain_indicators(person, plan)
    task = progress.add_task("Skickar utfall", total=len(YEARS) * len(indicators))
    sent = 0
    for year in YEARS:
        for indicator, by_catalogue in indicators:
            rows = list(outcome_rows(indicator, areas, plan.board, year))
            sender = integration if by_catalogue else person
            answer = sender.post("/outcome-imports", rows, mode="atomic", key=f"demo-{indicator.key}-{year}")
            sent += answer["received"]
            progress.advance(task)
    return sent


def _chain_indicators(api: ApiClient, plan: Plan) -> list[tuple[MadeUpIndicator, bool]]:
    """The indicators that the board follows, and whether the catalogue brings their outcomes."""
    followed = api.ask(
        """query($unit: String!, $year: Int!) {
             nodes(module: "VGI", year: $year, unit: $unit, first: 500) { edges { node { ... on Indicator { code } } } }
           }""",
        unit=plan.board,
        year=int(plan.period[:4]),
    )
    codes = [edge["node"]["code"] for edge in followed["nodes"]["edges"]]
    found = []
    for code in codes:
        item = api.get(f"/indicators/code:{code}")
        made_up = MadeUpIndicator(
            key=item["catalogue_key"] or item["code"],
            is_ratio=item["is_ratio"],
            scale=float(item["scale"]),
            direction=item["direction"],
            sex_disaggregated=item["sex_disaggregated"],
        )
        found.append((made_up, item["input"] == "catalogue"))
    return found


def push_assessments(api: ApiClient, progress: Progress, plan: Plan, leave_out_every: int = 9) -> int:
    """Assess what the service says is missing, leaving some out so that "missing" has something to say."""
    missing = api.ask(
        """query($unit: String!, $period: Period!) {
             followUp(unit: $unit, period: $period) {
               missing(first: 500) {
                 kind period unit { code }
                 node { id title column { code } ... on Activity { status } }
               }
             }
           }""",
        unit=plan.board,
        period=plan.period,
    )["followUp"]["missing"]
    scales = _scales(api)
    due = [m for m in missing if m["kind"] == "ASSESSMENT"]
    task = progress.add_task("Bedömer", total=len(due))
    said = 0
    for number, report in enumerate(due, start=1):
        progress.advance(task)
        if number % leave_out_every == 0:
            continue
        node, unit = report["node"], report["unit"]["code"]
        status = node["status"].lower() if node.get("status") else None
        words = judgement(node["title"], unit, scales[node["column"]["code"]], status)
        body = {"node": node["id"], "unit": unit, "period": report["period"], **words}
        api.post("/assessments", body, key=f"demo-{node['id']}-{unit}-{report['period']}")
        said += 1
    return said


def _scales(api: ApiClient) -> dict[str, list[str]]:
    """Column code -> the codes of its grades, best first."""
    columns = api.get(f"/modules/code:{MODULE}")["columns"]
    return {c["code"]: [g["code"] for g in c["scale"]["grades"]] for c in columns if c["scale"]}


def open_year(api: ApiClient, year: int) -> None:
    """Let outcomes of the year before in: a period is open when its year has an open plan version (I1)."""
    standing = api.get("/plan-versions", limit=500)["items"]
    if year not in {version["year"] for version in standing}:
        api.post("/plan-versions", {"year": year, "status": "planning"})
