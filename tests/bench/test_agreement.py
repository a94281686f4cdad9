"""The hand-written statement says the same as the service, at a small scale: what is compared is comparable."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import httpx
import pytest
from sqlalchemy.engine import make_url

from app.auth.tokens import development_token
from app.db.session import Database
from app.domain.access import Role
from app.main import create_app
from app.services.calendar_day import now, today
from app.settings import Settings
from bench import data, postgraphile
from bench.agreement import counted, differences
from bench.data import PERIOD, QUESTIONS
from bench.limit.app import TUNING, answer
from bench.question import FULL, QUERY, variables
from tests.conftest import NewDatabases


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture(scope="module")
async def filled_url(new_databases: NewDatabases) -> str:
    url = await new_databases.make()
    await data.make(url, 0.02)
    return url


@pytest.fixture(scope="module")
async def client(filled_url: str, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    database = Database(filled_url)
    transport = httpx.ASGITransport(create_app(settings, database))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as asking:
        yield asking
    await database.aclose()


@pytest.fixture(scope="module")
async def connection(filled_url: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(_plain(filled_url), server_settings=TUNING)
    yield opened
    await opened.close()


@pytest.mark.parametrize("question", QUESTIONS)
async def test_the_limit_answers_as_we_do(
    question: str, client: httpx.AsyncClient, connection: asyncpg.Connection, settings: Settings
) -> None:
    unit = QUESTIONS[question]
    token = development_token(
        settings,
        region="VGR",
        unit=unit,
        role=Role.READER,
        subject="bench",
        lifetime=timedelta(hours=1),
        now=now(),
    )
    said = await client.post(
        "/graphql",
        json={"query": QUERY, "variables": variables(unit)},
        headers={"Authorization": f"Bearer {token}"},
    )
    ours = said.json()
    assert "errors" not in ours
    assert counted(ours)[0] > 5
    region = await connection.fetchval("select region_id from regions")
    theirs = json.loads(await answer(connection, region, unit, PERIOD, today()) or "")
    assert list(differences(ours, theirs)) == []

    full = await client.post(
        "/graphql",
        json={"query": FULL, "variables": variables(unit)},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert "errors" not in full.json()


async def test_a_difference_is_told_with_its_place() -> None:
    ours = {"a": [{"b": 1.0}, {"b": 2}]}
    assert list(differences(ours, {"a": [{"b": 1}, {"b": 3}]})) == ["/a/1/b: 2 in ours, 3 in theirs"]
    assert list(differences(ours, {"a": [{"b": 1}]})) == ["/a: 2 in ours, 1 in theirs"]


async def test_postgraphiles_flat_answer_is_put_together_as_a_tree() -> None:
    leaf = {
        "id": "2",
        "title": "leaf",
        "columnCode": "aktivitet",
        "isRoot": False,
        "childIds": [],
        "assessment": None,
        "nodes": 0,
        "columns": [],
        "ongoing": 0,
        "late": 0,
        "code": None,
        "status": "ONGOING",
        "startDate": "2027-01-01",
        "endDate": "2027-02-01",
    }
    root = {**leaf, "id": "1", "isRoot": True, "childIds": ["2"], "status": None, "nodes": 1}
    tree = postgraphile.nested({"data": {"chain": [root, leaf]}}, "SU", PERIOD)
    assert counted(tree) == (2, 2)
    assert tree["data"]["followUp"]["roots"][0]["children"][0]["status"] == "ONGOING"
