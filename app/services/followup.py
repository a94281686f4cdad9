"""A unit's follow-up chain for a period: grades, outcomes, attainment, rollups, what is missing (F5, F6, I5, I6).

`FollowUp` holds the rows and works out the rest when it is asked for, each thing once. Nothing here asks the database.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from app.db.session import UnitOfWork
from app.db.typing import AnyRow
from app.domain.access import Principal
from app.domain.aggregation import AggregatedOutcome, aggregate
from app.domain.assessments import wording
from app.domain.attainment import Attainment, AttainmentStatus, attainment
from app.domain.chain import Chain, ChainNode
from app.domain.counting import Rollups, goal_columns, rollups
from app.domain.duties import Duty, DutyKind, duties, missing_reports, reporting
from app.domain.findings import NotFound
from app.domain.grades import AssessmentFact, latest_assessments, nearest_grades, nearest_statuses
from app.domain.indicators import Direction, IndicatorView, InputWay, Sex
from app.domain.nodes import ActivityStatus
from app.domain.organisation import tree_date
from app.domain.periods import Period
from app.domain.rollup import EMPTY, ActivityFact, Reporting, Rollup, RollupFacts
from app.domain.steering_model import AssessmentScale, Column, NodeKind
from app.domain.suggestion import SuggestedGrade, suggested_grade
from app.domain.targets import Target
from app.domain.texts import Text
from app.services.chain_parts import by_unit, figures
from app.services.chain_rows import ChainRows, OutcomeKey, Outcomes, Part, Place, read_chain
from app.services.kept_chains import KeptChain, keep_made, kept_chain, tables_of, with_parts
from app.services.model_cache import LoadedModel, steering_model


@dataclass(frozen=True, slots=True)
class AssessmentTold:
    """An assessment, with its grade in words as column and period have it (F1)."""

    row: AnyRow
    unit: UUID
    period: Period
    scale: AssessmentScale | None

    @property
    def wording(self) -> Text | None:
        """The grade in words; None where only a status or a comment was given."""
        if self.scale is None or self.row.grade is None:
            return None
        return wording(self.scale, self.row.grade, self.period)

    @property
    def symbol(self) -> str | None:
        """The grade's symbol, readable without colour."""
        step = None if self.scale is None or self.row.grade is None else self.scale.grade(self.row.grade)
        return None if step is None else step.symbol


class FollowUp:
    """A chain at a place, with everything that can be asked about it."""

    def __init__(self, model: LoadedModel, rows: ChainRows, parts: frozenset[Part] = frozenset(Part)) -> None:
        self.model = model
        self.rows = rows
        self._parts = parts
        self._own: dict[tuple[UUID, Sex], tuple[OutcomeKey, AnyRow] | None] = {}

    @property
    def chain(self) -> Chain:
        """The chain."""
        return self.rows.chain

    @property
    def period(self) -> Period | None:
        """The period; None where nodes are read outside a follow-up."""
        return self.rows.place.period

    def column(self, row: AnyRow) -> Column:
        """A node's column."""
        return self.model.columns_by_id[row.column_id].column

    def scale(self, row: AnyRow) -> AssessmentScale | None:
        """The scale that a node is assessed on."""
        return self.model.model.scale(self.column(row))

    # Assessments

    @cached_property
    def _latest(self) -> dict[tuple[UUID, UUID], AssessmentFact]:
        return {} if self.period is None else latest_assessments(self.rows.assessment_facts(), self.period)

    @cached_property
    def assessments(self) -> dict[UUID, AssessmentTold]:
        """Node -> its assessment at the unit itself."""
        here = self.chain.unit
        return {node: self._told(fact) for (node, unit), fact in self._latest.items() if unit == here}

    @cached_property
    def assessments_below(self) -> dict[UUID, list[AssessmentTold]]:
        """Node -> its assessments at the units below, from the top down."""
        found: dict[UUID, list[AssessmentTold]] = {}
        for (node, unit), fact in self._latest.items():
            if unit != self.chain.unit and unit in self.chain.units:
                found.setdefault(node, []).append(self._told(fact))
        place = {unit: i for i, unit in enumerate(self.chain.units)}
        for told in found.values():
            told.sort(key=lambda each: place[each.unit])
        return found

    def _told(self, fact: AssessmentFact) -> AssessmentTold:
        row = self.rows.assessments[fact.node, fact.unit][fact.period]
        return AssessmentTold(row, fact.unit, fact.period, self.scale(self.rows.nodes[fact.node]))

    # Outcomes

    def _outcomes(self, row: AnyRow) -> Outcomes:
        return self.rows.outcomes.get(row.indicator_id, _NONE)

    def indicator(self, row: AnyRow) -> IndicatorView:
        """What a measure node measures."""
        return IndicatorView(
            id=row.indicator_id,
            code=row.indicator_code,
            is_ratio=row.is_ratio,
            scale=row.scale,
            direction=Direction(row.direction),
            sex_disaggregated=row.sex_disaggregated,
            region_level_only=row.region_level_only,
            input=InputWay(row.input),
        )

    def target(self, row: AnyRow) -> Target | None:
        """What the indicator is held against this year at this unit."""
        return self.rows.targets.get(row.indicator_id)

    def outcomes(self, row: AnyRow, sex: Sex | None, most: int) -> list[tuple[OutcomeKey, AnyRow]]:
        """The unit's own outcomes, the latest `most` periods up to the period asked for, latest first."""
        last = self.period.end if self.period else None
        found = [
            (OutcomeKey(self.chain.unit, period, its_sex), own)
            for (period, its_sex), at_units in self._outcomes(row).items()
            if (own := at_units.get(self.chain.unit)) is not None
            and (sex is None or its_sex is sex)
            and (last is None or period.end <= last)
        ]
        found.sort(key=lambda pair: (pair[0].period.end, pair[0].period.start, pair[0].sex.value), reverse=True)
        periods = list(dict.fromkeys(key.period for key, _ in found))[:most]
        return [(key, outcome) for key, outcome in found if key.period in periods]

    def outcome(self, row: AnyRow, sex: Sex) -> tuple[OutcomeKey, AnyRow] | None:
        """The unit's own latest outcome within the period (outside a follow-up: the latest there is)."""
        key = (row.indicator_id, sex)
        if key not in self._own:
            self._own[key] = self._own_latest(row, sex)
        return self._own[key]

    def _own_latest(self, row: AnyRow, sex: Sex) -> tuple[OutcomeKey, AnyRow] | None:
        unit, within = self.chain.unit, self.period
        best: tuple[OutcomeKey, AnyRow] | None = None
        for (period, its_sex), at_units in self._outcomes(row).items():
            meant = its_sex is sex and unit in at_units and (within is None or within.holds(period))
            if meant and (best is None or _later(best[0].period, period)):
                best = OutcomeKey(unit, period, sex), at_units[unit]
        return best

    def aggregated(self, row: AnyRow, sex: Sex) -> tuple[Period, AggregatedOutcome] | None:
        """The latest period's outcomes below, put together (I5); None where no unit below has one in the period."""
        latest = self._latest_below(row, sex)
        return None if latest is None else (latest, self._aggregate(row, latest, sex))

    def _latest_below(self, row: AnyRow, sex: Sex) -> Period | None:
        within, unit = self.period, self.chain.unit
        best: Period | None = None
        for (period, its_sex), at_units in self._outcomes(row).items():
            if its_sex is sex and at_units.keys() - {unit} and (within is None or within.holds(period)):
                best = period if best is None or _later(best, period) else best
        return best

    def _aggregate(self, row: AnyRow, period: Period, sex: Sex) -> AggregatedOutcome:
        place = self.chain.position.get(row.id)
        expected = [] if place is None else [u for u in self.chain.units_of(place) if u != self.chain.unit]
        outcomes = by_unit(self._outcomes(row), period, sex)
        return aggregate(self.indicator(row), self.chain.unit, self.rows.parent_of, outcomes, expected)

    @cached_property
    def _attainments(self) -> dict[UUID, Attainment]:
        return {
            node.id: self._attained(self.rows.nodes[node.id])
            for node in self.chain.nodes
            if node.kind is NodeKind.MEASURE
        }

    def attainment(self, row: AnyRow) -> Attainment:
        """Whether the indicator reaches its target, by the unit's own outcome or else by those below it (I6)."""
        known = self._attainments.get(row.id)
        return self._attained(row) if known is None else known

    def _attained(self, row: AnyRow) -> Attainment:
        period, value = self._value(row)
        before = None if period is None else self._value_in(row, period.year_before())
        return attainment(self.target(row), value, Direction(row.direction), before)

    def _value(self, row: AnyRow) -> tuple[Period | None, Decimal | None]:
        own = self.outcome(row, Sex.TOTAL)
        if own is not None:
            return own[0].period, own[1].value
        below = self.aggregated(row, Sex.TOTAL)
        return (None, None) if below is None else (below[0], below[1].value)

    def _value_in(self, row: AnyRow, period: Period) -> Decimal | None:
        at_units = self._outcomes(row).get((period, Sex.TOTAL), {})
        own = at_units.get(self.chain.unit)
        return figures(own).value if own is not None else self._aggregate(row, period, Sex.TOTAL).value

    # What is counted

    @cached_property
    def _duties(self) -> list[Duty]:
        return [] if self.period is None else duties(self.chain, self.period, self.model.model)

    @cached_property
    def _assessed(self) -> set[tuple[UUID, UUID]]:
        return set(self._latest)

    @cached_property
    def _delivered(self) -> set[tuple[UUID, UUID]]:
        period = self.period
        if period is None:
            return set()
        return {
            (node.id, unit)
            for node in self.chain.nodes
            if node.kind is NodeKind.MEASURE
            for (at, sex), at_units in self._outcomes(self.rows.nodes[node.id]).items()
            if sex is Sex.TOTAL and period.holds(at)
            for unit in at_units
        }

    def missing(self) -> list[Duty]:
        """What should have been reported for the period and has not been."""
        return missing_reports(self._duties, self._assessed, self._delivered)

    @cached_property
    def _grades(self) -> dict[UUID, str]:
        return nearest_grades(self._latest, self.chain.units)

    @cached_property
    def _rollups(self) -> Rollups:
        statuses = nearest_statuses(self._latest, self.chain.units)
        # Attainments and duties take most of the time, and are counted only where the question shows them.
        whole = Part.BELOW in self._parts
        facts = RollupFacts(
            until=self.period.end if self.period else date.min,
            grades=self._grades,
            activities={node.id: self._activity(node, statuses) for node in self._activities()},
            attainments=self._statuses if whole else {},
            reporting=reporting(self._duties, self._assessed, self._delivered) if whole else Reporting(),
        )
        return rollups(self.chain, facts, self.model.model)

    def _activities(self) -> Iterator[ChainNode]:
        return (node for node in self.chain.nodes if node.kind is NodeKind.ACTIVITY)

    def _activity(self, node: ChainNode, statuses: dict[UUID, ActivityStatus]) -> ActivityFact:
        row = self.rows.nodes[node.id]
        return ActivityFact(statuses.get(node.id) or ActivityStatus(row.status), row.end_date)

    @cached_property
    def _statuses(self) -> dict[UUID, AttainmentStatus]:
        return {node: attained.status for node, attained in self._attainments.items()}

    @cached_property
    def rollups(self) -> list[Rollup]:
        """Everything below each node, by its place in the chain."""
        return self._rollups.all()

    def rollup(self, node: UUID) -> Rollup:
        """Everything below a node; empty for one that is not in the chain."""
        place = self.chain.position.get(node)
        return EMPTY if place is None else self.rollups[place]

    def whole(self) -> Rollup:
        """Everything at and below the unit."""
        return self._rollups.whole()

    @cached_property
    def _goal_columns(self) -> set[tuple[str, str]]:
        return set(goal_columns(self.model.model, self.chain.module))

    def suggested(self, node: UUID) -> SuggestedGrade | None:
        """A grade that the figures speak for (F6)."""
        place = self.chain.position.get(node)
        if place is None or self.period is None:
            return None
        return suggested_grade(self.chain, place, self._grades, self._statuses, self._goal_columns)


async def follow_up(
    uow: UnitOfWork,
    principal: Principal,
    today: date,
    *,
    unit: str,
    module: str,
    period: Period,
    parts: frozenset[Part],
) -> FollowUp:
    """A unit's follow-up. Raises NotFound for a unit beyond the reach or a module that is not there."""
    model = await steering_model(uow)
    if module not in model.module_ids:
        raise NotFound("module", module)
    place = Place(unit, tree_date(period, today), module, period.year, period)
    chain = await kept_chain(uow, principal, model, place, detailed=Part.DETAILS in parts)
    key, seen = (period, parts), uow.versions.only(tables_of(parts))
    known = chain.made.get(key)
    if known is not None and known[0] == seen:
        view: FollowUp = known[1]
        return view
    made = FollowUp(model, await with_parts(uow, principal, chain, place, parts), parts)
    return keep_made(uow, chain, key, seen, made)


async def chain_at(
    uow: UnitOfWork, principal: Principal, today: date, *, module: str, year: int, parts: frozenset[Part]
) -> FollowUp:
    """The chain as the principal's own unit sees it, outside any follow-up: no assessments, no period."""
    model = await steering_model(uow)
    place = Place(principal.unit_id, today, module, year, None)
    chain = KeptChain((), await read_chain(uow, principal, model, place, detailed=Part.DETAILS in parts))
    return FollowUp(model, await with_parts(uow, principal, chain, place, parts), parts)


def _later(one: Period, other: Period) -> bool:
    """Whether the other ends later; of two that end together, whether it begins later (a month, not its tertial)."""
    return (one.end, one.start) < (other.end, other.start)


def needs(asked: Any) -> frozenset[Part]:
    """Which parts have to be read, by the names of the fields that a question holds."""
    return frozenset(part for name in asked for part in _PARTS.get(name, ()))


_NONE: Outcomes = {}
_COUNTED = (Part.ASSESSMENTS, Part.OUTCOMES, Part.BELOW)
_PARTS: dict[str, tuple[Part, ...]] = {
    "assessment": (Part.ASSESSMENTS,),
    "assessmentsBelow": (Part.ASSESSMENTS,),
    "outcome": (Part.OUTCOMES,),
    "outcomes": (Part.OUTCOMES, Part.SERIES),
    "target": (Part.OUTCOMES,),
    "attainment": (Part.OUTCOMES, Part.BELOW),
    "aggregated": (Part.OUTCOMES, Part.BELOW),
    "rollup": (Part.ASSESSMENTS,),
    # Within a rollup: indicators by attainment, units by what they have reported.
    "indicators": _COUNTED,
    "units": _COUNTED,
    "missing{}": _COUNTED,  # the reports; a rollup's `missing` is a count of grades
    "suggestedGrade": _COUNTED,
    "description": (Part.DETAILS,),
    "lineageId": (Part.DETAILS,),
    "keywords": (Part.KEYWORDS,),
    "responsible": (Part.RESPONSIBLE,),
}
__all__ = ["AssessmentTold", "DutyKind", "FollowUp", "chain_at", "follow_up", "needs"]
