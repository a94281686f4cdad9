"""F5: counts what stands below every node of a chain, each node and each unit once.

Counting is done with sets of bits (below.py) and with sums. Where the sets below a node's children have
nothing in common, its counts are the sum of theirs: so nearly everywhere, a node's counts cost one addition per child.
Where they do overlap (a node with two parents that meet again further up), the sets themselves are counted. Which of
the two holds is not guessed: the sizes of the sets say it.

All counts of a node travel in one integer, 32 bits each ("lanes"), so that one addition adds them all.
"""

import struct
from collections.abc import Iterable, Mapping
from functools import cached_property
from uuid import UUID

from app.domain.attainment import AttainmentStatus
from app.domain.below import Below
from app.domain.chain import Chain
from app.domain.findings import rule
from app.domain.grades import GoalGrade, is_goal_scale
from app.domain.nodes import ActivityStatus
from app.domain.rollup import (
    EMPTY,
    ActivityRollup,
    ColumnRollup,
    IndicatorRollup,
    Rollup,
    RollupFacts,
    UnitRollup,
)
from app.domain.steering_model import Code, SteeringModel
from app.domain.texts import Text

_LANE = 32
_GRADES = {grade.value: i for i, grade in enumerate(GoalGrade, start=1)}
_PER_COLUMN = 1 + len(_GRADES)
_STATUSES = {status: i for i, status in enumerate(ActivityStatus)}
_LATE = len(_STATUSES)
_ATTAINMENTS = {status: i for i, status in enumerate(AttainmentStatus, start=_LATE + 1)}
_FIXED = _LATE + 1 + len(_ATTAINMENTS)


class Rollups:
    """The rollups of a chain's nodes, by position in the chain."""

    def __init__(self, chain: Chain, facts: RollupFacts, columns: list[tuple[str, Code]]) -> None:
        self._chain = chain
        self._columns = columns
        self._unpack = struct.Struct(f"<{_FIXED + _PER_COLUMN * len(columns)}I")
        self._own = _lanes(chain, facts, {key: i for i, key in enumerate(columns)})
        self._own_units = _unit_sets(chain, facts)
        self._below = Below(chain)
        self._sizes = self._below.sizes
        self._counts, self._units = self._add_up()
        self._made: dict[tuple[int, int, int], Rollup] = {}

    def of(self, node: int) -> Rollup:
        """What stands below the node; the node itself is not counted."""
        if not self._sizes[node]:
            return EMPTY
        return self._told(self._sizes[node], self._counts[node], self._units[node])

    def all(self) -> list[Rollup]:
        """What stands below each node, by position."""
        return [self.of(node) for node in range(len(self._own))]

    def whole(self) -> Rollup:
        """The whole chain, its top nodes too."""
        units = 0
        for found in self._own_units:
            units |= found
        return self._told(len(self._own), sum(self._own), units)

    def _add_up(self) -> tuple[list[int], list[int]]:
        """Lanes and unit sets of all that is below each node, from the leaves upward."""
        chain, sizes, own, own_units = self._chain, self._sizes, self._own, self._own_units
        counts, units = [0] * len(own), [0] * len(own)
        for node in chain.upward:
            size = lanes = reporting = 0
            for child in chain.children[node]:
                size += sizes[child] + 1
                lanes += counts[child] + own[child]
                reporting |= units[child] | own_units[child]
            apart = size == sizes[node]
            counts[node] = lanes if apart else self._count_set(self._below.of(node))
            units[node] = reporting
        return counts, units

    def _count_set(self, nodes: int) -> int:
        """The lanes of a set of nodes."""
        return sum((nodes & mask).bit_count() << shift for shift, mask in self._masks)

    @cached_property
    def _masks(self) -> list[tuple[int, int]]:
        """Per lane that anything counts in: its place in the integer, and the set of nodes that count there."""
        members: dict[int, bytearray] = {}
        for node, lanes in zip(self._below.place, self._own, strict=True):
            left = lanes
            while left:
                shift = left.bit_length() - 1  # a node counts 1 in a lane, so the lane's lowest bit is the only one
                members.setdefault(shift, bytearray(len(self._own) // 8 + 1))[node // 8] |= 1 << node % 8
                left ^= 1 << shift
        return [(shift, int.from_bytes(bits, "little")) for shift, bits in members.items()]

    def _told(self, nodes: int, lanes: int, units: int) -> Rollup:
        # Most nodes of a large chain have a handful below them, and so the same figures as many others.
        made = self._made.get((nodes, lanes, units))
        if made is None:
            made = self._made[nodes, lanes, units] = self._make(nodes, lanes, units)
        return made

    def _make(self, nodes: int, lanes: int, units: int) -> Rollup:
        figures = self._unpack.unpack(lanes.to_bytes(self._unpack.size, "little"))
        columns = []
        for i, (module, column) in enumerate(self._columns):
            total, achieved, partly, not_achieved = figures[_FIXED + _PER_COLUMN * i :][:_PER_COLUMN]
            if total:
                missing = total - achieved - partly - not_achieved
                columns.append(ColumnRollup(column, total, achieved, partly, not_achieved, missing, module))
        return Rollup(
            nodes,
            tuple(columns),
            ActivityRollup(*figures[: _LATE + 1]),
            IndicatorRollup(*figures[_LATE + 1 : _FIXED]),
            self._units_told(units),
        )

    def _units_told(self, sets: int) -> UnitRollup:
        """Who assesses counts as reported by an assessment, who only delivers outcomes by an outcome."""
        width = len(self._chain.units)
        only = (1 << width) - 1
        assessing, assessed, delivering, delivered = (sets >> width * i & only for i in range(4))
        reported = assessing & assessed | delivering & ~assessing & delivered
        return UnitRollup((assessing | delivering).bit_count(), reported.bit_count())


@rule(
    "F5",
    title=Text("Uppföljning samlas nedifrån och upp", "Follow-up is gathered bottom-up"),
    statement=Text(
        "En nods samlade uppföljning på en enhet och för en period räknar allt under noden, varje nod och enhet en"
        " gång, per kolumn och bedömning, per aktivitetsstatus och per måluppfyllelse av måltal, och vad som saknas.",
        "A node's rollup at a unit and a period counts everything below it, each node and unit once, by column and"
        " grade, by activity status, by target attainment, and what is missing.",
    ),
    source="000 §7.1",
)
def rollups(chain: Chain, facts: RollupFacts, model: SteeringModel) -> Rollups:
    """F5: the rollups of every node of a chain, in time proportional to its links."""
    return Rollups(chain, facts, goal_columns(model, chain.module))


def goal_columns(model: SteeringModel, first: str) -> list[tuple[str, Code]]:
    """(module, column) of the columns graded as goals: those of module `first`, then of the others, in order."""
    modules = sorted(model.modules, key=lambda m: m.code != first)
    return [(m.code, c.code) for m in modules for c in m.columns if is_goal_scale(model.scale(c))]


def _lanes(chain: Chain, facts: RollupFacts, columns: Mapping[tuple[str, Code], int]) -> list[int]:
    """Per node, 1 in each lane that it counts in."""
    activity = {(s, late): _at(i) + late * _at(_LATE) for s, i in _STATUSES.items() for late in (False, True)}
    attained = {s: _at(i) for s, i in _ATTAINMENTS.items()}
    own = []
    for node in chain.nodes:
        lanes = 0
        place = columns.get((node.module, node.column))
        if place is not None:
            first = _FIXED + _PER_COLUMN * place
            grade = _GRADES.get(facts.grades.get(node.id, ""))
            lanes = _at(first) if grade is None else _at(first) + _at(first + grade)
        elif (fact := facts.activities.get(node.id)) is not None:
            lanes = activity[fact.status, fact.is_late(facts.until)]
        elif (status := facts.attainments.get(node.id)) is not None:
            lanes = attained[status]
        own.append(lanes)
    return own


def _at(lane: int) -> int:
    return 1 << _LANE * lane


def _unit_sets(chain: Chain, facts: RollupFacts) -> list[int]:
    """Per node four sets of units side by side in one integer: assessing, assessed, delivering, delivered."""
    width = len(chain.units)
    bits = {unit: 1 << i for i, unit in enumerate(chain.units)}
    own = [0] * len(chain)
    reporting = facts.reporting
    for i, sets in enumerate((reporting.assessing, reporting.assessed, reporting.delivering, reporting.delivered)):
        for node, units in sets.items():
            place = chain.position.get(node)
            if place is not None:
                own[place] |= _union(bits, units) << width * i
    return own


def _union(bits: Mapping[UUID, int], units: Iterable[UUID]) -> int:
    found = 0
    for unit in units:
        found |= bits.get(unit, 0)
    return found
