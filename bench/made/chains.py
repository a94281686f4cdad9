"""A unit's plan: goals broken down to activities, with who has them, how they are judged and what is measured.

Everything obeys the rules that the service itself would hold it to: columns and levels (K1, N7-N11), what is visible at
the owner (K4), no orphan (K2), dates (K5), periods of the column's periodicity (I1).
"""

import random
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from bench.made.ids import Ids
from bench.made.model import Column, Model
from bench.made.outcomes import Series
from bench.made.rows import AT, BY, Rows
from bench.made.tree import Part, Place
from bench.made.words import Words

_STATUSES = ("ongoing", "ongoing", "ongoing", "planned", "paused", "finished")
_TARGETS = (("at_least", "{} %"), ("at_most", "<={} %"), ("equal", "{} %"), ("less", "<{} %"))


class Made(NamedTuple):
    """A node that stands in a plan."""

    id: UUID
    column: Column
    owner: Place
    indicator: UUID | None = None


@dataclass(slots=True)
class Measured:
    """An indicator, and the units that report it."""

    indicator: UUID
    months: int
    by_sex: bool
    is_ratio: bool
    source: str
    units: list[Place] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """A year's plan, as it grows."""

    id: UUID
    year: int
    nodes: list[Made] = field(default_factory=list)
    placed: dict[UUID, set[str]] = field(default_factory=dict)
    """Node -> codes of the units it is allocated to."""
    measured: dict[UUID, Measured] = field(default_factory=dict)


class Planner:
    """Makes plans, row by row."""

    def __init__(self, model: Model, ids: Ids, rng: random.Random, rows: Rows) -> None:
        self.model, self.ids, self.rng, self.rows = model, ids, rng, rows
        self.words = Words(rng)
        self._indicators = 0

    # Nodes

    def node(self, plan: Plan, column: Column, owner: Place, *parents: UUID, indicator: UUID | None = None) -> Made:
        """A node with its links."""
        title = self.words.title()
        made = Made(self.ids.new(), column, owner, indicator)
        start, end, status = None, None, None
        if column.kind == "activity":
            start = date(plan.year, self.rng.randint(1, 6), 1)
            end = date(plan.year, self.rng.randint(6, 12), 28)
            status = self.rng.choice(_STATUSES)
        approved = AT if column.module == "VGI" else None
        self.rows.add(
            "nodes",
            *(made.id, self.ids.new(), plan.id, column.module_id, column.id, column.kind, owner.id),
            *(*title, start, end, status, indicator, approved),
        )
        for parent in dict.fromkeys(parents):
            self.link(plan, parent, made.id)
        if column.role and column.kind != "activity":
            self.rows.add("responsibilities", made.id, owner.id, column.role, f"p{self.rng.randrange(5000):05d}")
        groups = [g for g in column.keyword_groups if g in self.model.keywords]
        if groups and column.kind != "activity":
            self.rows.add("node_keywords", made.id, self.rng.choice(self.model.keywords[self.rng.choice(groups)]))
        plan.nodes.append(made)
        return made

    def link(self, plan: Plan, parent: UUID, child: UUID) -> None:
        """A link."""
        self.rows.add("node_links", self.ids.new(), plan.id, parent, child, AT, BY)

    def measure(self, plan: Plan, column: Column, owner: Place, *parents: UUID) -> Made:
        """A measure node with an indicator of its own, and most often a target."""
        rng = self.rng
        self._indicators += 1
        indicator, number = self.ids.new(), self._indicators
        by_catalogue, is_ratio, by_sex = rng.random() < 0.4, rng.random() < 0.7, rng.random() < 0.2
        self.rows.add(
            "indicators",
            *(indicator, f"B{number:06d}", f"bench.{number:06d}" if by_catalogue else None, self.words.title()[0]),
            *("%" if is_ratio else "antal", rng.choice(("up", "down")), 100 if is_ratio else 1, is_ratio, by_sex),
            "catalogue" if by_catalogue else "manual",
        )
        if rng.random() < 0.7:
            kind, printed = rng.choice(_TARGETS)
            bound = rng.randint(50, 95)
            self.rows.add("targets", self.ids.new(), indicator, None, plan.year, kind, bound, printed.format(bound))
        made = self.node(plan, column, owner, *parents, indicator=indicator)
        plan.measured[indicator] = Measured(
            indicator, rng.choice((1, 4)), by_sex, is_ratio, "catalogue" if by_catalogue else "manual"
        )
        return made

    def _second(self, candidates: list[Made], owner: Place, first: Made, share: float) -> tuple[UUID, ...]:
        """Now and then another parent that is visible at the owner."""
        if self.rng.random() >= share:
            return ()
        other = self.rng.choice(candidates)
        return (other.id,) if other.id != first.id and other.owner.holds(owner) else ()

    def break_down(self, plan: Plan, part: Part, goals: list[UUID], shared: list[Made], count: int) -> list[Made]:
        """`count` nodes below the goals, in the part of the tree; `shared`: region-wide indicators to link in.

        In shares: 12 operational goals, 10 indicators, 38 activities, 40 sub-activities.
        """
        rng, column = self.rng, self.model.column
        before = len(plan.nodes)
        at_goals = part.at("board", "administration", "area")
        vms = []
        for _ in range(max(1, round(0.12 * count))):
            owner = rng.choice(at_goals)
            parents = rng.sample(goals, min(len(goals), 2 if rng.random() < 0.15 else 1))
            vms.append(self.node(plan, column("verksamhetsmal"), owner, *parents))
            if shared and rng.random() < 0.35:
                linked = rng.choice(shared)
                self.link(plan, vms[-1].id, linked.id)
                if linked.indicator in plan.measured:
                    plan.measured[linked.indicator].units.append(part.top)
        measures = []
        for _ in range(round(0.10 * count)):
            vm = rng.choice(vms)
            owner = part.pick_below(rng, vm.owner, "board", "administration", "area", "operation") or vm.owner
            made = self.measure(plan, column("indikator"), owner, vm.id, *self._second(vms, owner, vm, 0.2))
            plan.measured[made.indicator].units += [owner, *([part.top] if rng.random() < 0.6 else [])]
            measures.append(made)
        acts = []
        for _ in range(round(0.38 * count)):
            above = rng.choice(measures) if measures and rng.random() < 0.2 else rng.choice(vms)
            levels = ("administration", "area", "operation", "unit")
            owner = part.pick_below(rng, above.owner, *levels) or above.owner
            acts.append(self.node(plan, column("aktivitet"), owner, above.id, *self._second(vms, owner, above, 0.15)))
        while len(plan.nodes) - before < count:
            act = rng.choice(acts)
            owner = part.pick_below(rng, act.owner, "area", "operation", "unit")
            if owner is None:  # N10: none on a board; a board without units below it has activities only
                above = rng.choice(vms)
                acts.append(self.node(plan, column("aktivitet"), above.owner, above.id))
            else:
                more = self._second(acts, owner, act, 0.1)
                self.node(plan, column("delaktivitet"), owner, act.id, *more)
        return plan.nodes[before:]

    # Allocations, assessments

    def allocate(self, plan: Plan, node: UUID, unit: Place, instruction: str | None = None) -> None:
        """A node handed to a unit below its owner."""
        plan.placed.setdefault(node, set()).add(unit.code)
        self.rows.add("allocations", self.ids.new(), plan.id, node, unit.id, "allocated", instruction)

    def hand_on(self, plan: Plan, part: Part, made: list[Made], until: int) -> None:
        """Allocate goals, indicators and activities to units below their owners until there are `until` rows in all."""
        rng = self.rng
        candidates = [m for m in made if any(True for _ in m.owner.children) and m.owner is not part.top] or [
            m for m in made if m.owner.children
        ]
        tries = 0
        while candidates and self.rows.count("allocations") < until and tries < 20 * until:
            tries += 1
            node = rng.choice(candidates)
            unit = part.pick_below(rng, node.owner, "area", "operation", "unit")
            if unit is None or unit is node.owner or unit.code in plan.placed.get(node.id, ()):
                continue
            self.allocate(plan, node.id, unit, "Följ upp per tertial." if rng.random() < 0.1 else None)
            if node.indicator in plan.measured and len(plan.measured[node.indicator].units) < 4:
                plan.measured[node.indicator].units.append(unit)

    def assess(self, plan: Plan, units: dict[str, Place], first: list[Made], until: int) -> None:
        """Assess `first` at every unit, then other nodes where they stand, until there are `until` rows in all.

        Everything is judged in the last period, and what is left to make is from the period before.
        """
        rng = self.rng
        standing = [(m, m.owner) for m in plan.nodes if m.column.grades]
        handed_on = [
            (m, units[code]) for m in plan.nodes if m.column.grades for code in sorted(plan.placed.get(m.id, ()))
        ]
        rest = standing + handed_on
        rng.shuffle(rest)
        most = {m.id for m in first}
        rest.sort(key=lambda place: place[0].id not in most)
        for months, tertial in ((8, 2), (6, 1)):
            for node, unit in rest[: len(rest) * 4 // 5]:
                if self.rows.count("assessments") >= until:
                    return
                self.assessment(plan, node, unit, months if node.column.kind == "activity" else tertial)

    def assessment(self, plan: Plan, node: Made, unit: Place, number: int) -> None:
        """One assessment; `number` is the month for an activity, and else the tertial."""
        rng = self.rng
        grade = rng.choice(node.column.grades)
        if node.column.kind == "activity":
            period, first, months = f"{plan.year}-{number:02d}", number, 1
        else:
            period, first, months = f"{plan.year}-T{number}", 4 * number - 3, 4
        start = date(plan.year, first, 1)
        after = date(plan.year + (first + months > 12), (first + months - 1) % 12 + 1, 1)
        status = rng.choice(_STATUSES) if node.column.kind == "activity" else None
        measures = None if grade in {"achieved", "on_plan"} else self.words.measures()
        self.rows.add(
            "assessments",
            *(self.ids.new(), node.id, unit.id, period, start, date.fromordinal(after.toordinal() - 1)),
            *(grade, status, self.words.analysis(), measures, f"p{rng.randrange(5000):05d}", AT),
        )

    def series(self, plan: Plan, first_year: int, last_month: int = 12) -> list[Series]:
        """What is reported, from `first_year` to the plan's year."""
        months = (plan.year - first_year) * 12 + last_month
        return [
            Series(
                measured.indicator,
                unit.id,
                date(first_year, 1, 1),
                measured.months,
                months // measured.months,
                measured.by_sex,
                measured.is_ratio,
                measured.source,
                self.rng.randrange(100_000),
            )
            for measured in plan.measured.values()
            for unit in dict.fromkeys(measured.units)
        ]
