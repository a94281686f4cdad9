"""Which nodes a node's wording resembles, with the score: for whoever plans, before a rule has to say it (N2, N6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.db.queries import similar as queries
from app.domain.nodes import NodeView
from app.domain.similarity import Reason, Similarity, Verdict, similarity, trigram_key
from app.domain.steering_model import NodeKind
from app.services import naming
from app.services.facts import Asked, node_views
from app.services.node_reading import node_row


@dataclass(frozen=True, slots=True)
class Resembling:
    """A node and how alike its title is: 0-100, and why a pair of many words in common is not alike."""

    node: NodeView
    score: float
    verdict: Verdict
    reason: Reason | None


async def similar_to_node(a: Asked, node_id: UUID, *, limit: int = 20) -> tuple[Resembling, ...]:
    """Readable nodes of the same plan version and module that a node resembles, the most alike first.

    Compared are the columns that the node's own column may not repeat, its own column, and what is compared with it.
    Raises NotFound.
    """
    row = await node_row(a, node_id)
    column = a.model.columns_by_id[row.column_id]
    codes = {column.column.code, *column.column.unlike_columns}
    codes |= {c.code for c in column.module.columns if column.column.code in c.unlike_columns}
    columns = [a.model.column_ids[column.module.code, code] for code in codes]
    found = await alike(a, row.title, columns, row.plan_version_id)
    return tuple(r for r in found if r.node.id != node_id)[:limit]


async def similar_to_wording(
    a: Asked, *, title: str, module: str, year: int, limit: int = 20
) -> tuple[Resembling, ...]:
    """Readable text nodes of a year's module that a title not yet written resembles, the most alike first.

    Raises InvalidInput for an unknown module or year.
    """
    errors = naming.Errors()
    if module not in a.model.module_ids:
        errors.add("/module", "unknown_module", naming.UNKNOWN_MODULE, name=module, known=", ".join(a.model.module_ids))
    plan = await naming.plan(a, errors, year)
    errors.settle()
    assert plan is not None
    columns = [
        a.model.column_ids[module, c.code]
        for c in a.model.modules_by_id[a.model.module_ids[module]].columns
        if c.node_kind is NodeKind.TEXT
    ]
    return (await alike(a, title, columns, plan.id))[:limit]


async def alike(a: Asked, title: str, columns: Sequence[UUID], plan_version_id: UUID) -> tuple[Resembling, ...]:
    """Candidates by trigrams, measured like the rules measure; pairs with nothing in common are left out."""
    await a.uow.session.execute(queries.thresholds())
    statement = queries.candidates(
        a.principal,
        plan_version_id=plan_version_id,
        column_ids=columns,
        key=trigram_key(title),
        region_level=a.model.model.region_level,
    )
    ids = await naming.readable_nodes(a, (await a.uow.session.scalars(statement)).all())
    views = (await node_views(a, ids)).views.values()
    measured = [_resembling(view, similarity(title, view.title)) for view in views]
    return tuple(sorted(measured, key=lambda r: (-r.score, r.node.title, r.node.id)))


def _resembling(node: NodeView, likeness: Similarity) -> Resembling:
    return Resembling(node, likeness.score, likeness.verdict, likeness.reason)
