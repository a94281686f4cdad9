"""The rows of a follow-up chain, read in a number of statements that depends on what is asked for, never on how much.

A `Part` that a question does not need is not read.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from app.db.prepared import fetch, plan_for
from app.db.queries import chain as queries
from app.db.session import UnitOfWork
from app.db.typing import AnyRow
from app.domain.access import Principal
from app.domain.chain import Chain, ChainNode, Placed, build_chain
from app.domain.grades import AssessmentFact
from app.domain.indicators import Figures, Sex, TargetKind
from app.domain.nodes import ActivityStatus, AllocationOrigin
from app.domain.periods import Period, Periodicity, parse_period
from app.domain.targets import Target
from app.services.model_cache import LoadedModel
from app.services.subtrees import read_subtree

YEARS_BACK = 5
"""How far back outcomes of the unit itself are read for series."""
_Link = tuple[UUID, UUID]
_ORIGINS = {origin.value: origin for origin in AllocationOrigin}
_STATUSES: dict[str | None, ActivityStatus | None] = {status.value: status for status in ActivityStatus} | {None: None}
_SEXES = {sex.value: sex for sex in Sex}


class Part(StrEnum):
    """A part of a chain that costs a statement of its own."""

    ASSESSMENTS = "assessments"
    OUTCOMES = "outcomes"
    """The unit's own outcomes in the period, and its targets."""
    BELOW = "below"
    """Outcomes of the units below, and of the year before."""
    SERIES = "series"
    """The unit's own outcomes of several years."""
    DETAILS = "details"
    """Of nodes what is long and seldom asked for: description, lineage."""
    KEYWORDS = "keywords"
    RESPONSIBLE = "responsible"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chain is read: a unit (by its id or its code), the tree of a day, a module of a year's plan, a period.

    Without a period it is no follow-up.
    """

    unit: UUID | str
    on: date
    module: str
    year: int
    period: Period | None


class OutcomeKey(NamedTuple):
    """What an outcome is known by within an indicator."""

    unit: UUID
    period: Period
    sex: Sex


Outcomes = dict[tuple[str, str], dict[UUID, AnyRow]]
"""(period's notation, sex) -> unit -> outcome, of one indicator."""


@dataclass(slots=True)
class ChainRows:
    """Everything that was read, by id."""

    place: Place
    chain: Chain
    nodes: dict[UUID, AnyRow]
    parent_of: dict[UUID, UUID]
    """Unit -> the unit above it, within the subtree."""
    instructions: dict[tuple[UUID, UUID], str] = field(default_factory=dict)
    assessments: dict[_Link, dict[str, AnyRow]] = field(default_factory=lambda: defaultdict(dict))
    """(node, unit) -> period's notation -> assessment."""
    outcomes: dict[UUID, Outcomes] = field(default_factory=dict)
    targets: dict[UUID, Target] = field(default_factory=dict)
    keywords: dict[UUID, list[AnyRow]] = field(default_factory=lambda: defaultdict(list))
    responsible: dict[UUID, list[AnyRow]] = field(default_factory=lambda: defaultdict(list))
    units: dict[UUID, AnyRow] = field(default_factory=dict)

    def assessment_facts(self) -> Iterable[AssessmentFact]:
        """The assessments as rules see them."""
        for (node, unit), by_period in self.assessments.items():
            for notation, row in by_period.items():
                yield AssessmentFact(node, unit, parse_period(notation), row.grade, _STATUSES[row.status])

    def outcomes_of(self, indicator: UUID) -> Outcomes:
        """The outcomes of an indicator."""
        return self.outcomes.get(indicator, {})


async def read_chain(
    uow: UnitOfWork, principal: Principal, model: LoadedModel, place: Place, parts: Collection[Part]
) -> ChainRows:
    """Read a chain. Raises NotFound where the unit is not within the principal's reach."""
    subtree = await read_subtree(uow, principal, place.on, place.unit, place.year)
    plan, unit_ids = subtree.plan_version, list(subtree.ids)
    nodes: dict[UUID, AnyRow] = {}
    placed: list[AnyRow] = []
    links: list[_Link] = []
    if plan is not None:
        await plan_for(uow, len(unit_ids))
        placed = await fetch(uow, queries.allocations_at, principal, plan_version=plan, units=unit_ids)
        allocated = list({row.node_id for row in placed})
        detailed, among = Part.DETAILS in parts, {"units": unit_ids, "allocated": allocated}
        found = await fetch(uow, queries.nodes_at, principal, place.on, detailed, plan_version=plan, **among)
        nodes = {row.id: row for row in found}
        links = await _links(uow, principal, model, place, nodes, frozenset(unit_ids))
    chain = build_chain(
        place.module,
        subtree.units,
        _in_order(model, nodes.values()),
        links,
        [Placed(node, unit, _ORIGINS[origin]) for node, unit, origin, _ in placed],
        at_region=principal.whole_region and principal.unit_id == unit_ids[0],
    )
    rows = ChainRows(
        place=place,
        chain=chain,
        nodes=nodes,
        parent_of=subtree.parent_of,
        instructions={(row.node_id, row.unit_id): row.instruction for row in placed if row.instruction},
        units=dict(subtree.rows),
    )
    await _read_parts(uow, principal, rows, unit_ids, parts)
    return rows


async def _links(
    uow: UnitOfWork,
    principal: Principal,
    model: LoadedModel,
    place: Place,
    nodes: dict[UUID, AnyRow],
    subtree: frozenset[UUID],
) -> list[_Link]:
    """Links between the nodes; reads what comes in from other modules below own nodes into `nodes`, too."""
    if not nodes:
        return []
    links: list[_Link] = await fetch(uow, queries.links_from, principal, parents=list(nodes))
    module_of = {column_id: loaded.module_id for column_id, loaded in model.columns_by_id.items()}
    foreign = _not_of(module_of, model.module_ids[place.module], nodes)
    suspects = [
        (parent, child)
        for parent, child in links
        if (child not in nodes or child in foreign or parent in foreign) and nodes[parent].owner_unit_id in subtree
    ]
    if not suspects:
        return links
    unseen = await _readable(uow, principal, place, {child for _, child in suspects} - nodes.keys())
    brought = [
        child
        for parent, child in suspects
        if (row := nodes.get(child) or unseen.get(child)) is not None
        and module_of[row.column_id] != module_of[nodes[parent].column_id]
    ]
    if not brought:
        return links
    below: list[_Link] = await fetch(uow, queries.links_below, principal, parents=brought)
    come_along = {*brought, *(child for _, child in below)}
    unseen |= await _readable(uow, principal, place, come_along - nodes.keys() - unseen.keys())
    nodes.update((node, unseen[node]) for node in come_along if node in unseen)
    return [*links, *below]


def _not_of(module_of: Mapping[UUID, UUID], module: UUID, nodes: Mapping[UUID, AnyRow]) -> set[UUID]:
    """The nodes that stand in another module."""
    columns = {column for column, its_module in module_of.items() if its_module != module}
    return {node for node, row in nodes.items() if row.column_id in columns}


async def _readable(uow: UnitOfWork, principal: Principal, place: Place, ids: Collection[UUID]) -> dict[UUID, AnyRow]:
    if not ids:
        return {}
    found = await fetch(uow, queries.nodes_by_id, principal, place.on, nodes=list(ids))
    return {row.id: row for row in found}


def _in_order(model: LoadedModel, nodes: Iterable[AnyRow]) -> list[ChainNode]:
    """The nodes as siblings are shown: by column, then in Swedish order of their titles.

    Sorted here: PostgreSQL would carry whole rows through its sort, and to disk where they are many.
    """
    columns = {
        column_id: (i, model.columns_by_id[column_id].module.code, column.code, column.node_kind)
        for i, column_id in enumerate(_column_order(model))
        for column in [model.columns_by_id[column_id].column]
    }
    periodicities: dict[str | None, Periodicity | None] = {each.value: each for each in Periodicity} | {None: None}
    place = {column_id: i for column_id, (i, *_) in columns.items()}
    in_order = sorted(nodes, key=attrgetter("title_sort", "id"))
    in_order.sort(key=lambda row: place[row.column_id])
    return [
        ChainNode(
            row.id,
            *columns[row.column_id][1:],
            row.owner_unit_id,
            row.region_level_only,
            periodicities[row.periodicity],
        )
        for row in in_order
    ]


def _column_order(model: LoadedModel) -> list[UUID]:
    return [model.column_ids[module.code, column.code] for module in model.model.modules for column in module.columns]


async def _read_parts(
    uow: UnitOfWork, principal: Principal, rows: ChainRows, units: Sequence[UUID], parts: Collection[Part]
) -> None:
    period, position = rows.place.period, rows.chain.position
    if Part.ASSESSMENTS in parts and period is not None and position:
        days = {"start": period.start, "end": period.end}
        for row in await fetch(uow, queries.assessments_at, principal, units=list(units), **days):
            if row.node_id in position:
                rows.assessments[row.node_id, row.unit_id][row.period] = row
    indicators = {rows.nodes[node].indicator_id for node in position} - {None}
    await read_outcomes(uow, principal, rows, units, indicators, parts)
    if Part.KEYWORDS in parts:
        for row in await fetch(uow, queries.keywords, principal, rows.place.on, nodes=list(rows.nodes)):
            rows.keywords[row.node_id].append(row)
    if Part.RESPONSIBLE in parts:
        for row in await fetch(uow, queries.responsibilities, principal, nodes=list(rows.nodes), units=list(units)):
            rows.responsible[row.node_id].append(row)
    # Who owns a node that was allocated to the unit stands above it, or beside.
    if owners := {row.owner_unit_id for row in rows.nodes.values()} - rows.units.keys():
        for row in await fetch(uow, queries.units_by_id, principal, units=list(owners)):
            rows.units[row.id] = row


async def read_outcomes(
    uow: UnitOfWork,
    principal: Principal,
    rows: ChainRows,
    units: Sequence[UUID],
    indicators: Collection[Any],
    parts: Collection[Part],
) -> None:
    """Outcomes and targets of these indicators; without a period, the unit's own series up to the plan year's end."""
    if not indicators or Part.OUTCOMES not in parts:
        return
    place, top = rows.place, rows.chain.unit
    focal = place.period or Period(place.year, Periodicity.YEAR)
    before, ids = focal.year_before(), list(indicators)
    found: list[AnyRow] = []
    if Part.BELOW in parts:
        days = {"start": focal.start, "end": focal.end, "start_before": before.start, "end_before": before.end}
        found = await fetch(uow, queries.outcomes_at, principal, indicators=ids, units=list(units), **days)
    if Part.SERIES in parts or place.period is None or Part.BELOW not in parts:
        far_back = Part.SERIES in parts or place.period is None
        start = date(focal.end.year - YEARS_BACK, 1, 1) if far_back else focal.start
        found += await fetch(uow, queries.own_outcomes, principal, indicators=ids, unit=top, start=start, end=focal.end)
    outcomes = rows.outcomes
    for row in found:
        by_period = outcomes.get(row[0])
        if by_period is None:
            by_period = outcomes[row[0]] = {}
        by_unit = by_period.get(row[2:4])
        if by_unit is None:
            by_unit = by_period[row[2:4]] = {}
        by_unit[row[1]] = row
    for row in await fetch(uow, queries.targets, principal, place.on, indicators=ids, year=focal.year, top=top):
        if row.indicator_id not in rows.targets:
            rows.targets[row.indicator_id] = Target(TargetKind(row.kind), row.bound, row.printed)


def figures(row: AnyRow) -> Figures:
    """An outcome's numbers."""
    return Figures(row.value, row.numerator, row.denominator)


def by_unit(outcomes: Outcomes, period: Period, sex: Sex) -> dict[UUID, Figures]:
    """Unit -> figures, for one period and one sex."""
    return {unit: figures(row) for unit, row in outcomes.get((str(period), sex.value), {}).items()}
