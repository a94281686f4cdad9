"""What an allocation brings and what holds it: A3 following, A5 withdrawal, A6 preview, A7 a whole table."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.domain.allocation import NewAllocation, Pair, allocation_findings, follows
from app.domain.findings import Finding, Severity, also, rule
from app.domain.nodes import NodeView, UnitView
from app.domain.organisation import has_node
from app.domain.periods import Periodicity
from app.domain.phrases import counted, listed, say, short
from app.domain.steering_model import NodeKind, SteeringModel
from app.domain.texts import Text

FORCE_NEEDS_ROLE = Text(
    "Enheten har byggt vidare på noden. Bara en administratör kan ta tillbaka den ändå (force).",
    "The unit has built on the node. Only an administrator can withdraw it all the same (force).",
)


@also("A3")
def following(children: Iterable[NodeView], unit: UnitView, model: SteeringModel) -> tuple[NodeView, ...]:
    """A3: which children of an allocated node follow it to the unit, and are not there yet."""
    return tuple(c for c in children if follows(c, unit, model) and not has_node(unit, c))


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What the receiving part of the tree has built on a node that was allocated to it."""

    children: tuple[NodeView, ...] = ()
    """Nodes under it, owned by the unit or below."""
    dependents: tuple[NodeView, ...] = ()
    """Nodes allocated to the unit only because this one is (A2)."""
    allocations: tuple[UnitView, ...] = ()
    """Units below that have it through this unit (A1)."""
    assessments: int = 0
    outcomes: int = 0


@rule(
    "A5",
    title=Text("Ta tillbaka en nedfördelning", "Withdrawing an allocation"),
    statement=Text(
        "En nedfördelning kan tas tillbaka om inte den mottagande delen av trädet har byggt vidare på den (noder, "
        "bedömningar, utfall); då räknas det upp som står i vägen, och force kräver en roll.",
        "An allocation can be withdrawn unless the receiving part of the tree has built on it (children, assessments, "
        "outcomes): then the answer lists what stands in the way, and force needs a role.",
    ),
    source="000 §3.1",
    depends_on_state=True,
)
def withdrawal(node: NodeView, unit: UnitView, built: Built, *, forced: bool = False) -> Iterator[Finding]:
    """A5. With `forced` (the caller's role has been looked at) what stands in the way is warned of, not refused."""
    in_the_way: tuple[tuple[int, Text, Text, dict[str, Any]], ...] = (
        (
            len(built.children),
            Text("nod under den", "node under it"),
            Text("noder under den", "nodes under it"),
            {"children": [c.facts() for c in built.children]},
        ),
        (
            len(built.dependents),
            Text("nod som är nedfördelad tack vare den", "node allocated because of it"),
            Text("noder som är nedfördelade tack vare den", "nodes allocated because of it"),
            {"dependents": [d.facts() for d in built.dependents]},
        ),
        (
            len(built.allocations),
            Text("vidare nedfördelning", "allocation further down"),
            Text("vidare nedfördelningar", "allocations further down"),
            {"allocations": [u.facts() for u in built.allocations]},
        ),
        (
            built.assessments,
            Text("bedömning", "assessment"),
            Text("bedömningar", "assessments"),
            {"assessments": built.assessments},
        ),
        (built.outcomes, Text("utfall", "outcome"), Text("utfall", "outcomes"), {"outcomes": built.outcomes}),
    )
    found = [(counted(count, one, many), facts) for count, one, many, facts in in_the_way if count]
    if not found:
        return
    facts: dict[str, Any] = {"node": node.facts(), "unit": unit.facts()}
    for _, part in found:
        facts |= part
    yield Finding(
        "A5",
        say(
            "{unit} har byggt vidare på ”{title}”: {built}. Ta bort eller koppla om det först.",
            "{unit} has built on “{title}”: {built}. Remove or re-link that first.",
            unit=unit.name,
            title=short(node.title),
            built=listed(words for words, _ in found),
        ),
        "",
        Severity.WARNING if forced else Severity.REFUSED,
        facts=facts,
    )


@dataclass(frozen=True, slots=True)
class AddedLoad:
    """What allocations add to one unit: nodes, nodes to report on, and reports a year."""

    unit: UnitView
    nodes: int
    duties: int
    reports_a_year: int


_TIMES_A_YEAR = {None: 0, Periodicity.YEAR: 1, Periodicity.TERTIAL: 3, Periodicity.MONTH: 12}


@rule(
    "A6",
    title=Text("Fördela restriktivt", "Allocate with restraint"),
    statement=Text(
        "Nedfördelning görs restriktivt: innan den görs går det att se hur många noder och rapporteringar den lägger "
        "på varje enhet.",
        "Allocation is done with restraint: a preview tells how many nodes and reporting duties it adds per unit "
        "before it is done.",
    ),
    source="000 §3.1",
)
def added_load(pairs: Iterable[tuple[NodeView, UnitView]]) -> tuple[AddedLoad, ...]:
    """A6: per unit, in order of code, what the pairs (with those that follow along, A3) add to what it has already.

    A duty is a node that is assessed or measured there; an indicator with outcomes on region level only is none.
    """
    units: dict[str, UnitView] = {}
    nodes: dict[str, dict[Any, NodeView]] = {}
    for node, unit in pairs:
        if not has_node(unit, node):
            units[unit.code] = unit
            nodes.setdefault(unit.code, {})[node.id] = node
    return tuple(_load(units[code], nodes[code].values()) for code in sorted(units))


def _load(unit: UnitView, nodes: Iterable[NodeView]) -> AddedLoad:
    every = list(nodes)
    duties = [n for n in every if _is_duty(n)]
    return AddedLoad(unit, len(every), len(duties), sum(_TIMES_A_YEAR[n.followed_up] for n in duties))


def _is_duty(node: NodeView) -> bool:
    if node.column.node_kind is NodeKind.MEASURE:
        return not node.region_level_only
    return node.column.assessment is not None


@dataclass(frozen=True, slots=True)
class TableOutcome:
    """Which rows of an allocation table hold, and what the rules say of the rest (and warn of)."""

    accepted: tuple[NewAllocation, ...]
    findings: tuple[Finding, ...]


@rule(
    "A7",
    title=Text("En hel fördelningstabell", "A whole allocation table"),
    statement=Text(
        "En hel fördelningstabell läses in i en transaktion, efter provkörning; varje rad som bryter en regel "
        "redovisas med sin regel. Samma nod och enhet står på högst en rad.",
        "A whole allocation table is imported in one transaction, dry run first; each row that breaks a rule is "
        "reported with its rule. The same node and unit stand on one row at most.",
    ),
    source="000 §2.2, 001 §7",
    depends_on_state=True,
)
def table(rows: Sequence[NewAllocation], model: SteeringModel) -> TableOutcome:
    """A7: asks every allocation rule of every row; the rows of the table are each other's request (A2).

    A row counts for the others only while it holds itself: the goal's refused row carries no focus area.
    Each row's `pointer` says which it is; `beside` is filled in here.
    """
    refused: dict[int, list[Finding]] = {}
    first: dict[Pair, int] = {}
    for place, row in enumerate(rows):
        if row.pair in first:
            refused[place] = [_twice(row, rows[first[row.pair]])]
        else:
            first[row.pair] = place
    remarks: dict[int, list[Finding]] = {}
    changed = True
    while changed:
        standing = frozenset(rows[p].pair for p in first.values() if p not in refused)
        changed = False
        for place in first.values():
            if place in refused:
                continue
            found = list(allocation_findings(replace(rows[place], beside=standing), model))
            remarks[place] = found
            if any(f.severity is Severity.REFUSED for f in found):
                refused[place] = found
                changed = True
    accepted = tuple(row for place, row in enumerate(rows) if place not in refused)
    findings = (f for place in range(len(rows)) for f in refused.get(place, remarks.get(place, ())))
    return TableOutcome(accepted, tuple(findings))


def _twice(row: NewAllocation, earlier: NewAllocation) -> Finding:
    return Finding(
        "A7",
        say(
            "”{title}” till {unit} står redan på en tidigare rad ({earlier}). Ta bort den ena.",
            "“{title}” to {unit} stands on an earlier row already ({earlier}). Leave one of them out.",
            title=short(row.node.title),
            unit=row.unit.name,
            earlier=earlier.pointer or "/",
        ),
        row.pointer,
        facts={"node": row.node.facts(), "unit": row.unit.facts(), "earlier": earlier.pointer},
        depends_on_state=False,
    )
