"""A region's own data loaded: tree, steering model, keyword groups; once, a second time, and after people's edits."""

import dataclasses
from datetime import date

import pytest
from sqlalchemy import func, insert, select, text, update

from app.db.session import Database, UnitOfWork
from app.db.tables import (
    KeywordGroupRow,
    KeywordRow,
    ModuleColumnRow,
    ModuleRow,
    OrgAncestorRow,
    OrgLevelRow,
    OrgPlacementRow,
    OrgUnitRow,
    RegionRow,
)
from app.domain.findings import NotFound
from app.domain.identity import new_id
from app.regions.loader import load_region
from app.regions.models import RegionData
from app.services.loading import load_region_data
from app.services.model_cache import steering_model
from tests.conftest import TestRegion

EXPECTED = {
    "regions": 1,
    "org_levels": 6,
    "org_units": 42,
    "org_placements": 42,
    "modules": 3,
    "module_columns": 15,
    "module_links": 3,
    "assessment_scales": 5,
    "keyword_groups": 38,
    "keywords": 174,  # 178, less the four that name a year: they come with a plan version
    "permission_groups": 10,
    "licences": 1,
}


def data_of(region: TestRegion) -> RegionData:
    data = load_region("vgr")
    return data.model_copy(update={"region": data.region.model_copy(update={"code": region.code})})


async def count(uow: UnitOfWork, table: str) -> int:
    found = await uow.session.scalar(
        text(f"select count(*) from {table} where region_id = :region"), {"region": uow.region_id}
    )
    assert found is not None
    return int(found)


async def test_everything_is_there_after_a_load(database: Database, region: TestRegion) -> None:
    async with database.unit_of_work(region.id) as uow:
        assert {table: await count(uow, table) for table in EXPECTED} == EXPECTED


async def test_a_first_load_inserts_and_a_second_changes_nothing(database: Database) -> None:
    region_id, data = new_id(), load_region("vgr")
    data = data.model_copy(
        update={"region": data.region.model_copy(update={"code": f"R{region_id.hex[-12:].upper()}"})}
    )
    async with database.owner_unit_of_work(region_id) as uow:
        first = await load_region_data(uow, data, by="test")
    assert {t.what: t.inserted for t in first.tallies} == EXPECTED
    assert first.changed == sum(EXPECTED.values())
    async with database.owner_unit_of_work(region_id) as uow:
        second = await load_region_data(uow, data, by="test")
    assert second.changed == 0
    assert second.notes == ()
    assert {t.what: t.unchanged for t in second.tallies} == EXPECTED


async def test_the_tree_stands_from_the_day_the_data_say(database: Database, region: TestRegion) -> None:
    async with database.unit_of_work(region.id) as uow:
        below = (
            select(func.count()).select_from(OrgAncestorRow).where(OrgAncestorRow.ancestor_id == region.unit_ids["VGR"])
        )
        assert await uow.session.scalar(below.where(OrgAncestorRow.valid.contains(date(2023, 1, 1)))) == 42
        assert await uow.session.scalar(below.where(OrgAncestorRow.valid.contains(date(2022, 12, 31)))) == 0
        su = select(OrgAncestorRow.ancestor_id, OrgAncestorRow.depth).where(
            OrgAncestorRow.unit_id == region.unit_ids["SU-F"]
        )
        line = {row.ancestor_id: row.depth for row in await uow.session.execute(su)}
        assert line == {region.unit_ids["SU-F"]: 0, region.unit_ids["SU"]: 1, region.unit_ids["VGR"]: 2}


async def test_local_groups_belong_to_their_administration(database: Database, region: TestRegion) -> None:
    async with database.unit_of_work(region.id) as uow:
        rows = await uow.session.execute(select(KeywordGroupRow.name, KeywordGroupRow.unit_id))
        units = {row.name: row.unit_id for row in rows}
    assert units["Nyckelord SU"] == region.unit_ids["SU-F"]
    assert units["Strategikarta"] == region.unit_ids["NU-F"]
    assert sum(unit is None for unit in units.values()) == 15


async def test_the_data_win_over_edits_and_leave_alone_what_they_do_not_name(
    database: Database, region: TestRegion
) -> None:
    theirs = {"region_id": region.id, "name": "Egen", "name_sort": "egen", "created_by": "p", "updated_by": "p"}
    async with database.owner_unit_of_work(region.id) as uow:  # the service itself may not change a region
        await uow.session.execute(
            update(RegionRow).where(RegionRow.region_id == region.id).values(settings={"theirs": 1})
        )
    async with database.unit_of_work(region.id) as uow:
        await uow.session.execute(update(OrgUnitRow).where(OrgUnitRow.code == "SU").values(name="Annat"))
        await uow.session.execute(update(OrgLevelRow).where(OrgLevelRow.code == "area").values(name="Annat"))
        await uow.session.execute(insert(KeywordGroupRow), theirs)
    async with database.owner_unit_of_work(region.id) as uow:
        report = await load_region_data(uow, data_of(region), by="later")
    assert {t.what: t.updated for t in report.tallies if t.updated} == {"regions": 1, "org_levels": 1, "org_units": 1}
    assert report.of("org_units").unchanged == 41
    assert {t.what for t in report.tallies if t.inserted} == set()
    async with database.unit_of_work(region.id) as uow:
        unit = (await uow.session.execute(select(OrgUnitRow).where(OrgUnitRow.code == "SU"))).scalar_one()
        assert unit.name == "Sahlgrenska Universitetssjukhuset"
        assert unit.version == 2
        assert unit.created_by == "test"
        assert unit.updated_by == "later"
        assert unit.updated_at > unit.created_at
        assert await count(uow, "keyword_groups") == 39
        kept = await uow.session.scalar(select(RegionRow.settings))
        assert kept is not None
        assert set(kept) == {"theirs", "small_group_threshold", "yearly_keywords"}


async def test_a_unit_that_has_been_moved_is_noted_and_left_there(database: Database, region: TestRegion) -> None:
    moved, board = region.unit_ids["SU-F"], region.unit_ids["NU"]
    async with database.unit_of_work(region.id) as uow:
        await uow.session.execute(
            update(OrgPlacementRow).where(OrgPlacementRow.unit_id == moved).values(parent_id=board)
        )
    async with database.unit_of_work(region.id) as uow:
        report = await load_region_data(uow, data_of(region), by="test")
        assert (
            await uow.session.scalar(select(OrgPlacementRow.parent_id).where(OrgPlacementRow.unit_id == moved)) == board
        )
    assert report.changed == 0
    assert report.of("org_placements").kept == 1
    assert report.notes == ("unit SU-F stands elsewhere in the tree than in the data; left as it stands",)


async def test_nothing_of_one_region_shows_in_another(
    database: Database, region: TestRegion, other_region: TestRegion
) -> None:
    async with database.unit_of_work(other_region.id) as uow:
        await uow.session.execute(update(OrgUnitRow).values(name="Annat"))
    async with database.unit_of_work(region.id) as uow:
        assert (
            await uow.session.scalar(select(func.count()).select_from(OrgUnitRow).where(OrgUnitRow.name == "Annat"))
            == 0
        )


async def test_the_steering_model_comes_back_whole(database: Database, region: TestRegion) -> None:
    data = load_region("vgr")
    async with database.unit_of_work(region.id) as uow:
        loaded = await steering_model(uow)
    assert loaded.model.levels == data.model.levels
    assert loaded.model.level_names == data.model.level_names
    assert loaded.model.board_level == data.model.board_level
    assert loaded.model.modules == data.model.modules
    assert set(loaded.model.module_links) == set(data.model.module_links)
    assert {s.name: s for s in loaded.model.scales} == {s.name: s for s in data.model.scales}
    for (module, code), column_id in loaded.column_ids.items():
        column = loaded.columns_by_id[column_id]
        assert (column.id, column.module.code, column.column.code) == (column_id, module, code)
        assert loaded.module_ids[module] == column.module_id
        assert loaded.column(module, code) is column
        assert loaded.modules_by_id[column.module_id] is column.module
    assert loaded.column("VGPU", "nonsense") is None


async def test_the_model_is_read_once_and_again_when_a_row_has_changed(
    database: Database, region: TestRegion, count_queries: object
) -> None:
    assert callable(count_queries)
    async with database.unit_of_work(region.id) as uow:
        first = await steering_model(uow)
        with count_queries() as counter:
            assert await steering_model(uow) is first
        assert len(counter) == 1
    async with database.unit_of_work(region.id) as uow:
        await uow.session.execute(
            update(ModuleColumnRow)
            .where(ModuleColumnRow.code == "vision")
            .values(definition=ModuleColumnRow.definition.concat({"name": "Målbild"}))
        )
        changed = await steering_model(uow)
        found = changed.column("VGPU", "vision")
        assert found is not None
        assert found.column.name == "Målbild"
        await uow.session.rollback()
    async with database.unit_of_work(region.id) as uow:
        assert (await steering_model(uow)).model == first.model  # what was rolled back is not remembered


async def test_a_region_without_modules_has_no_model(database: Database) -> None:
    async with database.unit_of_work(new_id()) as uow:
        with pytest.raises(NotFound):
            await steering_model(uow)


async def test_a_load_takes_few_statements(database: Database, region: TestRegion, count_queries: object) -> None:
    assert callable(count_queries)
    async with database.unit_of_work(region.id) as uow:
        with count_queries() as counter:
            await load_region_data(uow, data_of(region), by="test")
    assert len(counter) <= 13


async def test_a_keyword_moved_in_the_data_is_moved_in_the_group(database: Database, region: TestRegion) -> None:
    data = data_of(region)
    turned = tuple(
        g.model_copy(update={"keywords": g.keywords[::-1]}) if g.name == "Bedömning" else g for g in data.keyword_groups
    )
    async with database.unit_of_work(region.id) as uow:
        report = await load_region_data(uow, data.model_copy(update={"keyword_groups": turned}), by="test")
        rows = await uow.session.execute(
            select(KeywordRow.text)
            .join(KeywordGroupRow, KeywordGroupRow.id == KeywordRow.group_id)
            .where(KeywordGroupRow.name == "Bedömning")
            .order_by(KeywordRow.position)
        )
        words = rows.scalars().all()
    assert words[0] == "Ej påbörjat"
    assert dataclasses.asdict(report.of("keywords")) == {
        "what": "keywords",
        "inserted": 0,
        "updated": 4,
        "kept": 0,
        "unchanged": 170,
    }


async def test_modules_stand_in_the_order_of_the_data(database: Database, region: TestRegion) -> None:
    async with database.unit_of_work(region.id) as uow:
        rows = await uow.session.execute(select(ModuleRow.code).order_by(ModuleRow.position))
        assert rows.scalars().all() == ["VGPU", "VGSP", "VGI"]
