"""The service as a process of its own, to be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.auth.tokens import development_token
from app.db.session import Database
from app.domain.access import Role
from app.regions.loader import load_region
from app.services.calendar_day import now
from app.services.plan_loading import allocation_rows, load_budget
from app.settings import Settings
from tests.conftest import NewDatabases, TestRegion, make_region

_STARTS_WITHIN = 30.0


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class ServiceProcess:
    """`styrkedjan serve` in a process of its own."""

    environment: dict[str, str]
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + _STARTS_WITHIN
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                assert self.process.poll() is None, "the service ended at its start"
            time.sleep(0.05)
        raise AssertionError("the service was not ready in time")

    def kill(self) -> None:
        """kill -9: no handler runs, nothing is cleaned up."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        """SIGTERM, as a supervisor sends it; gives the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture
def service_on(tmp_path: Path) -> Iterator[Callable[[str], ServiceProcess]]:
    """`service_on(database_url)`: a service process on that database, not started yet; killed when the test ends."""
    made: list[ServiceProcess] = []

    def make(url: str) -> ServiceProcess:
        environment = {**os.environ, "DATABASE_URL": url, "STYRKEDJAN_DATA_DIR": str(tmp_path)}
        made.append(ServiceProcess(environment, free_port()))
        return made[-1]

    yield make
    for service in made:
        if service.process is not None and service.process.poll() is None:
            service.kill()


@dataclass(frozen=True, slots=True)
class Budget:
    """A database of its own with VGR's budget of 2027, and the allocation table that no rule refuses."""

    url: str
    region: TestRegion
    rows: list[dict[str, Any]]
    token: str


@pytest.fixture
async def budget(new_databases: NewDatabases, tmp_path: Path) -> Budget:
    """The budget, its allocations still to be imported."""
    url = await new_databases.make()
    database = Database(url)
    try:
        region = await make_region(database)
        data = load_region("vgr")
        renamed = data.model_copy(update={"region": data.region.model_copy(update={"code": region.code})})
        async with database.unit_of_work(region.id) as uow:
            loaded = await load_budget(uow, region.principal(), renamed, 2027)
    finally:
        await database.aclose()
    goals = {row["node"] for row in allocation_rows(loaded)}
    assert goals
    settings = Settings(data_dir=tmp_path)
    token = development_token(
        settings,
        region=region.code,
        unit="VGR",
        role=Role.ADMINISTRATOR,
        subject="test",
        lifetime=timedelta(hours=1),
        now=now(),
    )
    return Budget(url, region, list(allocation_rows(loaded)), token)
