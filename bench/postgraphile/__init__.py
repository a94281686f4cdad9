"""PostGraphile 5: what the database offers it, and its question.

It finds tables and functions by itself, and plans a question well. What it has no words for is where a node is present,
which assessment speaks for it, and what is counted below it: these stand in a function, written by set like the
limit's statement (it is the same statement up to the point where that one writes JSON). Its question is flat: every
node once, with the ids of its children, which is the same information in a smaller answer; `nested` puts the tree
together, outside what is measured.
"""

import json
from pathlib import Path
from typing import Any

import asyncpg

from bench.question import DEPTH

_STATEMENT = (Path(__file__).parent.parent / "limit" / "question.sql").read_text("utf-8")

_TYPES = """
drop schema if exists bench_api cascade;
create schema bench_api;
create type bench_api.assessment as (period text, grade text, status text);
create type bench_api.column_rollup as (
  column_code text, total int, achieved int, partly int, not_achieved int, missing int
);
create type bench_api.target as (kind text, bound float, printed text);
create type bench_api.outcome as (period text, value float);
create type bench_api.chain_node as (
  id uuid, title text, column_code text, is_root bool, child_ids uuid[],
  assessment bench_api.assessment, nodes int, columns bench_api.column_rollup[], ongoing int, late int,
  code text, unit_of_measure text, target bench_api.target, outcome bench_api.outcome,
  start_date date, end_date date, status text
);
"""
_NODES = """
shown_children as (
  select l.above, array_agg(c.id order by l.beneath) as ids
  from links l join chain c on c.no = l.beneath
  group by l.above
),
tally as (
  select c.above, sum(c.total)::int as nodes, sum(c.ongoing)::int as ongoing, sum(c.late)::int as late,
         array_agg(row(k.code, c.total, c.achieved, c.partly, c.not_achieved,
                       c.total - c.achieved - c.partly - c.not_achieved)::bench_api.column_rollup order by c.place)
           filter (where c.graded) as columns
  from counted c join cols k on k.place = c.place
  group by c.above
)
select c.id, c.title::text, c.column_code::text, not exists (select from links l where l.beneath = c.no),
       coalesce(s.ids, '{}'),
       case when l.no is not null then row(l.period, l.grade, upper(l.status))::bench_api.assessment end,
       coalesce(t.nodes, 0), coalesce(t.columns, '{}'), coalesce(t.ongoing, 0), coalesce(t.late, 0),
       c.code::text, c.unit_of_measure::text,
       case when g.kind is not null then row(upper(g.kind), g.bound, g.printed)::bench_api.target end,
       case when o.period is not null then row(o.period, o.value)::bench_api.outcome end,
       c.start_date, c.end_date, upper(c.status)
from chain c
left join shown_children s on s.above = c.no
left join tally t on t.above = c.no
left join latest l on l.no = c.no and l.unit_id = (select id from top)
left join target g on g.indicator_id = c.indicator_id
left join outcome o on o.indicator_id = c.indicator_id
order by c.no
"""
# PL/pgSQL, since it keeps its plan from call to call; the settings are the limit's own.
_FUNCTION = """
create function bench_api.chain(unit text, period text) returns setof bench_api.chain_node
language plpgsql stable rows 2000
set enable_nestloop = 'off' set jit = 'off' set work_mem = '64MB' set plan_cache_mode = 'force_generic_plan'
as $function$
#variable_conflict use_column
declare
  region uuid := (select r.region_id from regions r where r.code = current_setting('bench.region'));
  months int := case when period like '%-T_' then 4 when period like '%-__' then 1 else 12 end;
  first date := make_date(left(period, 4)::int, case months when 4 then 4 * right(period, 1)::int - 3
                                                            when 1 then right(period, 2)::int else 1 end, 1);
  last date := (first + make_interval(months => months))::date - 1;
  wanted text := unit;
begin
  return query {statement};
end
$function$;
comment on function bench_api.chain(text, text)
is '@behavior -queryField:resource:connection +queryField:resource:list';
"""
QUERY = """
query Chain($unit: String!, $period: String!) {
  chain: chainList(unit: $unit, period: $period) {
    id: rowId title columnCode isRoot childIds
    assessment { period grade status }
    nodes columns { columnCode total achieved partly notAchieved missing } ongoing late
    code unitOfMeasure target { kind bound printed } outcome { period value }
    startDate endDate status
  }
}
"""


async def prepare(connection: asyncpg.Connection) -> None:
    """Make the schema that PostGraphile serves."""
    shared = _STATEMENT[: _STATEMENT.index("said as materialized (")]
    arguments = ("region", "wanted", "period", "first", "last", "current_date", "'VGPU'", str(DEPTH))
    statement = shared + _NODES
    for number, argument in enumerate(arguments, start=1):
        statement = statement.replace(f"${number}", argument)
    await connection.execute(_TYPES)
    await connection.execute(_FUNCTION.replace("{statement}", statement))


def nested(answer: dict[str, Any], unit: str, period: str) -> dict[str, Any]:
    """PostGraphile's answer in the shape of ours, for comparison."""
    rows = {row["id"]: row for row in answer["data"]["chain"]}

    def node(row: dict[str, Any], level: int) -> dict[str, Any]:
        said: dict[str, Any] = {
            "id": row["id"],
            "title": row["title"],
            "column": {"code": row["columnCode"]},
            "assessment": row["assessment"],
            "rollup": {
                "nodes": row["nodes"],
                "columns": [
                    {"column": {"code": c["columnCode"]}, **{k: v for k, v in c.items() if k != "columnCode"}}
                    for c in row["columns"]
                ],
                "activities": {"ongoing": row["ongoing"], "late": row["late"]},
            },
        }
        if row["code"] is not None:
            said |= {name: row[name] for name in ("code", "unitOfMeasure", "target", "outcome")}
        if row["status"] is not None:
            said |= {name: row[name] for name in ("startDate", "endDate", "status")}
        if level < DEPTH:
            said["children"] = [node(rows[child], level + 1) for child in row["childIds"]]
        return said

    roots = [node(row, 1) for row in rows.values() if row["isRoot"]]
    return {"data": {"followUp": {"unit": {"code": unit}, "period": period, "roots": roots}}}


def body(unit: str, period: str) -> bytes:
    """The request's body."""
    return json.dumps({"query": QUERY, "variables": {"unit": unit, "period": period}}).encode()
