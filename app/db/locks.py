"""Row locks that keep a rule true until the change it allowed is committed.

Read committed: each statement sees what was committed before it began. So a use case takes its locks first and reads
what its rules ask about afterwards; whoever would change that has to wait. Rows are locked in the order of their ids,
so that two use cases wait for each other instead of blocking each other.

- `hold`: the node stays as it is and where it is (others may hold it too): parents of a new node, nodes of an
  allocation;
- `claim`: the node, its links or its allocations change: nobody else holds it meanwhile.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, func, select

from app.db.arrays import among
from app.db.session import UnitOfWork
from app.db.tables import NodeRow, PlanVersionRow
from app.db.typing import AnyRow


async def hold_plan(uow: UnitOfWork, year: int) -> AnyRow | None:
    """(id, status) of the year's plan version, which can't be archived until this transaction ends; None: no such."""
    wanted = select(PlanVersionRow.id, PlanVersionRow.status).where(
        PlanVersionRow.region_id == uow.region_id, PlanVersionRow.year == year
    )
    return (await uow.session.execute(wanted.with_for_update(read=True))).one_or_none()


async def hold_plans(uow: UnitOfWork, plan_version_ids: Collection[UUID]) -> dict[UUID, str]:
    """Plan version -> status, held like `hold_plan` does."""
    wanted = (
        select(PlanVersionRow.id, PlanVersionRow.status)
        .where(PlanVersionRow.region_id == uow.region_id, among(PlanVersionRow.id, plan_version_ids))
        .order_by(PlanVersionRow.id)
        .with_for_update(read=True)
    )
    return {row.id: row.status for row in await uow.session.execute(wanted)}


async def hold_nodes(uow: UnitOfWork, node_ids: Collection[UUID]) -> None:
    """Keep the nodes from being changed or removed until this transaction ends."""
    if node_ids:
        await uow.session.execute(_nodes(uow, node_ids).with_for_update(read=True))


async def claim_nodes(uow: UnitOfWork, node_ids: Collection[UUID]) -> None:
    """Keep everybody else from holding or changing the nodes until this transaction ends."""
    if node_ids:
        await uow.session.execute(_nodes(uow, node_ids).with_for_update())


async def claim_links(uow: UnitOfWork, plan_version_id: UUID) -> None:
    """One writer at a time links standing nodes of a plan version: two links may close a circle only together (K3)."""
    key = func.hashtextextended(f"links {uow.region_id} {plan_version_id}", 0)
    await uow.session.execute(select(func.pg_advisory_xact_lock(key)))


async def hold_directory(uow: UnitOfWork) -> None:
    """One writer at a time turns the directory's groups into memberships: two may give a person the same one."""
    key = func.hashtextextended(f"directory {uow.region_id}", 0)
    await uow.session.execute(select(func.pg_advisory_xact_lock(key)))


def _nodes(uow: UnitOfWork, node_ids: Collection[UUID]) -> Select[UUID]:
    return (
        select(NodeRow.id).where(NodeRow.region_id == uow.region_id, among(NodeRow.id, node_ids)).order_by(NodeRow.id)
    )


async def hold_period_locks(uow: UnitOfWork) -> None:
    """No period is locked until this transaction ends: what the rules are told of locks holds until it is committed.

    Writers of assessments and outcomes share it; who locks a period waits for them (a trigger sees to it as well).
    """
    await uow.session.execute(select(func.pg_advisory_xact_lock_shared(func.period_locks_key(uow.region_id))))
