"""Several workers on one port: each answers, one that dies is replaced, and a signal ends them all."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 30.0


def _asked(port: int) -> int | None:
    """The id of the worker that answered; None where nobody listens yet."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as caller:
        return int(caller.recv(20) or 0) or None
    return None


def _until_seen(port: int, count: int, *, without: frozenset[int] = frozenset()) -> set[int]:
    """Ask until so many workers have answered."""
    seen: set[int] = set()
    until = time.monotonic() + PATIENCE
    while len(seen) < count and time.monotonic() < until:
        found = _asked(port)
        if found is not None and found not in without:
            seen.add(found)
        time.sleep(0.01)
    return seen


@pytest.fixture
def two_workers() -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    command = [sys.executable, "-m", "tests.cli.pid_worker", str(port)]
    with subprocess.Popen(command, cwd=ROOT) as parent:
        yield port, parent
        parent.kill()


def _gone(pid: int) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_a_worker_that_dies_is_replaced_and_a_signal_ends_them_all(
    two_workers: tuple[int, "subprocess.Popen[bytes]"],
) -> None:
    port, parent = two_workers
    first = _until_seen(port, 2)
    assert len(first) == 2
    assert parent.pid not in first
    os.kill(min(first), signal.SIGKILL)
    later = _until_seen(port, 2, without=frozenset({min(first)}))
    assert len(later) == 2
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(PATIENCE) == 0
    assert all(_gone(pid) for pid in first | later)


def test_workers_do_not_outlive_a_parent_that_is_killed(two_workers: tuple[int, "subprocess.Popen[bytes]"]) -> None:
    port, parent = two_workers
    workers = _until_seen(port, 2)
    parent.kill()
    parent.wait(PATIENCE)
    assert len(workers) == 2
    assert all(_gone(pid) for pid in workers)
