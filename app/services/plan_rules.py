"""Asks the rules about a whole plan at once: every node as if it were created, every link as if it were made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.creation import Creation, creation_findings
from app.domain.findings import Finding
from app.domain.linking import link_findings
from app.domain.links import Link
from app.domain.nodes import NewNode, NodeView, UnitView
from app.domain.steering_model import SteeringModel
from app.services.plan_writing import NodeKey, Wanted


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan as the rules see it: its nodes in `year`, owned by `owner`, each with the id that it has or will have."""

    model: SteeringModel
    region_id: UUID
    year: int
    owner: UnitView
    wanted: Sequence[Wanted]
    ids: Mapping[NodeKey, UUID]


def findings(planned: Planned) -> Iterator[Finding]:
    """What the rules say about the plan. The same words about many nodes are given once, for the first of them."""
    said: set[tuple[str, str]] = set()
    for finding in _all(planned):
        if (finding.rule, finding.message.sv) not in said:
            said.add((finding.rule, finding.message.sv))
            yield finding


def _all(planned: Planned) -> Iterator[Finding]:
    views: dict[NodeKey, NodeView] = {}
    for wanted in planned.wanted:
        above = tuple(views[key] for key in wanted.parents)
        home = tuple(p for p in above if p.module == wanted.column.module.code)
        node = _new(planned, wanted, home)
        yield from creation_findings(Creation(node=node), planned.model)
        views[wanted.key] = view = _view(planned, wanted, above)
        for parent in above:
            # A link into another module is made when the node stands, and is approved.
            if parent.module != view.module:
                beside = tuple(p for p in above if p.id != parent.id)
                yield from link_findings(Link(parent=parent, child=view, beside=beside), planned.model)


def _new(planned: Planned, wanted: Wanted, parents: tuple[NodeView, ...]) -> NewNode:
    return NewNode(
        region_id=planned.region_id,
        year=planned.year,
        module=wanted.column.module.code,
        column=wanted.column.column,
        owner=planned.owner,
        title=wanted.title,
        parents=parents,
    )


def _view(planned: Planned, wanted: Wanted, above: tuple[NodeView, ...]) -> NodeView:
    return NodeView(
        id=planned.ids[wanted.key],
        region_id=planned.region_id,
        year=planned.year,
        module=wanted.column.module.code,
        column=wanted.column.column,
        owner=planned.owner,
        title=wanted.title,
        approved=True,
        region_level_only=wanted.region_level_only,
        above=frozenset(p.id for p in above).union(*(p.above for p in above)),
    )
