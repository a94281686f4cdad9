"""Loads what the rules compare a node with: the board's own ones, the budget's wording, the shared indicators."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.db.queries import similar
from app.db.tables import NodeRow
from app.domain.alike import compared_columns
from app.domain.findings import Finding, Severity
from app.domain.modules import indicator_modules
from app.domain.nodes import NewNode, NodeView
from app.domain.own_goals import free_place, limited_board
from app.domain.phrases import say
from app.domain.similarity import trigram_key
from app.services.calendar_day import now
from app.services.facts import Asked, node_views


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Nodes that a rule holds against the new one; `place` is the free place among a board's own ones (N1)."""

    own_nodes: tuple[NodeView, ...] = ()
    reserved: tuple[NodeView, ...] = ()
    shared: tuple[NodeView, ...] = ()
    board: UUID | None = None
    place: int | None = None


async def compared(a: Asked, node: NewNode, plan_version_id: UUID, *, wording_only: bool = False) -> Compared:
    """What the rules of `creation` ask for. At most three look-ups, and one load of the nodes they find.

    `wording_only`: the node keeps its owner, so that the board's number of own ones is not touched.
    """
    board = None if wording_only else limited_board(node, a.model.model)
    own = [] if board is None else await _own(a, node, plan_version_id, board)
    reserved = await reserved_ids(a, node, plan_version_id)
    shared = await _alike(a, _shared_columns(a, node), node.title, plan_version_id)
    views = (await node_views(a, {*(i for i, _ in own), *reserved, *shared})).views
    limit = node.column.own_limit_per_board or 0
    return Compared(
        own_nodes=_in_order(views, [i for i, _ in own]),
        reserved=_in_order(views, reserved),
        shared=_in_order(views, shared),
        board=board,
        place=None if board is None else free_place((place for _, place in own), limit),
    )


async def reserved_ids(a: Asked, node: NewNode, plan_version_id: UUID) -> list[UUID]:
    """Nodes whose wording may be taken (N2, N6): candidates by trigrams, for the rule to measure."""
    codes = compared_columns(node.column, node.owner, a.model.model)
    columns = [a.model.column_ids[node.module, code] for code in codes]
    return await _alike(a, columns, node.title, plan_version_id)


def place_taken(node: NewNode, board: UUID | None) -> Finding:
    """N1, when the database refuses the place: another request has taken the board's last one a moment before."""
    return Finding(
        "N1",
        say(
            "Nämnden/styrelsen har just fått sin egen nod i kolumnen {column}, i en annan begäran. Läs om planen.",
            "The board has just been given its own node in the column {column}, by another request. Read the plan.",
            column=node.column.name_text,
        ),
        "/column",
        facts={"limit": node.column.own_limit_per_board, "board": str(board)},
    )


def confirmations(a: Asked, findings: Sequence[Finding]) -> list[dict[str, object]]:
    """What the caller has confirmed, to be kept with the node (N2): score, matching node, who and when."""
    return [
        {**f.facts, "rule": f.rule, "confirmed_by": a.principal.subject, "confirmed_at": now().isoformat()}
        for f in findings
        if f.severity is Severity.CONFIRM
    ]


async def _own(a: Asked, node: NewNode, plan_version_id: UUID, board: UUID) -> list[tuple[UUID, int]]:
    """(id, place) of the board's own nodes in the column."""
    wanted = select(NodeRow.id, NodeRow.own_place).where(
        NodeRow.region_id == a.principal.region_id,
        NodeRow.plan_version_id == plan_version_id,
        NodeRow.column_id == a.model.column_ids[node.module, node.column.code],
        NodeRow.own_board_id == board,
        NodeRow.own_place.is_not(None),
    )
    return [(row.id, row.own_place or 0) for row in await a.uow.session.execute(wanted)]


def _shared_columns(a: Asked, node: NewNode) -> list[UUID]:
    return [
        a.model.column_ids[module.code, column.code]
        for module in indicator_modules(node, a.model.model)
        for column in module.columns
        if column.approval is not None and column.node_kind is node.column.node_kind
    ]


async def _alike(a: Asked, columns: Collection[UUID], title: str, plan_version_id: UUID) -> list[UUID]:
    if not columns:
        return []
    await a.uow.session.execute(similar.thresholds())
    statement = similar.candidates(
        a.principal,
        plan_version_id=plan_version_id,
        column_ids=columns,
        key=trigram_key(title),
        region_level=a.model.model.region_level,
    )
    return list((await a.uow.session.scalars(statement)).all())


def _in_order(views: dict[UUID, NodeView], ids: Collection[UUID]) -> tuple[NodeView, ...]:
    return tuple(views[i] for i in ids if i in views)
