"""Links: list them, read one. A link shows only to who may see both its ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_

from app.db.arrays import among
from app.db.paging import Page, fetch_page
from app.db.queries import links as queries
from app.db.tables import NodeLinkRow, PlanVersionRow
from app.db.typing import AnyRow
from app.domain.findings import NotFound
from app.services.facts import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEnd:
    """A node at one end of a link."""

    id: UUID
    title: str
    module: str
    column: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkShown:
    """Parent -> child."""

    id: UUID
    parent: NodeEnd
    child: NodeEnd
    year: int
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class LinkPage:
    """Links of a page, and the sort values to go on from."""

    links: tuple[LinkShown, ...]
    next: tuple[Any, ...] | None


async def list_links(
    a: Asked,
    page: Page,
    *,
    parent: UUID | None = None,
    child: UUID | None = None,
    node: UUID | None = None,
    year: int | None = None,
) -> LinkPage:
    """Links by age: under a parent, above a child, or both ways from a node."""
    statement = queries.links(a.principal, a.on)
    if parent is not None:
        statement = statement.where(NodeLinkRow.parent_id == parent)
    if child is not None:
        statement = statement.where(NodeLinkRow.child_id == child)
    if node is not None:
        statement = statement.where(or_(NodeLinkRow.parent_id == node, NodeLinkRow.child_id == node))
    if year is not None:
        statement = statement.where(PlanVersionRow.year == year)
    found = await fetch_page(a.uow.session, statement, [NodeLinkRow.id], page)
    return LinkPage(await _shown(a, found.rows), found.next)


async def links_by_id(a: Asked, link_ids: Sequence[UUID]) -> tuple[LinkShown, ...]:
    """The readable ones among these links, in the order given."""
    rows = (await a.uow.session.execute(queries.links(a.principal, a.on).where(among(NodeLinkRow.id, link_ids)))).all()
    by_id = {row.id: row for row in rows}
    return await _shown(a, [by_id[i] for i in link_ids if i in by_id])


async def read_link(a: Asked, link_id: UUID) -> LinkShown:
    """One link. Raises NotFound."""
    found = await links_by_id(a, [link_id])
    if not found:
        raise NotFound("link", str(link_id))
    return found[0]


async def _shown(a: Asked, rows: Sequence[AnyRow]) -> tuple[LinkShown, ...]:
    ids = {end for row in rows for end in (row.parent_id, row.child_id)}
    ends: dict[UUID, NodeEnd] = {}
    if ids:
        for row in await a.uow.session.execute(queries.ends(a.principal, ids)):
            column = a.model.columns_by_id[row.column_id]
            ends[row.id] = NodeEnd(
                id=row.id, title=row.title, module=column.module.code, column=column.column.code, unit=row.unit
            )
    return tuple(
        LinkShown(
            id=row.id,
            parent=ends[row.parent_id],
            child=ends[row.child_id],
            year=row.year,
            created_at=row.created_at,
            created_by=row.created_by,
        )
        for row in rows
    )
