"""Who answers for a node, at which unit, in which role: read it, replace it.

Each unit answers for its own people: a caller replaces what stands at the units it reaches, and leaves the others'.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, insert

from app.db import access
from app.db.queries import nodes as queries
from app.db.tables import ResponsibilityRow
from app.domain.access import Permission
from app.domain.findings import settle
from app.domain.nodes import NodeView, UnitView
from app.domain.organisation import is_below, is_visible
from app.domain.phrases import named
from app.domain.texts import Text
from app.services import naming
from app.services.authorisation import require_units
from app.services.facts import Asked
from app.services.node_change import VersionCheck, claim_readable
from app.services.node_reading import node_row

_NO_ROLE = Text(
    "Kolumnen {column} har ingen ansvarsroll {role}. Välj bland {roles}.",
    "The column {column} has no responsibility role {role}. Choose {roles}.",
)
_NO_ROLES = Text("Kolumnen {column} har inga ansvarsroller.", "The column {column} has no responsibility roles.")
_NOT_THERE = Text("Noden finns inte hos {unit}.", "The node is not at {unit}.")
_TWICE = Text("Samma ansvar står två gånger.", "The same responsibility stands twice.")


@dataclass(frozen=True, slots=True, order=True)
class Responsible:
    """A person (`subject`: the `sub` of their credential) who answers for a node at a unit, in a role."""

    unit: str
    role: str
    subject: str


async def read_responsibilities(a: Asked, node_id: UUID) -> tuple[Responsible, ...]:
    """At the readable units, by unit, role and person. Raises NotFound."""
    await node_row(a, node_id)
    return await _standing(a, node_id)


def version_of(standing: Sequence[Responsible]) -> int:
    """A number that changes when they do: what a change of them is conditional on."""
    said = repr(sorted((r.unit, r.role, r.subject) for r in standing))
    return int.from_bytes(hashlib.blake2b(said.encode(), digest_size=6).digest(), "big")


async def put_responsibilities(
    a: Asked, node_id: UUID, said: Sequence[Responsible], check: VersionCheck
) -> tuple[Responsible, ...]:
    """Those at units within reach become these. Raises NotFound, Forbidden, InvalidInput, RulesBroken (V3)."""
    found = await claim_readable(a, node_id)
    check(version_of(await _standing(a, node_id)))
    settle(found.remarks)
    units = await naming.units_by_code(a, {r.unit for r in said})
    errors = naming.Errors()
    for place, responsible in enumerate(said):
        _check(errors, responsible, f"/items/{place}", found.view, units.get(responsible.unit))
    if len(set(said)) < len(said):
        errors.add("/items", "duplicate", _TWICE)
    errors.settle()
    ids = [units[r.unit].id for r in said]
    await require_units(a.uow, a.principal, Permission.NODES_WRITE, ids, a.on, module=found.view.module)
    await a.uow.session.execute(
        delete(ResponsibilityRow).where(
            ResponsibilityRow.region_id == a.principal.region_id,
            ResponsibilityRow.node_id == node_id,
            access.in_reach(
                ResponsibilityRow.unit_id, a.principal, a.on, Permission.NODES_WRITE, module=found.view.module
            ),
        )
    )
    rows = [
        {
            "region_id": a.principal.region_id,
            "node_id": node_id,
            "unit_id": units[r.unit].id,
            "role": r.role,
            "subject": r.subject,
        }
        for r in said
    ]
    if rows:
        await a.uow.session.execute(insert(ResponsibilityRow), rows)
    return await _standing(a, node_id)


def _check(errors: naming.Errors, said: Responsible, pointer: str, node: NodeView, unit: UnitView | None) -> None:
    roles = node.column.responsibility_roles
    if said.role not in roles:
        facts = {"column": node.column.name_text, "role": said.role, "roles": named(roles)}
        errors.add(f"{pointer}/role", "unknown_role", _NO_ROLE if roles else _NO_ROLES, **facts)
    if unit is None:
        errors.add(f"{pointer}/unit", "unknown_unit", naming.UNKNOWN_UNIT, name=said.unit)
    elif not is_visible(node, unit) and not is_below(node.owner, unit.id):
        errors.add(f"{pointer}/unit", "node_not_at_unit", _NOT_THERE, unit=unit.name)


async def _standing(a: Asked, node_id: UUID) -> tuple[Responsible, ...]:
    rows = await a.uow.session.execute(queries.responsibilities_of(a.principal, a.on, node_id))
    return tuple(Responsible(row.unit, row.role, row.subject) for row in rows)
