"""Where a node may be assessed: at units where it is visible (K4)."""

from collections.abc import Iterator

from app.domain import links as _links  # noqa: F401  # registers K4
from app.domain.findings import Finding, also
from app.domain.nodes import NodeView, UnitView
from app.domain.organisation import is_visible
from app.domain.phrases import say, short


@also("K4")
def visible_where_assessed(node: NodeView, unit: UnitView) -> Iterator[Finding]:
    """K4, said of assessments: a unit answers for what it owns, what stands above it, or what is allocated to it."""
    if is_visible(node, unit):
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
