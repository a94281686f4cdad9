"""Allocating a node to a unit, and a board opting in: A1, A2, A4, and with them N3, N5 and A3's warning.

What follows along, withdrawing, previews and whole tables are in `allocation_flow.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from app.domain.commissions import given_to_providers, is_commissioned
from app.domain.findings import Finding, Severity, also, rule
from app.domain.nodes import NodeView, UnitView
from app.domain.organisation import has_node, is_region
from app.domain.own_goals import stays_at_home
from app.domain.phrases import either, quoted, say, short
from app.domain.steering_model import SteeringModel
from app.domain.texts import Text

Pair = tuple[UUID, UUID]
"""(node, unit)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAllocation:
    """A node that is to be made visible and answerable at a unit.

    `parents`: the node's parents with what they are allocated to. `beside`: the other (node, unit) pairs of the same
    request. `pointer` is where in the request the unit is named.
    """

    node: NodeView
    unit: UnitView
    parents: tuple[NodeView, ...] = ()
    beside: frozenset[Pair] = frozenset()
    pointer: str = "/unit"

    @property
    def pair(self) -> Pair:
        """(node, unit)."""
        return self.node.id, self.unit.id


def allocation_findings(asked: NewAllocation, model: SteeringModel) -> Iterator[Finding]:
    """What all rules say about allocating the node to the unit."""
    yield from downward(asked, model)
    yield from with_its_parent(asked, model)
    yield from stays_at_home(asked.node, asked.unit, model, asked.pointer)
    yield from given_to_providers(asked.node, asked.unit, asked.pointer)
    yield from outcomes_stay_at_region(asked, model)


def opt_in_findings(asked: NewAllocation, model: SteeringModel) -> Iterator[Finding]:
    """What all rules say about the unit opting in to the node (A4, and A1-A2 as for any allocation)."""
    yield from may_opt_in(asked, model)
    yield from downward(asked, model)
    yield from with_its_parent(asked, model)
    yield from outcomes_stay_at_region(asked, model)


@rule(
    "A1",
    title=Text("Nedfördelning går nedåt", "Allocation goes down"),
    statement=Text(
        "En nod fördelas bara nedåt: till en enhet under sin ägare, eller under en enhet som har den. Uppdrag går från "
        "uppdragsgivande nämnd till utförarstyrelse (N5).",
        "A node is allocated only downward: to a unit below its owner, or below a unit that has it. Assignments go "
        "from a commissioning board to a provider board (N5).",
    ),
    source="000 §3.1",
    depends_on_state=True,
)
def downward(asked: NewAllocation, _model: SteeringModel) -> Iterator[Finding]:
    """A1. A unit that has the node already is no breach: allocating again changes nothing but the instruction."""
    node, unit = asked.node, asked.unit
    had_above = any(
        a.id == node.owner.id or a.id in node.allocated_to or (node.id, a.id) in asked.beside for a in unit.ancestors
    )
    if had_above or unit.id in node.allocated_to or is_commissioned(node, unit):
        return
    advice = (
        Text("Enheten äger den redan.", "The unit owns it already.")
        if unit.id == node.owner.id
        else say(
            "Välj en enhet under {owner}, eller under en enhet som redan har noden.",
            "Choose a unit below {owner}, or below one that has the node already.",
            owner=node.owner.name,
        )
    )
    yield Finding(
        "A1",
        say(
            "”{title}” kan inte fördelas till {unit}. {advice}",
            "“{title}” can't be allocated to {unit}. {advice}",
            title=short(node.title),
            unit=unit.name,
            advice=advice,
        ),
        asked.pointer,
        facts={"node": node.facts(), "unit": unit.facts(), "owner": node.owner.facts()},
    )


@rule(
    "A2",
    title=Text("Fokusområdet följer målet", "The focus area follows the goal"),
    statement=Text(
        "Ett fokusområde fördelas till en enhet bara om dess mål är, eller i samma begäran blir, fördelat dit.",
        "A focus area is allocated to a unit only if its goal is (or becomes in the same request).",
    ),
    source="001 §7",
    depends_on_state=True,
)
def with_its_parent(asked: NewAllocation, _model: SteeringModel) -> Iterator[Finding]:
    """A2. One of several parents is enough, owned by the unit or allocated to it; a node without any follows none."""
    node, unit = asked.node, asked.unit
    parents = [p for p in asked.parents if p.module == node.module]
    if not node.column.allocation_follows_parent or not parents:
        return
    if any(has_node(unit, p) or (p.id, unit.id) in asked.beside for p in parents):
        return
    yield Finding(
        "A2",
        say(
            "”{title}” kan fördelas till {unit} först när {parents} är fördelat dit. Fördela det först, eller i samma "
            "begäran.",
            "“{title}” can be allocated to {unit} only when {parents} is. Allocate that first, or in the same request.",
            title=short(node.title),
            unit=unit.name,
            parents=either(quoted(p.title for p in parents)),
        ),
        asked.pointer,
        facts={"node": node.facts(), "unit": unit.facts(), "parents": [p.facts() for p in parents]},
    )


@rule(
    "A3",
    title=Text("Indikatorerna följer med", "The indicators follow along"),
    statement=Text(
        "Med ett fördelat mål eller fokusområde följer de indikatorer som regionstyrelsen beslutat, utom de som bara "
        "har utfall på regionnivå (de finns där och hos de nämnder som ansvarar för området).",
        "With an allocated goal or focus area follow its indicators that are decided by the regional executive board, "
        "except those with outcome on region level only (which stand there and at the boards that own their area).",
    ),
    source="001 §3.1.5",
)
def outcomes_stay_at_region(asked: NewAllocation, _model: SteeringModel) -> Iterator[Finding]:
    """A3, for an indicator allocated by name though it does not follow along: a warning. The rest is `following`."""
    node, unit = asked.node, asked.unit
    if node.region_level_only and unit.id not in node.area_boards:
        yield Finding(
            "A3",
            say(
                "”{title}” har utfall bara på regionnivå. Fördela den bara till nämnder som ansvarar för området; "
                "{unit} kan inte rapportera utfall.",
                "“{title}” has outcomes on region level only. Allocate it only to boards that own its area; {unit} "
                "can't report outcomes.",
                title=short(node.title),
                unit=unit.name,
            ),
            asked.pointer,
            Severity.WARNING,
            facts={"node": node.facts(), "unit": unit.facts()},
        )


@also("A3")
def follows(child: NodeView, unit: UnitView, model: SteeringModel) -> bool:
    """A3: whether a child of an allocated node follows it to the unit."""
    if not child.column.follows_allocated_parent or not is_region(child.owner, model):
        return False
    return not child.region_level_only or unit.id in child.area_boards


@rule(
    "A4",
    title=Text("Välja in fler budgetmål", "Opting in to further budget goals"),
    statement=Text(
        "En nämnd eller styrelse får själv välja in ytterligare mål och fokusområden ur budgeten (A2 gäller).",
        "A board may opt in to further budget goals and focus areas (A2 holds).",
    ),
    source="000 §2.2, 001 §7",
)
def may_opt_in(asked: NewAllocation, model: SteeringModel) -> Iterator[Finding]:
    """A4: the unit is a board, the node the region's, and its column one that boards choose from."""
    node, unit = asked.node, asked.unit
    if unit.level != model.board_level:
        yield Finding(
            "A4",
            say(
                "{unit} kan inte välja in noder; det gör nämnden eller styrelsen, som sedan fördelar ned.",
                "{unit} can't opt in to nodes; its board does, and allocates from there.",
                unit=unit.name,
            ),
            asked.pointer,
            facts={"unit": unit.facts(), "level": unit.level},
        )
    if not node.column.opted_in_by_board or not is_region(node.owner, model):
        yield Finding(
            "A4",
            say(
                "”{title}” ({column}, {owner}) kan inte väljas in. Be {owner} fördela ned noden i stället.",
                "“{title}” ({column}, {owner}) can't be opted in to. Ask {owner} to allocate the node instead.",
                title=short(node.title),
                column=node.column.name_text,
                owner=node.owner.name,
            ),
            "/node",
            facts={"node": node.facts(), "owner": node.owner.facts()},
        )
