"""Nodes: list them, read one. What one may not see is absent: a node, and a parent of a node that one sees."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from app.db.paging import Page, fetch_page
from app.db.queries import nodes as queries
from app.db.tables import NodeRow, PlanVersionRow
from app.db.typing import AnyColumn, AnyRow
from app.domain.findings import InputError, InvalidInput, NotFound
from app.domain.texts import Text, swedish_sort_key
from app.services.facts import Asked
from app.services.units import UnitKey, find_unit

Sort = Literal["title", "created_at"]
_SORT_KEYS: dict[Sort, list[AnyColumn]] = {
    "title": [NodeRow.title_sort, NodeRow.id],
    "created_at": [NodeRow.created_at, NodeRow.id],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordShown:
    """A keyword and its group."""

    id: UUID
    group: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureShown:
    """What a measure node measures; `indicator` is the id under `/indicators`."""

    indicator: UUID
    code: str
    unit_of_measure: str | None
    direction: str
    scale: Decimal
    is_ratio: bool
    numerator: str | None
    denominator: str | None
    sex_disaggregated: bool
    region_level_only: bool
    input: str
    catalogue_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeShown:
    """A node as it is shown. `version` counts changes of anything shown here."""

    id: UUID
    lineage_id: UUID
    module: str
    column: str
    node_kind: str
    year: int
    unit: str
    title: str
    description: str | None
    justification: str | None
    periodicity: str | None
    start_date: date | None
    end_date: date | None
    status: str | None
    parents: tuple[UUID, ...]
    keywords: tuple[KeywordShown, ...]
    measure: MeasureShown | None
    approved: bool | None
    """Whether the node may be linked into other modules (M2); None where its column asks for no approval."""
    approved_at: datetime | None
    confirmed_similar: list[dict[str, Any]]
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFilter:
    """Which nodes are asked for. `unit`: owned by it or allocated to it; `owner`: owned by it."""

    module: str | None = None
    year: int | None = None
    unit: UnitKey | None = None
    owner: UnitKey | None = None
    column: str | None = None
    keyword: str | UUID | None = None
    search: str | None = None
    parent: UUID | None = None
    indicator: UUID | None = None
    approved: bool | None = None


@dataclass(frozen=True, slots=True)
class NodePage:
    """Nodes of a page, and the sort values to go on from."""

    nodes: tuple[NodeShown, ...]
    next: tuple[Any, ...] | None


async def list_nodes(a: Asked, wanted: NodeFilter, page: Page, *, sort: Sort = "title") -> NodePage:
    """A page of readable nodes: three statements, and one for each unit that is named.

    Raises InvalidInput for a module or column that the region does not have, NotFound for a unit that can't be seen.
    """
    statement = queries.nodes(a.principal, a.on)
    if wanted.module is not None or wanted.column is not None:
        statement = statement.where(NodeRow.column_id.in_(_columns(a, wanted)))
    if wanted.year is not None:
        statement = statement.where(PlanVersionRow.year == wanted.year)
    if wanted.unit is not None:
        unit = await find_unit(a.uow, a.principal, a.on, wanted.unit)
        statement = statement.where(queries.at_unit(a.principal, unit.id))
    if wanted.owner is not None:
        owner = await find_unit(a.uow, a.principal, a.on, wanted.owner)
        statement = statement.where(NodeRow.owner_unit_id == owner.id)
    if wanted.keyword is not None:
        statement = statement.where(queries.tagged(a.principal, a.on, wanted.keyword))
    if wanted.parent is not None:
        statement = statement.where(queries.under(a.principal, wanted.parent))
    if wanted.indicator is not None:
        statement = statement.where(NodeRow.indicator_id == wanted.indicator)
    if wanted.approved is not None:
        is_null = NodeRow.approved_at.is_(None)
        statement = statement.where(~is_null if wanted.approved else is_null)
    for word in swedish_sort_key(wanted.search or "").split():
        statement = statement.where(NodeRow.title_sort.contains(word, autoescape=True))
    found = await fetch_page(a.uow.session, statement, _SORT_KEYS[sort], page)
    return NodePage(await _shown(a, found.rows), found.next)


async def read_node(a: Asked, node_id: UUID) -> NodeShown:
    """One node. Raises NotFound."""
    row = await node_row(a, node_id)
    return (await _shown(a, [row]))[0]


async def node_row(a: Asked, node_id: UUID) -> AnyRow:
    """The readable node's row, as `queries.nodes` selects it. Raises NotFound."""
    row = (await a.uow.session.execute(queries.nodes(a.principal, a.on).where(NodeRow.id == node_id))).one_or_none()
    if row is None:
        raise NotFound("node", str(node_id))
    return row


def shown_version(row: AnyRow) -> int:
    """The node's version as callers see it: a measure node shows its indicator, and changes when that does."""
    return int(row.version) + int(row.indicator_version or 0)


def _columns(a: Asked, wanted: NodeFilter) -> list[UUID]:
    if wanted.module is not None and wanted.module not in a.model.module_ids:
        raise InvalidInput([InputError("module", "unknown_module", _UNKNOWN_MODULE.fill(name=wanted.module))])
    found = [
        column_id
        for (module, column), column_id in a.model.column_ids.items()
        if wanted.module in (None, module) and wanted.column in (None, column)
    ]
    if not found:
        raise InvalidInput([InputError("column", "unknown_column", _UNKNOWN_COLUMN.fill(name=wanted.column))])
    return found


_UNKNOWN_MODULE = Text("Det finns ingen modul {name}.", "There is no module {name}.")
_UNKNOWN_COLUMN = Text("Det finns ingen kolumn {name}.", "There is no column {name}.")


async def _shown(a: Asked, rows: Sequence[AnyRow]) -> tuple[NodeShown, ...]:
    ids = [row.id for row in rows]
    parents: dict[UUID, list[UUID]] = defaultdict(list)
    keywords: dict[UUID, list[KeywordShown]] = defaultdict(list)
    if ids:
        for child, parent in await a.uow.session.execute(queries.parents_of(a.principal, a.on, ids)):
            parents[child].append(parent)
        for row in await a.uow.session.execute(queries.keywords_of(a.principal, a.on, ids)):
            keywords[row.node_id].append(KeywordShown(id=row.id, group=row.group, text=row.text))
    return tuple(_node(a, row, tuple(parents[row.id]), tuple(keywords[row.id])) for row in rows)


def _node(a: Asked, row: AnyRow, parents: tuple[UUID, ...], keywords: tuple[KeywordShown, ...]) -> NodeShown:
    column = a.model.columns_by_id[row.column_id]
    return NodeShown(
        id=row.id,
        lineage_id=row.lineage_id,
        module=column.module.code,
        column=column.column.code,
        node_kind=column.column.node_kind.value,
        year=row.year,
        unit=row.unit,
        title=row.title,
        description=row.description,
        justification=row.justification,
        periodicity=row.periodicity,
        start_date=row.start_date,
        end_date=row.end_date,
        status=row.status,
        parents=parents,
        keywords=keywords,
        measure=None if row.indicator_id is None else _measure(row),
        approved=None if column.column.approval is None else row.approved_at is not None,
        approved_at=row.approved_at,
        confirmed_similar=row.confirmed_similar or [],
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        version=shown_version(row),
    )


def _measure(row: AnyRow) -> MeasureShown:
    return MeasureShown(
        indicator=row.indicator_id,
        code=row.indicator_code,
        unit_of_measure=row.unit_of_measure,
        direction=row.direction,
        scale=row.scale,
        is_ratio=row.is_ratio,
        numerator=row.numerator,
        denominator=row.denominator,
        sex_disaggregated=row.sex_disaggregated,
        region_level_only=row.region_level_only,
        input=row.input,
        catalogue_key=row.catalogue_key,
    )
