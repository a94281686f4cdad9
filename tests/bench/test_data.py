"""The made-up region: the same for the same seed, held by the database's own rules, and of the size asked for."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from bench import data
from tests.conftest import NewDatabases

SCALE = 0.02
DIGESTS = """
select 'nodes' as what,
       md5(string_agg(n.id || n.title || u.code || coalesce(n.status, ''), '|' order by n.id)) as digest
  from nodes n join org_units u on u.id = n.owner_unit_id where n.created_by = 'bench'
union all
select 'links', md5(string_agg(p.title || '>' || c.title, '|' order by p.title, c.title))
  from node_links l join nodes p on p.id = l.parent_id join nodes c on c.id = l.child_id where l.created_by = 'bench'
union all
select 'allocations', md5(string_agg(n.title || u.code, '|' order by n.title, u.code))
  from allocations a join nodes n on n.id = a.node_id join org_units u on u.id = a.unit_id where a.created_by = 'bench'
union all
select 'assessments', md5(string_agg(a.id || a.period || coalesce(a.grade, ''), '|' order by a.id)) from assessments a
union all
select 'outcomes', md5(string_agg(i.code || u.code || o.period || o.sex || coalesce(o.value, -1), '|'
                                  order by i.code, u.code, o.period, o.sex))
  from outcomes o join indicators i on i.id = o.indicator_id join org_units u on u.id = o.unit_id
"""


async def _filled(new_databases: NewDatabases) -> asyncpg.Connection:
    url = await new_databases.make()
    await data.make(url, SCALE)
    return await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


@pytest.fixture(scope="module")
async def filled(new_databases: NewDatabases) -> AsyncIterator[asyncpg.Connection]:
    """A small made-up region, written with every trigger and foreign key on."""
    opened = await _filled(new_databases)
    yield opened
    await opened.close()


async def test_the_same_seed_makes_the_same_rows(filled: asyncpg.Connection, new_databases: NewDatabases) -> None:
    again = await _filled(new_databases)
    first = await filled.fetch(DIGESTS)
    assert first == await again.fetch(DIGESTS)
    assert all(row["digest"] for row in first)
    await again.close()


async def test_it_has_the_size_asked_for(filled: asyncpg.Connection) -> None:
    assert await filled.fetchval("select count(*) from outcomes") == 200_000 * SCALE
    assert await filled.fetchval("select count(*) from assessments") == 10_000 * SCALE
    nodes = await filled.fetchval("select count(*) from nodes")
    assert 20_000 * SCALE <= nodes <= 20_000 * SCALE * 1.3


async def test_the_closure_of_the_tree_reaches_every_unit(filled: asyncpg.Connection) -> None:
    top = "select count(*) from org_ancestors a join org_units u on u.id = a.ancestor_id where u.code = 'VGR'"
    assert await filled.fetchval(top) == await filled.fetchval("select count(*) from org_units")


async def test_a_ratio_agrees_with_its_two_numbers(filled: asyncpg.Connection) -> None:
    wrong = (
        "select count(*) from outcomes where numerator is not null and value <> round(100 * numerator / denominator, 1)"
    )
    assert await filled.fetchval(wrong) == 0
    assert await filled.fetchval("select count(*) from outcomes where numerator is not null") > 0
