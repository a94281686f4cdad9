"""Changes a node: what the patch says is put beside what stands, and the rules that it touches are asked again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, select, update

from app.db import access
from app.db.arrays import among
from app.db.locks import claim_nodes, hold_plans
from app.db.tables import KeywordGroupRow, KeywordRow, NodeKeywordRow, NodeRow
from app.db.typing import AnyRow
from app.domain.access import Permission
from app.domain.archived import still_open
from app.domain.creation import Change, change_findings
from app.domain.findings import Finding, NotFound, settle
from app.domain.nodes import NewNode, NodeView
from app.domain.periods import Periodicity
from app.domain.plan_versions import PlanStatus
from app.domain.steering_model import NodeKind
from app.domain.texts import Text
from app.services import naming
from app.services.authorisation import require, require_scope, require_units
from app.services.facts import Asked, children_of, node_views, parents_of
from app.services.measures import change_indicator, rename_indicator
from app.services.node_commands import NodeChange
from app.services.node_creation import Written, titles, write_keywords
from app.services.node_reading import node_row, shown_version
from app.services.node_rules import Compared, compared, confirmations

VersionCheck = Callable[[int], None]
"""Raises where the version that is found, under lock, is not the one that the caller has read."""

_NO_STATUS = Text("Bara en aktivitet har en status.", "Only an activity has a status.")
_NO_MEASURE = Text("Noden mäter inget.", "The node measures nothing.")
_PLAIN = ("description", "justification", "start_date", "end_date")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A node that is about to change: locked, readable, in reach, in the version that the caller knows."""

    row: AnyRow
    view: NodeView
    remarks: tuple[Finding, ...]
    """V3, where its plan is archived."""


async def claim(a: Asked, node_id: UUID, check: VersionCheck) -> Claimed:
    """Lock a node for a change. Raises NotFound, Forbidden, and what `check` raises."""
    found = await claim_readable(a, node_id)
    await require_units(
        a.uow, a.principal, Permission.NODES_WRITE, [found.row.owner_unit_id], a.on, module=found.view.module
    )
    check(shown_version(found.row))
    return found


async def claim_readable(a: Asked, node_id: UUID) -> Claimed:
    """Lock a node for a change at some unit that has it. Raises NotFound, Forbidden."""
    require(a.principal, Permission.NODES_WRITE)
    await claim_nodes(a.uow, [node_id])
    row = await node_row(a, node_id)
    status = PlanStatus((await hold_plans(a.uow, [row.plan_version_id]))[row.plan_version_id])
    module = a.model.columns_by_id[row.column_id].module.code
    require_scope(a.principal, module=module, indicator=row.indicator_code)
    views = (await node_views(a, [node_id])).views
    if node_id not in views:
        raise NotFound("node", str(node_id))
    return Claimed(row, views[node_id], tuple(still_open(row.year, status)))


async def change_node(a: Asked, node_id: UUID, change: NodeChange, check: VersionCheck) -> Written:
    """Change a node. Raises NotFound, Forbidden, InvalidInput, RulesBroken, and what `check` raises."""
    found = await claim(a, node_id, check)
    said = change.said()
    errors = naming.Errors()
    kind = found.view.column.node_kind
    if "status" in said and kind is not NodeKind.ACTIVITY:
        errors.add("/status", "status_unwanted", _NO_STATUS)
    if "measure" in said and kind is not NodeKind.MEASURE:
        errors.add("/measure", "measure_unwanted", _NO_MEASURE)
    keywords = await naming.keywords(
        a, errors, said.get("keywords") or [], column=found.view.column, year=found.view.year, owner=found.view.owner
    )
    errors.settle()
    asked = await _asked(a, found, said, keywords)
    findings = [*found.remarks, *change_findings(asked, a.model.model)]
    warnings = settle(findings, confirmed=change.confirm_similar)
    if "measure" in said:
        await change_indicator(a, errors, found.row.indicator_id, change.measure)
    if "keywords" in said:
        await replace_keywords(a, node_id, [k.id for k in keywords])
    await _write(a, found.row, said, confirmations(a, warnings))
    return Written(node_id, warnings)


async def replace_keywords(a: Asked, node_id: UUID, keyword_ids: Sequence[UUID]) -> None:
    """The node's keywords become these; those that the caller may not see stay."""
    seen = (
        select(KeywordRow.id)
        .join(
            KeywordGroupRow,
            and_(KeywordGroupRow.region_id == KeywordRow.region_id, KeywordGroupRow.id == KeywordRow.group_id),
        )
        .where(KeywordRow.region_id == a.principal.region_id, access.keyword_group_readable(a.principal, a.on))
    )
    await a.uow.session.execute(
        delete(NodeKeywordRow).where(
            NodeKeywordRow.region_id == a.principal.region_id,
            NodeKeywordRow.node_id == node_id,
            NodeKeywordRow.keyword_id.in_(seen),
        )
    )
    await write_keywords(a, node_id, keyword_ids)


async def touch(a: Asked, node_ids: Sequence[UUID], **values: Any) -> None:
    """A change of what the nodes' representation holds is a new version of them (their ETag)."""
    if node_ids:
        await a.uow.session.execute(
            update(NodeRow)
            .where(NodeRow.region_id == a.principal.region_id, among(NodeRow.id, node_ids))
            .values(**values, version=NodeRow.version + 1, updated_at=func.now(), updated_by=a.principal.subject)
        )


async def _asked(a: Asked, found: Claimed, said: dict[str, Any], keywords: Sequence[naming.KeywordFound]) -> Change:
    row, before = found.row, found.view
    parent_ids = (await parents_of(a, [before.id])).get(before.id, [])
    child_ids = (await children_of(a, [before.id])).get(before.id, [])
    around = (await node_views(a, {*parent_ids, *child_ids})).views
    periodicity = said.get("periodicity", row.periodicity)
    after = NewNode(
        id=before.id,
        region_id=before.region_id,
        year=before.year,
        module=before.module,
        column=before.column,
        owner=before.owner,
        title=said.get("title", before.title),
        start_date=said.get("start_date", row.start_date),
        end_date=said.get("end_date", row.end_date),
        periodicity=Periodicity(periodicity) if periodicity else None,
        parents=tuple(around[p] for p in parent_ids if p in around),
        justification=said.get("justification", row.justification),
        keyword_groups=tuple(k.group for k in keywords),
    )
    held = Compared()
    if after.title != before.title:
        held = await compared(a, after, row.plan_version_id, wording_only=True)
    return Change(
        before=before,
        after=after,
        justification_before=row.justification,
        children=tuple(around[c] for c in child_ids if c in around),
        own_nodes=held.own_nodes,
        reserved=held.reserved,
        shared=held.shared,
    )


async def _write(a: Asked, row: AnyRow, said: dict[str, Any], confirmed: list[dict[str, Any]]) -> None:
    values = {name: said[name] for name in _PLAIN if name in said}
    values |= {name: getattr(said[name], "value", None) for name in ("periodicity", "status") if name in said}
    if "title" in said and said["title"] != row.title:
        values |= titles(said["title"])
        if row.indicator_id is not None:
            await rename_indicator(a, row.indicator_id, said["title"])
        values["confirmed_similar"] = [*(row.confirmed_similar or []), *confirmed] or None
    await touch(a, [row.id], **values)
