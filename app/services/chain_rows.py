"""The rows of a follow-up chain: which nodes are in it, what hangs under what, whose they are.

Read in a number of statements that never depends on how many there are. What else may be asked of a chain is a `Part`
(chain_parts.py), and not read unless a question needs it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from app.db.prepared import fetch, plan_once
from app.db.queries import chain as queries
from app.db.session import UnitOfWork
from app.db.typing import AnyRow
from app.domain.access import Principal
from app.domain.chain import Chain, ChainNode, Placed, build_chain
from app.domain.grades import AssessmentFact
from app.domain.indicators import Sex
from app.domain.nodes import ActivityStatus, AllocationOrigin
from app.domain.periods import Period, Periodicity
from app.domain.targets import Target
from app.services.model_cache import LoadedModel
from app.services.subtrees import read_subtree

_Link = tuple[UUID, UUID]
_ORIGINS = {origin.value: origin for origin in AllocationOrigin}
_STATUSES: dict[str | None, ActivityStatus | None] = {status.value: status for status in ActivityStatus} | {None: None}


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


Outcomes = dict[tuple[Period, Sex], dict[UUID, AnyRow]]
"""(period, sex) -> unit -> outcome, of one indicator.

Of the unit's own outcomes status, comment and source are known, too.
"""


@dataclass(slots=True)
class ChainRows:
    """Everything that was read, by id."""

    place: Place
    chain: Chain
    nodes: dict[UUID, AnyRow]
    parent_of: dict[UUID, UUID]
    """Unit -> the unit above it, within the subtree."""
    instructions: dict[tuple[UUID, UUID], str] = field(default_factory=dict)
    assessments: dict[_Link, dict[Period, AnyRow]] = field(default_factory=lambda: defaultdict(dict))
    """(node, unit) -> period -> assessment."""
    outcomes: dict[UUID, Outcomes] = field(default_factory=dict)
    targets: dict[UUID, Target] = field(default_factory=dict)
    keywords: dict[UUID, list[AnyRow]] = field(default_factory=lambda: defaultdict(list))
    responsible: dict[UUID, list[AnyRow]] = field(default_factory=lambda: defaultdict(list))
    units: dict[UUID, AnyRow] = field(default_factory=dict)

    def without_parts(self) -> "ChainRows":
        """The same chain, with room of its own for parts."""
        return ChainRows(self.place, self.chain, self.nodes, self.parent_of, self.instructions, units=self.units)

    def assessment_facts(self) -> Iterable[AssessmentFact]:
        """The assessments as rules see them."""
        for (node, unit), by_period in self.assessments.items():
            for period, row in by_period.items():
                yield AssessmentFact(node, unit, period, row.grade, _STATUSES[row.status])


async def read_chain(
    uow: UnitOfWork, principal: Principal, model: LoadedModel, place: Place, *, detailed: bool
) -> ChainRows:
    """Read a chain, without any of its parts. Raises NotFound where the unit is not within the principal's reach."""
    subtree = await read_subtree(uow, principal, place.on, place.unit, place.year)
    plan, unit_ids = subtree.plan_version, list(subtree.ids)
    nodes: dict[UUID, AnyRow] = {}
    placed: list[AnyRow] = []
    links: list[_Link] = []
    if plan is not None:
        await plan_once(uow)
        placed = await fetch(uow, queries.allocations_at, principal, plan_version=plan, units=unit_ids)
        among = {"units": unit_ids, "allocated": list({row.node_id for row in placed})}
        found = await fetch(uow, queries.nodes_at, principal, place.on, detailed, plan_version=plan, **among)
        nodes = {row.id: row for row in found}
        links = await _links(uow, principal, model, place, nodes, frozenset(unit_ids))
    chain = build_chain(
        place.module,
        subtree.units,
        _in_order(model, nodes.values()),
        links,
        [Placed(node, unit, _ORIGINS[origin]) for node, unit, origin, _ in placed],
        at_region=at_region(principal, unit_ids[0]),
    )
    units = dict(subtree.rows)
    # Who owns a node that was allocated to the unit stands above it, or beside.
    if owners := {row.owner_unit_id for row in nodes.values()} - units.keys():
        units |= {row.id: row for row in await fetch(uow, queries.units_by_id, principal, units=list(owners))}
    return ChainRows(
        place=place,
        chain=chain,
        nodes=nodes,
        parent_of=subtree.parent_of,
        instructions={(row.node_id, row.unit_id): row.instruction for row in placed if row.instruction},
        units=units,
    )


def at_region(principal: Principal, unit: UUID) -> bool:
    """Whether a chain at the unit is the region's own, for one who reads all of it (V1)."""
    return principal.whole_region and principal.unit_id == unit


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
    make = tuple.__new__  # ChainNode() itself takes twice as long, for nodes by the ten thousand
    return [
        make(ChainNode, (r.id, module, code, kind, r.owner_unit_id, r.region_level_only, periodicities[r.periodicity]))
        for r in in_order
        for _, module, code, kind in (columns[r.column_id],)
    ]


def _column_order(model: LoadedModel) -> list[UUID]:
    return [model.column_ids[module.code, column.code] for module in model.model.modules for column in module.columns]
