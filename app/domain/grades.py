"""The three grades of goals, which scales use them, and which assessment speaks for a node at a unit.

What a scale is called and how its grades are worded is a region's data; that an achieved goal is coded `achieved` is
what rollups and suggestions rest on. A scale with other codes (activities' bedömning) is kept and shown, not counted.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.domain.chain import UnitPlace
from app.domain.nodes import ActivityStatus
from app.domain.periods import Period
from app.domain.steering_model import AssessmentScale


class GoalGrade(StrEnum):
    """How far a goal is, or will be, achieved (F1)."""

    ACHIEVED = "achieved"
    PARTLY = "partly"
    NOT_ACHIEVED = "not_achieved"


def is_goal_scale(scale: AssessmentScale | None) -> bool:
    """Whether the scale is the three grades of goals, so that rollups count it."""
    return scale is not None and {g.code for g in scale.grades} == set(GoalGrade)


class AssessmentFact(NamedTuple):
    """An assessment as rollups need it."""

    node: UUID
    unit: UUID
    period: Period
    grade: str | None = None
    status: ActivityStatus | None = None


def latest_assessments(facts: Iterable[AssessmentFact], within: Period) -> dict[tuple[UUID, UUID], AssessmentFact]:
    """(node, unit) -> its latest assessment for a period that lies within `within`; that period itself goes first."""
    found: dict[tuple[UUID, UUID], AssessmentFact] = {}
    holds: dict[Period, bool] = {}  # of few periods, for thousands of assessments
    for fact in facts:
        lies_within = holds.get(fact.period)
        if lies_within is None:
            lies_within = holds[fact.period] = within.holds(fact.period)
        if not lies_within:
            continue
        key = (fact.node, fact.unit)
        standing = found.get(key)
        if standing is None or standing.period < fact.period:
            found[key] = fact
    return found


def nearest_grades(
    latest: Mapping[tuple[UUID, UUID], AssessmentFact], units: Mapping[UUID, UnitPlace]
) -> dict[UUID, str]:
    """Node -> its grade: the one given nearest to the unit that the chain is read at, by depth and then unit code."""
    return {node: fact.grade for node, fact in _nearest(latest, units, "grade").items() if fact.grade is not None}


def nearest_statuses(
    latest: Mapping[tuple[UUID, UUID], AssessmentFact], units: Mapping[UUID, UnitPlace]
) -> dict[UUID, ActivityStatus]:
    """Node -> its assessed status, by the same order. Where there is none, the node's own status stands."""
    return {node: fact.status for node, fact in _nearest(latest, units, "status").items() if fact.status is not None}


def _nearest(
    latest: Mapping[tuple[UUID, UUID], AssessmentFact], units: Mapping[UUID, UnitPlace], said: str
) -> dict[UUID, AssessmentFact]:
    best: dict[UUID, tuple[tuple[int, str], AssessmentFact]] = {}
    for (node, unit), fact in latest.items():
        place = units.get(unit)
        if place is None or getattr(fact, said) is None:
            continue
        rank = (place.depth, place.code)
        if node not in best or rank < best[node][0]:
            best[node] = (rank, fact)
    return {node: fact for node, (_, fact) in best.items()}
