"""Another process that uses an embedded server, and how to look at the server itself."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from app.db.embedded.folder import Home
from app.settings import Settings

SCRIPT = Path(__file__).parent / "server_user.py"
ROOT = Path(__file__).parents[3]


class ServerUser:
    """Another process that uses the embedded server (see server_user.py)."""

    def __init__(self, data_dir: Path, *arguments: str) -> None:
        # Without stored bytecode, where the environment forbids it, each start takes a second more.
        unwanted = ("DATABASE_URL", "PYTHONDONTWRITEBYTECODE")
        inherited = {name: value for name, value in os.environ.items() if name not in unwanted}
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), *arguments],
            cwd=ROOT,
            env=inherited | {"STYRKEDJAN_DATA_DIR": str(data_dir), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a group of its own, so that a test can press its Ctrl-C
        )

    def hear(self) -> dict[str, Any]:
        """The next thing it says."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"ended with {self.process.wait()}"
        heard: dict[str, Any] = json.loads(line)
        return heard

    def ask(self, statement: str) -> Any:
        """One value from the database, as this process sees it."""
        assert self.process.stdin is not None
        self.process.stdin.write(statement + "\n")
        self.process.stdin.flush()
        return self.hear()["answer"]

    def leave(self) -> None:
        """End it the ordinary way."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.hear() == {"left": True}
        assert self.process.wait(30) == 0

    def discard(self) -> None:
        """Whatever has happened to it: be rid of it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


StartUser = Callable[..., ServerUser]
Ask = Callable[[str, str], Awaitable[Any]]


def home_of(settings: Settings) -> Home:
    """Where the wheel's PostgreSQL keeps its data."""
    return Home(settings.data_dir / "postgres-18")


def postmaster_pid(home: Home) -> int:
    return int((home.cluster / "postmaster.pid").read_text(encoding="utf-8").split("\n")[0])


def is_running(pid: int) -> bool:
    """Whether a process lives; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False
