"""Writes a plan's nodes, links and keywords, by set: one statement to see what stands, one to add what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, select

from app.db.session import UnitOfWork
from app.db.tables import KeywordGroupRow, KeywordRow, NodeKeywordRow, NodeLinkRow, NodeRow
from app.domain.findings import NotFound
from app.domain.identity import new_id
from app.domain.similarity import trigram_key
from app.domain.texts import swedish_sort_key
from app.regions.models import KeywordName
from app.services.calendar_day import now
from app.services.merging import Tally
from app.services.model_cache import LoadedColumn

NodeKey = tuple[UUID, str | UUID]
"""(column, title), or (column, indicator) for a measure: what tells a node from others of its owner and year."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A node that a plan asks for. `parents` are linked above it; `indicator_id` is set for a measure."""

    column: LoadedColumn
    title: str
    parents: tuple[NodeKey, ...] = ()
    indicator_id: UUID | None = None
    region_level_only: bool = False

    @property
    def key(self) -> NodeKey:
        """What the node is known by."""
        return self.column.id, self.indicator_id or self.title


@dataclass(frozen=True, slots=True)
class Place:
    """Where a plan is written: its plan version, the unit that owns it, and who it is written down to."""

    uow: UnitOfWork
    version_id: UUID
    owner_id: UUID
    by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What the top unit has in the plan's columns: ids in this plan version, lineages in all of them."""

    ids: Mapping[NodeKey, UUID]
    lineages: Mapping[NodeKey, UUID]
    """Of the same node in another plan version, where it has been decided before (V1)."""
    used: frozenset[UUID]
    """Lineages that stand in this plan version."""


async def standing_nodes(at: Place, wanted: Sequence[Wanted]) -> Standing:
    """Look up what stands already. One statement."""
    columns = {w.column.id for w in wanted}
    found = select(
        NodeRow.id,
        NodeRow.plan_version_id,
        NodeRow.owner_unit_id,
        NodeRow.column_id,
        NodeRow.title,
        NodeRow.indicator_id,
        NodeRow.lineage_id,
    ).where(NodeRow.region_id == at.uow.region_id, NodeRow.column_id.in_(columns))
    ids: dict[NodeKey, UUID] = {}
    lineages: dict[NodeKey, UUID] = {}
    used: set[UUID] = set()
    for row in await at.uow.session.execute(found.order_by(NodeRow.id)):
        here = row.plan_version_id == at.version_id
        if here:
            used.add(row.lineage_id)
        if row.owner_unit_id == at.owner_id:
            key: NodeKey = (row.column_id, row.indicator_id or row.title)
            if here:
                ids[key] = row.id
            else:
                lineages[key] = row.lineage_id
    return Standing(ids, lineages, frozenset(used))


def node_ids(wanted: Sequence[Wanted], standing: Standing) -> dict[NodeKey, UUID]:
    """The id of every wanted node: as it stands, or a new one for what is to be written."""
    return {w.key: standing.ids.get(w.key) or new_id() for w in wanted}


async def write_nodes(at: Place, wanted: Sequence[Wanted], standing: Standing, ids: Mapping[NodeKey, UUID]) -> Tally:
    """Write the nodes that do not stand yet; one that was decided in another year keeps its lineage."""
    used = set(standing.used)
    rows = []
    for node in wanted:
        if node.key in standing.ids:
            continue
        lineage = standing.lineages.get(node.key)
        if lineage is None or lineage in used:
            lineage = new_id()
        used.add(lineage)
        approved = node.column.column.approval is not None
        rows.append(
            {
                "region_id": at.uow.region_id,
                "id": ids[node.key],
                "lineage_id": lineage,
                "plan_version_id": at.version_id,
                "module_id": node.column.module_id,
                "column_id": node.column.id,
                "node_kind": node.column.column.node_kind.value,
                "owner_unit_id": at.owner_id,
                "title": node.title,
                "title_sort": swedish_sort_key(node.title),
                "title_key": trigram_key(node.title),
                "indicator_id": node.indicator_id,
                # What the assembly has decided needs no further approval (M2).
                "approved_at": now() if approved else None,
                "approved_by": at.by if approved else None,
                "created_by": at.by,
                "updated_by": at.by,
            }
        )
    if rows:
        await at.uow.session.execute(insert(NodeRow), rows)
    return _tally(NodeRow.__tablename__, len(wanted), len(rows))


async def write_links(at: Place, wanted: Sequence[Wanted], ids: Mapping[NodeKey, UUID]) -> Tally:
    """Link each node under its parents, where that is not done."""
    pairs = {(ids[parent], ids[w.key]) for w in wanted for parent in w.parents}
    found = select(NodeLinkRow.parent_id, NodeLinkRow.child_id).where(
        NodeLinkRow.region_id == at.uow.region_id, NodeLinkRow.child_id.in_({child for _, child in pairs})
    )
    there = {(row.parent_id, row.child_id) for row in await at.uow.session.execute(found)}
    rows = [
        {
            "region_id": at.uow.region_id,
            "id": new_id(),
            "plan_version_id": at.version_id,
            "parent_id": parent,
            "child_id": child,
            "created_by": at.by,
        }
        for parent, child in sorted(pairs - there)
    ]
    if rows:
        await at.uow.session.execute(insert(NodeLinkRow), rows)
    return _tally(NodeLinkRow.__tablename__, len(pairs), len(rows))


async def write_keyword(
    at: Place, keyword: KeywordName | None, wanted: Sequence[Wanted], ids: Mapping[NodeKey, UUID]
) -> Tally:
    """Put the plan's keyword on every node whose column has its group. Raises NotFound where it is not loaded."""
    what = NodeKeywordRow.__tablename__
    if keyword is None:
        return Tally(what)
    group = select(KeywordRow.id).join(
        KeywordGroupRow,
        (KeywordGroupRow.region_id == KeywordRow.region_id) & (KeywordGroupRow.id == KeywordRow.group_id),
    )
    keyword_id = await at.uow.session.scalar(
        group.where(
            KeywordRow.region_id == at.uow.region_id,
            KeywordGroupRow.name == keyword.group,
            KeywordRow.text == keyword.keyword,
        )
    )
    if keyword_id is None:
        raise NotFound("keyword", f"{keyword.group}: {keyword.keyword}")
    nodes = {ids[w.key] for w in wanted if keyword.group in w.column.column.keyword_groups}
    found = select(NodeKeywordRow.node_id).where(
        NodeKeywordRow.region_id == at.uow.region_id, NodeKeywordRow.keyword_id == keyword_id
    )
    there = set((await at.uow.session.scalars(found)).all())
    rows = [
        {"region_id": at.uow.region_id, "node_id": node, "keyword_id": keyword_id} for node in sorted(nodes - there)
    ]
    if rows:
        await at.uow.session.execute(insert(NodeKeywordRow), rows)
    return _tally(what, len(nodes), len(rows))


def _tally(what: str, wanted: int, inserted: int) -> Tally:
    return Tally(what, inserted=inserted, unchanged=wanted - inserted)
