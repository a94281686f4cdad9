"""The GraphQL-over-HTTP specification: the audits of its reference implementation (npm `graphql-http`), as they are.

Skipped only where there is no node or the package can't be had; `tests/graphql/test_over_http.py` asks for the same.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from app.settings import Settings
from tests.contract.live import Live

PACKAGES = ("graphql-http@1.23.1", "graphql@16.11.0")
AUDIT = Path(__file__).parent / "audit.mjs"


@pytest.fixture(scope="session")
def packages(settings: Settings) -> Path:
    """A folder with the audits in it, installed once."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed")
    folder = settings.data_dir.absolute() / "npm" / PACKAGES[0].replace("@", "-")
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / "install.lock"):
        if not (folder / "node_modules" / "graphql-http").exists():
            (folder / "package.json").write_text("{}", "utf-8")
            install = [npm, "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", *PACKAGES]
            done = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
            if done.returncode != 0:
                pytest.skip(f"the package can't be had: {done.stderr[-300:]}")
    return folder


def test_every_must_and_should_of_the_specification_is_kept(packages: Path, live: Live) -> None:
    node = shutil.which("node")
    assert node is not None
    run = subprocess.run(
        [node, str(AUDIT), str(packages), f"{live.url}/graphql", live.token],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(run.stdout)
    assert len(found) > 50
    # "error" breaks a MUST, "warn" a SHOULD, "notice" a MAY.
    assert [audit for audit in found if audit["status"] not in {"ok", "notice"}] == []
