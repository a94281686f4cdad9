"""Every rule that a link, or its removal, has to pass, in one call each.

    settle(link_findings(Link(parent=goal, child=indicator), model))

Rules: links K1, K3, K4, K6, K7, M1-M4, M6; unlinking K2.
"""

from collections.abc import Callable, Iterable, Iterator

from app.domain.dates import within_parent
from app.domain.findings import Finding
from app.domain.links import Link, no_link_twice, parent_column, parent_is_visible, same_plan_and_no_circle
from app.domain.module_columns import ChainLink, ChainStep, chain, columns_fit, recommended
from app.domain.modules import approved_before_linked, direction, not_linked_twice
from app.domain.nodes import NodeView
from app.domain.standing import keeps_parent
from app.domain.steering_model import SteeringModel

LinkRule = Callable[[Link, SteeringModel], Iterator[Finding]]
LINK_RULES: tuple[LinkRule, ...] = (
    direction,
    columns_fit,
    approved_before_linked,
    recommended,
    not_linked_twice,
    parent_column,
    same_plan_and_no_circle,
    parent_is_visible,
    no_link_twice,
    within_parent,
)


def link_findings(link: Link, model: SteeringModel) -> Iterator[Finding]:
    """What all rules say about one link, within a module or between two."""
    for asked in LINK_RULES:
        yield from asked(link, model)


def chain_findings(top: Link, below: Iterable[ChainStep], model: SteeringModel) -> ChainLink:
    """What all rules say about linking a whole chain (M4), and the nodes that then show under the target."""
    found = chain(top, tuple(below), model)
    return ChainLink(found.nodes, (*link_findings(top, model), *found.findings))


def unlink_findings(
    parent: NodeView, child: NodeView, left: Iterable[NodeView], pointer: str = ""
) -> Iterator[Finding]:
    """What all rules say about taking `child` from under `parent`, when `left` are the parents it has then."""
    yield from keeps_parent(parent, child, left, pointer)
