"""Candidates for near-identity: which titles share enough trigrams to be worth comparing."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, TextClause, func, or_, select, text

from app.db.tables import NodeRow, OrgUnitRow
from app.domain.access import Principal

_THRESHOLDS = text(
    "select set_config('pg_trgm.similarity_threshold', '0.25', true),"
    " set_config('pg_trgm.word_similarity_threshold', '0.5', true)"
)


def thresholds() -> TextClause:
    """Sets, for this transaction, from where on titles are candidates: well below what any rule calls near."""
    return _THRESHOLDS


def candidates(
    principal: Principal,
    *,
    plan_version_id: UUID,
    column_ids: Collection[UUID],
    key: str,
    region_level: str,
    limit: int = 200,
) -> Select[UUID]:
    """Ids of nodes in the columns whose key resembles `key` or holds it (or it them), the most alike first.

    The region's own come before all others: theirs is the wording that must not be crowded out by other units' nodes.
    """
    return (
        select(NodeRow.id)
        .join(OrgUnitRow, (OrgUnitRow.region_id == NodeRow.region_id) & (OrgUnitRow.id == NodeRow.owner_unit_id))
        .where(
            NodeRow.region_id == principal.region_id,
            NodeRow.plan_version_id == plan_version_id,
            NodeRow.column_id.in_(column_ids),
            or_(
                NodeRow.title_key.bool_op("%")(key),
                NodeRow.title_key.bool_op("%>")(key),
                NodeRow.title_key.bool_op("<%")(key),
            ),
        )
        .order_by((OrgUnitRow.level == region_level).desc(), func.similarity(NodeRow.title_key, key).desc(), NodeRow.id)
        .limit(limit)
    )
