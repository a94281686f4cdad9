"""A7: a whole allocation table in one transaction, dry run first; each row that breaks a rule is told with its rule.

The number of statements does not grow with the number of rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain.access import Permission
from app.domain.allocation import NewAllocation
from app.domain.allocation_flow import table
from app.domain.findings import Finding, RulesBroken, Severity
from app.services import naming
from app.services.allocation_commands import AllocationTable
from app.services.allocation_requests import find
from app.services.allocation_table import Conflict, candidates, conflict, name_rows, place_of, titles
from app.services.allocations import instruct
from app.services.authorisation import require, require_scope
from app.services.facts import Asked
from app.services.following import Placing, followers, write


@dataclass(slots=True)
class TableDone:
    """What an import did, or (dry run) would do."""

    received: int
    dry_run: bool
    allocated: int = 0
    followed: int = 0
    updated: int = 0
    unchanged: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)


async def import_table(a: Asked, said: AllocationTable, *, dry_run: bool) -> TableDone:
    """Import the table, whole or not at all; rows in conflict are left out of what a dry run counts.

    Raises Forbidden, InvalidInput (unknown year or module), RulesBroken: V3, and unless it is a dry run also a finding
    for every row in conflict.
    """
    require(a.principal, Permission.ALLOCATIONS_WRITE)
    errors = naming.Errors()
    plan = await naming.plan(a, errors, said.year)
    module = said.module or a.model.model.modules[0].code
    if module not in a.model.module_ids:
        known = ", ".join(a.model.module_ids)
        errors.add("/module", "unknown_module", naming.UNKNOWN_MODULE, name=module, known=known)
    errors.settle()
    assert plan is not None
    require_scope(a.principal, module=module)
    by_title = await titles(a, said.rows, module, plan.id)
    meant = {node for row in said.rows for node in candidates(row, by_title)}
    found = await find(a, meant, {row.unit for row in said.rows})
    named = await name_rows(a, said.rows, said.year, module, found, by_title)
    outcome = table(named.asked, a.model.model)
    refused = [*named.unnamed, *(f for f in outcome.findings if f.severity is not Severity.WARNING)]
    refused.sort(key=lambda f: place_of(f.pointer))
    if named.not_given is not None and not dry_run:
        raise named.not_given
    if found.closed or (refused and not dry_run):
        raise RulesBroken([*found.closed, *refused])
    done = TableDone(
        received=len(said.rows),
        dry_run=dry_run,
        conflicts=[conflict(said.rows, f) for f in refused],
        warnings=[f for f in outcome.findings if f.severity is Severity.WARNING],
    )
    await _place(a, done, said, outcome.accepted)
    return done


async def _place(a: Asked, done: TableDone, said: AllocationTable, accepted: Sequence[NewAllocation]) -> None:
    """Write what holds, with what follows (A3); a dry run counts it only."""
    placings = [
        Placing(node=new.node, unit=new.unit, instruction=said.rows[place_of(new.pointer)].instruction)
        for new in accepted
    ]
    standing = [p for p in placings if p.unit.id in p.node.allocated_to]
    fresh = [p for p in placings if p.unit.id not in p.node.allocated_to]
    following = await followers(a, placings)
    done.allocated, done.followed = len(fresh), len(following)
    done.updated = len(await instruct(a, standing, dry_run=done.dry_run))
    done.unchanged = len(standing) - done.updated
    if not done.dry_run:
        made = await write(a, [*fresh, *following])
        done.allocated = sum((p.node.id, p.unit.id) in made for p in fresh)
        done.followed = sum((p.node.id, p.unit.id) in made for p in following)
        done.unchanged = len(placings) - done.allocated - done.updated
