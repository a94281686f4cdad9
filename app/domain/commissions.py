"""Assignments (uppdrag): who gives them, and to whom they go (N5).

A provider board does not stand below the board that commissions it, so an assignment is the one thing that is
allocated sideways in the tree: down the line of commissioning, and from there down the provider's own part.
"""

from collections.abc import Iterator

from app.domain.findings import Finding, Severity, also, rule
from app.domain.levels import by_level
from app.domain.nodes import NewNode, NodeView, UnitView
from app.domain.organisation import is_below
from app.domain.phrases import say, short
from app.domain.steering_model import SteeringModel
from app.domain.texts import Text


@rule(
    "N5",
    title=Text("Uppdrag ges av uppdragsgivande nämnder", "Assignments come from commissioning boards"),
    statement=Text(
        "Uppdrag skapas bara av uppdragsgivande nämnder, och är till för att fördelas ned till utförarstyrelser.",
        "Assignments are created only by commissioning boards; they are meant for allocation to provider boards.",
    ),
    source="000 §2.2, §6",
)
def assignment_level(node: NewNode, model: SteeringModel) -> Iterator[Finding]:
    """N5 at creation."""
    yield from by_level("N5", node, model)


@also("N5")
def given_to_providers(node: NodeView, unit: UnitView, pointer: str = "/unit") -> Iterator[Finding]:
    """N5 at allocation: a warning where an assignment stays inside the commissioning board's own part of the tree."""
    if node.column.allocated_to_providers and is_below(unit, node.owner.id):
        yield Finding(
            "N5",
            say(
                "”{title}” är ett uppdrag till utförarstyrelser, men {unit} hör till {owner} själv. Fördela det hellre "
                "till en utförarstyrelse.",
                "“{title}” is an assignment to provider boards, but {unit} belongs to {owner} itself. Rather allocate "
                "it to a provider board.",
                title=short(node.title),
                unit=unit.name,
                owner=node.owner.name,
            ),
            pointer,
            Severity.WARNING,
            facts={"node": node.facts(), "unit": unit.facts()},
        )


def is_commissioned(node: NodeView, unit: UnitView) -> bool:
    """Whether the node is a commissioning board's assignment and the unit a provider board."""
    return node.column.allocated_to_providers and node.owner.commissioning and unit.provider
