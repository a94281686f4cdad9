"""The root of the read schema. Changes go through REST, where rules answer with problems."""

import strawberry

from app.graphql import cursors, loads
from app.graphql.chain_root import FollowUp, follow_up_of
from app.graphql.context import GraphQLContext, Info, context_of
from app.graphql.measure_types import NumberFindingConnection, findings_of
from app.graphql.model_types import Module, module_of
from app.graphql.node_types import Indicator, Node, NodeConnection, NodeEdge, node_of
from app.graphql.organisation_types import PageInfo, Region, Unit, UnitConnection, UnitEdge, Viewer, unit_of
from app.graphql.ownership_types import OrphanedResponsibilityConnection, orphaned_of
from app.graphql.scalars import PeriodScalar
from app.services.node_search import NodeSearch
from app.services.ownership import Wanted
from app.services.series import Span


@strawberry.type(description="Reads. Changes go through REST, where rules answer with problems.")
class Query:
    """The root."""

    @strawberry.field(description="Who is asking.")
    async def me(self, info: Info) -> Viewer:
        """The viewer."""
        principal, row = await loads.load_asker(context_of(info))
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
        found = await loads.load_region(context_of(info))
        return Region(
            code=found.region.code,
            name=found.region.name,
            levels=[level.code for level in found.levels],
            board_level=found.region.board_level,
        )

    @strawberry.field(description="A unit by its code; null where there is none that may be seen.")
    async def unit(self, info: Info, code: str) -> Unit | None:
        """A unit."""
        row = await loads.load_unit(context_of(info), code)
        return None if row is None else unit_of(row)

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
        found = await loads.load_units(context_of(info), level=level, under=under, first=first, after=after)
        edges = [UnitEdge(cursor=cursor, node=unit_of(row)) for cursor, row in found.rows]
        return UnitConnection(edges=edges, page_info=_ends(edges[-1].cursor if edges else None, found.has_next))

    @strawberry.field(description="A module by its code.")
    async def module(self, info: Info, code: str) -> Module | None:
        """A module."""
        module, loaded = await loads.load_module(context_of(info), code)
        return None if module is None else module_of(module, loaded.model)

    @strawberry.field(description="A node by its id, as the caller's own unit sees it; null where none may be seen.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        """A node."""
        context = context_of(info)
        found = await loads.load_node(context, context.asked, str(id))
        return None if found is None else node_of(*found)

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
        wanted = NodeSearch(module=module, year=year, unit=unit, column=column, keyword=keyword, search=search)
        found = await loads.load_nodes(context, context.asked, wanted, first=first, after=after)
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
        view = await loads.load_follow_up(context, context.asked, unit=unit, period=period, module=module)
        return follow_up_of(view)

    @strawberry.field(description="An indicator by its code, or its key in the catalogue.")
    async def indicator(self, info: Info, code: str) -> Indicator | None:
        """An indicator."""
        context = context_of(info)
        found = await loads.load_indicator(context, context.asked, code)
        if found is None:
            return None
        node = node_of(*found)
        return node if isinstance(node, Indicator) else None

    @strawberry.field(
        description="What looks wrong in the numbers: I3 and I4, jumps (L1), small groups (L2), indicators that nobody"
        " reports (L3). `indicator`, `unit`, `under`: codes. Unsaid periods: from two years before this one."
    )
    async def number_findings(
        self,
        info: Info,
        indicator: str | None = None,
        unit: str | None = None,
        under: str | None = None,
        period_from: PeriodScalar | None = None,
        period_to: PeriodScalar | None = None,
        checks: list[str] | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> NumberFindingConnection:
        """Findings."""
        context = context_of(info)
        span = Span.of(period_from, period_to, context.today)
        found = await loads.load_number_findings(
            context, span, indicator=indicator, unit=unit, under=under, checks=checks, first=first, after=after
        )
        return findings_of(found, context)

    @strawberry.field(
        description="Responsibilities without a person, in plans that are not archived, with successors proposed (B3)."
        " `unit`, `under`: codes."
    )
    async def orphaned_responsibilities(
        self,
        info: Info,
        unit: str | None = None,
        under: str | None = None,
        module: str | None = None,
        year: int | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> OrphanedResponsibilityConnection:
        """Responsibilities without a person."""
        context = context_of(info)
        wanted = Wanted(unit=unit, under=under, module=module, year=year)
        return orphaned_of(await loads.load_orphaned(context, wanted, first=first, after=after), context)


def _ends(cursor: str | None, has_next: bool) -> PageInfo:
    return PageInfo(has_next_page=has_next, end_cursor=cursor)


__all__ = ["GraphQLContext", "Query"]
