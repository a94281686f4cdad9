"""What stands on what: nodes that can't be without a parent (K2), and what goes when a node goes (M5).

Removing a node removes its links. Its children stand on, those of other modules whole with all their history;
but a child that can never be without a parent (a delaktivitet) holds its last parent in place.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from app.domain.findings import Finding, Severity, also, rule
from app.domain.nodes import NewNode, NodeFacts, NodeView
from app.domain.phrases import counted, either, say, short
from app.domain.steering_model import SteeringModel
from app.domain.texts import Text


@rule(
    "K2",
    title=Text("Aldrig utan förälder", "Never without a parent"),
    statement=Text(
        "En delaktivitet har alltid en aktivitet som förälder: den kan inte skapas, lämnas eller kopplas om utan en. "
        "Den sista föräldern kan inte tas bort eller kopplas från så länge noden finns.",
        "A sub-activity always has a parent activity: it can't be created, left or re-linked without one. "
        "Its last parent can't be removed or unlinked while the node stands.",
    ),
    source="000 §2.2",
    depends_on_state=True,
)
def has_parent(node: NewNode, model: SteeringModel) -> Iterator[Finding]:
    """K2 at creation. A parent in another module, or in a column that K1 refuses, holds nothing up."""
    if not node.column.parent_required or any(_holds(p, node) for p in node.parents):
        return
    module = model.module(node.module)
    columns = either(c.name_text for c in module.columns if c.code in node.column.parents) if module else Text("", "")
    yield Finding(
        "K2",
        say(
            "En nod i kolumnen {column} måste ligga under en nod i kolumnen {columns}. Ange en förälder.",
            "A node in the column {column} must stand under one in the column {columns}. Give a parent.",
            column=node.column.name_text,
            columns=columns,
        ),
        "/parents",
        facts={"column": node.column.code, "allowed": list(node.column.parents)},
        depends_on_state=False,
    )


@also("K2")
def keeps_parent(parent: NodeView, child: NodeView, left: Iterable[NodeView], pointer: str = "") -> Iterator[Finding]:
    """K2 when `child` is unlinked from `parent`: `left` are the parents it would have then, new ones too."""
    if not child.column.parent_required or not _holds(parent, child) or any(_holds(p, child) for p in left):
        return
    yield Finding(
        "K2",
        say(
            "”{parent}” är den sista förälder som ”{child}” har. Koppla den till en annan först, eller ta bort den.",
            "“{parent}” is the last parent that “{child}” has. Link it to another one first, or remove it.",
            parent=short(parent.title),
            child=short(child.title),
        ),
        pointer,
        facts={"parent": parent.facts(), "child": child.facts()},
    )


@also("K2")
def leaves_no_orphan(node: NodeView, children: Iterable[tuple[NodeView, Sequence[NodeView]]]) -> Iterator[Finding]:
    """K2 when `node` is removed: each of its children, with the parents that child has besides."""
    for child, left in children:
        yield from keeps_parent(node, child, left)


def _holds(parent: NodeFacts, child: NodeFacts) -> bool:
    return parent.module == child.module and parent.column.code in child.column.parents


@rule(
    "M5",
    title=Text("Rapporteras en gång, syns överallt", "Reported once, seen everywhere"),
    statement=Text(
        "En kopplad nod rapporteras på ett ställe och syns på alla: bedömningar och utfall kopieras aldrig. "
        "Tas ett mål bort i den ena modulen står den andra modulens kedja och historik kvar.",
        "A linked node is reported in one place and seen in all: assessments and outcomes are never copied. "
        "Removing a goal of one module leaves the other module's chain and its history whole.",
    ),
    source="000 §8.1-8.2",
)
def gone_with(
    node: NodeView, children: Mapping[UUID, Sequence[NodeView]], parents: Mapping[UUID, frozenset[UUID]]
) -> frozenset[UUID]:
    """M5, V2: the node and those that stand only through it: never a node of another module, none with another parent.

    `children` by parent's id, `parents` of each child by its id, over everything below the node.
    """
    gone = {node.id}
    look = [node.id]
    while look:
        for child in children.get(look.pop(), ()):
            # Asked again each time a parent goes: the last one decides.
            if child.module == node.module and child.id not in gone and parents[child.id] <= gone:
                gone.add(child.id)
                look.append(child.id)
    return frozenset(gone)


@also("M5")
def left_standing(node: NodeView, children: Iterable[NodeView]) -> Iterator[Finding]:
    """M5: which nodes of other modules no longer show under a node that is removed, and stand on where they belong."""
    linked = [c for c in children if c.module != node.module]
    if linked:
        yield Finding(
            "M5",
            say(
                "{nodes} visas inte längre här, men står kvar med all sin historik i {modules}.",
                "{nodes} no longer shown here, but standing on, history and all, in {modules}.",
                nodes=counted(
                    len(linked),
                    Text("nod från en annan modul", "node of another module"),
                    Text("noder från andra moduler", "nodes of other modules"),
                ),
                modules=", ".join(sorted({c.module for c in linked})),
            ),
            "",
            Severity.WARNING,
            facts={"nodes": [c.facts() for c in linked]},
        )
