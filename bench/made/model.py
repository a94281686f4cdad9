"""What the loader has put into the database, as the generator needs it."""

import json
from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

import asyncpg


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a module."""

    id: UUID
    module_id: UUID
    module: str
    code: str
    kind: str
    role: str | None
    keyword_groups: tuple[str, ...]
    grades: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """The region's columns, keywords, plan and budget."""

    region_id: UUID
    columns: dict[tuple[str, str], Column]
    keywords: dict[str, list[UUID]]
    """Keyword group -> its keywords."""
    plan_version_id: UUID
    goals: list[tuple[UUID, str, list[str]]]
    """The budget's goals and focus areas in the order of their titles: node, column, the boards it is allocated to."""
    indicators: list[tuple[UUID, UUID, bool, bool]]
    """The budget's indicators: (node, indicator, whether it is a ratio in per cent, by sex), by code."""

    def column(self, code: str, module: str = "VGPU") -> Column:
        """A column by its code."""
        return self.columns[module, code]


async def read_model(connection: asyncpg.Connection, region_id: UUID, year: int) -> Model:
    """Read what was loaded."""
    scales = {
        row["name"]: tuple(grade["code"] for grade in json.loads(row["grades"]))
        for row in await connection.fetch("select name, grades from assessment_scales where region_id = $1", region_id)
    }
    columns = {}
    for row in await connection.fetch(
        "select c.id, c.module_id, m.code as module, c.code, c.node_kind, c.definition from module_columns c"
        " join modules m on m.region_id = c.region_id and m.id = c.module_id where c.region_id = $1",
        region_id,
    ):
        definition = json.loads(row["definition"])
        roles = definition.get("responsibility_roles") or [None]
        columns[row["module"], row["code"]] = Column(
            row["id"],
            row["module_id"],
            row["module"],
            row["code"],
            row["node_kind"],
            roles[-1],
            tuple(definition.get("keyword_groups") or ()),
            scales.get(definition.get("assessment") or "", ()),
        )
    keywords = defaultdict(list)
    for row in await connection.fetch(
        "select g.name, k.id from keywords k join keyword_groups g on g.region_id = k.region_id and g.id = k.group_id"
        " where k.region_id = $1 and g.unit_id is null order by g.name, k.position, k.text",
        region_id,
    ):
        keywords[row["name"]].append(row["id"])
    plan = await connection.fetchval("select id from plan_versions where region_id = $1 and year = $2", region_id, year)
    goals = await connection.fetch(
        "select n.id, c.code, array(select u.code from allocations a"
        "   join org_units u on u.region_id = a.region_id and u.id = a.unit_id"
        "   where a.region_id = n.region_id and a.node_id = n.id order by u.code) as boards"
        " from nodes n join module_columns c on c.region_id = n.region_id and c.id = n.column_id"
        " where n.region_id = $1 and n.plan_version_id = $2 and n.node_kind = 'text' order by n.title_sort",
        region_id,
        plan,
    )
    indicators = await connection.fetch(
        "select n.id, i.id as indicator, i.is_ratio and i.scale = 100 as ratio, i.sex_disaggregated from nodes n"
        " join indicators i on i.region_id = n.region_id and i.id = n.indicator_id"
        " where n.region_id = $1 and n.plan_version_id = $2 and not i.region_level_only order by i.code",
        region_id,
        plan,
    )
    return Model(
        region_id, columns, dict(keywords), plan, [tuple(row) for row in goals], [tuple(row) for row in indicators]
    )
