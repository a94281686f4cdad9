"""Allocates nodes to units, with the indicators that follow (A1-A4); previews what that would add (A6)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import String, Uuid, column, func, select, update, values

from app.db.arrays import among
from app.db.tables import AllocationRow
from app.db.typing import AnyRow
from app.domain.access import Permission
from app.domain.allocation import NewAllocation
from app.domain.allocation_flow import AddedLoad, added_load
from app.domain.findings import Finding, settle
from app.services.allocation_commands import AllocationsToCreate
from app.services.allocation_requests import Wish, find, findings, placings, require_giver, resolve
from app.services.authorisation import require, require_scope
from app.services.facts import Asked
from app.services.following import Placing, followers, write

Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Allocated:
    """Ids of the allocations that were asked for (made, changed or as they stood), of those that followed, remarks."""

    asked: tuple[UUID, ...]
    followed: tuple[UUID, ...]
    made: int
    warnings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What allocations would add to each unit, and what the rules say of them."""

    units: tuple[AddedLoad, ...]
    followed: int
    findings: tuple[Finding, ...]


async def allocate(a: Asked, said: AllocationsToCreate) -> Allocated:
    """Allocate: all or nothing. What stands already gets the new instruction, if one is given, and else stays.

    Raises Forbidden, InvalidInput, RulesBroken.
    """
    resolved, said_by_rules = await _prepared(a, said)
    warnings = settle(said_by_rules)
    wanted = placings(resolved)
    following = await followers(a, wanted)
    made = await write(a, [*wanted, *following])
    standing = [p for p in wanted if (p.node.id, p.unit.id) not in made]
    await instruct(a, standing)
    known = {pair: row.id for pair, row in (await _standing(a, [(p.node.id, p.unit.id) for p in standing])).items()}
    known |= made
    return Allocated(
        asked=tuple(known[p.node.id, p.unit.id] for p in wanted),
        followed=tuple(made[pair] for p in following if (pair := (p.node.id, p.unit.id)) in made),
        made=len(made),
        warnings=warnings,
    )


async def preview(a: Asked, said: AllocationsToCreate) -> Preview:
    """A6: what `allocate` would add, per unit, and what the rules say of it. Changes nothing."""
    resolved, said_by_rules = await _prepared(a, said)
    wanted = placings(resolved)
    following = await followers(a, wanted)
    load = added_load((p.node, p.unit) for p in [*wanted, *following])
    return Preview(load, len(following), tuple(said_by_rules))


async def instruct(a: Asked, standing: Sequence[Placing], *, dry_run: bool = False) -> frozenset[Pair]:
    """Write new instructions on allocations that stand; returns those whose instruction changes. Two statements."""
    said = {(p.node.id, p.unit.id): p.instruction for p in standing if p.instruction is not None}
    found = await _standing(a, said)
    changed = {pair: row for pair, row in found.items() if row.instruction != said[pair]}
    if changed and not dry_run:
        new = (
            values(column("id", Uuid), column("instruction", String), name="said")
            .data([(row.id, said[pair]) for pair, row in changed.items()])
            .alias("said")
        )
        await a.uow.session.execute(
            update(AllocationRow)
            .where(AllocationRow.region_id == a.principal.region_id, AllocationRow.id == new.c.id)
            .values(
                instruction=new.c.instruction,
                version=AllocationRow.version + 1,
                updated_at=func.now(),
                updated_by=a.principal.subject,
            )
        )
    return frozenset(changed)


async def _standing(a: Asked, pairs: Collection[Pair]) -> dict[Pair, AnyRow]:
    if not pairs:
        return {}
    wanted = select(AllocationRow.id, AllocationRow.node_id, AllocationRow.unit_id, AllocationRow.instruction).where(
        AllocationRow.region_id == a.principal.region_id,
        among(AllocationRow.node_id, {node for node, _ in pairs}),
        among(AllocationRow.unit_id, {unit for _, unit in pairs}),
    )
    rows = {(row.node_id, row.unit_id): row for row in await a.uow.session.execute(wanted)}
    return {pair: rows[pair] for pair in pairs if pair in rows}


async def _prepared(a: Asked, said: AllocationsToCreate) -> tuple[list[tuple[Wish, NewAllocation]], list[Finding]]:
    require(a.principal, Permission.ALLOCATIONS_WRITE)
    wishes = [
        Wish(
            node=item.node,
            unit=code,
            pointer=pointer,
            node_pointer=f"{where}/node",
            instruction=item.instruction,
            origin=item.origin,
        )
        for where, item in said.named()
        for pointer, code in item.named(where)
    ]
    found = await find(a, {w.node for w in wishes}, {w.unit for w in wishes})
    resolved = resolve(found, wishes)
    for module in {asked.node.module for _, asked in resolved}:
        require_scope(a.principal, module=module)
    await require_giver(a, resolved)
    return resolved, findings(a, found, resolved)
