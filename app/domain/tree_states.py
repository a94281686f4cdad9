"""The tree below a unit as it stood on each of several days: few states, since units are seldom moved."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit under a parent from `since` up to, but not including, `until` (None: still)."""

    unit: UUID
    parent: UUID | None
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class TreeState:
    """What stood below the top from `since` up to, but not including, `until`.

    `parent_of`: unit -> the unit above it. The `until` of the last state is `date.max`.
    """

    since: date
    until: date
    parent_of: Mapping[UUID, UUID]

    def intervals(self, top: UUID) -> dict[UUID, tuple[int, int]]:
        """Unit -> (first, last): units are numbered from the top down, and those below a unit up to its `last`.

        `b` stands below `a` when `first(a) < first(b) <= last(a)`.
        """
        below: dict[UUID, list[UUID]] = {}
        for unit, parent in self.parent_of.items():
            below.setdefault(parent if parent in self.parent_of else top, []).append(unit)
        found: dict[UUID, tuple[int, int]] = {}
        opened: dict[UUID, int] = {}
        walk = list(reversed(below.get(top, [])))
        while walk:
            unit = walk.pop()
            if unit in opened:  # met again on the way up: everything below it has its number
                found[unit] = (opened[unit], len(opened) - 1)
                continue
            opened[unit] = len(opened)
            walk += [unit, *reversed(below.get(unit, []))]
        return found


def tree_states(top: UUID, standings: Collection[Standing], days: Iterable[date]) -> list[TreeState]:
    """The states that the days fall into, in order; each holds from its first day of the tree on to the next state.

    A unit whose parent is not among the standings (it may not be seen) counts as standing right under the top.
    """
    turns = sorted({s.since for s in standings} | {s.until for s in standings if s.until is not None})
    made: dict[date, TreeState] = {}
    for day in sorted(set(days)):
        since = max((turn for turn in turns if turn <= day), default=date.min)
        if since in made:
            continue
        until = min((turn for turn in turns if turn > day), default=date.max)
        parents = {s.unit: s.parent or top for s in standings if s.since <= day and (s.until is None or day < s.until)}
        made[since] = TreeState(since, until, parents)
    states = list(made.values())
    # Whatever comes after the last day is read in its tree, also where a later move is planned already.
    return [*states[:-1], *(replace(state, until=date.max) for state in states[-1:])]
