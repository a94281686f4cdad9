"""The audit of dependencies, against a stand-in for the advisories: clean, vulnerable, out of reach, broken."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
VULNERABLE = "orjson"
ADVISORY = {
    "id": "GHSA-0000-0000-0000",
    "modified": "2026-01-01T00:00:00Z",
    "published": "2026-01-01T00:00:00Z",
    "summary": "Reads what it should not",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": VULNERABLE},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99"}]}],
        }
    ],
}
Answer = Callable[[str, bytes], tuple[int, bytes]]


class Advisories:
    """A service on this machine that speaks as osv.dev does. Each test says what it answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.vulnerable = False
        self.status = 200
        advisories = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["content-length"])))
                advisories.asked += [q["package"]["name"] for q in said["queries"]]
                self._answer({"results": [advisories.found(q) for q in said["queries"]]})

            def do_GET(self) -> None:
                self._answer(ADVISORY)

            def _answer(self, said: Any) -> None:
                body = json.dumps(said).encode()
                self.send_response(advisories.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def found(self, query: dict[str, Any]) -> dict[str, Any]:
        """What is known of a package."""
        if self.vulnerable and query["package"]["name"] == VULNERABLE:
            return {"vulns": [{"id": ADVISORY["id"], "modified": ADVISORY["modified"]}]}
        return {}


@pytest.fixture
def advisories() -> Iterator[Advisories]:
    made = Advisories()
    thread = Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def audit(*arguments: str) -> "subprocess.CompletedProcess[str]":
    script = ROOT / "scripts" / "audit_dependencies.py"
    return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, check=False)


def test_what_is_known_of_no_dependency_passes(advisories: Advisories) -> None:
    done = audit("--service", advisories.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert "0 known problems" in done.stdout
    assert {"fastapi", "asyncpg", "pytest", VULNERABLE} <= set(advisories.asked)


def test_a_known_vulnerability_fails_and_is_named(advisories: Advisories) -> None:
    advisories.vulnerable = True
    done = audit("--service", advisories.url)
    assert done.returncode == 1
    assert VULNERABLE in done.stdout
    assert "GHSA-0000-0000-0000 Reads what it should not (fixed in: 99)" in done.stdout


@pytest.mark.parametrize("status", [404, 400])
def test_advisories_that_can_not_be_asked_are_said_to_be_and_pass_unless_required(
    advisories: Advisories, status: int
) -> None:
    advisories.status = status
    done = audit("--service", advisories.url)
    assert (done.returncode, done.stdout.split(":")[0]) == (0, "NOT AUDITED"), done.stdout
    assert audit("--service", advisories.url, "--required").returncode == 1


def test_nobody_there_is_not_audited() -> None:
    done = audit("--service", "http://127.0.0.1:1")
    assert (done.returncode, done.stdout.split(":")[0]) == (0, "NOT AUDITED"), done.stdout


def test_a_lock_that_can_not_be_read_fails(advisories: Advisories, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    (tmp_path / "uv.lock").write_text("[[")
    done = audit("--service", advisories.url, "--project", str(tmp_path))
    assert done.returncode != 0
    assert "NOT AUDITED" not in done.stdout
