"""A forgotten filter leaks nothing: every table, as the role that the service works as."""

from uuid import UUID

import pytest
from sqlalchemy import Table, insert, select, text, update
from sqlalchemy.exc import DBAPIError, ProgrammingError

from app.db.session import Database
from app.db.tables import Base, OrgLevelRow
from app.domain.identity import new_id
from tests.conftest import TestRegion

TABLES = sorted(Base.metadata.tables.values(), key=lambda t: t.name)

# A change that was made without naming a region (a migration's, the owner's) moves on a counter that all regions see.
OF_ALL_REGIONS = {"data_versions": {UUID(int=0)}}


async def _fill(database: Database, region: TestRegion) -> None:
    """A row in every table of the region (a small one; the tree and the model are there already)."""
    ids = {name: new_id() for name in ("plan", "node", "child", "link", "indicator", "import", "group", "keyword")}
    values = {"r": region.id, "unit": region.unit_ids["SU"], **ids}
    statements = (
        (
            "insert into plan_versions (region_id, id, year, status, created_by, updated_by)"
            " values (:r, :plan, 2027, 'live', 't', 't')"
        ),
        (
            "insert into indicators (region_id, id, code, title, direction, input, created_by, updated_by)"
            " values (:r, :indicator, 'X-1', 'X', 'up', 'manual', 't', 't')"
        ),
        *(
            "insert into nodes (region_id, id, lineage_id, plan_version_id, module_id, column_id, node_kind,"
            " owner_unit_id, title, title_sort, title_key, created_by, updated_by)"
            f" select :r, :{node}, :{node}, :plan, module_id, c.id, node_kind, :unit, '{node}', '{node}', '{node}',"
            f" 't', 't' from module_columns c join modules m on m.id = c.module_id and m.region_id = c.region_id"
            f" where c.region_id = :r and m.code = 'VGPU' and c.code = '{column}'"
            for node, column in (("node", "mal"), ("child", "fokusomrade"))
        ),
        (
            "insert into node_links (region_id, parent_id, child_id, id, plan_version_id, created_by)"
            " values (:r, :node, :child, :link, :plan, 't')"
        ),
        (
            "insert into allocations (region_id, id, plan_version_id, node_id, unit_id, origin, created_by, updated_by)"
            " values (:r, :link, :plan, :node, :unit, 'allocated', 't', 't')"
        ),
        (
            "insert into node_keywords (region_id, node_id, keyword_id)"
            " select :r, :node, id from keywords where region_id = :r limit 1"
        ),
        "insert into responsibilities (region_id, node_id, unit_id, role, subject) values (:r, :node, :unit, 'x', 'y')",
        (
            "insert into hidden_columns (region_id, unit_id, column_id, created_by)"
            " select :r, :unit, id, 't' from module_columns where region_id = :r limit 1"
        ),
        (
            "insert into assessments (region_id, id, node_id, unit_id, period, period_start, period_end, grade,"
            " assessed_by, created_by, updated_by)"
            " values (:r, :link, :node, :unit, '2027-T2', '2027-05-01', '2027-08-31', 'achieved', 't', 't', 't')"
        ),
        (
            "insert into targets (region_id, id, indicator_id, year, kind, printed, created_by, updated_by)"
            " values (:r, :link, :indicator, 2027, 'increase', 'Öka', 't', 't')"
        ),
        (
            "insert into outcome_imports (region_id, id, mode, status, source, received, imported, updated, unchanged,"
            " ignored, conflict_count, created_by)"
            " values (:r, :import, 'atomic', 'completed', 'manual', 0, 0, 0, 0, 0, 0, 't')"
        ),
        (
            "insert into outcome_import_conflicts (region_id, import_id, severity, no, rule, field, sv, en)"
            " values (:r, :import, 'refused', 1, 'I9', 'unit', 'x', 'x')"
        ),
        (
            "insert into outcome_facts (region_id, indicator_no, unit_no, period_start, import_no, months, sex, status,"
            " value) select :r, i.no, u.no, '2027-01-01', m.no, 1, 0, 0, 1"
            " from indicators i, org_units u, outcome_imports m where i.id = :indicator and u.id = :unit"
            " and m.id = :import"
        ),
        "update outcome_facts set value = 2 where region_id = :r",
        (
            "insert into period_locks (region_id, id, unit_id, period, period_start, period_end, what, source, reason,"
            " locked_by) values (:r, :link, :unit, '2026', '2026-01-01', '2026-12-31', 'all', 'report', 'x', 't')"
        ),
        (
            "insert into held_corrections (region_id, id, indicator_id, unit_id, period, sex, is_new, source,"
            " proposed_by) values (:r, :link, :indicator, :unit, '2026-01', 'T', true, 'manual', 't')"
        ),
        "insert into jobs (region_id, name) values (:r, 'x')",
        (
            "insert into catalogue_units (region_id, kind, catalogue_id, unit_id, created_by)"
            " values (:r, 'ou', 'x', :unit, 't')"
        ),
        (
            "insert into catalogue_syncs (region_id, id, catalogue, status, steps, started_by)"
            " values (:r, :link, 'kolada', 'running', '[]', 't')"
        ),
        (
            "insert into api_keys (region_id, id, name, secret_hash, role, unit_id, scopes, created_by)"
            " values (:r, :link, 'k', sha256('x'), 'reader', :unit, '{}', 't')"
        ),
        (
            "insert into users (region_id, id, user_name, subject, name, name_sort, created_by, updated_by)"
            " values (:r, :node, 'u', 'u', 'U', 'u', 't', 't')"
        ),
        (
            "insert into memberships (region_id, id, user_id, group_code, unit_id, valid, created_by, updated_by)"
            " values (:r, :link, :node, 'titta', :unit, '[2027-01-01,)', 't', 't')"
        ),
        "insert into directory_users (region_id, user_id) values (:r, :node)",
        (
            "insert into directory_groups (region_id, id, display_name, created_by, updated_by)"
            " values (:r, :group, 'g', 't', 't')"
        ),
        "insert into directory_group_members (region_id, group_id, user_id) values (:r, :group, :node)",
        (
            "insert into directory_group_mappings (region_id, id, directory_group, group_code, unit_id, created_by,"
            " updated_by) values (:r, :link, 'g', 'titta', :unit, 't', 't')"
        ),
        (
            "insert into directory_departments (region_id, id, department, unit_id, created_by, updated_by)"
            " values (:r, :link, 'd', :unit, 't', 't')"
        ),
        (
            "insert into views (region_id, id, module_id, name, kind, filter, created_by, updated_by)"
            " select :r, :link, id, 'v', 'unit', '{}', 't', 't' from modules where region_id = :r and code = 'VGPU'"
        ),
        (
            "insert into view_units (region_id, view_id, unit_id, module_id, kind)"
            " select :r, :link, :unit, module_id, kind from views where region_id = :r and id = :link"
        ),
        "select add_up_requests(array[:r]::uuid[], array['x'::bytea], array[4000000000], array[1])",
        "insert into idempotency_keys (region_id, subject, key, request_hash) values (:r, 's', 'k', 'x')",
    )
    async with database.unit_of_work(region.id) as uow:
        for statement in statements:
            wanted = {k: v for k, v in values.items() if f":{k}" in statement}
            await uow.session.execute(text(statement), wanted)


@pytest.fixture
async def two_regions(database: Database, region: TestRegion, other_region: TestRegion) -> tuple[UUID, UUID]:
    """Two regions with a row in every table each."""
    for each in (region, other_region):
        await _fill(database, each)
    return region.id, other_region.id


async def test_a_forgotten_filter_shows_only_ones_own_region(
    database: Database, two_regions: tuple[UUID, UUID]
) -> None:
    mine, _ = two_regions
    async with database.unit_of_work(mine) as uow:
        for table in TABLES:
            seen = (await uow.session.execute(select(table.c.region_id).distinct())).scalars().all()
            assert set(seen) - OF_ALL_REGIONS.get(table.name, set()) == {mine}, table.name


async def test_without_a_region_nothing_is_seen(database: Database, two_regions: tuple[UUID, UUID]) -> None:
    assert two_regions
    async with database.engine.connect() as connection:
        for table in TABLES:
            seen = (await connection.execute(select(table.c.region_id).distinct())).scalars().all()
            assert set(seen) <= OF_ALL_REGIONS.get(table.name, set()), table.name


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
async def test_rows_of_another_region_cant_be_changed(
    database: Database, two_regions: tuple[UUID, UUID], table: Table
) -> None:
    mine, theirs = two_regions
    async with database.unit_of_work(mine) as uow:
        statement = update(table).where(table.c.region_id == theirs).values(region_id=theirs)
        try:
            async with uow.session.begin_nested():
                done = await uow.session.execute(statement.returning(table.c.region_id))
                assert done.all() == []
        except DBAPIError as error:
            assert "permission denied" in str(error)  # noqa: PT017  # refused outright is as good as seeing nothing


async def test_a_row_cant_be_put_into_another_region(database: Database, two_regions: tuple[UUID, UUID]) -> None:
    mine, theirs = two_regions
    with pytest.raises(DBAPIError, match="row-level security"):
        async with database.unit_of_work(mine) as uow:
            level = {"region_id": theirs, "code": "ny", "position": 99, "name": "Ny", "name_en": "New"}
            await uow.session.execute(insert(OrgLevelRow), level)


@pytest.mark.parametrize("statement", ["update org_ancestors set depth = 0", "delete from outcome_history"])
async def test_what_is_history_or_kept_by_triggers_cant_be_changed(
    database: Database, region: TestRegion, statement: str
) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with database.unit_of_work(region.id) as uow:
            await uow.session.execute(text(statement))


async def test_the_service_is_neither_owner_nor_exempt(database: Database) -> None:
    async with database.engine.connect() as connection:
        role = (
            await connection.execute(
                text("select current_user as name, rolsuper, rolbypassrls from pg_roles where rolname = current_user")
            )
        ).one()
        owned = await connection.scalar(
            text("select count(*) from pg_tables where schemaname = 'public' and tableowner = current_user")
        )
    assert (role.name, role.rolsuper, role.rolbypassrls, owned) == ("styrkedjan_service", False, False, 0)


async def test_every_table_is_watched(database: Database) -> None:
    async with database.owner_engine.connect() as connection:
        bare = await connection.execute(
            text(
                "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
                " and not relrowsecurity and relname <> 'alembic_version'"
            )
        )
    assert bare.all() == []
