"""Nodes outside a follow-up: listed, searched, found by id or code; with the chain around them where asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.db.paging import Page, fetch_page
from app.db.queries import chain as queries
from app.db.queries import nodes as node_queries
from app.db.session import UnitOfWork
from app.db.tables import IndicatorRow, NodeRow, PlanVersionRow
from app.db.typing import AnyRow, AnySelect
from app.domain.access import Principal
from app.domain.chain import UnitPlace, build_chain
from app.domain.findings import NotFound
from app.domain.plan_versions import PlanStatus
from app.domain.texts import swedish_sort_key
from app.services.chain_parts import read_outcomes
from app.services.chain_rows import ChainRows, Part, Place
from app.services.followup import FollowUp, chain_at
from app.services.model_cache import LoadedModel, steering_model
from app.services.units import find_unit

_AROUND = frozenset(
    {
        "aggregated",
        "attainment",
        "children",
        "instruction",
        "origin",
        "outcome",
        "outcomes",
        "parents",
        "responsible",
        "rollup",
        "target",
    }
)
"""Fields that need the chain around a node; a list without them is read without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSearch:
    """Which nodes are asked for. `unit`: owned by it or allocated to it."""

    module: str
    year: int
    unit: str | None = None
    column: str | None = None
    keyword: str | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True)
class NodesFound:
    """A page of nodes, in a view that can tell about each."""

    view: FollowUp
    ids: Sequence[UUID]
    cursors: Sequence[tuple[Any, ...]]
    has_next: bool
    total: int | None


async def search_nodes(
    uow: UnitOfWork,
    principal: Principal,
    today: date,
    wanted: NodeSearch,
    page: Page,
    *,
    asked: frozenset[str],
    parts: frozenset[Part],
) -> NodesFound:
    """A page of readable nodes in Swedish order of their titles. Raises NotFound for what is named and not there."""
    model = await steering_model(uow)
    statement = await _matching(uow, principal, today, model, wanted)
    total = None
    if "totalCount" in asked:
        total = await uow.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery()))
    found = await fetch_page(uow.session, statement, [NodeRow.title_sort, NodeRow.id], page)
    view = await _view(uow, principal, today, model, wanted.module, wanted.year, found.rows, asked, parts)
    return NodesFound(
        view=view,
        ids=[row.id for row in found.rows],
        cursors=[(row.title_sort, row.id) for row in found.rows],
        has_next=found.next is not None,
        total=total,
    )


async def _matching(
    uow: UnitOfWork, principal: Principal, today: date, model: LoadedModel, wanted: NodeSearch
) -> AnySelect:
    if wanted.module not in model.module_ids:
        raise NotFound("module", wanted.module)
    statement = (
        queries.node_rows(principal, today)
        .join(
            PlanVersionRow,
            (PlanVersionRow.region_id == NodeRow.region_id) & (PlanVersionRow.id == NodeRow.plan_version_id),
        )
        .where(PlanVersionRow.year == wanted.year, NodeRow.module_id == model.module_ids[wanted.module])
    )
    if wanted.column is not None:
        column = model.column_ids.get((wanted.module, wanted.column))
        if column is None:
            raise NotFound("column", wanted.column)
        statement = statement.where(NodeRow.column_id == column)
    if wanted.unit is not None:
        unit = await find_unit(uow, principal, today, wanted.unit)
        statement = statement.where(node_queries.at_unit(principal, unit.id))
    if wanted.keyword is not None:
        statement = statement.where(node_queries.tagged(principal, today, wanted.keyword))
    for word in swedish_sort_key(wanted.search or "").split():
        statement = statement.where(NodeRow.title_sort.contains(word, autoescape=True))
    return statement


async def find_node(
    uow: UnitOfWork, principal: Principal, today: date, node_id: UUID, *, asked: frozenset[str], parts: frozenset[Part]
) -> FollowUp:
    """A view that can tell about this node. Raises NotFound."""
    return await _found(uow, principal, today, queries.nodes_by_id(principal, today, [node_id]), asked, parts)


async def find_indicator(
    uow: UnitOfWork, principal: Principal, today: date, code: str, *, asked: frozenset[str], parts: frozenset[Part]
) -> tuple[FollowUp, UUID]:
    """The indicator's node in the live plan version, or else in the latest. Raises NotFound."""
    statement = (
        queries.node_rows(principal, today)
        .join(
            PlanVersionRow,
            (PlanVersionRow.region_id == NodeRow.region_id) & (PlanVersionRow.id == NodeRow.plan_version_id),
        )
        .where((IndicatorRow.code == code) | (IndicatorRow.catalogue_key == code))
        .order_by(
            (PlanVersionRow.status == PlanStatus.LIVE.value).desc(),
            PlanVersionRow.year.desc(),
            NodeRow.approved_at.asc().nulls_last(),
            NodeRow.id,
        )
        .limit(1)
    )
    view = await _found(uow, principal, today, statement, asked, parts)
    return view, next(reversed(view.rows.nodes))


async def _found(
    uow: UnitOfWork,
    principal: Principal,
    today: date,
    statement: AnySelect,
    asked: frozenset[str],
    parts: frozenset[Part],
) -> FollowUp:
    row = (await uow.session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("node", "")
    model = await steering_model(uow)
    year = await uow.session.scalar(
        select(PlanVersionRow.year).where(
            PlanVersionRow.region_id == principal.region_id, PlanVersionRow.id == row.plan_version_id
        )
    )
    module = model.columns_by_id[row.column_id].module.code
    return await _view(uow, principal, today, model, module, year or 0, [row], asked, parts)


async def _view(
    uow: UnitOfWork,
    principal: Principal,
    today: date,
    model: LoadedModel,
    module: str,
    year: int,
    rows: Sequence[AnyRow],
    asked: frozenset[str],
    parts: frozenset[Part],
) -> FollowUp:
    """A view of these nodes: with the chain around them as the principal's unit sees it, where that is asked for."""
    if asked & _AROUND:
        view = await chain_at(uow, principal, today, module=module, year=year, parts=parts)
    else:
        place = Place(principal.unit_id, today, module, year, None)
        chain = build_chain(module, [UnitPlace(principal.unit_id, principal.unit_code, 0)], [], [])
        view = FollowUp(model, ChainRows(place=place, chain=chain, nodes={}, parent_of={}))
    added = [row for row in rows if row.id not in view.rows.nodes]
    for row in rows:
        view.rows.nodes.pop(row.id, None)
        view.rows.nodes[row.id] = row
    await _tell_of(uow, principal, view, added, parts)
    return view


async def _tell_of(
    uow: UnitOfWork, principal: Principal, view: FollowUp, added: Sequence[AnyRow], parts: frozenset[Part]
) -> None:
    """Read what is asked of nodes that are not in the chain: those above the unit, say."""
    if not added:
        return
    ids = [row.id for row in added]
    units = list(view.chain.units)
    if Part.KEYWORDS in parts:
        for row in await uow.session.execute(queries.keywords(principal, view.rows.place.on, ids)):
            view.rows.keywords[row.node_id].append(row)
    if Part.RESPONSIBLE in parts:
        for row in await uow.session.execute(queries.responsibilities(principal, ids, units)):
            view.rows.responsible[row.node_id].append(row)
    await read_outcomes(uow, principal, view.rows, added, parts)
    owners = ({row.owner_unit_id for row in added} | set(units)) - view.rows.units.keys()
    for row in await uow.session.execute(queries.units_by_id(principal, owners)):
        view.rows.units[row.id] = row
