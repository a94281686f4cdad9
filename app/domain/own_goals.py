"""A board's own goals: how many (N1), and that they stay at home (N3). Limits are a column's data."""

from collections.abc import Collection, Iterable, Iterator
from uuid import UUID

from app.domain.findings import Finding, also, rule
from app.domain.levels import by_level
from app.domain.nodes import NewNode, NodeView, UnitView
from app.domain.organisation import board_of, is_region
from app.domain.phrases import listed, quoted, say, short
from app.domain.steering_model import SteeringModel
from app.domain.texts import Text


@rule(
    "N1",
    title=Text("Högst ett eget mål", "At most one own goal"),
    statement=Text(
        "Mål finns på regionnivå (regionfullmäktiges budget); en nämnd eller styrelse får lägga till högst ett eget "
        "per planversion, räknat över nämnden/styrelsen och alla enheter under den.",
        "Goals stand on region level (the assembly's budget); a board may add at most one of its own per plan "
        "version, counted over the board and every unit below it.",
    ),
    source="000 §2.2, 001 §3.1.1, 002",
    depends_on_state=True,
)
def own_limit(node: NewNode, own_nodes: Collection[NodeView], model: SteeringModel) -> Iterator[Finding]:
    """N1, the number. `own_nodes`: those of the same column and plan version that `limited_board` and all below own."""
    limit, board = node.column.own_limit_per_board, limited_board(node, model)
    if limit is None or board is None:
        return
    taken = [
        n
        for n in own_nodes
        if (n.module, n.column.code, n.year) == (node.module, node.column.code, node.year)
        and n.id != node.id
        and board_of(n.owner, model) == board
    ]
    if len(taken) >= limit:
        yield Finding(
            "N1",
            say(
                "Nämnden/styrelsen och enheterna under den har redan {titles} i kolumnen {column}, där det får finnas "
                "högst {limit} av egna. Använd eller ändra det som finns.",
                "The board and the units below it have {titles} in the column {column} already, which takes at most "
                "{limit} of their own. Use or change what is there.",
                limit=limit,
                column=node.column.name_text,
                titles=listed(quoted(n.title for n in taken)),
            ),
            "/column",
            facts={"limit": limit, "count": len(taken), "board": str(board), "nodes": [n.facts() for n in taken]},
        )


@also("N1")
def goal_level(node: NewNode, model: SteeringModel) -> Iterator[Finding]:
    """N1, the levels."""
    yield from by_level("N1", node, model, depends_on_state=False)


def limited_board(node: NewNode, model: SteeringModel) -> UUID | None:
    """The board whose own nodes count towards N1's limit; None where the node isn't counted at all."""
    if node.column.own_limit_per_board is None or is_region(node.owner, model):
        return None
    return board_of(node.owner, model)


def free_place(taken: Iterable[int], limit: int) -> int | None:
    """The lowest free place among a board's `limit` own ones (1, 2, ...); None when all are taken.

    The database keeps places unique, so that two writers at once can't both take the last one.
    """
    return min(set(range(1, limit + 1)) - set(taken), default=None)


@rule(
    "N3",
    title=Text("Ett eget mål stannar hemma", "An own goal stays at home"),
    statement=Text(
        "Ett eget mål fördelas eller överförs aldrig till en annan nämnds eller styrelses del av trädet.",
        "An own goal is never allocated or transferred to another board's part of the tree.",
    ),
    source="000 §2.2",
)
def stays_at_home(node: NodeView, unit: UnitView, model: SteeringModel, pointer: str = "/unit") -> Iterator[Finding]:
    """N3, for an allocation to `unit` or a transfer to it as new owner."""
    if node.column.allocatable_by_own or is_region(node.owner, model):
        return
    if board_of(unit, model) == board_of(node.owner, model):
        return
    yield Finding(
        "N3",
        say(
            "”{title}” är {owner}s egen och kan inte riktas till {unit}, som hör till en annan del av trädet.",
            "“{title}” is {owner}'s own and can't be directed to {unit}, in another part of the tree.",
            title=short(node.title),
            owner=node.owner.name,
            unit=unit.name,
        ),
        pointer,
        facts={"node": node.facts(), "owner": node.owner.facts(), "unit": unit.facts()},
    )
