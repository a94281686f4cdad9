"""The demonstration's region: VGR with made-up units below one board, emptied before each run."""

from sqlalchemy import delete

from app.db.session import Database
from app.db.tables import Base
from app.demo.plan import Plan
from app.regions.models import RegionData, Unit


def with_units(data: RegionData, plan: Plan) -> RegionData:
    """The region with the plan's units below its board's administration."""
    made_up = tuple(
        Unit.model_validate({"code": u.code, "name": u.name, "level": u.level, "parent": u.parent}) for u in plan.units
    )
    return data.model_copy(update={"units": (*data.units, *made_up)})


async def clear(database: Database, code: str) -> None:
    """Take away everything of the region, so that a second demonstration starts where the first did.

    As the owner of the tables, table by table against the foreign keys: only ever the demonstration's own database.
    """
    region_id = await database.region_id(code)
    if region_id is None:
        return
    async with database.owner_unit_of_work(region_id) as uow:
        for table in reversed(Base.metadata.sorted_tables):
            await uow.session.execute(delete(table).where(table.c.region_id == region_id))
    database.forget_region(code)
