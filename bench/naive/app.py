"""The ordinary way to write this question: a Strawberry type for each thing, an async resolver for each field of it.

    DATABASE_URL=... uvicorn bench.naive.app:app

Plainly written, not badly: every resolver loads through a DataLoader, so that a level of the chain is a statement. A
rollup walks the chain below its node through the same loaders. Region filter, no permission filter; the token is
verified as the service does.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

import asyncpg
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from strawberry.types import Info

from app.auth.tokens import TokenRefusedError, read_development_token
from app.domain.periods import parse_period
from app.settings import Settings
from bench.naive.loaders import Loaders, place_of

GRADES = ("achieved", "partly", "not_achieved")


@dataclass
class Context:
    """A request's context."""

    pool: asyncpg.Pool
    region: Any
    graded: dict[tuple[str, str], bool]
    loaders: Loaders | None = None
    below: dict[Any, Any] | None = None


def _loaders(info: Info[Context, None]) -> Loaders:
    loaders = info.context.loaders
    assert loaders is not None
    return loaders


@strawberry.type
class Column:
    code: str


@strawberry.type
class Assessment:
    period: str
    grade: str | None
    status: str | None


@strawberry.type
class ColumnRollup:
    column: Column
    total: int
    achieved: int
    partly: int
    not_achieved: int
    missing: int


@strawberry.type
class ActivityRollup:
    ongoing: int
    late: int


@strawberry.type
class Rollup:
    nodes: int
    columns: list[ColumnRollup]
    activities: ActivityRollup


@strawberry.type
class Target:
    kind: str
    bound: float | None
    printed: str


@strawberry.type
class Outcome:
    period: str
    value: float | None


async def _below(info: Info[Context, None], node: Any) -> dict[Any, asyncpg.Record]:
    """Everything below a node, by id; each node's set is worked out once a request."""
    known = info.context.below
    assert known is not None
    if node not in known:
        known[node] = asyncio.ensure_future(_walk(info, node))
    return await known[node]


async def _walk(info: Info[Context, None], node: Any) -> dict[Any, asyncpg.Record]:
    children = await _loaders(info).children.load(node)
    found = {child["id"]: child for child in children}
    for more in await asyncio.gather(*[_below(info, child["id"]) for child in children]):
        found.update(more)
    return found


@strawberry.interface
class Node:
    row: strawberry.Private[asyncpg.Record]

    @strawberry.field
    async def id(self) -> strawberry.ID:
        return strawberry.ID(str(self.row["id"]))

    @strawberry.field
    async def title(self) -> str:
        return self.row["title"]

    @strawberry.field
    async def column(self) -> Column:
        return Column(code=self.row["column_code"])

    @strawberry.field
    async def assessment(self, info: Info[Context, None]) -> Assessment | None:
        loaders = _loaders(info)
        own = (await loaders.assessments.load(self.row["id"])).get(loaders.place.unit)
        if own is None:
            return None
        return Assessment(period=own["period"], grade=own["grade"], status=(own["status"] or "").upper() or None)

    @strawberry.field
    async def children(self, info: Info[Context, None]) -> list[Annotated["Node", strawberry.lazy(__name__)]]:
        return [node_of(row) for row in await _loaders(info).children.load(self.row["id"])]

    @strawberry.field
    async def rollup(self, info: Info[Context, None]) -> Rollup:
        loaders, below = _loaders(info), await _below(info, self.row["id"])
        assessed = await loaders.assessments.load_many(list(below))
        columns: dict[tuple[int, str], dict[str, int]] = {}
        ongoing = late = 0
        for row, said in zip(below.values(), assessed, strict=True):
            near = sorted(said.values(), key=lambda a: loaders.place.units[a["unit_id"]])
            if info.context.graded[row["module"], row["column_code"]]:
                counts = columns.setdefault((row["place"], row["column_code"]), dict.fromkeys(("total", *GRADES), 0))
                counts["total"] += 1
                grade = next((a["grade"] for a in near if a["grade"]), None)
                if grade in counts:
                    counts[grade] += 1
            if row["status"]:
                status = next((a["status"] for a in near if a["status"]), row["status"])
                ongoing += status == "ongoing"
                late += status != "finished" and row["end_date"] < loaders.place.period.end
        return Rollup(
            nodes=len(below),
            columns=[
                ColumnRollup(
                    column=Column(code=code), **counts, missing=counts["total"] - sum(counts[g] for g in GRADES)
                )
                for (_, code), counts in sorted(columns.items())
            ],
            activities=ActivityRollup(ongoing=ongoing, late=late),
        )


@strawberry.type
class TextNode(Node):
    pass


@strawberry.type
class Indicator(Node):
    @strawberry.field
    async def code(self) -> str:
        return self.row["code"]

    @strawberry.field
    async def unit_of_measure(self) -> str | None:
        return self.row["unit_of_measure"]

    @strawberry.field
    async def target(self, info: Info[Context, None]) -> Target | None:
        row = await _loaders(info).targets.load(self.row["indicator_id"])
        return row and Target(kind=row["kind"].upper(), bound=row["bound"], printed=row["printed"])

    @strawberry.field
    async def outcome(self, info: Info[Context, None]) -> Outcome | None:
        row = await _loaders(info).outcomes.load(self.row["indicator_id"])
        return row and Outcome(period=row["period"], value=row["value"])


@strawberry.type
class Activity(Node):
    @strawberry.field
    async def start_date(self) -> date:
        return self.row["start_date"]

    @strawberry.field
    async def end_date(self) -> date:
        return self.row["end_date"]

    @strawberry.field
    async def status(self) -> str:
        return self.row["status"].upper()


def node_of(row: asyncpg.Record) -> Node:
    """A node as the type of its kind."""
    return {"text": TextNode, "measure": Indicator, "activity": Activity}[row["node_kind"]](row=row)


@strawberry.type
class Unit:
    code: str


@strawberry.type
class FollowUp:
    unit: Unit
    period: str

    @strawberry.field
    async def roots(self, info: Info[Context, None]) -> list[Node]:
        return [node_of(row) for row in await _loaders(info).roots()]


@strawberry.type
class Query:
    @strawberry.field
    async def follow_up(self, info: Info[Context, None], unit: str, period: str) -> FollowUp:
        context, on = info.context, datetime.now(UTC).date()
        place = await place_of(context.pool, context.region, unit, parse_period(period), on)
        context.loaders, context.below = Loaders(context.pool, place), {}
        return FollowUp(unit=Unit(code=unit), period=period)


schema = strawberry.Schema(Query, types=[TextNode, Indicator, Activity])
_GRADED = """
select m.code as module, c.code, coalesce(array(
  select g ->> 'code' from assessment_scales s cross join jsonb_array_elements(s.grades) g
  where s.region_id = c.region_id and s.name = c.definition ->> 'assessment' order by 1
) = array['achieved', 'not_achieved', 'partly'], false) as graded
from module_columns c join modules m on m.region_id = c.region_id and m.id = c.module_id where c.region_id = $1
"""


async def _answer(request: Request) -> Response:
    state = request.app.state
    credential = request.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        claims = read_development_token(state.settings, credential, datetime.now(UTC))
    except TokenRefusedError:
        return Response(status_code=401)
    asked = await request.json()
    if claims.region not in state.regions:
        region = await state.pool.fetchval("select region_id_of($1)", claims.region)
        graded = {(r["module"], r["code"]): r["graded"] for r in await state.pool.fetch(_GRADED, region)}
        state.regions[claims.region] = region, graded
    # The query names the type of its variable as our schema does.
    query = asked["query"].replace("$period: Period!", "$period: String!")
    context = Context(state.pool, *state.regions[claims.region])
    result = await schema.execute(query, asked["variables"], context_value=context)
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    return JSONResponse(body)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    app.state.settings, app.state.regions = Settings(), {}
    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=4, max_size=8)
    yield
    await app.state.pool.close()


app = Starlette(routes=[Route("/graphql", _answer, methods=["POST"])], lifespan=_lifespan)
