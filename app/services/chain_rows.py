"""The rows of a follow-up chain, read in a number of statements that depends on what is asked for, never on how much.

`Wanted` says what a question asks for; what it does not ask for is not read.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.db.queries import chain as queries
from app.db.session import UnitOfWork
from app.db.typing import AnyRow
from app.domain.access import Principal
from app.domain.chain import Chain, ChainNode, Placed, UnitPlace, build_chain
from app.domain.grades import AssessmentFact
from app.domain.indicators import Figures, Sex, TargetKind
from app.domain.nodes import ActivityStatus, AllocationOrigin
from app.domain.periods import Period, Periodicity, parse_period
from app.domain.targets import Target
from app.services.model_cache import LoadedModel

YEARS_BACK = 5
"""How far back outcomes of the unit itself are read for series."""


class Part(StrEnum):
    """A part of a chain that costs a statement of its own."""

    ASSESSMENTS = "assessments"
    OUTCOMES = "outcomes"
    KEYWORDS = "keywords"
    RESPONSIBLE = "responsible"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chain is read: a unit, the tree of a day, a module of a year's plan, a period (None: no follow-up)."""

    unit: UUID
    on: date
    module: str
    year: int
    period: Period | None


@dataclass(frozen=True, slots=True)
class OutcomeKey:
    """What an outcome is known by within an indicator."""

    unit: UUID
    period: Period
    sex: Sex


@dataclass(slots=True)
class ChainRows:
    """Everything that was read, by id."""

    place: Place
    chain: Chain
    nodes: dict[UUID, AnyRow]
    parent_of: dict[UUID, UUID]
    """Unit -> the unit above it, within the subtree."""
    instructions: dict[tuple[UUID, UUID], str] = field(default_factory=dict)
    assessment_rows: dict[tuple[UUID, UUID, Period], AnyRow] = field(default_factory=dict)
    assessment_facts: list[AssessmentFact] = field(default_factory=list)
    outcomes: dict[UUID, dict[OutcomeKey, AnyRow]] = field(default_factory=lambda: defaultdict(dict))
    targets: dict[UUID, Target] = field(default_factory=dict)
    keywords: dict[UUID, list[AnyRow]] = field(default_factory=lambda: defaultdict(list))
    responsible: dict[UUID, list[AnyRow]] = field(default_factory=lambda: defaultdict(list))
    units: dict[UUID, AnyRow] = field(default_factory=dict)


async def read_chain(
    uow: UnitOfWork, principal: Principal, model: LoadedModel, place: Place, parts: Collection[Part]
) -> ChainRows:
    """Read a chain. The unit must lie within the principal's reach: the caller has seen to that."""
    session = uow.session
    subtree = (await session.execute(queries.subtree(principal, place.unit, place.on))).all()
    units = [UnitPlace(row.id, row.code, row.depth) for row in subtree]
    unit_ids = [unit.id for unit in units]
    plan = (await session.execute(queries.plan_of_year(principal, place.year))).one_or_none()
    nodes: dict[UUID, AnyRow] = {}
    links: list[tuple[UUID, UUID]] = []
    if plan is not None and units:
        found = await session.execute(queries.nodes_at(principal, place.on, plan.id, unit_ids))
        nodes = {row.id: row for row in found}
        links = await _links(uow, principal, place, nodes, unit_ids)
    placed = (await session.execute(queries.allocations(principal, list(nodes), unit_ids))).all() if nodes else []
    chain = build_chain(
        place.module,
        units,
        _in_order(model, nodes.values()),
        links,
        [Placed(row.node_id, row.unit_id, AllocationOrigin(row.origin)) for row in placed],
        at_region=principal.whole_region and principal.unit_id == place.unit,
    )
    rows = ChainRows(
        place=place,
        chain=chain,
        nodes=nodes,
        parent_of={row.id: row.parent_id for row in subtree if row.parent_id is not None},
        instructions={(row.node_id, row.unit_id): row.instruction for row in placed if row.instruction},
    )
    await _read_parts(uow, principal, rows, unit_ids, parts)
    return rows


async def _links(
    uow: UnitOfWork, principal: Principal, place: Place, nodes: dict[UUID, AnyRow], unit_ids: Sequence[UUID]
) -> list[tuple[UUID, UUID]]:
    """Links between the nodes; reads what comes in from other modules below own nodes into `nodes`, too."""
    session = uow.session
    present = list(nodes)
    brought = [
        (row.parent_id, row.child_id)
        for row in await session.execute(queries.links_brought(principal, present, unit_ids))
    ]
    if unseen := {child for _, child in brought} - nodes.keys():
        for row in await session.execute(queries.nodes_by_id(principal, place.on, unseen)):
            nodes[row.id] = row
    links = [(row.parent_id, row.child_id) for row in await session.execute(queries.links_to(principal, present))]
    return [*links, *brought]


def _in_order(model: LoadedModel, rows: Collection[AnyRow]) -> list[ChainNode]:
    """The nodes as siblings are shown: by column, then in Swedish order of their titles."""
    order = {column_id: i for i, column_id in enumerate(_column_order(model))}
    return [
        ChainNode(
            row.id,
            model.columns_by_id[row.column_id].module.code,
            model.columns_by_id[row.column_id].column.code,
            model.columns_by_id[row.column_id].column.node_kind,
            row.owner_unit_id,
            row.region_level_only,
            Periodicity(row.periodicity) if row.periodicity else None,
        )
        for row in sorted(rows, key=lambda r: (order[r.column_id], r.title_sort, r.id))
    ]


def _column_order(model: LoadedModel) -> list[UUID]:
    return [model.column_ids[module.code, column.code] for module in model.model.modules for column in module.columns]


async def _read_parts(
    uow: UnitOfWork, principal: Principal, rows: ChainRows, units: Sequence[UUID], parts: Collection[Part]
) -> None:
    session, period = uow.session, rows.place.period
    ids = [node.id for node in rows.chain.nodes]
    if Part.ASSESSMENTS in parts and period is not None:
        for row in await session.execute(queries.assessments(principal, ids, units, period.start, period.end)):
            said_for = parse_period(row.period)
            rows.assessment_rows[row.node_id, row.unit_id, said_for] = row
            status = ActivityStatus(row.status) if row.status else None
            rows.assessment_facts.append(AssessmentFact(row.node_id, row.unit_id, said_for, row.grade, status))
    if Part.OUTCOMES in parts:
        await read_outcomes(uow, principal, rows, units, {rows.nodes[i].indicator_id for i in ids} - {None})
    if Part.KEYWORDS in parts:
        for row in await session.execute(queries.keywords(principal, rows.place.on, list(rows.nodes))):
            rows.keywords[row.node_id].append(row)
    if Part.RESPONSIBLE in parts:
        for row in await session.execute(queries.responsibilities(principal, list(rows.nodes), units)):
            rows.responsible[row.node_id].append(row)
    owners = {row.owner_unit_id for row in rows.nodes.values()} | set(units)
    for row in await session.execute(queries.units_by_id(principal, owners)):
        rows.units[row.id] = row


async def read_outcomes(
    uow: UnitOfWork, principal: Principal, rows: ChainRows, units: Sequence[UUID], indicators: Collection[Any]
) -> None:
    """Outcomes and targets of these indicators; without a period, the unit's own series up to the plan year's end."""
    if not indicators:
        return
    place = rows.place
    focal = place.period or Period(place.year, Periodicity.YEAR)
    days = [(p.start, p.end) for p in (focal, focal.year_before())] if place.period else [(focal.start, focal.end)]
    since = date(focal.end.year - YEARS_BACK, 1, 1)
    statement = queries.outcomes(principal, indicators, units, days, top=place.unit, since=since)
    for row in await uow.session.execute(statement):
        key = OutcomeKey(row.unit_id, parse_period(row.period), Sex(row.sex))
        rows.outcomes[row.indicator_id][key] = row
    statement = queries.targets(principal, indicators, focal.year, place.unit, place.on)
    for row in await uow.session.execute(statement):
        target = Target(TargetKind(row.kind), row.bound, row.printed)
        rows.targets.setdefault(row.indicator_id, target)


def figures(row: AnyRow) -> Figures:
    """An outcome's numbers."""
    return Figures(row.value, row.numerator, row.denominator)


def by_unit(outcomes: Mapping[OutcomeKey, AnyRow], period: Period, sex: Sex) -> dict[UUID, Figures]:
    """Unit -> figures, for one period and one sex."""
    return {key.unit: figures(row) for key, row in outcomes.items() if key.period == period and key.sex is sex}
