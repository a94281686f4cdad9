"""Measures the service against what can be had at best, and against its peers, on the same PostgreSQL.

python -m bench.run            everything, in under ten minutes on two cores; rewrites docs/performance.md
python -m bench.run --quick    small data and short turns, to see that it works; writes nothing
"""

import argparse
import asyncio
import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg
from rich.console import Console

from app.auth.tokens import development_token
from app.db import migrate
from app.db.provider import ServerHandle, open_server
from app.domain.access import Role
from app.settings import Settings
from bench import imports, postgraphile, report
from bench.agreement import counted, first_differences
from bench.aims import aims
from bench.client import Connection, Target, milliseconds
from bench.data import PERIOD, QUESTIONS, make, recreate
from bench.measure import CLIENTS, Latency, entity_tag, is_304, latencies, throughputs, unchanged
from bench.question import FULL, QUERY, variables
from bench.servers import (
    ANEW,
    LIMIT,
    NAIVE,
    OURS,
    PG,
    Server,
    install_postgraphile,
    node_program,
    node_version,
    plain_url,
    running,
    target,
)

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "performance.md"
_UNRESTRICTED = "styrkedjan_bench_open"
_COUNTED = ("nodes", "node_links", "org_units", "allocations", "assessments", "indicators", "targets", "outcomes")
_TABLES = "select format('%I', relname) from pg_class where relnamespace = 'public'::regnamespace and relrowsecurity"


class Bench:
    """One run."""

    def __init__(self, console: Console, settings: Settings, *, small: float, large: float, seconds: float) -> None:
        self.console, self.settings = console, settings
        self.small, self.large, self.seconds = small, large, seconds
        self.results: dict[str, Any] = {
            "date": datetime.now(UTC).date().isoformat(),
            "small": small,
            "large": large,
            "questions": {},
            "latency": {},
            "throughput": {},
            "variants": {},
            "rows": {},
            "left_out": [],
        }
        self.servers: list[Server] = [LIMIT, ANEW, OURS, PG, NAIVE]

    def token(self, unit: str, role: Role = Role.READER) -> str:
        """The token of a person with the reach of a unit."""
        return development_token(
            self.settings,
            region="VGR",
            unit=unit,
            role=role,
            subject="bench",
            lifetime=timedelta(hours=2),
            now=datetime.now(UTC),
        )

    def target(self, server: Server, port: int, unit: str, *, reach: str | None = None, query: str = QUERY) -> Target:
        """The question about a unit, by a person who reaches just that (or `reach`)."""
        ours = json.dumps({"query": query, "variables": variables(unit)}).encode()
        said = postgraphile.body(unit, PERIOD) if server is PG else ours
        return target(server, port, said, self.token(reach or unit))

    # The data

    async def databases(self, server: ServerHandle) -> tuple[str, str, str]:
        """URLs of the small and the large database, and of a copy of the small one without row-level security."""
        urls = []
        for name, scale in (("small", self.small), ("large", self.large)):
            database = f"styrkedjan_bench_{name}"
            await recreate(server.default_url, database)
            url = server.url_for(database)
            await migrate.upgrade(url)
            began = time.monotonic()
            await make(url, scale)
            self.console.print(f"data at scale {scale:g}: {time.monotonic() - began:.0f} s")
            connection = await asyncpg.connect(plain_url(url))
            await postgraphile.prepare(connection)
            # For everybody alike; what a machine of this kind would be given, and no compiling of statements.
            for setting in ("jit = off", "work_mem = '32MB'", "random_page_cost = 1.1", "synchronous_commit = off"):
                await connection.execute(f"alter database {database} set {setting}")
            counts = [await connection.fetchval(f"select count(*) from {table}") for table in _COUNTED]
            self.results["rows"][name] = sum(counts)
            await connection.close()
            urls.append(url)
        return urls[0], urls[1], await self._unrestricted(server)

    async def _unrestricted(self, server: ServerHandle) -> str:
        admin = await asyncpg.connect(plain_url(server.default_url))
        await admin.execute(f"drop database if exists {_UNRESTRICTED} with (force)")
        await admin.execute(f"create database {_UNRESTRICTED} template styrkedjan_bench_small")
        for setting in ("jit = off", "work_mem = '32MB'", "random_page_cost = 1.1"):
            await admin.execute(f"alter database {_UNRESTRICTED} set {setting}")
        await admin.close()
        url = server.url_for(_UNRESTRICTED)
        connection = await asyncpg.connect(plain_url(url))
        for row in await connection.fetch(_TABLES):
            await connection.execute(f"alter table {row[0]} disable row level security")
        await connection.execute("vacuum analyze")
        await connection.close()
        return url

    async def drop(self, server: ServerHandle) -> None:
        """Take the databases away again."""
        admin = await asyncpg.connect(plain_url(server.default_url))
        for name in ("styrkedjan_bench_small", "styrkedjan_bench_large", _UNRESTRICTED):
            await admin.execute(f"drop database if exists {name} with (force)")
        await admin.close()

    # The measurements

    @contextlib.contextmanager
    def all_running(self, url: str, servers: list[Server], workers: int = 1) -> Iterator[dict[str, tuple[Server, int]]]:
        """All servers at once, each waiting while another is asked."""
        with contextlib.ExitStack() as stack:
            yield {
                server.name: (server, stack.enter_context(running(server, url, self.settings.data_dir, workers)))
                for server in servers
            }

    def agree(self, started: dict[str, tuple[Server, int]]) -> None:
        """Ask everybody the same, and stop where an answer differs from ours."""
        for name, unit in QUESTIONS.items():
            answers = {}
            for who, (server, port) in started.items():
                if server is NAIVE and name == "L":
                    continue  # the same code as for M; one answer takes too long to be asked for twice
                connection = Connection(port)
                status, _, body = connection.ask(self.target(server, port, unit).request)
                connection.close()
                answer = json.loads(body)
                if status != 200 or answer.get("errors"):
                    raise SystemExit(f"{who} did not answer {name}: {status} {body[:500]!r}")
                answers[who] = postgraphile.nested(answer, unit, PERIOD) if server is PG else answer
            for who, answer in answers.items():
                if found := first_differences(answers[OURS.name], answer):
                    raise SystemExit(f"{who} answers {name} otherwise than we do: {'; '.join(found)}")
            nodes, shown = counted(answers[OURS.name])
            self.results["questions"][name] = {"unit": unit, "nodes": nodes, "shown": shown}
            self.console.print(f"{name}: {nodes:,} nodes; {', '.join(answers)} agree")

    def one_worker(self, url: str) -> None:
        """Latencies of all questions, and throughput with one worker."""
        with self.all_running(url, self.servers) as started:
            self.agree(started)
            for name, share, rounds in (("S", 1.0, 300), ("M", 2.5, 60), ("L", 4.0, 9)):
                targets = {who: self.target(s, p, QUESTIONS[name]) for who, (s, p) in started.items()}
                found = latencies(targets, rounds=rounds, seconds=share * self.seconds)
                self.results["latency"][name] = {who: latency.told() for who, latency in found.items()}
                self.console.print(f"{name}: " + ", ".join(f"{who} {x.p50:,.1f} ms" for who, x in found.items()))
            for name in ("S", "M"):
                targets = {who: self.target(s, p, QUESTIONS[name]) for who, (s, p) in started.items()}
                self._throughput(f"{name}1", targets)
            for who in (ANEW, OURS):
                self._not_modified(*started[who.name])
            self._reported_between(started[OURS.name][1])

    @staticmethod
    def _all_there(target: Target) -> None:
        """Wait until every worker answers: their port takes connections before they have started.

        A worker answers the connections that it accepted, one after the other; two that come up together share them.
        """
        for pause in (0.0, 1.0):
            time.sleep(pause)
            for connection in [Connection(target.port) for _ in range(CLIENTS)]:
                connection.ask(target.request)
                connection.close()

    def _throughput(self, key: str, targets: dict[str, Target]) -> None:
        found = throughputs(targets, rounds=2, seconds=max(2, self.seconds / 3))
        self.results["throughput"][key] = found
        self.console.print(f"{key}: " + ", ".join(f"{who} {rate:,.1f}/s" for who, rate in found.items()))

    def _not_modified(self, server: Server, port: int) -> None:
        """By GET, which is what can be asked conditionally."""
        said = urlencode({"query": QUERY, "variables": json.dumps(variables(QUESTIONS["M"]))})
        posted = self.target(server, port, QUESTIONS["M"])
        asked = replace(posted, method="GET", path=f"{server.path}?{said}", body=b"")
        tag = entity_tag(asked)
        if tag is None or not is_304(unchanged(asked, tag)):
            self.results["left_out"].append("304: the answer carries no ETag")
            return
        found = throughputs({"200": asked, "304": unchanged(asked, tag)}, rounds=2, seconds=max(2, self.seconds / 3))
        for status, rate in found.items():
            self.results["throughput"].setdefault(f"M{status}", {})[server.name] = rate

    def _reported_between(self, port: int) -> None:
        """What it takes when somebody at the board has reported since the question before."""
        asked, unit = self.target(OURS, port, QUESTIONS["M"]), QUESTIONS["M"]
        headers = {**asked.headers, "Authorization": f"Bearer {self.token('VGR', Role.ADMINISTRATOR)}"}
        asking, reporting = Connection(port), Connection(port)
        listed = replace(asked, method="GET", path=f"/api/v1/assessments?unit=code:{unit}&limit=1", headers=headers)
        [assessment] = json.loads(reporting.ask(replace(listed, body=b"").request)[2])["items"]
        read = replace(listed, path=f"/api/v1/assessments/{assessment['id']}", body=b"")
        taken: list[float] = []
        until = time.perf_counter() + self.seconds / 2
        while time.perf_counter() < until or len(taken) < 3:
            tag = reporting.ask(read.request)[1]["etag"]
            said = json.dumps({"measures": f"Fler tider, {len(taken)}"}).encode()
            change = replace(read, method="PATCH", body=said, headers={**headers, "If-Match": tag})
            status, _, body = reporting.ask(change.request)
            if status != 200:
                raise SystemExit(f"an assessment could not be changed: {status} {body[:300]!r}")
            taken.append(milliseconds(asking, asked.request))
        self._keep("M", {"the data, an assessment reported before each question": Latency.of(taken).told()})

    def two_workers(self, url: str) -> None:
        """Throughput on M, two processes each."""
        with self.all_running(url, self.servers, workers=2) as started:
            for server, port in started.values():
                self._all_there(self.target(server, port, QUESTIONS["S"]))
            self._throughput("M2", {who: self.target(s, p, QUESTIONS["M"]) for who, (s, p) in started.items()})

    def growth(self, small: str, large: str) -> None:
        """The same answers out of ten times the data, and what is asked for when everything is asked for."""
        everything = "everything asked for (attainment, duties, series, keywords)"
        self._variants(
            {
                "the data": (small, {}),
                "ten times the data": (large, {}),
                everything: (small, {"query": FULL}),
            }
        )

    def permissions(self, url: str, open_url: str) -> None:
        """A board's person on the guarded database; one who may see everything, on a copy without guards."""
        self._variants(
            {
                "permissions and row-level security on": (url, {}),
                "permissions and row-level security off": (open_url, {"reach": "VGR"}),
            }
        )

    def _variants(self, wanted: dict[str, tuple[str, dict[str, str]]]) -> None:
        """Our own latencies, each as it runs and with nothing kept: what -> (database, how it is asked)."""
        with contextlib.ExitStack() as stack:
            ports = {
                (server.name, url): stack.enter_context(running(server, url, self.settings.data_dir))
                for url in dict.fromkeys(url for url, _ in wanted.values())
                for server in (OURS, ANEW)
            }
            for name in ("S", "M"):
                targets = {
                    what + how: self.target(server, ports[server.name, url], QUESTIONS[name], **asked)
                    for server, how in ((OURS, ""), (ANEW, ", nothing kept"))
                    for what, (url, asked) in wanted.items()
                }
                found = latencies(targets, rounds=200 if name == "S" else 40, seconds=1.5 * self.seconds)
                self._keep(name, {what: latency.told() for what, latency in found.items()})

    async def imports(self, server: ServerHandle, rows: int) -> None:
        """Outcomes in, beside what PostgreSQL can do at most and the naive ways, on a database of their own."""
        name = "styrkedjan_bench_imports"
        await recreate(server.default_url, name)
        found = await imports.measure(server.url_for(name), rows)
        self.results |= {"imports": found, "import_rows": rows}
        self.console.print("imports: " + ", ".join(f"{way} {seconds:.2f} s" for way, seconds in found.items()))
        admin = await asyncpg.connect(plain_url(server.default_url))
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()

    def _keep(self, question: str, found: dict[str, Any]) -> None:
        for what, told in found.items():
            self.results["variants"].setdefault(what, {})[question] = told
        self.console.print(f"{question}: " + ", ".join(f"{what} {t['p50_ms']:,.1f} ms" for what, t in found.items()))

    def run(self, server: ServerHandle) -> None:
        """All of it."""
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        self.token("VGR")  # makes the key that the servers read
        refused = install_postgraphile()
        if refused:
            self.servers.remove(PG)
            self.results["left_out"].append(f"PostGraphile: {refused}")
            self.console.print(f"[yellow]PostGraphile is left out:[/] {refused}")
        small, large, unrestricted = asyncio.run(self.databases(server))
        self.one_worker(small)
        self.two_workers(small)
        self.growth(small, large)
        self.permissions(small, unrestricted)
        asyncio.run(self.drop(server))
        asyncio.run(self.imports(server, 100_000 if self.small >= 1 else 5_000))
        self.results["servers"] = [s.name for s in self.servers]
        self.results["machine"] = report.machine(
            str(server.version), None if refused else node_version(node_program() or "node")
        )
        self.results["aims"] = aims(self.results)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small data, short turns, nothing written")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a turn (default 3)")
    parser.add_argument("--json", type=Path, default=ROOT / ".data" / "bench" / "result.json", help="the raw results")
    given = parser.parse_args()
    console = Console()
    # A PostgreSQL and a signing key of its own, unless DATABASE_URL names one.
    settings = Settings().with_changes(data_dir=ROOT / ".data" / "bench", log_level="warning")
    small, large, seconds = (0.05, 0.1, 1.0) if given.quick else (1.0, 10.0, given.seconds)
    began = time.monotonic()
    with open_server(settings) as server:
        bench = Bench(console, settings, small=small, large=large, seconds=seconds)
        bench.run(server)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(bench.results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    if not given.quick:
        report.write(PAGE, bench.results)
    console.print(report.tables(bench.results), markup=False)
    console.print(f"{(time.monotonic() - began) / 60:.1f} minutes; {given.json}")


if __name__ == "__main__":
    main()
