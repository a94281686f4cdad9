"""The same goal or indicator, decided in several years, is one lineage (V1, V4)."""

from sqlalchemy import delete, func, select, text, update

from app.db.session import Database
from app.db.tables import IndicatorRow, NodeRow
from app.regions.loader import load_region
from app.services.plan_loading import PlanLoad, load_budget
from tests.conftest import TestRegion

DATA = load_region("vgr")


async def load(database: Database, region: TestRegion, year: int) -> PlanLoad:
    async with database.unit_of_work(region.id) as uow:
        return await load_budget(uow, region.principal(), DATA, year)


async def test_an_indicator_and_a_goal_keep_their_lineage_over_the_years(
    database: Database, region: TestRegion
) -> None:
    before, after = await load(database, region, 2025), await load(database, region, 2027)
    async with database.unit_of_work(region.id) as uow:
        rows = (
            await uow.session.execute(
                select(NodeRow.plan_version_id, NodeRow.lineage_id, NodeRow.title, NodeRow.indicator_id)
            )
        ).all()
        assert await uow.session.scalar(select(func.count()).select_from(IndicatorRow)) == 88
    lineages = {v: {r.lineage_id for r in rows if r.plan_version_id == v} for v in {r.plan_version_id for r in rows}}
    shared = lineages[before.plan_version_id] & lineages[after.plan_version_id]
    measures = {r.indicator_id for r in rows if r.lineage_id in shared and r.indicator_id}
    assert len(measures) == 22
    titles = {r.title for r in rows if r.lineage_id in shared and not r.indicator_id}
    assert "Invånarna ska få en god vård på rätt vårdnivå" in titles
    both = {title for _, title in before.node_ids} & {title for _, title in after.node_ids}
    assert titles == both


async def test_two_nodes_of_a_year_never_share_a_lineage(database: Database, region: TestRegion) -> None:
    """A goal retitled to and fro is found under two titles in turn: the second gets a lineage of its own."""
    first, second = "Stärka kulturens infrastruktur", "Minska övertidsarbete"
    before = (await load(database, region, 2025)).plan_version_id
    retitle = update(NodeRow).where(NodeRow.plan_version_id == before)
    async with database.unit_of_work(region.id) as uow:
        await uow.session.execute(retitle.where(NodeRow.title == first).values(title=second))
    loaded = await load(database, region, 2027)
    async with database.unit_of_work(region.id) as uow:
        await uow.session.execute(retitle.where(NodeRow.title == second).values(title=first))
        await uow.session.execute(delete(NodeRow).where(NodeRow.id == loaded.node_ids["fokusomrade", first]))
    assert (await load(database, region, 2027)).report.of("nodes").inserted == 1
    async with database.unit_of_work(region.id) as uow:
        shared = text("select 1 from nodes group by plan_version_id, lineage_id having count(*) > 1")
        assert (await uow.session.execute(shared)).all() == []
