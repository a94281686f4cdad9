"""The service that imports are sent to, in a process of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from app.auth.tokens import development_token
from app.domain.access import Role
from app.services.calendar_day import now
from app.settings import Settings
from bench.imports.rows import Made
from bench.servers import OURS, started


@contextmanager
def serving(made: Made) -> Iterator[tuple[str, dict[str, str], int]]:
    """The address of imports, headers that let in, and the service's process id."""
    with tempfile.TemporaryDirectory() as folder, started(OURS, made.url, Path(folder)) as (port, pid):
        token = development_token(
            Settings(data_dir=Path(folder)), region=made.code, unit="VGR", role=Role.ADMINISTRATOR, subject="bench",
            lifetime=timedelta(hours=8), now=now(),
        )  # fmt: skip
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        yield f"http://127.0.0.1:{port}/api/v1/outcome-imports", headers, pid
