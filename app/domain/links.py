"""Links between nodes of one module (K1, K3, K4, K7); those between modules are in `modules.py`.

A link is looked at from above: the parent stands already, the child stands or is being created.
Each rule decides for itself whether a link is its business. `linking.py` asks them all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.findings import Finding, rule
from app.domain.nodes import NewNode, NodeView
from app.domain.organisation import is_visible
from app.domain.phrases import either, say, short
from app.domain.steering_model import SteeringModel
from app.domain.texts import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Parent -> child, as it would be. `beside`: the child's other parents, standing or in the same request.

    `pointer` is where in the request the parent is named.
    """

    parent: NodeView
    child: NodeView | NewNode
    beside: tuple[NodeView, ...] = ()
    pointer: str = "/parent"

    @property
    def crosses(self) -> bool:
        """Whether the link goes between modules."""
        return self.parent.module != self.child.module

    @property
    def is_repeated(self) -> bool:
        """Whether the two are linked already, or twice in one request."""
        return any(p.id == self.parent.id for p in self.beside)


def links_of(node: NewNode) -> Iterator[Link]:
    """The links that a new node asks for, one for each of its `parents`."""
    for place, parent in enumerate(node.parents):
        # A parent named twice is remarked on once, at its second mention.
        beside = tuple(p for i, p in enumerate(node.parents) if i < place or (i > place and p.id != parent.id))
        yield Link(parent=parent, child=node, beside=beside, pointer=f"/parents/{place}")


@rule(
    "K1",
    title=Text("Föräldern står i en tillåten kolumn", "The parent stands in an allowed column"),
    statement=Text(
        "En nods förälder står i en kolumn som nodens egen kolumn anger som förälder.",
        "A node's parent stands in a column that the child's column names as a parent.",
    ),
    source="000 §9.1",
)
def parent_column(link: Link, model: SteeringModel) -> Iterator[Finding]:
    """K1. Links between modules follow M3 instead."""
    allowed = link.child.column.parents
    if link.crosses or link.parent.column.code in allowed:
        return
    module = model.module(link.child.module)
    columns = either(c.name_text for c in module.columns if c.code in allowed) if module and allowed else None
    advice = (
        say("Välj en förälder i kolumnen {columns}.", "Choose a parent in the column {columns}.", columns=columns)
        if columns
        else Text("Kolumnen ligger först i kedjan och har ingen förälder.", "It comes first and has no parent.")
    )
    yield Finding(
        "K1",
        say(
            "En nod i kolumnen {child} kan inte ligga under ”{parent}” i kolumnen {column}. {advice}",
            "A node in the column {child} can't stand under “{parent}” in the column {column}. {advice}",
            child=link.child.column.name_text,
            parent=short(link.parent.title),
            column=link.parent.column.name_text,
            advice=advice,
        ),
        link.pointer,
        facts={"parent": link.parent.facts(), "column": link.child.column.code, "allowed": list(allowed)},
    )


@rule(
    "K3",
    title=Text("Samma region, samma planversion, ingen cirkel", "Same region, same plan version, no circle"),
    statement=Text(
        "Förälder och barn finns i samma region och samma planversion, och en nod ligger aldrig under sig själv.",
        "Parent and child stand in the same region and the same plan version; a node is never its own ancestor.",
    ),
    source="000 §9.1",
    depends_on_state=True,
)
def same_plan_and_no_circle(link: Link, _model: SteeringModel) -> Iterator[Finding]:
    """K3, within a module and between modules alike."""
    parent, child = link.parent, link.child
    if (parent.region_id, parent.year) != (child.region_id, child.year):
        yield Finding(
            "K3",
            say(
                "”{parent}” hör till planen för {theirs} och kan inte vara förälder i planen för {ours}.",
                "“{parent}” belongs to the plan of {theirs} and can't be a parent in the plan of {ours}.",
                parent=short(parent.title),
                theirs=parent.year,
                ours=child.year,
            ),
            link.pointer,
            facts={"parent": parent.facts(), "parent_year": parent.year, "year": child.year},
            depends_on_state=False,
        )
    if child.id is not None and (child.id == parent.id or child.id in parent.above):
        yield Finding(
            "K3",
            say(
                "Kopplingen skulle sluta en cirkel: ”{parent}” ligger redan under ”{child}”, eller är samma nod. "
                "Välj en förälder som inte ligger i nodens egen kedja.",
                "The link would close a circle: “{parent}” stands under “{child}” already, or is the same node. "
                "Choose a parent outside the node's own chain.",
                parent=short(parent.title),
                child=short(child.title),
            ),
            link.pointer,
            facts={"parent": parent.facts(), "child": str(child.id)},
        )


@rule(
    "K4",
    title=Text("Föräldern syns hos den som kopplar", "The parent is visible to the one who links"),
    statement=Text(
        "Föräldern syns hos den enhet som äger barnet: den ägs av enheten eller en enhet ovanför, eller är nedfördelad "
        "dit.",
        "The parent is visible at the child's owning unit: owned by it, by a unit above it, or allocated to it.",
    ),
    source="000 §3.1, §4",
    depends_on_state=True,
)
def parent_is_visible(link: Link, _model: SteeringModel) -> Iterator[Finding]:
    """K4. Between modules it is enough that one end is visible to the other end's owner.

    The region's own indicator is linked under a board's own goal, which the region is not below.
    """
    if is_visible(link.parent, link.child.owner):
        return
    if link.crosses and isinstance(link.child, NodeView) and is_visible(link.child, link.parent.owner):
        return
    yield Finding(
        "K4",
        say(
            "”{parent}” ägs av {owner} och är inte nedfördelad till {unit}. Be {owner} fördela ned den, "
            "eller välj en förälder som syns hos {unit}.",
            "“{parent}” is owned by {owner} and not allocated to {unit}. Ask {owner} to allocate it, "
            "or choose a parent that is visible at {unit}.",
            parent=short(link.parent.title),
            owner=link.parent.owner.name,
            unit=link.child.owner.name,
        ),
        link.pointer,
        facts={
            "parent": link.parent.facts(),
            "parent_owner": link.parent.owner.facts(),
            "unit": link.child.owner.facts(),
        },
    )


@rule(
    "K7",
    title=Text("Ingen dubbel koppling", "No link twice"),
    statement=Text(
        "En koppling som redan finns avvisas, liksom en som bara upprepar en ärvd: föräldern ligger redan ovanför "
        "noden genom en annan förälder.",
        "A duplicate link is refused, and so is one that only repeats an inherited one: the parent stands above the "
        "node already, through another parent.",
    ),
    source="000 §9.1",
    depends_on_state=True,
)
def no_link_twice(link: Link, _model: SteeringModel) -> Iterator[Finding]:
    """K7. A duplicate between modules is M6's."""
    parent, child = link.parent, link.child
    if link.is_repeated:
        if not link.crosses:
            yield Finding(
                "K7",
                say(
                    "”{child}” ligger redan under ”{parent}”. Kopplingen behövs inte en gång till.",
                    "“{child}” stands under “{parent}” already. The link isn't needed again.",
                    parent=short(parent.title),
                    child=short(child.title),
                ),
                link.pointer,
                facts={"parent": parent.facts()},
            )
        return
    through = next((p for p in link.beside if parent.id in p.above), None)
    if through is not None:
        yield Finding(
            "K7",
            say(
                "”{child}” ligger redan under ”{parent}”, genom ”{through}”. Ta bort den ena föräldern.",
                "“{child}” stands under “{parent}” already, through “{through}”. Leave one of the parents out.",
                parent=short(parent.title),
                child=short(child.title),
                through=short(through.title),
            ),
            link.pointer,
            facts={"parent": parent.facts(), "through": through.facts()},
        )
