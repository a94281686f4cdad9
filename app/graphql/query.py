"""The root of the read schema. Changes go through REST, where rules answer with problems."""

from uuid import UUID

import strawberry

from app.db.paging import Page
from app.domain.findings import NotFound
from app.graphql import cursors
from app.graphql.chain_root import FollowUp, follow_up_of
from app.graphql.context import GraphQLContext, Info, context_of
from app.graphql.model_types import Module, module_of
from app.graphql.node_types import Indicator, Node, NodeConnection, NodeEdge, node_of
from app.graphql.organisation_types import (
    PageInfo,
    Region,
    Unit,
    UnitConnection,
    UnitEdge,
    Viewer,
    page_size,
    unit_of,
)
from app.graphql.scalars import PeriodScalar
from app.services.followup import follow_up, needs
from app.services.model_cache import steering_model
from app.services.node_search import NodeSearch, find_indicator, find_node, search_nodes
from app.services.regions import read_own_region
from app.services.units import list_units, read_unit


def _page(first: int | None, after: str | None) -> Page:
    return Page(page_size(first), cursors.decode(after, 2))


@strawberry.type(description="Reads. Changes go through REST, where rules answer with problems.")
class Query:
    """The root."""

    @strawberry.field(description="Who is asking.")
    async def me(self, info: Info) -> Viewer:
        """The viewer."""
        context = context_of(info)
        principal = context.principal
        async with context.turn:
            row = await read_unit(context.uow, principal, context.today, principal.unit_id)
        return Viewer(
            subject=principal.subject,
            role=principal.role,
            unit=unit_of(row),
            whole_region=principal.whole_region,
            is_integration=principal.is_integration,
        )

    @strawberry.field(description="The region that the credential belongs to.")
    async def region(self, info: Info) -> Region:
        """The region."""
        context = context_of(info)
        async with context.turn:
            found = await read_own_region(context.uow, context.principal)
        return Region(
            code=found.region.code,
            name=found.region.name,
            levels=[level.code for level in found.levels],
            board_level=found.region.board_level,
        )

    @strawberry.field(description="A unit by its code; null where there is none that may be seen.")
    async def unit(self, info: Info, code: str) -> Unit | None:
        """A unit."""
        context = context_of(info)
        async with context.turn:
            try:
                return unit_of(await read_unit(context.uow, context.principal, context.today, code))
            except NotFound:
                return None

    @strawberry.field(
        description="Units in Swedish order of their names; `under`: this unit's code, and what is below."
    )
    async def units(
        self,
        info: Info,
        level: str | None = None,
        under: str | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> UnitConnection:
        """Units."""
        context = context_of(info)
        page = _page(first, after)
        async with context.turn:
            found = await list_units(context.uow, context.principal, context.today, page, level=level, under=under)
        edges = [UnitEdge(cursor=cursors.encode((row.name_sort, row.id)), node=unit_of(row)) for row in found.rows]
        return UnitConnection(edges=edges, page_info=_ends(edges[-1].cursor if edges else None, found.next is not None))

    @strawberry.field(description="A module by its code.")
    async def module(self, info: Info, code: str) -> Module | None:
        """A module."""
        context = context_of(info)
        async with context.turn:
            model = (await steering_model(context.uow)).model
        module = model.module(code)
        return None if module is None else module_of(module, model)

    @strawberry.field(description="A node by its id, as the caller's own unit sees it; null where none may be seen.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        """A node."""
        context = context_of(info)
        try:
            node_id = UUID(str(id))
        except ValueError:
            return None
        async with context.turn:
            try:
                view = await find_node(
                    context.uow,
                    context.principal,
                    context.today,
                    node_id,
                    asked=context.asked,
                    parts=needs(context.asked),
                )
            except NotFound:
                return None
        return node_of(view, node_id)

    @strawberry.field(
        description="Nodes of a module's plan year, in Swedish order of their titles. `unit`: owned by it or allocated"
        " to it; `search`: words of the title, in any case."
    )
    async def nodes(
        self,
        info: Info,
        module: str,
        year: int,
        unit: str | None = None,
        column: str | None = None,
        keyword: str | None = None,
        search: str | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> NodeConnection:
        """Nodes."""
        context = context_of(info)
        page = _page(first, after)
        wanted = NodeSearch(module=module, year=year, unit=unit, column=column, keyword=keyword, search=search)
        async with context.turn:
            found = await search_nodes(
                context.uow,
                context.principal,
                context.today,
                wanted,
                page,
                asked=context.asked,
                parts=needs(context.asked),
            )
        edges = [
            NodeEdge(cursor=cursors.encode(values), node=node_of(found.view, node_id))
            for node_id, values in zip(found.ids, found.cursors, strict=True)
        ]
        return NodeConnection(
            edges=edges,
            page_info=_ends(edges[-1].cursor if edges else None, found.has_next),
            total_count=found.total or 0,
        )

    @strawberry.field(description="A unit's follow-up of a period: grades, outcomes, rollups, what is missing.")
    async def follow_up(self, info: Info, unit: str, period: PeriodScalar, module: str = "VGPU") -> FollowUp:
        """A follow-up."""
        context = context_of(info)
        async with context.turn:
            view = await follow_up(
                context.uow,
                context.principal,
                context.today,
                unit=unit,
                module=module,
                period=period,
                parts=needs(context.asked),
            )
        return follow_up_of(view)

    @strawberry.field(description="An indicator by its code, or its key in the catalogue.")
    async def indicator(self, info: Info, code: str) -> Indicator | None:
        """An indicator."""
        context = context_of(info)
        async with context.turn:
            try:
                view, node_id = await find_indicator(
                    context.uow,
                    context.principal,
                    context.today,
                    code,
                    asked=context.asked,
                    parts=needs(context.asked),
                )
            except NotFound:
                return None
        node = node_of(view, node_id)
        return node if isinstance(node, Indicator) else None


def _ends(cursor: str | None, has_next: bool) -> PageInfo:
    return PageInfo(has_next_page=has_next, end_cursor=cursor)


__all__ = ["GraphQLContext", "Query"]
