"""Ways to roll up a chain: what stands below every node, by status, each once. All give the same figures.

    python -m bench.rollup_ways postgresql://.../database [--region VGR] [--year 2027]

On a database that `bench.data` has made. For the whole plan version: per node the number of nodes below it, how many
of them are activities, and how many of those are finished.

- bitsets in memory: links and nodes read flat, `app.domain.chain` and `app.domain.counting` (what the service does)
- recursive CTE: the pairs (above, below) found by walking links, then grouped
- closure: a table of all pairs, kept beside the links; what it costs to build is told apart, and every change of a link
  would have to keep it
- paths (ltree): one row per path to a node, since a node with several parents has several; distinct nodes are counted
"""

import argparse
import asyncio
import gc
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from app.domain.chain import Chain, ChainNode, UnitPlace, build_chain
from app.domain.counting import Rollups
from app.domain.nodes import ActivityStatus
from app.domain.rollup import ActivityFact, RollupFacts
from app.domain.steering_model import NodeKind

RUNS = 5
Counts = dict[UUID, tuple[int, int, int]]
NODES = "select id, node_kind, status, owner_unit_id from nodes where region_id = $1 and plan_version_id = $2"
LINKS = "select parent_id, child_id from node_links where region_id = $1 and plan_version_id = $2"
FACTS = "count(*), count(*) filter (where n.node_kind = 'activity'), count(*) filter (where n.status = 'finished')"
WALK = f"""
with recursive below (above, id) as (
  select parent_id, child_id from node_links where region_id = $1 and plan_version_id = $2
  union
  select b.above, l.child_id from below b join node_links l on l.region_id = $1 and l.parent_id = b.id
)
select b.above, {FACTS} from below b join nodes n on n.region_id = $1 and n.id = b.id group by b.above
"""
MAKE_CLOSURE = """
create temp table bench_closure as
with recursive below (above, id) as (
  select parent_id, child_id from node_links where region_id = '{region}' and plan_version_id = '{plan}'
  union
  select b.above, l.child_id from below b join node_links l on l.region_id = '{region}' and l.parent_id = b.id
)
select above, id from below;
create index on bench_closure (above);
analyze bench_closure
"""
CLOSURE = f"""
select c.above, {FACTS} from bench_closure c join nodes n on n.region_id = $1 and n.id = c.id
 where n.plan_version_id = $2 group by c.above
"""
MAKE_PATHS = """
create extension if not exists ltree;
create temp table bench_numbers as
select id, row_number() over () as no from nodes where region_id = '{region}' and plan_version_id = '{plan}';
create unique index on bench_numbers (id);
create temp table bench_paths as
with recursive path (id, path) as (
  select n.id, n.no::text::ltree from bench_numbers n
   where not exists (select from node_links l where l.region_id = '{region}' and l.child_id = n.id)
  union all
  select c.id, p.path || c.no::text from path p
    join node_links l on l.region_id = '{region}' and l.parent_id = p.id join bench_numbers c on c.id = l.child_id
)
select id, path from path;
create index on bench_paths using gist (path);
analyze bench_paths
"""
PATHS = """
select a.id, count(distinct b.id), count(distinct b.id) filter (where n.node_kind = 'activity'),
       count(distinct b.id) filter (where n.status = 'finished')
  from bench_paths a join bench_paths b on b.path <@ a.path and b.id <> a.id
  join nodes n on n.region_id = $1 and n.id = b.id and n.plan_version_id = $2
 group by a.id
"""


def chained(nodes: list[Any], links: list[Any]) -> Chain:
    """The chain of all nodes, with its sets of bits."""
    top = nodes[0]["owner_unit_id"]
    kinds = {kind.value: kind for kind in NodeKind}
    given = [ChainNode(n["id"], "M", n["node_kind"], kinds[n["node_kind"]], top) for n in nodes]
    return build_chain("M", [UnitPlace(top, "TOP", 0)], given, [(link[0], link[1]) for link in links])


def counted(chain: Chain, nodes: list[Any]) -> Counts:
    """The service's own counts."""
    facts = {n["id"]: ActivityFact(ActivityStatus(n["status"]), None) for n in nodes if n["node_kind"] == "activity"}
    rollups = Rollups(chain, RollupFacts(until=date.max, activities=facts), [])
    found: Counts = {}
    for i, node in enumerate(chain.nodes):
        told = rollups.of(i)
        if told.nodes:
            found[node.id] = (told.nodes, sum(told.activities[:4]), told.activities.finished)
    return found


async def timed(way: Callable[[], Awaitable[Counts]], runs: int) -> tuple[Counts, list[float]]:
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        found = await way()
        took.append((time.perf_counter() - began) * 1000)
    return found, took


def counts(rows: list[Any]) -> Counts:
    return {row[0]: (row[1], row[2], row[3]) for row in rows if row[1]}


async def compare(url: str, region_code: str, year: int, runs: int) -> None:
    db = await asyncpg.connect(url)
    region = await db.fetchval("select region_id from regions where code = $1", region_code)
    plan = await db.fetchval("select id from plan_versions where region_id = $1 and year = $2", region, year)
    await db.execute("set jit = off")

    nodes, links = await db.fetch(NODES, region, plan), await db.fetch(LINKS, region, plan)

    chain = chained(nodes, links)

    async def counting() -> Counts:
        return counted(chain, nodes)

    async def all_of_it() -> Counts:
        nodes, links = await db.fetch(NODES, region, plan), await db.fetch(LINKS, region, plan)
        return counted(chained(nodes, links), nodes)

    async def by(statement: str) -> Counts:
        return counts(await db.fetch(statement, region, plan))

    async def made(statements: str) -> float:
        began = time.perf_counter()
        await db.execute(statements.format(region=region, plan=plan))
        return (time.perf_counter() - began) * 1000

    print(f"{len(nodes):,} nodes, {len(links):,} links")
    print("| way | median ms | best ms | kept beside: ms to make |\n|---|---|---|---|")
    for name, way in (
        ("bitsets, over the chain that is put together anyway", counting),
        ("bitsets, with reading and putting together", all_of_it),
    ):
        oracle, took = await timed(way, runs)
        print(f"| {name} | {statistics.median(took):.0f} | {min(took):.0f} | nothing |", flush=True)
    for name, make, statement in (
        ("recursive CTE", None, WALK), ("closure", MAKE_CLOSURE, CLOSURE), ("paths (ltree)", MAKE_PATHS, PATHS),
    ):  # fmt: skip
        making = f"{await made(make):.0f}" if make else "nothing"
        found, took = await timed(lambda s=statement: by(s), runs)
        assert found == oracle, f"{name} counts otherwise: {len(found)} and {len(oracle)}"
        print(f"| {name} | {statistics.median(took):.0f} | {min(took):.0f} | {making} |", flush=True)
    await db.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("database")
    parser.add_argument("--region", default="VGR")
    parser.add_argument("--year", type=int, default=2027)
    parser.add_argument("--runs", type=int, default=RUNS)
    said = parser.parse_args()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)  # as the service does
    asyncio.run(compare(said.database, said.region, said.year, said.runs))


if __name__ == "__main__":
    main()
