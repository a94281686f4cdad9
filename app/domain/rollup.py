"""F5: what stands below a node in the chain, as figures: the words that rollups are told in, and what they count.

How they are counted is in `counting.py`. The figures are named tuples: a large chain has some ten thousand of them, and
those are made four times as fast as frozen dataclasses.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from app.domain.attainment import AttainmentStatus
from app.domain.nodes import ActivityStatus
from app.domain.steering_model import Code


class ColumnRollup(NamedTuple):
    """A column's nodes by grade; `missing` have none in the period."""

    column: Code
    total: int
    achieved: int
    partly: int
    not_achieved: int
    missing: int
    module: str


class ActivityRollup(NamedTuple):
    """Activities by status; `late` are those not finished though their last day came before the period's."""

    planned: int = 0
    ongoing: int = 0
    paused: int = 0
    finished: int = 0
    late: int = 0


class IndicatorRollup(NamedTuple):
    """Indicators by attainment (I6)."""

    reached: int = 0
    not_reached: int = 0
    no_target: int = 0
    no_outcome: int = 0


class UnitRollup(NamedTuple):
    """Units that have something to report in the period, and those of them that have reported."""

    total: int = 0
    reported: int = 0


class Rollup(NamedTuple):
    """Everything below a node. `columns`: those that are graded as goals and stand below it, in the model's order."""

    nodes: int
    columns: tuple[ColumnRollup, ...]
    activities: ActivityRollup
    indicators: IndicatorRollup
    units: UnitRollup


EMPTY = Rollup(0, (), ActivityRollup(), IndicatorRollup(), UnitRollup())


class ActivityFact(NamedTuple):
    """An activity's status in the period (assessed, or else its own) and its last day."""

    status: ActivityStatus
    end_date: date | None

    def is_late(self, until: date) -> bool:
        """Whether the activity was to be finished before `until` and is not."""
        return self.status is not ActivityStatus.FINISHED and self.end_date is not None and self.end_date < until


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """Per node, the units that have to assess it or to deliver outcomes for it, and those that did in the period."""

    assessing: Mapping[UUID, Collection[UUID]] = field(default_factory=dict)
    assessed: Mapping[UUID, Collection[UUID]] = field(default_factory=dict)
    delivering: Mapping[UUID, Collection[UUID]] = field(default_factory=dict)
    delivered: Mapping[UUID, Collection[UUID]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupFacts:
    """What is counted, by node id: nothing here is looked up elsewhere.

    `grades` from `nearest_grades`; a node that is absent is missing. `attainments` of every indicator of the chain.
    `until`: the period's last day.
    """

    until: date
    grades: Mapping[UUID, str] = field(default_factory=dict)
    activities: Mapping[UUID, ActivityFact] = field(default_factory=dict)
    attainments: Mapping[UUID, AttainmentStatus] = field(default_factory=dict)
    reporting: Reporting = field(default_factory=Reporting)
