"""What the top fields of a question load: used by the resolvers of the ordinary executor, and by the planner.

Each takes its turn: the fields of a question share one transaction.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from app.db.paging import Page
from app.db.typing import AnyRow
from app.domain.access import Principal
from app.domain.findings import NotFound
from app.domain.number_checks import CHECKS
from app.domain.periods import Period
from app.domain.steering_model import Module
from app.graphql import cursors
from app.graphql.context import GraphQLContext
from app.graphql.errors import bad_input
from app.graphql.limits import page_size
from app.services.facts import asked as asked_of
from app.services.followup import FollowUp, follow_up, needs
from app.services.indicators import read_indicator
from app.services.model_cache import LoadedModel, steering_model
from app.services.node_search import NodeSearch, NodesFound, find_indicator, find_node, search_nodes
from app.services.number_checks import START, FindingsFound, Wanted, find
from app.services.ownership import ORPHANED_KEYS, Orphaned, list_orphaned
from app.services.ownership import Wanted as OwnershipWanted
from app.services.regions import RegionFound, read_own_region
from app.services.series import Span
from app.services.units import find_reachable_unit, list_units, read_unit

Asked = frozenset[str]
"""Names of the fields that are asked for: what nobody asks for is not read."""


class Asker(NamedTuple):
    """Who is asking, and the unit of the credential."""

    principal: Principal
    row: AnyRow


@dataclass(frozen=True, slots=True)
class UnitsFound:
    """A page of units with their cursors."""

    rows: list[tuple[str, AnyRow]]
    has_next: bool


async def load_asker(context: GraphQLContext) -> Asker:
    """Who is asking."""
    principal = context.principal
    async with context.turn:
        return Asker(principal, await read_unit(context.uow, principal, context.today, principal.unit_id))


async def load_region(context: GraphQLContext) -> RegionFound:
    """The region of the credential."""
    async with context.turn:
        return await read_own_region(context.uow, context.principal)


async def load_unit(context: GraphQLContext, code: str) -> AnyRow | None:
    """A unit by its code; None where there is none that may be seen."""
    async with context.turn:
        try:
            return await read_unit(context.uow, context.principal, context.today, code)
        except NotFound:
            return None


async def load_units(
    context: GraphQLContext, *, level: str | None, under: str | None, first: int | None, after: str | None
) -> UnitsFound:
    """A page of units."""
    page = _page(first, after)
    async with context.turn:
        found = await list_units(context.uow, context.principal, context.today, page, level=level, under=under)
    return UnitsFound(
        [(cursors.encode((row.name_sort, row.id)), row) for row in found.rows], has_next=found.next is not None
    )


async def load_module(context: GraphQLContext, code: str) -> tuple[Module | None, LoadedModel]:
    """A module by its code, and the steering model that it stands in."""
    async with context.turn:
        loaded = await steering_model(context.uow)
    return loaded.model.module(code), loaded


async def load_node(context: GraphQLContext, asked: Asked, said: str) -> tuple[FollowUp, UUID] | None:
    """A view that can tell about the node, and its id; None where there is none that may be seen."""
    try:
        node_id = UUID(said)
    except ValueError:
        return None
    async with context.turn:
        try:
            view = await find_node(
                context.uow, context.principal, context.today, node_id, asked=asked, parts=needs(asked)
            )
        except NotFound:
            return None
    return view, node_id


async def load_nodes(
    context: GraphQLContext, asked: Asked, wanted: NodeSearch, *, first: int | None, after: str | None
) -> NodesFound:
    """A page of nodes, in a view that can tell about each."""
    page = _page(first, after)
    async with context.turn:
        return await search_nodes(
            context.uow, context.principal, context.today, wanted, page, asked=asked, parts=needs(asked)
        )


async def load_follow_up(context: GraphQLContext, asked: Asked, *, unit: str, period: Period, module: str) -> FollowUp:
    """A unit's follow-up."""
    async with context.turn:
        return await follow_up(
            context.uow,
            context.principal,
            context.today,
            unit=unit,
            module=module,
            period=period,
            parts=needs(asked),
        )


async def load_indicator(context: GraphQLContext, asked: Asked, code: str) -> tuple[FollowUp, UUID] | None:
    """A view that can tell about the indicator's node, and its id; None where there is none that may be seen."""
    async with context.turn:
        try:
            return await find_indicator(
                context.uow, context.principal, context.today, code, asked=asked, parts=needs(asked)
            )
        except NotFound:
            return None


def _page(first: int | None, after: str | None) -> Page:
    return Page(page_size(first), cursors.decode(after, 2))


@dataclass(frozen=True, slots=True)
class OrphanedFound:
    """A page of responsibilities without a person, and the sort values to go on from."""

    items: list[Orphaned]
    next: tuple[Any, ...] | None


async def load_orphaned(
    context: GraphQLContext, wanted: OwnershipWanted, *, first: int | None, after: str | None
) -> OrphanedFound:
    """A page of responsibilities without a person. Raises NotFound for a unit that can't be reached."""
    page = Page(page_size(first), cursors.decode(after, ORPHANED_KEYS))
    async with context.turn:
        a = await asked_of(context.uow, context.principal, context.today)
        return OrphanedFound(*await list_orphaned(a, page, wanted))


async def load_number_findings(
    context: GraphQLContext,
    span: Span,
    *,
    indicator: str | None,
    unit: str | None,
    under: str | None,
    checks: list[str] | None,
    first: int | None,
    after: str | None,
) -> FindingsFound:
    """What looks wrong in the numbers. Raises BAD_USER_INPUT, and NotFound for what can't be seen."""
    size, start = page_size(first), START
    if after is not None:
        phase, indicator_no, unit_no, passed = cursors.numbers(after, len(START))
        start = (phase, indicator_no, unit_no, passed)
    if unknown := sorted(set(checks or ()) - set(CHECKS)):
        raise bad_input(f"checks: {unknown[0][:20]} is none of {', '.join(CHECKS)}")
    uow, principal, on = context.uow, context.principal, context.today
    async with context.turn:
        wanted = Wanted(
            span=span,
            indicator=None if indicator is None else (await read_indicator(uow, principal, indicator)).id,
            unit=None if unit is None else (await find_reachable_unit(uow, principal, on, unit)).id,
            under=None if under is None else (await find_reachable_unit(uow, principal, on, under)).id,
            checks=tuple(checks) if checks else CHECKS,
        )
        return await find(uow, principal, on, wanted, limit=size, start=start)
