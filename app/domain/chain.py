"""The follow-up chain at a unit: which nodes are in it, what hangs under what, and everything below each node.

    S         the unit and everything below it
    present   owned by a unit in S, or allocated to one
    roots     present nodes of the module that hang under nothing in the chain
    chain     the roots and all that is reached from them downward, as long as it is present

Below a node that a unit in S owns, what is linked in from another module is present too, with all that hangs under it
there: who links a strategy's activity under an own goal sees it, whoever owns it. What is linked under a goal from
above is present only where it is itself allocated: the same goal stands on many boards.

Plain facts in, everything computed once, without recursion: a chain may be a thousand nodes deep. Source: 000 §7.1, §8.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from app.domain.nodes import AllocationOrigin
from app.domain.periods import Periodicity
from app.domain.steering_model import Code, NodeKind


class UnitPlace(NamedTuple):
    """A unit of the subtree S; depth 0 is the unit that the chain is read at."""

    id: UUID
    code: str
    depth: int


class ChainNode(NamedTuple):
    """A node that may be in the chain. Give them in the order in which siblings are to be shown."""

    id: UUID
    module: str
    column: Code
    kind: NodeKind
    owner: UUID
    region_level_only: bool = False
    periodicity: Periodicity | None = None
    """The node's own periodicity; None: its column's."""


class Placed(NamedTuple):
    """A node allocated to a unit, or opted in to by it."""

    node: UUID
    unit: UUID
    origin: AllocationOrigin


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain, by position: `nodes[i]` has children `children[i]`, in the order in which the nodes were given.

    `upward` names every position after all that is below it.
    """

    module: str
    unit: UUID
    units: dict[UUID, UnitPlace]
    nodes: list[ChainNode]
    position: dict[UUID, int]
    children: list[list[int]]
    parents: list[list[int]]
    roots: list[int]
    upward: list[int]
    owned: list[bool]
    """Per node whether a unit in S owns it."""
    placed: list[tuple[Placed, ...]]
    """Per node its allocations in S, nearest to the unit first."""

    def __len__(self) -> int:
        return len(self.nodes)

    def origin(self, node: int) -> AllocationOrigin:
        """How the node came to the unit: owned at or below it, allocated there, or linked in (which is opting in)."""
        if self.owned[node]:
            return AllocationOrigin.OWN
        return self.placed[node][0].origin if self.placed[node] else AllocationOrigin.OPTED_IN

    def units_of(self, node: int) -> Iterator[UUID]:
        """The units in S that answer for the node: its owner, and those it is allocated to; each once."""
        owner = self.nodes[node].owner
        if self.owned[node]:
            yield owner
        yield from (p.unit for p in self.placed[node] if p.unit != owner)

    def is_here(self, node: int) -> bool:
        """Whether the unit itself owns the node or has it allocated, rather than a unit below it."""
        return any(unit == self.unit for unit in self.units_of(node))


def build_chain(
    module: str,
    units: Sequence[UnitPlace],
    nodes: Iterable[ChainNode],
    links: Iterable[tuple[UUID, UUID]],
    allocations: Iterable[Placed] = (),
    *,
    at_region: bool = False,
) -> Chain:
    """The chain of `module` at the first of `units` (S, the unit itself first).

    `nodes` may hold more than the chain does; links (parent, child) and allocations of nodes not given are passed
    over. With `at_region` the unit is the region, the only place where region-level-only measures are present.
    Raises ValueError if the links go in a circle.
    """
    subtree = {u.id: u for u in units}
    # Everything below works on positions: a UUID is slow to hash, and each would be looked up ten times over.
    given = [n for n in nodes if at_region or not n.region_level_only]
    where = {n.id: i for i, n in enumerate(given)}
    if len(where) < len(given):  # some were given twice
        given = [given[i] for i in where.values()]
        where = {n.id: i for i, n in enumerate(given)}
    owned = [n.owner in subtree for n in given]
    placed = _placed(allocations, subtree, where)
    under: list[list[int]] = [[] for _ in given]
    for above, beneath in links:
        parent, child = where.get(above), where.get(beneath)
        if parent is not None and child is not None:
            under[parent].append(child)
    chosen = _present(module, given, owned, placed, under)

    kept = [i for i, is_in in enumerate(chosen) if is_in]
    new = [-1] * len(given)
    for i, old in enumerate(kept):
        new[old] = i
    children = [_chosen(under[old], new) for old in kept]
    parents: list[list[int]] = [[] for _ in kept]
    for i, several in enumerate(children):
        for kept_child in several:
            parents[kept_child].append(i)
    return Chain(
        module=module,
        unit=units[0].id,
        units=subtree,
        nodes=[given[old] for old in kept],
        position={given[old].id: i for i, old in enumerate(kept)},
        children=children,
        parents=parents,
        roots=[i for i, above in enumerate(parents) if not above],
        upward=_upward(children, parents),
        owned=[owned[old] for old in kept],
        placed=[tuple(placed.get(old, ())) for old in kept],
    )


def _chosen(under: list[int], new: list[int]) -> list[int]:
    """The new positions of those that are kept, each once, in order."""
    found = [new[i] for i in under if new[i] >= 0]
    return sorted(set(found)) if len(found) > 1 else found  # most have none or one


def _placed(
    allocations: Iterable[Placed], subtree: dict[UUID, UnitPlace], where: dict[UUID, int]
) -> dict[int, list[Placed]]:
    """Node -> its allocations in S, nearest to the unit first."""
    found: dict[int, list[Placed]] = {}
    for allocation in allocations:
        node = where.get(allocation.node)
        if node is not None and allocation.unit in subtree:
            found.setdefault(node, []).append(allocation)
    for several in found.values():
        if len(several) > 1:
            several.sort(key=lambda p: (subtree[p.unit].depth, subtree[p.unit].code))
    return found


def _present(
    module: str,
    given: list[ChainNode],
    owned: list[bool],
    placed: dict[int, list[Placed]],
    under: list[list[int]],
) -> list[bool]:
    """Which nodes are in the chain: the module's own present ones, and what is linked in below them."""
    present = [is_owned or i in placed for i, is_owned in enumerate(owned)]
    chosen = [is_present and n.module == module for n, is_present in zip(given, present, strict=True)]
    # Came in through a link below an own node: what hangs under it comes along.
    brought = [False] * len(given)
    waiting = [i for i, is_in in enumerate(chosen) if is_in]
    while waiting:
        parent = waiting.pop()
        for child in under[parent]:
            if given[child].module == module:
                continue  # chosen already, or not present: the module's own nodes don't come in through links
            linked_in = owned[parent] and given[child].module != given[parent].module
            comes_along = linked_in or brought[parent]
            if (comes_along and not brought[child]) or (present[child] and not chosen[child]):
                # A node may be looked at twice: once present, and again when it turns out to be brought.
                chosen[child] = True
                brought[child] = comes_along
                waiting.append(child)
    return chosen


def _upward(children: list[list[int]], parents: list[list[int]]) -> list[int]:
    """Every position after all its children (Kahn). Raises ValueError where there is no such order."""
    left = [len(c) for c in children]
    order = [i for i, count in enumerate(left) if count == 0]
    for done in order:  # grows while it is walked
        for parent in parents[done]:
            left[parent] -= 1
            if left[parent] == 0:
                order.append(parent)
    if len(order) != len(children):
        raise ValueError("the chain's links go in a circle")
    return order
