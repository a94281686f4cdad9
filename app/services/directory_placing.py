"""Where the directory's people belong: at home by department, with memberships by group (B3)."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import Range

from app.db.arrays import among
from app.db.locks import hold_directory
from app.db.queries import directory_mapping as queries
from app.db.tables import MembershipRow, UserRow
from app.domain.directory_moves import administration_level, lost_by_move
from app.domain.users import MembershipSource
from app.services.facts import Asked, unit_views


async def settle_memberships(a: Asked, user_ids: Collection[UUID] | None = None) -> None:
    """The directory's memberships become what groups and mapping give, for these users (None: for all).

    Two statements. One at a time in a region, so that two groups that give the same don't give it twice.
    """
    await hold_directory(a.uow)
    await a.uow.session.execute(queries.end_memberships(a.principal, user_ids))
    since: Range[Any] = Range(a.on, None)
    await a.uow.session.execute(queries.begin_memberships(a.principal, user_ids, since))


async def settle_homes(a: Asked, user_ids: Collection[UUID] | None = None) -> None:
    """People are at home where their department says; one who thereby changes administration loses the old part.

    A department that is no unit moves nobody: it is listed with the mapping.
    """
    homes = queries.homes(a.principal, user_ids).subquery()
    moving = homes.c.new.isnot(None) & homes.c.old.is_distinct_from(homes.c.new)
    rows = (await a.uow.session.execute(select(homes).where(moving))).all()
    if not rows:
        return
    await _end_what_is_left(a, {row.user_id: (row.old, row.new) for row in rows if row.old is not None})
    await a.uow.session.execute(
        update(UserRow)
        .where(UserRow.region_id == a.principal.region_id, UserRow.id == homes.c.user_id, moving)
        .values(unit_id=homes.c.new, version=UserRow.version + 1, updated_by=a.principal.subject, updated_at=func.now())
    )


async def _end_what_is_left(a: Asked, moved: dict[UUID, tuple[UUID, UUID]]) -> None:
    """End the memberships that an administrator gave in the administration that is left. Those of groups end there."""
    held = (
        await a.uow.session.execute(
            select(MembershipRow.user_id, MembershipRow.unit_id, MembershipRow.id).where(
                MembershipRow.region_id == a.principal.region_id,
                among(MembershipRow.user_id, moved),
                MembershipRow.source == MembershipSource.MANUAL.value,
            )
        )
    ).all()
    if not held:
        return
    named = {unit for pair in moved.values() for unit in pair} | {row.unit_id for row in held}
    views = await unit_views(a, named)
    level = administration_level(a.model.model.levels, a.model.model.board_level)
    lost = [
        row.id
        for row in held
        if {*moved[row.user_id], row.unit_id} <= views.keys()
        and lost_by_move(views[moved[row.user_id][0]], views[moved[row.user_id][1]], views[row.unit_id], level)
    ]
    if lost:
        await a.uow.session.execute(
            delete(MembershipRow).where(MembershipRow.region_id == a.principal.region_id, among(MembershipRow.id, lost))
        )
