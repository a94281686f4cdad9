"""The organisation below the boards: administrations, areas, operations and units."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from bench.made.ids import Ids

LEVELS = ("region", "board", "administration", "area", "operation", "unit")
MEDIUM_BOARD, SMALL_AREA = "SU", "SU-O1"
"""The board that M asks for, and the area below it that S asks for: nothing is ever added to these two."""
_MADE_ADMINISTRATIONS = ("RH", "SAS")
"""Boards with units of their own, whose administration the region's data do not name."""


@dataclass(slots=True, eq=False)
class Place:
    """A unit in the tree."""

    id: UUID
    code: str
    level: str
    parent: "Place | None"
    children: list["Place"] = field(default_factory=list)

    def below(self) -> Iterator["Place"]:
        """The unit itself and everything below it, from the top down."""
        yield self
        for child in self.children:
            yield from child.below()

    def holds(self, other: "Place | None") -> bool:
        """Whether the other unit is this one, or stands below it."""
        while other is not None:
            if other is self:
                return True
            other = other.parent
        return False


class Tree:
    """The region's units: those that were loaded, and those that are made here."""

    def __init__(self, ids: Ids, loaded: Sequence[tuple[UUID, str, str, str | None]]) -> None:
        """`loaded`: (id, code, level, the code of the unit above), from the top down."""
        self._ids = ids
        self.places: dict[str, Place] = {}
        self.made: list[Place] = []
        for unit_id, code, level, above in loaded:
            self._put(Place(unit_id, code, level, self.places[above] if above else None))
        self.top = next(place for place in self.places.values() if place.parent is None)

    def _put(self, place: Place) -> Place:
        self.places[place.code] = place
        if place.parent is not None:
            place.parent.children.append(place)
        return place

    def _make(self, code: str, above: Place) -> Place:
        made = self._put(Place(self._ids.new(), code, LEVELS[LEVELS.index(above.level) + 1], above))
        self.made.append(made)
        return made

    @property
    def boards(self) -> list[Place]:
        """The boards, by code."""
        return sorted((p for p in self.places.values() if p.level == "board"), key=lambda p: p.code)

    def grow_core(self) -> None:
        """The units of the live year: 62 at the medium board, 22 at each other board with an administration."""
        for board in self.boards:
            if board.code in _MADE_ADMINISTRATIONS:
                self._make(f"{board.code}-F", board)
            for administration in board.children:
                for i in range(1, 7 if board.code == MEDIUM_BOARD else 4):
                    self._area(f"{board.code}-O{i}", administration, 3 if board.code == MEDIUM_BOARD else 2)

    def _area(self, code: str, above: Place, operations: int) -> None:
        area = self._make(code, above)
        for i in range(1, operations + 1):
            operation = self._make(f"{code}V{i}", area)
            for j in range(1, 3):
                self._make(f"{code}V{i}E{j}", operation)

    def grow_beside(self, units: int) -> list[Place]:
        """Areas with what is below them at the other boards, until there are `units` in all. Returns the new ones."""
        hosts = [a for b in self.boards if b.code != MEDIUM_BOARD for a in b.children]
        before, number = len(self.made), 0
        while len(self.places) + 7 <= units:
            self._area(f"{hosts[number % len(hosts)].parent.code}-X{number + 1}", hosts[number % len(hosts)], 2)
            number += 1
        while len(self.places) < units:
            self._make(f"{hosts[0].parent.code}-Y{len(self.places)}", hosts[0])
        return self.made[before:]


class Part:
    """A part of the tree that a plan is made for: some unit and what is below it, but for what is left out."""

    def __init__(self, top: Place, *, without: Place | None = None) -> None:
        self.top = top
        self.units = [p for p in top.below() if without is None or not without.holds(p)]
        self._below: dict[tuple[str, frozenset[str]], list[Place]] = {}

    def at(self, *levels: str) -> list[Place]:
        """The units on these levels."""
        return [p for p in self.units if p.level in levels]

    def pick_below(self, rng: random.Random, owner: Place, *levels: str) -> Place | None:
        """Some unit on one of the levels, at or below `owner`."""
        key = (owner.code, frozenset(levels))
        if key not in self._below:
            self._below[key] = [p for p in self.units if p.level in levels and owner.holds(p)]
        found = self._below[key]
        return rng.choice(found) if found else None
