"""The demonstration's region: VGR with made-up units below one board, emptied before each run.

A region that the demonstration did not make itself is never touched: what it makes, it marks.
"""

from uuid import UUID

from sqlalchemy import delete, select, update

from app.db.audited import LOG
from app.db.session import Database
from app.db.tables import Base, OutcomeFactRow, PeriodLockRow, RegionRow
from app.demo.plan import Plan
from app.regions.models import RegionData, Unit

MARK = "made_up_for_demonstration"


class ForeignRegionError(RuntimeError):
    """The database holds a region by the same code that is somebody's own: its data stay as they are."""


def with_units(data: RegionData, plan: Plan) -> RegionData:
    """The region with the plan's units below its board's administration."""
    made_up = tuple(
        Unit.model_validate({"code": u.code, "name": u.name, "level": u.level, "parent": u.parent}) for u in plan.units
    )
    return data.model_copy(update={"units": (*data.units, *made_up)})


async def clear(database: Database, code: str) -> None:
    """Take away what an earlier demonstration made, so that this one starts where the first did.

    As the owner of the tables, table by table against the foreign keys. Raises ForeignRegionError for a region that no
    demonstration made.
    """
    region_id = await database.region_id(code)
    if region_id is None:
        return
    async with database.owner_unit_of_work(region_id) as uow:
        settings = await uow.session.scalar(select(RegionRow.settings).where(RegionRow.region_id == region_id))
        if not (settings or {}).get(MARK):
            raise ForeignRegionError(
                f"This database holds a region {code} that was not made by the demonstration. Set DATABASE_URL or"
                " STYRKEDJAN_DATA_DIR to another one: the demonstration begins by emptying its region."
            )
        # Locks first, since what they hold can't be taken away; then outcomes, whose units and indicators are kept for
        # them by triggers, which the order of the foreign keys does not know.
        await uow.session.execute(delete(PeriodLockRow).where(PeriodLockRow.region_id == region_id))
        await uow.session.execute(delete(OutcomeFactRow).where(OutcomeFactRow.region_id == region_id))
        for table in reversed(Base.metadata.sorted_tables):
            if table.name in LOG:
                continue  # what was done stays told
            await uow.session.execute(delete(table).where(table.c.region_id == region_id))
    database.forget_region(code)


async def mark(database: Database, region_id: UUID) -> None:
    """Note that the region was made by the demonstration, and may be emptied by the next one."""
    async with database.owner_unit_of_work(region_id) as uow:
        settings = await uow.session.scalar(select(RegionRow.settings).where(RegionRow.region_id == region_id))
        await uow.session.execute(
            update(RegionRow).where(RegionRow.region_id == region_id).values(settings={**(settings or {}), MARK: True})
        )
