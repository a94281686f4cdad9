"""Whether a worker's memory stands still: its resident size after 1,000 and after 10,000 mixed requests.

    python -m bench.memory postgresql://.../database --region VGR [--requests 10000]

On a database that `bench.data` has made (or any other with a live plan). Starts the service itself, one worker, and
asks it the questions of bench.question for units of every size, lists of REST, 304s, and questions that go wrong.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx
from sqlalchemy import text

from app.auth.tokens import development_token
from app.db.session import Database
from app.domain.access import Role
from app.services.calendar_day import now
from app.settings import Settings
from bench.servers import free_port, kib_of

NODE = """
  id title column { code } assessment { grade status } rollup { nodes columns { total achieved } activities { late } }
  ... on Indicator { code target { printed } outcome { period value } }
"""
QUESTION = f"""query Q($unit: String!, $period: Period!) {{ followUp(unit: $unit, period: $period) {{
  rollup {{ nodes indicators {{ reached }} units {{ total reported }} }}
  roots {{ {NODE} children {{ {NODE} children {{ {NODE} }} }} }} }} }}"""


async def units_of(url: str, region: str) -> tuple[str, list[str]]:
    """The code of the top unit, and codes of boards and of units far down."""
    database = Database(url.replace("postgresql://", "postgresql+asyncpg://"))
    region_id = await database.region_id(region)
    assert region_id is not None, f"no region {region}"
    async with database.unit_of_work(region_id, read_only=True) as uow:
        rows = (
            await uow.session.execute(
                text(
                    "select u.code, count(*) filter (where a.depth > 0) as above from org_units u"
                    " join org_ancestors a on a.region_id = u.region_id and a.unit_id = u.id"
                    " group by u.code order by u.code"
                )
            )
        ).all()
    await database.aclose()
    return next(r.code for r in rows if not r.above), [r.code for r in rows if r.above]


Asked = tuple[str, str, dict[str, str], object]


def mixed(rng: random.Random, units: list[str], period: str, tags: dict[str, str]) -> Asked:
    """A request: method, address, headers, body."""
    kind = rng.random()
    unit = rng.choice(units)
    question = {"query": QUESTION, "variables": {"unit": unit, "period": period}}
    if kind < 0.4:
        return "POST", "/graphql", {}, question
    if kind < 0.5:
        wrong = {"query": f'{{ followUp(unit: "NO-{rng.random()}", period: "{period}") {{ period }} }}'}
        return "POST", "/graphql", {}, wrong
    if kind < 0.6:
        # Every text is another one: nothing that is kept by text may grow without end.
        return "POST", "/graphql", {}, {"query": f"{{ me {{ subject a{rng.randrange(10**9)}: subject }} }}"}
    paths = ("/api/v1/units", "/api/v1/nodes?limit=100", "/api/v1/outcomes?limit=100", "/api/v1/assessments?limit=50")
    path = rng.choice(paths)
    if kind < 0.8:
        return "GET", path, {"If-None-Match": tags.get(path, "")}, None
    return "GET", f"/graphql?{urlencode({'query': '{ me { subject } }'})}", {}, None


async def ask(url: str, token: str, units: list[str], period: str, pid: int, requests: int) -> dict[int, int]:
    """Send the requests, eight at a time; requests sent -> kilobytes."""
    rng, tags, sizes = random.Random(7), {}, {}
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
        statuses: dict[int, int] = {}

        async def one() -> None:
            method, path, more, body = mixed(rng, units, period, tags)
            answer = await client.request(method, path, headers=more, json=body)
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            if method == "GET" and "etag" in answer.headers:
                tags[path] = answer.headers["etag"]

        for sent in range(0, requests, 8):
            await asyncio.gather(*(one() for _ in range(8)))
            for mark in (1_000, 2_500, 5_000, requests):
                if sent < mark <= sent + 8:
                    sizes[mark] = kib_of(pid, "VmRSS")
                    print(f"{mark:>7,} requests: {sizes[mark] / 1024:7.1f} MB   {statuses}", flush=True)
    return sizes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("database")
    parser.add_argument("--region", default="VGR")
    parser.add_argument("--period", default="2027-T2")
    parser.add_argument("--requests", type=int, default=10_000)
    said = parser.parse_args()
    top, units = asyncio.run(units_of(said.database, said.region))
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        token = development_token(
            settings, region=said.region, unit=top, role=Role.ADMINISTRATOR, subject="bench",
            lifetime=timedelta(hours=6), now=now(),
        )  # fmt: skip
        environment = {
            **os.environ,
            "DATABASE_URL": said.database,
            "STYRKEDJAN_DATA_DIR": folder,
            "STYRKEDJAN_LOG_LEVEL": "warning",
            "STYRKEDJAN_RATE_LIMIT": "1000000000",  # counted as ever, and never reached
        }  # fmt: skip
        port = free_port()
        command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", str(port)]
        service = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            for _ in range(1200):
                assert service.poll() is None, "the service did not start"
                try:
                    httpx.get(f"{url}/healthz")
                    break
                except httpx.TransportError:
                    asyncio.run(asyncio.sleep(0.1))
            # The top unit's chain, the largest there is, is asked for like any other.
            sizes = asyncio.run(ask(url, token, [top, *units], said.period, service.pid, said.requests))
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(30)
    growth = sizes[said.requests] / sizes[1_000] - 1
    print(f"growth from 1,000 to {said.requests:,}: {growth:+.1%} (aim: at most 10 %)")
    sys.exit(growth > 0.10)


if __name__ == "__main__":
    main()
