"""The physical limit: one hand-written statement whose text is the answer, behind the thinnest ASGI application.

    DATABASE_URL=... BENCH_TOKEN_KEY=.data/dev-token.key uvicorn bench.limit.app:app

It reads the same token and verifies it with the same library and key as the service does (signature, audience, time),
takes the region from it and filters by region. It leaves out what is not in the question: it does not check that the
token's unit stands in the tree, does not filter by permission, knows one question only, and neither parses nor
validates GraphQL.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.auth.tokens import TokenRefusedError, read_development_token
from app.domain.periods import parse_period
from app.settings import Settings
from bench.question import DEPTH

SQL = Path(__file__).with_name("question.sql").read_text("utf-8")
MODULE = "VGPU"
# The statement numbers things in materialised CTEs, whose size the planner takes for one row: without this it would
# join them by nested loops. Compiling at run time costs more than it gains here.
TUNING = {"enable_nestloop": "off", "jit": "off", "work_mem": "64MB", "plan_cache_mode": "force_generic_plan"}


async def answer(connection: asyncpg.Connection, region_id: object, unit: str, period: str, on: date) -> str | None:
    """The whole answer as JSON."""
    asked = parse_period(period)
    return await connection.fetchval(SQL, region_id, unit, period, asked.start, asked.end, on, MODULE, DEPTH)


async def _chain(request: Request) -> Response:
    settings: Settings = request.app.state.settings
    credential = request.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        claims = read_development_token(settings, credential, datetime.now(UTC))
    except TokenRefusedError:
        return Response(status_code=401)
    variables = orjson.loads(await request.body())["variables"]
    regions: dict[str, object] = request.app.state.regions
    async with request.app.state.pool.acquire() as connection:
        if claims.region not in regions:
            regions[claims.region] = await connection.fetchval("select region_id_of($1)", claims.region)
        on = datetime.now(UTC).date()
        said = await answer(connection, regions[claims.region], variables["unit"], variables["period"], on)
    return Response((said or "null").encode(), media_type="application/json")


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    app.state.settings, app.state.regions = Settings(), {}
    url = os.environ["DATABASE_URL"]
    app.state.pool = await asyncpg.create_pool(url, min_size=4, max_size=8, server_settings=TUNING)
    yield
    await app.state.pool.close()


app = Starlette(routes=[Route("/graphql", _chain, methods=["POST"])], lifespan=_lifespan)
