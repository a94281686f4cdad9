"""Chains kept between questions, for as long as nothing that they rest on has changed.

A chain's nodes, links and allocations change in the season of planning, its assessments and outcomes in that of
reporting, and either is read a hundred times in between. So each process keeps what it has read: the chain, and each of
its parts by itself, together with the versions of the tables that it rests on (app.db.versions). These were read in the
same snapshot as the question's own, by the statement that begins every transaction: what is used again is what would
have been read. It is kept by what the permission filter makes of the principal (access.sight), so that a board's people
share one, and nobody sees another's.
"""

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from app.db import access
from app.db.session import UnitOfWork
from app.domain.access import Principal
from app.services import chain_parts
from app.services.chain_parts import FIGURES
from app.services.chain_rows import ChainRows, Part, Place, read_chain
from app.services.model_cache import LoadedModel

Seen = tuple[tuple[str, int], ...]
T = TypeVar("T")
CHAIN_TABLES = frozenset(
    {
        "allocations",
        "assessment_scales",
        "indicators",
        "keyword_groups",
        "keywords",
        "module_columns",
        "module_links",
        "modules",
        "node_keywords",
        "node_links",
        "nodes",
        "org_levels",
        "org_placements",
        "org_units",
        "plan_versions",
        "regions",
    }
)
"""What a chain itself rests on, and keywords."""
PART_TABLES: dict[Part, frozenset[str]] = {
    Part.ASSESSMENTS: frozenset({"assessments"}),
    Part.OUTCOMES: frozenset({"outcome_facts", "targets"}),
    Part.BELOW: frozenset({"outcome_facts"}),
    Part.SERIES: frozenset({"outcome_facts"}),
    Part.DETAILS: frozenset(),
    Part.KEYWORDS: frozenset(),
    Part.RESPONSIBLE: frozenset({"responsibilities"}),
}
"""What a part rests on beside its chain."""
_FIELDS = {
    frozenset({Part.ASSESSMENTS}): ("assessments",),
    frozenset({Part.KEYWORDS}): ("keywords",),
    frozenset({Part.RESPONSIBLE}): ("responsible",),
}
_OF_FIGURES = ("outcomes", "targets")
_MOST_VARIANTS = 12


@dataclass(slots=True)
class KeptChain:
    """A chain at a place, its parts and what was worked out from them, each with the versions that it rests on."""

    seen: Seen
    bare: ChainRows
    key: Hashable = None
    parts: dict[Hashable, tuple[Seen, dict[str, Any]]] = field(default_factory=dict)
    made: dict[Hashable, tuple[Seen, Any]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How much there is of it, in rows."""
        parts = sum(len(rows) for _, said in self.parts.values() for rows in said.values())
        return len(self.bare.nodes) * (1 + len(self.made)) + len(self.bare.units) + parts


async def kept_chain(
    uow: UnitOfWork, principal: Principal, model: LoadedModel, place: Place, *, detailed: bool
) -> KeptChain:
    """The chain at a place, without a statement where it is known. Raises NotFound as `read_chain` does."""
    at_region = principal.whole_region and principal.unit_id  # where V1's measures are seen: the region's own people
    key = (KeptChain, access.sight(principal), at_region, place.unit, place.on, place.module, place.year, detailed)
    seen = uow.versions.only(CHAIN_TABLES)
    known: KeptChain | None = None if uow.kept is None else uow.kept.get(key)
    if known is None or known.seen != seen:
        bare = await read_chain(uow, principal, model, replace(place, period=None), detailed=detailed)
        known = KeptChain(seen, bare, key)
        _weigh(uow, known)
    return known


def _weigh(uow: UnitOfWork, chain: KeptChain) -> None:
    """Keep the chain, as large as it is by now: a large one with fewer of the things that were made of it."""
    if uow.kept is not None:
        while chain.size > uow.kept.room and (oldest := next(iter(chain.made or chain.parts), None)) is not None:
            del (chain.made or chain.parts)[oldest]
        uow.kept.put(chain.key, chain, chain.size)


async def with_parts(
    uow: UnitOfWork, principal: Principal, chain: KeptChain, place: Place, parts: Collection[Part]
) -> ChainRows:
    """The chain's rows with these parts in the place's period, reading those that are not known or have changed."""
    found: dict[str, Any] = {}
    for group in _groups(parts):
        seen = uow.versions.only(tables_of(group))
        known = chain.parts.get((group, place.period))
        if known is None or known[0] != seen:
            known = seen, await _read(uow, principal, replace(chain.bare, place=place), group)
            _put(chain.parts, (group, place.period), known)
        found |= known[1]
    return replace(chain.bare, place=place, **found)


def tables_of(parts: Collection[Part]) -> frozenset[str]:
    """The tables that these parts rest on, beside the chain's own."""
    return frozenset(table for part in parts for table in PART_TABLES[part])


def keep_made(uow: UnitOfWork, chain: KeptChain, key: Hashable, seen: Seen, made: T) -> T:
    """Keep what was made of the chain, for the next one who asks; returns it."""
    _put(chain.made, key, (seen, made))
    _weigh(uow, chain)
    return made


def _put(held: dict[Hashable, tuple[Seen, Any]], key: Hashable, value: tuple[Seen, Any]) -> None:
    held.pop(key, None)
    held[key] = value
    while len(held) > _MOST_VARIANTS:
        del held[next(iter(held))]


def _groups(parts: Collection[Part]) -> list[frozenset[Part]]:
    """The parts, those together that are read together."""
    single = [group for group in _FIELDS if group <= frozenset(parts)]
    figures = FIGURES & frozenset(parts)
    return [*single, figures] if Part.OUTCOMES in figures else single


async def _read(uow: UnitOfWork, principal: Principal, bare: ChainRows, group: frozenset[Part]) -> dict[str, Any]:
    fields = _FIELDS.get(group, _OF_FIGURES)
    rows = bare.without_parts()
    if Part.ASSESSMENTS in group:
        await chain_parts.read_assessments(uow, principal, rows)
    elif Part.KEYWORDS in group:
        await chain_parts.read_keywords(uow, principal, rows)
    elif Part.RESPONSIBLE in group:
        await chain_parts.read_responsible(uow, principal, rows)
    else:
        await chain_parts.read_figures(uow, principal, rows, group)
    return {name: getattr(rows, name) for name in fields}
