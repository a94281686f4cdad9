"""Turns what a request names into allocations that rules can be asked about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.db.locks import hold_nodes, hold_plans
from app.domain.access import Permission
from app.domain.allocation import NewAllocation, allocation_findings, opt_in_findings
from app.domain.archived import still_open
from app.domain.commissions import is_commissioned
from app.domain.findings import Finding, Forbidden
from app.domain.nodes import AllocationOrigin, NodeView, UnitView
from app.domain.organisation import is_below
from app.domain.phrases import say, short
from app.domain.plan_versions import PlanStatus
from app.domain.texts import Text
from app.services import naming
from app.services.facts import Asked, in_sight, node_views, parents_of, reach
from app.services.following import Placing


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One (node, unit) that is asked for, by their names. `pointer` is where the unit is named, `row` which item."""

    node: UUID
    unit: str
    pointer: str
    node_pointer: str
    instruction: str | None = None
    origin: AllocationOrigin = AllocationOrigin.ALLOCATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the wishes name: nodes with their parents, locked against change, and units."""

    nodes: dict[UUID, NodeView]
    parents: dict[UUID, tuple[NodeView, ...]]
    units: dict[str, UnitView]
    closed: tuple[Finding, ...]
    """V3, for nodes of archived plans."""

    def asked(self, wish: Wish, node: NodeView, unit: UnitView) -> NewAllocation:
        """The wish as the rules see it."""
        return NewAllocation(node=node, unit=unit, parents=self.parents.get(node.id, ()), pointer=wish.pointer)


_TWICE = Text("Samma nod och enhet står två gånger.", "The same node and unit stand twice.")


async def find(a: Asked, node_ids: Iterable[UUID], unit_codes: Iterable[str]) -> Found:
    """Look up and hold. Nodes that may not be seen are left out; so are units that do not exist.

    Units are found whether the caller may see them or not: an assignment goes to boards outside the giver's own part of
    the tree. `may_give` looks at what the caller may do there.
    """
    readable = await naming.readable_nodes(a, node_ids)
    above = await parents_of(a, readable)
    await hold_nodes(a.uow, {*readable, *(p for parents in above.values() for p in parents)})
    statuses = await hold_plans(a.uow, set(readable.values()))
    views = (await node_views(a, {*readable, *(p for parents in above.values() for p in parents)})).views
    nodes = {n: views[n] for n in readable if n in views}
    years = {views[n].year: PlanStatus(statuses[version]) for n, version in readable.items() if n in views}
    return Found(
        nodes=nodes,
        parents={n: tuple(views[p] for p in above.get(n, ()) if p in views) for n in nodes},
        units=await naming.units_by_code(a, set(unit_codes), readable=False),
        closed=tuple(f for year, status in sorted(years.items()) for f in still_open(year, status)),
    )


def resolve(found: Found, wishes: Sequence[Wish]) -> list[tuple[Wish, NewAllocation]]:
    """Each wish with its node and unit. Raises InvalidInput for all that are not there, or stand twice."""
    errors = naming.Errors()
    resolved: list[tuple[Wish, NewAllocation]] = []
    seen: set[tuple[UUID, str]] = set()
    for wish in wishes:
        node, unit = found.nodes.get(wish.node), found.units.get(wish.unit)
        if node is None:
            errors.add(wish.node_pointer, "unknown_node", naming.UNKNOWN_NODE, name=wish.node)
        if unit is None:
            errors.add(wish.pointer, "unknown_unit", naming.UNKNOWN_UNIT, name=wish.unit)
        if (wish.node, wish.unit) in seen:
            errors.add(wish.pointer, "duplicate", _TWICE)
        seen.add((wish.node, wish.unit))
        if node is not None and unit is not None:
            resolved.append((wish, found.asked(wish, node, unit)))
    errors.settle()
    return resolved


def findings(a: Asked, found: Found, resolved: Sequence[tuple[Wish, NewAllocation]]) -> list[Finding]:
    """What all rules say of the wishes, each of which counts for the others (A2)."""
    pairs = frozenset(asked.pair for _, asked in resolved)
    said = list(found.closed)
    for wish, asked in resolved:
        beside = NewAllocation(
            node=asked.node, unit=asked.unit, parents=asked.parents, beside=pairs, pointer=asked.pointer
        )
        rules = opt_in_findings if wish.origin is AllocationOrigin.OPTED_IN else allocation_findings
        said += rules(beside, a.model.model)
    return said


def placings(resolved: Iterable[tuple[Wish, NewAllocation]]) -> list[Placing]:
    """The wishes as they are to be written."""
    return [
        Placing(node=asked.node, unit=asked.unit, origin=wish.origin, instruction=wish.instruction)
        for wish, asked in resolved
    ]


def may_give(node: NodeView, unit: UnitView, within: frozenset[UUID] | None, *, origin: AllocationOrigin) -> bool:
    """Whether a caller who reaches the units `within` (None: all) may allocate the node to the unit.

    One hands on what one's own part of the tree has: a unit within reach and above the receiver owns the node or has it
    allocated. A commissioning board gives its assignments to providers. A board opts in for itself (A4).
    """
    if within is None:
        return True
    if origin is AllocationOrigin.OPTED_IN:
        return unit.id in within
    if is_commissioned(node, unit) and node.owner.id in within:
        return True
    return any(giver in within and is_below(unit, giver) for giver in (node.owner.id, *node.allocated_to))


def out_of_reach(node: NodeView, unit: UnitView) -> Text:
    """Why `may_give` says no."""
    return say(
        "Du kan inte fördela ”{title}” till {unit}: ingen enhet som du når, ovanför {unit}, har noden.",
        "You can't allocate “{title}” to {unit}: no unit that you reach, above {unit}, has the node.",
        title=short(node.title),
        unit=unit.code,
    )


async def require_giver(a: Asked, resolved: Iterable[tuple[Wish, NewAllocation]]) -> None:
    """Raise Forbidden (B1) unless the caller may give every one; InvalidInput for units it may not even see (B2)."""
    wanted = list(resolved)
    within = {
        module: await reach(a, Permission.ALLOCATIONS_WRITE, module)
        for module in sorted({asked.node.module for _, asked in wanted})
    }
    refused = [
        (wish, asked)
        for wish, asked in wanted
        if not may_give(asked.node, asked.unit, within[asked.node.module], origin=wish.origin)
    ]
    if not refused:
        return
    seen = await in_sight(a)
    errors = naming.Errors()
    for wish, asked in refused:
        if seen is not None and asked.unit.id not in seen:
            errors.add(wish.pointer, "unknown_unit", naming.UNKNOWN_UNIT, name=wish.unit)
    errors.settle()
    _, first = refused[0]
    raise Forbidden(out_of_reach(first.node, first.unit), rule="B1")
