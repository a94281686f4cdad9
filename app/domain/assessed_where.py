"""Where a node may be assessed: at the units that answer for it (K4)."""

from collections.abc import Iterator

from app.domain import links as _links  # noqa: F401  # registers K4
from app.domain.findings import Finding, also
from app.domain.nodes import NodeView, UnitView
from app.domain.phrases import say, short


def answers_for(unit: UnitView, node: NodeView) -> bool:
    """Whether the unit owns the node, or it is allocated to the unit or to one above it.

    What a unit above merely owns may be planned under (K4), but its answer is the owner's until it is allocated: an
    assessment from elsewhere would count in the owner's rollup and in no follow-up of the unit's own.
    """
    return node.owner.id == unit.id or any(u in node.allocated_to for u in unit.line)


@also("K4")
def answerable_where_assessed(node: NodeView, unit: UnitView) -> Iterator[Finding]:
    """K4, said of assessments: a unit answers for what it owns, and for what is allocated to its part of the tree."""
    if answers_for(unit, node):
        return
    yield Finding(
        "K4",
        say(
            "”{node}” är inte nedfördelad till {unit} och kan inte bedömas där.",
            "“{node}” is not allocated to {unit} and can't be assessed there.",
            node=short(node.title),
            unit=unit.name,
        ),
        "/unit",
        facts={"node": node.facts(), "unit": unit.facts()},
    )
