"""The rows of an allocation table, each with the node and the unit that it names; or what is wrong with it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from app.db import access
from app.db.tables import NodeRow
from app.domain.access import Permission
from app.domain.allocation import NewAllocation
from app.domain.findings import Finding, Forbidden
from app.domain.nodes import AllocationOrigin, NodeView
from app.domain.phrases import say
from app.domain.texts import Text
from app.services import naming
from app.services.allocation_commands import AllocationTableRow
from app.services.allocation_requests import Found, Wish, may_give, out_of_reach
from app.services.facts import Asked, in_sight, reach

Titles = Mapping[str, Sequence[tuple[UUID, str]]]
"""Title -> (node, column code) of those that may be seen."""

_SEVERAL = Text(
    "Flera noder heter {name}; ange kolumn eller nodens id.", "Several nodes are called {name}; give column or id."
)
_UNTITLED = Text("Det finns ingen nod {name} i planen.", "There is no node {name} in the plan.")
_OTHER_YEAR = Text("Noden hör till planen för {name}.", "The node belongs to the plan of {name}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A row that can't be done: its number (from 1), the rule that says so, the field, its value, and the words."""

    row: int
    rule: str
    field: str
    value: str
    message: Text
    finding: Finding


@dataclass(slots=True)
class NamedRows:
    """Rows as the rules see them, and the findings about rows that name what is not there."""

    asked: list[NewAllocation] = field(default_factory=list)
    unnamed: list[Finding] = field(default_factory=list)
    not_given: Forbidden | None = None
    """Set where a row is not the caller's to give: a dry run tells of it, the import itself is forbidden."""


async def titles(a: Asked, rows: Sequence[AllocationTableRow], module: str, plan_version_id: UUID) -> Titles:
    """The nodes that rows name by title. One statement."""
    wanted = {row.title for row in rows if row.title is not None}
    found: dict[str, list[tuple[UUID, str]]] = defaultdict(list)
    if not wanted:
        return found
    statement = select(NodeRow.id, NodeRow.title, NodeRow.column_id).where(
        NodeRow.region_id == a.principal.region_id,
        NodeRow.plan_version_id == plan_version_id,
        NodeRow.module_id == a.model.module_ids[module],
        NodeRow.title.in_(wanted),
        access.node_readable(a.principal, a.on),
    )
    for row in await a.uow.session.execute(statement):
        found[row.title].append((row.id, a.model.columns_by_id[row.column_id].column.code))
    return found


def candidates(row: AllocationTableRow, by_title: Titles) -> list[UUID]:
    """The nodes that a row may mean: one, if it is well said."""
    if row.node is not None:
        return [row.node]
    return [n for n, column in by_title.get(row.title or "", ()) if row.column in (None, column)]


async def name_rows(
    a: Asked, rows: Sequence[AllocationTableRow], year: int, module: str, found: Found, by_title: Titles
) -> NamedRows:
    """Put node and unit to every row; note those that name something else, or what the caller may not give (B1)."""
    within, seen = await reach(a, Permission.ALLOCATIONS_WRITE, module), await in_sight(a)
    named = NamedRows()
    for place, row in enumerate(rows):
        where = f"/rows/{place}"
        node = _node(named, row, where, found, candidates(row, by_title))
        unit = found.units.get(row.unit)
        if unit is None or (seen is not None and unit.id not in seen and not _given(node, unit.id)):
            named.unnamed.append(_finding("A7", naming.UNKNOWN_UNIT, f"{where}/unit", row.unit))
            continue
        if node is None:
            continue
        if node.year != year:
            named.unnamed.append(_finding("A7", _OTHER_YEAR, f"{where}/node", node.year))
        elif not may_give(node, unit, within, origin=AllocationOrigin.ALLOCATED):
            named.unnamed.append(Finding("B1", out_of_reach(node, unit), f"{where}/unit", depends_on_state=True))
            named.not_given = Forbidden(out_of_reach(node, unit), rule="B1")
        else:
            wish = Wish(node=node.id, unit=row.unit, pointer=f"{where}/unit", node_pointer=f"{where}/node")
            named.asked.append(found.asked(wish, node, unit))
    return named


def place_of(pointer: str) -> int:
    """Which row a pointer points into: `/rows/7/unit` -> 7."""
    return int(pointer.split("/")[2])


def conflict(rows: Sequence[AllocationTableRow], finding: Finding) -> Conflict:
    """The finding, as told of its row."""
    place, name = place_of(finding.pointer), finding.pointer.rsplit("/", 1)[1]
    value = getattr(rows[place], name, None)
    return Conflict(
        row=place + 1,
        rule=finding.rule,
        field=name,
        value="" if value is None else str(value),
        message=finding.message,
        finding=finding,
    )


def _node(
    named: NamedRows, row: AllocationTableRow, where: str, found: Found, meant: Sequence[UUID]
) -> NodeView | None:
    name = "title" if row.node is None else "node"
    said = row.title if row.node is None else row.node
    if len(meant) > 1:
        named.unnamed.append(_finding("A7", _SEVERAL, f"{where}/{name}", said))
        return None
    node = found.nodes.get(meant[0]) if meant else None
    if node is None:
        words = _UNTITLED if row.node is None else naming.UNKNOWN_NODE
        named.unnamed.append(_finding("A7", words, f"{where}/{name}", said))
    return node


def _given(node: NodeView | None, unit_id: UUID) -> bool:
    """Whether the row is an assignment to a provider, who need not stand in the giver's part of the tree (N5)."""
    return node is not None and (node.column.allocated_to_providers or unit_id in node.allocated_to)


def _finding(rule: str, words: Text, pointer: str, name: object) -> Finding:
    return Finding(rule, say(words.sv, words.en, name=name), pointer, facts={"value": str(name)}, depends_on_state=True)
