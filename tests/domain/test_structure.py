"""What no sequence of accepted operations can do: close a circle, or leave a chore without a watch."""

from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.domain.creation import Creation, creation_findings
from app.domain.findings import Finding, RulesBroken, Severity, settle
from app.domain.linking import link_findings, unlink_findings
from app.domain.links import Link
from app.domain.nodes import NodeView
from app.domain.standing import leaves_no_orphan
from app.domain.steering_model import Module, ModuleLink
from tests.domain.models import ATLAS, BOW, CUTTER, LOG, MODEL, REALM, WEST, column, new, node

COLUMNS = [(LOG, c.code) for c in LOG.columns] + [(ATLAS, c.code) for c in ATLAS.columns]
OWNERS = (REALM, WEST, CUTTER, BOW)
PICK = st.integers(0, 10_000)


@dataclass
class Chart:
    """Nodes and links as a database would keep them."""

    nodes: dict[UUID, NodeView] = field(default_factory=dict)
    links: set[tuple[UUID, UUID]] = field(default_factory=set)

    def parents(self, child: UUID) -> list[UUID]:
        return [p for p, c in sorted(self.links) if c == child]

    def children(self, parent: UUID) -> list[UUID]:
        return [c for p, c in sorted(self.links) if p == parent]

    def above(self, child: UUID) -> frozenset[UUID]:
        seen: set[UUID] = set()
        look = self.parents(child)
        while look:
            parent = look.pop()
            if parent not in seen:
                seen.add(parent)
                look += self.parents(parent)
        return frozenset(seen)

    def view(self, which: UUID) -> NodeView:
        return replace(self.nodes[which], above=self.above(which))

    def pick(self, place: int) -> UUID:
        return list(self.nodes)[place % len(self.nodes)]


def passes(findings: list[Finding]) -> bool:
    try:
        settle(findings, confirmed=True)
    except RulesBroken:
        return False
    return True


class Planning(RuleBasedStateMachine):
    """Creates, links, unlinks and removes at random; only what the rules accept is done."""

    def __init__(self) -> None:
        super().__init__()
        self.chart = Chart()

    @initialize()
    def seed(self) -> None:
        """A chain from star to chore, so that there is something to break."""
        chain = [node("star"), node("course"), node("watch", CUTTER), node("chore", BOW)]
        self.chart.nodes = {n.id: n for n in chain}
        self.chart.links = {(a.id, b.id) for a, b in pairwise(chain)}

    @rule(column=st.sampled_from(COLUMNS), owner=st.sampled_from(OWNERS), places=st.lists(PICK, max_size=3))
    def create(self, column: tuple[object, str], owner: object, places: list[int]) -> None:
        module, code = column
        parents = tuple(self.chart.view(self.chart.pick(p)) for p in places)
        asked = new(
            code,
            owner,  # type: ignore[arg-type]  # sampled from units
            module=module,  # type: ignore[arg-type]  # sampled from modules
            parents=parents,
            justification="Behövs.",
            start_date=date(2027, 1, 1),
            end_date=date(2027, 12, 31),
        )
        if passes(list(creation_findings(Creation(node=asked), MODEL))):
            made = node(code, asked.owner, module=module)  # type: ignore[arg-type]  # sampled from modules
            self.chart.nodes[made.id] = made
            self.chart.links |= {(p.id, made.id) for p in parents}

    @rule(parent=PICK, child=PICK)
    def link(self, parent: int, child: int) -> None:
        above, below = (self.chart.view(self.chart.pick(p)) for p in (parent, child))
        beside = tuple(self.chart.view(p) for p in self.chart.parents(below.id))
        if passes(list(link_findings(Link(parent=above, child=below, beside=beside), MODEL))):
            self.chart.links.add((above.id, below.id))

    @rule(place=PICK)
    def unlink(self, place: int) -> None:
        if not self.chart.links:
            return
        parent, child = sorted(self.chart.links)[place % len(self.chart.links)]
        left = [self.chart.view(p) for p in self.chart.parents(child) if p != parent]
        if passes(list(unlink_findings(self.chart.view(parent), self.chart.view(child), left))):
            self.chart.links.discard((parent, child))

    @rule(place=PICK)
    def remove(self, place: int) -> None:
        if len(self.chart.nodes) == 1:
            return
        gone = self.chart.pick(place)
        children = [
            (self.chart.view(c), [self.chart.view(p) for p in self.chart.parents(c) if p != gone])
            for c in self.chart.children(gone)
        ]
        if passes(list(leaves_no_orphan(self.chart.view(gone), children))):
            del self.chart.nodes[gone]
            self.chart.links = {(p, c) for p, c in self.chart.links if gone not in (p, c)}

    @invariant()
    def no_node_is_above_itself(self) -> None:
        for which in self.chart.nodes:
            assert which not in self.chart.above(which)

    @invariant()
    def nothing_stands_without_the_parent_it_needs(self) -> None:
        for which, standing in self.chart.nodes.items():
            if standing.column.parent_required:
                parents = [self.chart.nodes[p] for p in self.chart.parents(which)]
                assert any(p.module == standing.module and p.column.code in standing.column.parents for p in parents)

    @invariant()
    def modules_are_linked_one_way(self) -> None:
        for parent, child in self.chart.links:
            above, below = self.chart.nodes[parent].module, self.chart.nodes[child].module
            assert above == below or (below, above) == ("ATLAS", "LOG")


TestPlanning = Planning.TestCase
TestPlanning.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def ring(code: str) -> Module:
    return Module(code=code, name=code, name_en=code, columns=(column(1, "x"), column(2, "y", parents=["x"])))


# Columns run to the right and two modules never link both ways, so only a ring of three leaves K3 anything to refuse.
RING = MODEL.model_copy(
    update={
        "modules": tuple(ring(code) for code in "ABC"),
        "module_links": tuple(ModuleLink(source=a, target=b) for a, b in ("AB", "BC", "CA")),
    }
)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=5, max_size=20))
def test_no_order_of_links_round_a_ring_of_modules_closes_a_circle(asked: list[tuple[int, int]]) -> None:
    standing = [node("x", module=m) for m in RING.modules]
    chart = Chart({n.id: n for n in standing})
    for parent, child in asked:
        above, below = chart.view(standing[parent].id), chart.view(standing[child].id)
        beside = tuple(chart.view(p) for p in chart.parents(below.id))
        if passes(list(link_findings(Link(parent=above, child=below, beside=beside), RING))):
            chart.links.add((above.id, below.id))
    assert all(which not in chart.above(which) for which in chart.nodes)


def test_a_ring_of_modules_is_stopped_at_its_last_link() -> None:
    first, second, third = (node("x", module=m) for m in RING.modules)
    second = replace(second, above=frozenset({third.id}))
    for parent, child in ((third, second), (second, first)):
        assert passes(list(link_findings(Link(parent=parent, child=child), RING)))
    first = replace(first, above=frozenset({second.id, third.id}))
    refused = [f for f in link_findings(Link(parent=first, child=third), RING) if f.severity is Severity.REFUSED]
    assert [f.rule for f in refused] == ["K3"]
