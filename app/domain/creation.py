"""Every rule that a node has to pass when it is created or changed, and what a service must load to ask them.

    new = NewNode(...)
    asked = Creation(node=new, own_nodes=..., reserved=..., shared=...)
    warnings = settle(creation_findings(asked, model), confirmed=request.confirm_similar)

What to load: `own_nodes` if `limited_board(new, model)`; `reserved` if `compared_columns(...)`, best by trigram;
`shared` if `indicator_modules(new, model)`; and with each parent what `NodeView` says.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.domain.alike import (
    budget_node_used_instead,
    no_barred_keyword_group,
    not_near_identical,
    own_is_justified,
)
from app.domain.commissions import assignment_level
from app.domain.dates import children_within, dates_in_order, within_parent
from app.domain.findings import Finding
from app.domain.levels import (
    activity_level,
    focus_area_level,
    indicator_level,
    operational_goal_level,
    sub_activity_level,
    unit_level,
)
from app.domain.linking import link_findings
from app.domain.links import links_of, parent_is_visible
from app.domain.modules import not_copied, on_region_level
from app.domain.nodes import NewNode, NodeView
from app.domain.own_goals import goal_level, own_limit, stays_at_home
from app.domain.standing import has_parent
from app.domain.steering_model import SteeringModel

NodeRule = Callable[[NewNode, SteeringModel], Iterator[Finding]]
LEVEL_RULES: tuple[NodeRule, ...] = (
    goal_level,
    focus_area_level,
    assignment_level,
    operational_goal_level,
    indicator_level,
    activity_level,
    sub_activity_level,
    on_region_level,
    unit_level,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """A node that is asked for, and the nodes that its rules compare it with."""

    node: NewNode
    own_nodes: tuple[NodeView, ...] = ()
    """Of the same column and plan version, owned by `limited_board` or below it (N1)."""
    reserved: tuple[NodeView, ...] = ()
    """Candidates for near-identity, in `compared_columns` (N2, N6)."""
    shared: tuple[NodeView, ...] = ()
    """Nodes of the `indicator_modules` that may be the same indicator (M2)."""


def creation_findings(asked: Creation, model: SteeringModel) -> Iterator[Finding]:
    """What all rules say about creating the node, its links to its parents included."""
    node = asked.node
    for level_rule in LEVEL_RULES:
        yield from level_rule(node, model)
    yield from own_limit(node, asked.own_nodes, model)
    yield from own_is_justified(node, model)
    yield from no_barred_keyword_group(node, model)
    yield from dates_in_order(node, model)
    yield from has_parent(node, model)
    for link in links_of(node):
        yield from link_findings(link, model)
    yield from not_near_identical(node, asked.reserved, model)
    yield from budget_node_used_instead(node, asked.reserved, model)
    yield from not_copied(node, asked.shared, model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A standing node, the same node as it would be, and its children. `after.id` is set, `after.parents` its parents.

    Only what the change touches is asked about: a goal that was confirmed as similar need not be confirmed again when
    its dates are moved.
    """

    before: NodeView
    after: NewNode
    justification_before: str | None = None
    children: tuple[NodeView, ...] = ()
    own_nodes: tuple[NodeView, ...] = ()
    reserved: tuple[NodeView, ...] = ()
    shared: tuple[NodeView, ...] = ()

    @property
    def moves(self) -> bool:
        """Whether the node gets another owner."""
        return self.before.owner.id != self.after.owner.id

    @property
    def retitled(self) -> bool:
        """Whether the title changes."""
        return self.before.title != self.after.title

    @property
    def redated(self) -> bool:
        """Whether a date changes."""
        return (self.before.start_date, self.before.end_date) != (self.after.start_date, self.after.end_date)


def change_findings(asked: Change, model: SteeringModel) -> Iterator[Finding]:
    """What all rules say about changing a node's title, owner, dates, justification or keywords.

    Give `after.keyword_groups` only where the request sets keywords. Parents are changed by links.
    """
    node = asked.after
    yield from no_barred_keyword_group(node, model)
    if asked.moves:
        yield from stays_at_home(asked.before, node.owner, model)
        yield from own_limit(node, asked.own_nodes, model)
        for link in links_of(node):
            yield from parent_is_visible(link, model)
    if asked.moves or asked.justification_before != node.justification:
        yield from own_is_justified(node, model)
        for level_rule in LEVEL_RULES:
            yield from level_rule(node, model)
    if asked.moves or asked.retitled:
        yield from not_near_identical(node, asked.reserved, model)
        yield from budget_node_used_instead(node, asked.reserved, model)
    if asked.retitled:
        yield from not_copied(node, asked.shared, model)
    if asked.redated:
        yield from dates_in_order(node, model)
        yield from children_within(node, asked.children)
        for link in links_of(node):
            yield from within_parent(link, model)
