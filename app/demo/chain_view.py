"""A follow-up chain as a tree in the terminal. Everything shown stands in the GraphQL answer."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

NODE = """
  __typename id title origin instruction
  column { code name }
  owner { code name }
  assessment { grade wording symbol status measures }
  assessmentsBelow { unit { code } grade wording symbol status }
  ... on Indicator { code unitOfMeasure target { printed } outcome { value period } attainment { status reason }
                     aggregated { value contributing missing reason } }
  ... on Activity { startDate endDate status }
"""
ROLLUP = """
  nodes columns { column { code name } total achieved partly notAchieved missing }
  activities { planned ongoing paused finished late }
  indicators { reached notReached noTarget noOutcome } units { total reported }
"""


def chain_query(levels: int = 5) -> str:
    """The question: the whole chain `levels` steps down from the roots, rollup per root, and what is missing."""
    inner = NODE
    for _ in range(levels):
        inner = f"{NODE} children {{ {inner} }}"
    return f"""
query Chain($unit: String!, $period: Period!) {{
  followUp(unit: $unit, period: $period) {{
    unit {{ code name }} period
    rollup {{ {ROLLUP} }}
    roots {{ {inner} rollup {{ {ROLLUP} }} suggestedGrade {{ rule }} }}
    missing(first: 12) {{ kind period unit {{ code name }} node {{ title column {{ name }} }} }}
  }}
}}"""


ATTAINMENT = {
    "REACHED": ("✔ nått", "green"),
    "NOT_REACHED": ("✘ ej nått", "red"),
    "NO_TARGET": ("– inget måltal", "dim"),
    "NO_OUTCOME": ("? inget utfall", "yellow"),
}
STATUS = {
    "PLANNED": ("○ planerad", "dim"),
    "ONGOING": ("▶ pågående", "cyan"),
    "PAUSED": ("‖ pausad", "yellow"),
    "FINISHED": ("✔ avslutad", "green"),
}
_GRADE_STYLE = {
    "achieved": "green", "on_plan": "green", "partly": "yellow", "minor_deviation": "yellow",
    "not_achieved": "red", "deviation": "red", "not_started": "dim",
}  # fmt: skip


def show_chain(console: Console, follow_up: dict[str, Any]) -> None:
    """Print the chain as a tree, then what is missing."""
    unit = follow_up["unit"]
    tree = Tree(Text(f"{unit['name']} ({unit['code']})  ·  uppföljning {follow_up['period']}", style="bold"))
    tree.add(_rollup_line(follow_up["rollup"], "Allt"))
    for root in follow_up["roots"]:
        branch = tree.add(_node_line(root, title_style="bold"))
        branch.add(_rollup_line(root["rollup"], "Under målet"))
        if suggested := root["suggestedGrade"]:
            branch.add(Text(suggested["rule"], style="dim italic"))
        _add_children(branch, root)
    console.print(tree)
    _show_missing(console, follow_up["missing"])


def _add_children(branch: Tree, node: dict[str, Any]) -> None:
    for child in node.get("children", ()):
        _add_children(branch.add(_node_line(child)), child)


def _node_line(node: dict[str, Any], title_style: str = "") -> Text:
    line = Text()
    line.append(f"{node['column']['name']}: ", style="dim")
    line.append(node["title"], style=title_style)
    line.append(f"  [{node['owner']['code']}]", style="dim")
    assessment = _append_assessment(line, node)
    if node["__typename"] == "Indicator":
        _append_measure(line, node)
    if node["__typename"] == "Activity":
        words, style = STATUS[(assessment or {}).get("status") or node["status"]]
        line.append(f"  {words} till {node['endDate']}", style=style)
    return line


def _append_assessment(line: Text, node: dict[str, Any]) -> dict[str, Any] | None:
    """The assessment at the unit itself, or else the topmost one below it, with that unit's code; gives it back."""
    own: dict[str, Any] | None = node["assessment"]
    below: list[dict[str, Any]] = node["assessmentsBelow"]
    told = own or (below[0] if below else None)
    if told is not None and told["wording"]:
        where = "" if own else f" ({told['unit']['code']})"
        style = _GRADE_STYLE.get(told["grade"], "")
        line.append(f"  {told['symbol']} {told['wording']}{where}", style=style)
    elif told is None and node["__typename"] != "Indicator":
        line.append("  · ej bedömt", style="dim")
    return told


def _append_measure(line: Text, node: dict[str, Any]) -> None:
    unit = f" {node['unitOfMeasure']}" if node["unitOfMeasure"] not in {None, "antal"} else ""
    outcome = node["outcome"]
    if outcome and outcome["value"] is not None:
        line.append(f"  {_number(outcome['value'])}{unit} ({outcome['period']})")
    if node["target"]:
        line.append(f"  måltal {node['target']['printed']}", style="dim")
    words, style = ATTAINMENT[node["attainment"]["status"]]
    line.append(f"  {words}", style=style)
    below = node["aggregated"]
    if below and below["value"] is not None and below["contributing"]:
        line.append(f"  Σ {below['contributing']} enheter {_number(below['value'])}{unit}", style="dim")


def _number(value: float) -> str:
    return f"{value:.1f}".replace(".", ",") if value % 1 else f"{value:.0f}"


def _rollup_line(rollup: dict[str, Any], name: str) -> Text:
    line = Text(f"{name}: {rollup['nodes']} noder", style="italic")
    for column in rollup["columns"]:
        if column["total"]:
            line.append(
                f"  {column['column']['name']} ●{column['achieved']} ◆{column['partly']}"
                f" ■{column['notAchieved']} ·{column['missing']}"
            )
    doing, measured, units = rollup["activities"], rollup["indicators"], rollup["units"]
    line.append(f"  | aktiviteter ▶{doing['ongoing']} ✔{doing['finished']} ‖{doing['paused']} ○{doing['planned']}")
    if doing["late"]:
        line.append(f" försenade {doing['late']}", style="red")
    line.append(
        f"  | indikatorer ✔{measured['reached']} ✘{measured['notReached']}"
        f" –{measured['noTarget']} ?{measured['noOutcome']}"
    )
    line.append(f"  | enheter {units['reported']}/{units['total']} har rapporterat")
    return line


def _show_missing(console: Console, missing: list[dict[str, Any]]) -> None:
    if not missing:
        return
    table = Table(title="Saknas (de första)", title_justify="left", show_edge=False)
    for heading in ("Enhet", "Vad", "Nod", "Period"):
        table.add_column(heading)
    for report in missing:
        what = "bedömning" if report["kind"] == "ASSESSMENT" else "utfall"
        node = report["node"]
        table.add_row(report["unit"]["name"], what, f"{node['column']['name']}: {node['title']}", report["period"])
    console.print(table)
