"""Creates a node: its names are found, its rules asked, and the node, its links and its keywords written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from app.db.locks import hold_nodes
from app.db.session import ConstraintBroken, storage_errors
from app.db.tables import NodeKeywordRow, NodeLinkRow, NodeRow
from app.domain.absent import not_in_region
from app.domain.access import Permission
from app.domain.archived import still_open
from app.domain.creation import Creation, creation_findings
from app.domain.findings import Finding, RulesBroken, settle
from app.domain.identity import new_id
from app.domain.nodes import ActivityStatus, NewNode, NodeView, UnitView
from app.domain.similarity import trigram_key
from app.domain.steering_model import NodeKind
from app.domain.texts import Text, swedish_sort_key
from app.services import following, naming
from app.services.authorisation import require, require_scope, require_units
from app.services.facts import Asked, node_views
from app.services.measures import MeasureFound, find_measure, make_indicator
from app.services.model_cache import LoadedColumn
from app.services.node_commands import NodeToCreate
from app.services.node_rules import Compared, compared, confirmations, place_taken

_SORT_LENGTH = 1_000  # folding can make a text longer; for order its beginning is enough

_MEASURE_MISSING = Text(
    "En nod i kolumnen {column} mäter något: ange measure.", "A node in the column {column} measures: give measure."
)
_MEASURE_UNWANTED = Text("En nod i kolumnen {column} mäter inget.", "A node in the column {column} measures nothing.")
_STATUS_UNWANTED = Text(
    "En nod i kolumnen {column} är ingen aktivitet och har ingen status.",
    "A node in the column {column} is no activity and has no status.",
)


@dataclass(frozen=True, slots=True)
class Written:
    """The node that was written, and what the rules warn of."""

    node_id: UUID
    warnings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a new node is to stand: all that the request names, found."""

    column: LoadedColumn
    plan_version_id: UUID
    owner: UnitView
    keywords: tuple[naming.KeywordFound, ...]
    measure: MeasureFound | None
    remarks: tuple[Finding, ...] = ()


async def create_node(a: Asked, said: NodeToCreate) -> Written:
    """Create the node, linked under its parents.

    Raises Forbidden, InvalidInput (all that the request names and that is not there), RulesBroken (every rule at once).
    """
    require(a.principal, Permission.NODES_WRITE)
    await hold_nodes(a.uow, said.parents)
    place = await _find_place(a, said)
    require_scope(a.principal, module=said.module)
    await require_units(a.uow, a.principal, Permission.NODES_WRITE, [place.owner.id], a.on, module=said.module)
    parents, missing = await _parents(a, said)
    node = _new_node(a, said, place, parents)
    held = await compared(a, node, place.plan_version_id)
    asked = Creation(node=node, own_nodes=held.own_nodes, reserved=held.reserved, shared=held.shared)
    findings = [*missing, *creation_findings(asked, a.model.model), *place.remarks]
    warnings = settle(findings, confirmed=said.confirm_similar)
    node_id = await _write(a, said, place, node, held=held, confirmed=confirmations(a, warnings))
    await _write_links(a, place, node_id, node.parents)
    await write_keywords(a, node_id, [k.id for k in place.keywords])
    if node.column.follows_allocated_parent and any(p.allocated_to for p in node.parents):
        child = (await node_views(a, [node_id])).views[node_id]
        await following.write(a, await following.followers_of_links(a, [(parent, child) for parent in node.parents]))
    return Written(node_id, warnings)


async def write_keywords(a: Asked, node_id: UUID, keyword_ids: Sequence[UUID]) -> None:
    """Put keywords on a node that has none of them."""
    rows = [
        {"region_id": a.principal.region_id, "node_id": node_id, "keyword_id": keyword_id}
        for keyword_id in dict.fromkeys(keyword_ids)
    ]
    if rows:
        await a.uow.session.execute(insert(NodeKeywordRow), rows)


async def _find_place(a: Asked, said: NodeToCreate) -> _Place:
    errors = naming.Errors()
    column = naming.column(a, errors, said.module, said.column)
    plan = await naming.plan(a, errors, said.year)
    owner = (await naming.units_by_code(a, [said.unit])).get(said.unit)
    if owner is None:
        errors.add("/unit", "unknown_unit", naming.UNKNOWN_UNIT, name=said.unit)
    keywords: list[naming.KeywordFound] = []
    measure, remarks = None, tuple[Finding, ...]()
    if column is not None and owner is not None:
        keywords = await naming.keywords(a, errors, said.keywords, column=column.column, year=said.year, owner=owner)
    if column is not None:
        _check_kind(errors, said, column)
        if said.measure is not None and plan is not None and column.column.node_kind is NodeKind.MEASURE:
            measure, remarks = await find_measure(
                a, errors, said.measure, column=column, plan_version_id=plan.id, unit_code=said.unit
            )
    errors.settle()
    assert column is not None
    assert plan is not None
    assert owner is not None
    return _Place(
        column=column,
        plan_version_id=plan.id,
        owner=owner,
        keywords=tuple(keywords),
        measure=measure,
        remarks=(*remarks, *still_open(said.year, plan.status, "/year")),
    )


def _check_kind(errors: naming.Errors, said: NodeToCreate, column: LoadedColumn) -> None:
    kind, name = column.column.node_kind, column.column.name_text
    if kind is NodeKind.MEASURE and said.measure is None:
        errors.add("/measure", "measure_missing", _MEASURE_MISSING, column=name)
    if kind is not NodeKind.MEASURE and said.measure is not None:
        errors.add("/measure", "measure_unwanted", _MEASURE_UNWANTED, column=name)
    if kind is not NodeKind.ACTIVITY and said.status is not None:
        errors.add("/status", "status_unwanted", _STATUS_UNWANTED, column=name)


async def _parents(a: Asked, said: NodeToCreate) -> tuple[tuple[NodeView, ...], list[Finding]]:
    """The parents that may be seen, in the request's order, and what K3 says of the others."""
    readable = await naming.readable_nodes(a, said.parents)
    views = (await node_views(a, readable)).views
    missing = [not_in_region(p, f"/parents/{place}") for place, p in enumerate(said.parents) if p not in views]
    return tuple(views[p] for p in said.parents if p in views), missing


def _new_node(a: Asked, said: NodeToCreate, place: _Place, parents: tuple[NodeView, ...]) -> NewNode:
    return NewNode(
        region_id=a.principal.region_id,
        year=said.year,
        module=said.module,
        column=place.column.column,
        owner=place.owner,
        title=said.title,
        start_date=said.start_date,
        end_date=said.end_date,
        periodicity=said.periodicity,
        parents=parents,
        justification=said.justification,
        keyword_groups=tuple(k.group for k in place.keywords),
    )


def titles(title: str) -> dict[str, str]:
    """The columns that a title fills: as said, as ordered, as compared."""
    return {
        "title": title,
        "title_sort": swedish_sort_key(title)[:_SORT_LENGTH],
        "title_key": trigram_key(title),
    }


async def _write(
    a: Asked, said: NodeToCreate, place: _Place, node: NewNode, *, held: Compared, confirmed: list[dict[str, Any]]
) -> UUID:
    node_id = new_id()
    is_activity = place.column.column.node_kind is NodeKind.ACTIVITY
    status = (said.status or ActivityStatus.PLANNED).value if is_activity else None
    indicator_id = None if place.measure is None else await make_indicator(a, place.measure, said.title)
    row = {
        "region_id": a.principal.region_id,
        "id": node_id,
        "lineage_id": node_id,
        "plan_version_id": place.plan_version_id,
        "module_id": place.column.module_id,
        "column_id": place.column.id,
        "node_kind": place.column.column.node_kind.value,
        "owner_unit_id": place.owner.id,
        **titles(said.title),
        "description": said.description,
        "justification": said.justification,
        "periodicity": said.periodicity,
        "start_date": said.start_date,
        "end_date": said.end_date,
        "status": status,
        "indicator_id": indicator_id,
        "own_board_id": held.board,
        "own_place": held.place,
        "confirmed_similar": confirmed or None,
        "created_by": a.principal.subject,
        "updated_by": a.principal.subject,
    }
    if held.board is not None and held.place is None:
        raise RulesBroken([place_taken(node, held.board)])
    try:
        with storage_errors():
            await a.uow.session.execute(insert(NodeRow), row)
    except ConstraintBroken as broken:
        if broken.constraint != "uq_nodes_own_place":
            raise
        raise RulesBroken([place_taken(node, held.board)]) from broken
    return node_id


async def _write_links(a: Asked, place: _Place, node_id: UUID, parents: Sequence[NodeView]) -> None:
    rows = [
        {
            "region_id": a.principal.region_id,
            "id": new_id(),
            "plan_version_id": place.plan_version_id,
            "parent_id": parent.id,
            "child_id": node_id,
            "created_by": a.principal.subject,
        }
        for parent in parents
    ]
    if rows:
        await a.uow.session.execute(insert(NodeLinkRow), rows)
