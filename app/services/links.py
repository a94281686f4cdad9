"""Links nodes that stand: one child, several, or a whole chain of another module (M4); and takes links away (K2)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import delete, insert, select

from app.db.locks import claim_links, claim_nodes, hold_plans
from app.db.queries import facts as fact_queries
from app.db.tables import NodeLinkRow
from app.domain.absent import not_in_region
from app.domain.access import Permission
from app.domain.archived import still_open
from app.domain.findings import Finding, NotFound, RulesBroken, settle
from app.domain.identity import new_id
from app.domain.linking import chain_findings, link_findings, unlink_findings
from app.domain.links import Link
from app.domain.module_columns import ChainStep
from app.domain.nodes import NodeView
from app.domain.plan_versions import PlanStatus
from app.services import following, naming
from app.services.authorisation import require, require_scope, require_units
from app.services.facts import Asked, NodeFactsFound, node_views, parents_of, reach
from app.services.link_reading import read_link
from app.services.node_change import VersionCheck, touch
from app.services.node_commands import Said
from app.services.node_removal import Removed

LINK_VERSION = 1
"""A link never changes: it is there or it is not."""


class LinksToCreate(Said):
    """A parent, and one child or several. `chain`: tell what comes along below a child of another module (M4)."""

    parent: UUID
    child: UUID | None = None
    children: Annotated[list[UUID], Field(min_length=1, max_length=200)] | None = None
    chain: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.child is None) == (self.children is None):
            raise PydanticCustomError("child_or_children", "Give either child or children")
        return self

    def named(self) -> list[tuple[str, UUID]]:
        """(pointer, child) of every child that is named."""
        if self.child is not None:
            return [("/child", self.child)]
        return [(f"/children/{place}", child) for place, child in enumerate(self.children or [])]


@dataclass(slots=True)
class Linked:
    """The links that were made, the nodes that show under the parent with them, what followed (A3), and remarks."""

    link_ids: list[UUID] = field(default_factory=list)
    shown: list[NodeView] = field(default_factory=list)
    followed: int = 0
    warnings: tuple[Finding, ...] = ()


async def create_links(a: Asked, said: LinksToCreate) -> Linked:
    """Link the children under the parent: all or none. Raises Forbidden, RulesBroken."""
    require(a.principal, Permission.NODES_WRITE)
    named = said.named()
    found = await _claimed(a, [said.parent, *(child for _, child in named)])
    missing = [
        not_in_region(node_id, pointer)
        for pointer, node_id in [("/parent", said.parent), *named]
        if node_id not in found.views
    ]
    if missing:
        raise RulesBroken(missing)
    parent = found.views[said.parent]
    await _require_end(a, [(parent, found.views[child]) for _, child in named])
    above = await parents_of(a, [child for _, child in named])
    others = (await node_views(a, {p for parents in above.values() for p in parents})).views
    links = []
    for place, (pointer, child_id) in enumerate(named):
        again = (parent,) if child_id in {c for _, c in named[:place]} else ()
        beside = (*again, *(others[p] for p in above.get(child_id, ()) if p in others))
        links.append(Link(parent=parent, child=found.views[child_id], beside=beside, pointer=pointer))
    done = Linked()
    findings: list[Finding] = []
    for link in links:
        assert isinstance(link.child, NodeView)
        if said.chain:
            told = chain_findings(link, await _below(a, link.child), a.model.model)
            findings += told.findings
            done.shown += told.nodes
        else:
            findings += link_findings(link, a.model.model)
            done.shown.append(link.child)
    findings += await _closed(a, found, parent)
    done.warnings = settle(findings)
    done.link_ids = await _write(a, found.plan_versions[parent.id], parent.id, [child for _, child in named])
    pairs = [(parent, found.views[child]) for _, child in named]
    done.followed = len(await following.write(a, await following.followers_of_links(a, pairs)))
    return done


async def remove_link(a: Asked, link_id: UUID, check: VersionCheck) -> Removed:
    """Take a link away. Raises NotFound, Forbidden, RulesBroken (K2: the last parent of a node that needs one)."""
    require(a.principal, Permission.NODES_WRITE)
    link = await read_link(a, link_id)
    found = await _claimed(a, [link.parent.id, link.child.id])
    wanted = select(NodeLinkRow.id).where(NodeLinkRow.region_id == a.principal.region_id, NodeLinkRow.id == link_id)
    if await a.uow.session.scalar(wanted) is None:
        raise NotFound("link", str(link_id))
    check(LINK_VERSION)
    parent, child = found.views[link.parent.id], found.views[link.child.id]
    await _require_end(a, [(parent, child)])
    left_ids = [p for p in (await parents_of(a, [child.id])).get(child.id, ()) if p != parent.id]
    left = (await node_views(a, left_ids)).views.values()
    warnings = settle([*unlink_findings(parent, child, left), *await _closed(a, found, parent)])
    await a.uow.session.execute(
        delete(NodeLinkRow).where(NodeLinkRow.region_id == a.principal.region_id, NodeLinkRow.id == link_id)
    )
    await touch(a, [child.id])
    return Removed(warnings)


async def _claimed(a: Asked, node_ids: Collection[UUID]) -> NodeFactsFound:
    """The nodes that may be seen, locked; and everybody else who links in their plan versions waits."""
    readable = await naming.readable_nodes(a, node_ids)
    for plan_version_id in sorted(set(readable.values())):
        await claim_links(a.uow, plan_version_id)
    await claim_nodes(a.uow, readable)
    return await node_views(a, readable)


async def _require_end(a: Asked, pairs: Iterable[tuple[NodeView, NodeView]]) -> None:
    """The caller reaches the owner of one end of each link: it hangs its own node up, or something under its own."""
    linked = list(pairs)
    for module in sorted({child.module for _, child in linked}):
        require_scope(a.principal, module=module)
        within = await reach(a, Permission.NODES_WRITE, module)
        if within is None:
            continue
        ends = [(parent.owner.id, child.owner.id) for parent, child in linked if child.module == module]
        outside = [child for parent, child in ends if not {parent, child} & within]
        await require_units(a.uow, a.principal, Permission.NODES_WRITE, outside, a.on, module=module)


async def _closed(a: Asked, found: NodeFactsFound, parent: NodeView) -> list[Finding]:
    plan_version_id = found.plan_versions[parent.id]
    status = (await hold_plans(a.uow, [plan_version_id]))[plan_version_id]
    return list(still_open(parent.year, PlanStatus(status), "/parent"))


async def _below(a: Asked, top: NodeView) -> list[ChainStep]:
    """Everything below the node in its own module, from the top down."""
    rows = await a.uow.session.execute(fact_queries.links_below(a.principal, [top.id]))
    pairs = [(parent, child) for child, parent in rows]
    views = (await node_views(a, {n for pair in pairs for n in pair})).views
    steps = [
        ChainStep(views[parent], views[child])
        for parent, child in pairs
        if parent in views and child in views and views[child].module == top.module
    ]
    return sorted(steps, key=lambda s: (s.parent.column.no, s.node.column.no, s.parent.id, s.node.id))


async def _write(a: Asked, plan_version_id: UUID, parent: UUID, children: Sequence[UUID]) -> list[UUID]:
    ids = [new_id() for _ in children]
    rows = [
        {
            "region_id": a.principal.region_id,
            "id": link_id,
            "plan_version_id": plan_version_id,
            "parent_id": parent,
            "child_id": child,
            "created_by": a.principal.subject,
        }
        for link_id, child in zip(ids, children, strict=True)
    ]
    await a.uow.session.execute(insert(NodeLinkRow), rows)
    await touch(a, children)
    return ids
