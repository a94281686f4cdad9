"""The parts of a follow-up chain, each read in a statement or two of its own, for as many nodes as there are."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.db.arrays import Numbers
from app.db.prepared import fetch, plan_each, plan_once
from app.db.queries import chain as queries
from app.db.session import UnitOfWork
from app.db.typing import AnyRow
from app.domain.access import Principal
from app.domain.indicators import SEXES, Figures, Sex, TargetKind
from app.domain.periods import Period, Periodicity, parse_period, period_of
from app.domain.targets import Target
from app.services.chain_rows import ChainRows, Outcomes, Part

YEARS_BACK = 5
"""How far back outcomes of the unit itself are read for series."""
FIGURES = frozenset({Part.OUTCOMES, Part.BELOW, Part.SERIES})
"""Parts that are read together."""
_FEW_PAIRS = 50_000


async def read_assessments(uow: UnitOfWork, principal: Principal, rows: ChainRows) -> None:
    """Assessments of the chain's nodes at its units, for periods within the period asked for."""
    period, position = rows.place.period, rows.chain.position
    if period is None or not position:
        return
    days = {"start": period.start, "end": period.end}
    assessments = rows.assessments
    for row in await fetch(uow, queries.assessments_at, principal, units=list(rows.chain.units), **days):
        node, unit, notation = row[:3]
        if node in position:
            assessments[node, unit][parse_period(notation)] = row


async def read_keywords(uow: UnitOfWork, principal: Principal, rows: ChainRows) -> None:
    """The keywords of all nodes."""
    for row in await fetch(uow, queries.keywords, principal, rows.place.on, nodes=list(rows.nodes)):
        rows.keywords[row.node_id].append(row)


async def read_responsible(uow: UnitOfWork, principal: Principal, rows: ChainRows) -> None:
    """Who answers for the nodes at the chain's units."""
    among = {"nodes": list(rows.nodes), "units": list(rows.chain.units)}
    for row in await fetch(uow, queries.responsibilities, principal, **among):
        rows.responsible[row.node_id].append(row)


async def read_figures(uow: UnitOfWork, principal: Principal, rows: ChainRows, parts: Collection[Part]) -> None:
    """Outcomes and targets of the chain's indicators."""
    measures = (rows.nodes[node] for node in rows.chain.position)
    await read_outcomes(uow, principal, rows, measures, parts)


async def read_outcomes(
    uow: UnitOfWork, principal: Principal, rows: ChainRows, nodes: Iterable[AnyRow], parts: Collection[Part]
) -> None:
    """Outcomes and targets of what these nodes measure, the latter nearest first.

    Without a period, the unit's own series up to the plan year's end.
    """
    numbers = {row.indicator_no: row.indicator_id for row in nodes if row.indicator_id is not None}
    if not numbers or Part.OUTCOMES not in parts:
        return
    place, top = rows.place, rows.chain.unit
    focal = place.period or Period(place.year, Periodicity.YEAR)
    if Part.BELOW in parts:
        await _read_below(uow, principal, rows, numbers, focal)
    far_back = Part.SERIES in parts or place.period is None
    days = {"start": date(focal.end.year - YEARS_BACK, 1, 1) if far_back else focal.start, "end": focal.end}
    own = await fetch(uow, queries.own_outcomes, principal, indicators=Numbers(numbers), unit=top, **days)
    _sort_in(rows.outcomes, own, numbers, {None: top})
    ids = list(numbers.values())
    for row in await fetch(uow, queries.targets, principal, place.on, indicators=ids, year=focal.year, top=top):
        if row.indicator_id not in rows.targets:
            rows.targets[row.indicator_id] = Target(TargetKind(row.kind), row.bound, row.printed)


async def _read_below(
    uow: UnitOfWork, principal: Principal, rows: ChainRows, numbers: Mapping[int, UUID], focal: Period
) -> None:
    """Figures at all units of the chain, in the period and in that of the year before."""
    inside = rows.chain.units
    units = {row.no: unit for unit, row in rows.units.items() if unit in inside}
    before, few = focal.year_before(), len(units) * len(numbers) <= _FEW_PAIRS
    days = {"start": focal.start, "end": focal.end, "start_before": before.start, "end_before": before.end}
    among = {"indicators": Numbers(numbers), "units": Numbers(units)}
    if not few:
        await plan_each(uow)
    _sort_in(rows.outcomes, await fetch(uow, queries.figures_at, principal, few, **among, **days), numbers, units)
    if not few:
        await plan_once(uow)


def _sort_in(
    outcomes: dict[UUID, Outcomes], found: Iterable[AnyRow], numbers: Mapping[int, UUID], units: Mapping[Any, UUID]
) -> None:
    """Put rows in their places. `units`: unit's number -> its id; of rows without a number, None -> the unit."""
    only = units.get(None)
    keys: dict[tuple[date, int, int], tuple[Period, Sex]] = {}
    for row in found:
        number, start, months, sex = row[:4]
        key = keys.get((start, months, sex))
        if key is None:
            key = keys[start, months, sex] = period_of(start, months), SEXES[sex]
        of_indicator = outcomes.get(numbers[number])
        if of_indicator is None:
            of_indicator = outcomes[numbers[number]] = {}
        at_units = of_indicator.get(key)
        if at_units is None:
            at_units = of_indicator[key] = {}
        at_units[units[row.unit_no] if only is None else only] = row


def figures(row: AnyRow) -> Figures:
    """An outcome's numbers."""
    return Figures(row.value, row.numerator, row.denominator)


def by_unit(outcomes: Outcomes, period: Period, sex: Sex) -> dict[UUID, Figures]:
    """Unit -> figures, for one period and one sex."""
    return {unit: figures(row) for unit, row in outcomes.get((period, sex), {}).items()}
