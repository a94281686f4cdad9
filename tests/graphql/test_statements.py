"""The number of statements of a question does not grow with the number of nodes."""

from typing import Any

import pytest
from sqlalchemy import text

from app.demo.chain_view import chain_query
from tests.graphql.conftest import Chain, data_of

LISTED = """{ nodes(module: "VGPU", year: 2027, first: 500) { edges { node {
  title column { code } owner { code } rollup { nodes } children { title } keywords { text } } } } }"""


async def _many_more(chain: Chain, count: int) -> None:
    """`count` operational goals under the focus area, each with an activity, put in by set."""
    world = chain.world
    async with world.database.unit_of_work(world.region.id) as uow:
        for column, parent, extra in (
            ("verksamhetsmal", None, ""),
            ("aktivitet", "verksamhetsmal", ", '2027-01-01'::date, '2027-12-31'::date, 'planned'"),
        ):
            dated = ", start_date, end_date, status" if extra else ""
            await uow.session.execute(
                text(
                    "insert into nodes (region_id, id, lineage_id, plan_version_id, module_id, column_id, node_kind,"
                    f" owner_unit_id, title, title_sort, title_key, created_by, updated_by{dated})"
                    " select f.region_id, gen_random_uuid(), gen_random_uuid(), f.plan_version_id, c.module_id, c.id,"
                    " c.node_kind, :unit, 'n' || i, :mark || i, 'n', 't', 't'"
                    f"{extra} from nodes f, module_columns c, generate_series(1, :count) i"
                    " where f.id = :focus and c.region_id = f.region_id and c.module_id = f.module_id"
                    " and c.code = :column"
                ),
                {"unit": world.region.unit_ids["SU-F2"], "focus": chain.focus, "column": column, "count": count,
                 "mark": f"{column} "},
            )  # fmt: skip
            parents = "f.id" if parent is None else "p.id"
            await uow.session.execute(
                text(
                    "insert into node_links (region_id, parent_id, child_id, id, plan_version_id, created_by)"
                    f" select n.region_id, {parents}, n.id, gen_random_uuid(), n.plan_version_id, 't'"
                    " from nodes n join nodes f on f.id = :focus"
                    " left join nodes p on p.title = n.title and p.title_sort like 'verksamhetsmal %'"
                    " where n.title_sort like :like"
                ),
                {"focus": chain.focus, "like": f"{column} %"},
            )


async def test_statements_of_a_follow_up(chain: Chain, count_queries: Any) -> None:
    async def asked() -> tuple[int, int]:
        chain.world.database.kept.clear()
        with count_queries() as counter:
            answer = await data_of(chain.admin, chain_query(), unit="SU", period="2027-T2")
        return len(counter), answer["followUp"]["rollup"]["nodes"]

    await asked()  # the steering model is read once per process
    few, before = await asked()
    await _many_more(chain, 250)
    many, after = await asked()
    assert after == before + 500
    assert many == few
    # Told so that a growth is noticed: one to know who asks, the rest for the chain.
    assert few == 11


async def test_statements_of_a_list(chain: Chain, count_queries: Any) -> None:
    async def asked() -> tuple[int, int]:
        with count_queries() as counter:
            answer = await data_of(chain.admin, LISTED)
        return len(counter), len(answer["nodes"]["edges"])

    await asked()
    few, before = await asked()
    await _many_more(chain, 100)
    many, after = await asked()
    assert after == before + 200
    assert many == few


COUNTS = "followUp(unit: $unit, period: $period) { roots { rollup { nodes columns { total missing } } } }"
REPORTS = "followUp(unit: $unit, period: $period) { missing { kind } }"


@pytest.mark.parametrize(("fields", "reads_outcomes"), [(COUNTS, False), (REPORTS, True)])
async def test_what_is_counted_as_missing_needs_no_outcomes(
    chain: Chain, count_queries: Any, fields: str, reads_outcomes: bool
) -> None:
    with count_queries() as counter:
        await data_of(
            chain.admin, f"query Q($unit: String!, $period: Period!) {{ {fields} }}", unit="SU", period="2027-T2"
        )
    assert any("outcome_facts" in statement for statement in counter.statements) is reads_outcomes
