"""The fields at the top of a question: what each loads, and what the plan's code is then given.

A loader returns a `Reading` and the object that the field stands for, None for null.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.graphql import cursors, loads
from app.graphql.context import GraphQLContext
from app.graphql.loads import Asked
from app.graphql.planner.fields import PLACE, One
from app.graphql.planner.node_fields import KINDS
from app.graphql.planner.reading import Arguments, Reading
from app.services.node_search import NodeSearch

Loaded = tuple[Reading, Any]
Loader = Callable[[GraphQLContext, Asked, Arguments], Awaitable[Loaded]]


@dataclass(frozen=True, slots=True)
class Root:
    """A field at the top."""

    load: Loader
    plan: One


class UnitEdge(NamedTuple):
    """A unit in a page."""

    cursor: str
    row: Any


class NodeEdge(NamedTuple):
    """A node in a page."""

    cursor: str
    place: int


class Page(NamedTuple):
    """A page of a list."""

    edges: list[Any]
    has_next_page: bool
    total: int = 0

    @property
    def end_cursor(self) -> str | None:
        """The cursor of the last edge."""
        return self.edges[-1].cursor if self.edges else None


async def _me(context: GraphQLContext, _asked: Asked, _said: Arguments) -> Loaded:
    return Reading(context.language), await loads.load_asker(context)


async def _region(context: GraphQLContext, _asked: Asked, _said: Arguments) -> Loaded:
    return Reading(context.language), await loads.load_region(context)


async def _unit(context: GraphQLContext, _asked: Asked, said: Arguments) -> Loaded:
    return Reading(context.language), await loads.load_unit(context, said["code"])


async def _units(context: GraphQLContext, _asked: Asked, said: Arguments) -> Loaded:
    found = await loads.load_units(
        context, level=said["level"], under=said["under"], first=said["first"], after=said["after"]
    )
    return Reading(context.language), Page([UnitEdge(*edge) for edge in found.rows], found.has_next)


async def _module(context: GraphQLContext, _asked: Asked, said: Arguments) -> Loaded:
    module, loaded = await loads.load_module(context, said["code"])
    return Reading(context.language, model=loaded), module


async def _node(context: GraphQLContext, asked: Asked, said: Arguments) -> Loaded:
    found = await loads.load_node(context, asked, said["id"])
    if found is None:
        return Reading(context.language), None
    reading = Reading(context.language, view=found[0])
    return reading, reading.place_of(found[1])


async def _nodes(context: GraphQLContext, asked: Asked, said: Arguments) -> Loaded:
    filters = {name: said[name] for name in ("module", "year", "unit", "column", "keyword", "search")}
    found = await loads.load_nodes(context, asked, NodeSearch(**filters), first=said["first"], after=said["after"])
    reading = Reading(context.language, view=found.view)
    edges = [
        NodeEdge(cursors.encode(values), reading.place_of(node))
        for node, values in zip(found.ids, found.cursors, strict=True)
    ]
    return reading, Page(edges, found.has_next, found.total or 0)


async def _follow_up(context: GraphQLContext, asked: Asked, said: Arguments) -> Loaded:
    view = await loads.load_follow_up(context, asked, unit=said["unit"], period=said["period"], module=said["module"])
    return Reading(context.language, view=view), view


async def _indicator(context: GraphQLContext, asked: Asked, said: Arguments) -> Loaded:
    found = await loads.load_indicator(context, asked, said["code"])
    if found is None:
        return Reading(context.language), None
    reading = Reading(context.language, view=found[0])
    place = reading.place_of(found[1])
    return reading, place if KINDS[reading.kinds[place]] == "Indicator" else None


ROOTS: Mapping[str, Root] = {
    "me": Root(_me, One("Viewer", "{x}")),
    "region": Root(_region, One("Region", "{x}")),
    "unit": Root(_unit, One("Unit", "{x}")),
    "units": Root(_units, One("UnitConnection", "{x}")),
    "module": Root(_module, One("Module", "{x}")),
    "node": Root(_node, One("Node", "{x}", PLACE)),
    "nodes": Root(_nodes, One("NodeConnection", "{x}")),
    "followUp": Root(_follow_up, One("FollowUp", "{x}")),
    "indicator": Root(_indicator, One("Indicator", "{x}", PLACE)),
}
"""Fields of Query. Those of its fields that do not stand here are named in `ORDINARY`."""
_FEW = "a page of few rows; what it costs is looking for them"
ORDINARY: Mapping[str, str] = {"numberFindings": _FEW, "orphanedResponsibilities": _FEW}
"""Fields of Query that only the ordinary executor answers, and why."""
