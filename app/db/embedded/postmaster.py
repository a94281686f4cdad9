"""The server process: is it there, start it, stop it.

`Home.running` is a lock that the server inherits and keeps, with all its children, as long as one of them lives. So a
server is gone exactly when that lock is free: no guess about a process id that may have been given to another.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.db.embedded.account import Account, environment
from app.db.embedded.binaries import Binaries
from app.db.embedded.errors import CannotStart
from app.db.embedded.folder import PORT, Home
from app.db.embedded.locks import FileLock

_START_SECONDS = 300.0  # recovery after a crash may have much to read
_STOP_SECONDS = 30.0
_STEP = 0.02
_TAIL = 4000
_PROC = Path("/proc/self/fd")  # Linux; elsewhere there is ps
_READY_LINES = 8  # the lines of postmaster.pid once the server says how it is


@dataclass(frozen=True, slots=True)
class Running:
    """What postmaster.pid says of a server that takes connections."""

    pid: int
    socket: Path


def options(socket: Path, *, fsync: bool) -> list[str]:
    """Settings on the command line: modest, and the same whatever postgresql.conf says."""
    quoted = str(socket).replace('"', '""')
    given = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": f'"{quoted}"',  # a list: without quotes a comma in the path would part it
        "shared_buffers": "128MB",
        "max_connections": "60",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "logging_collector": "off",
    }
    if not fsync:
        # Commits still reach the operating system before they are answered: a kill loses nothing, a power cut may.
        given |= {"fsync": "off", "full_page_writes": "off"}
    return [part for name, value in given.items() for part in ("-c", f"{name}={value}")]


def left_socket(home: Home) -> Path | None:
    """The socket folder that postmaster.pid names, of a server that runs or of one that crashed."""
    lines = _pid_lines(home)
    return Path(lines[4]) if len(lines) > 4 and lines[4] else None  # noqa: PLR2004 - the file's fifth line


def running(home: Home) -> Running | None:
    """The server on this data, if it is ready for connections."""
    lines = _pid_lines(home)
    if len(lines) < _READY_LINES or lines[7].strip() != "ready" or not _is_postmaster(int(lines[0]), home.cluster):
        return None
    return Running(int(lines[0]), Path(lines[4]))


def _pid_lines(home: Home) -> list[str]:
    try:
        return (home.cluster / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except FileNotFoundError:
        return []


def _is_postmaster(pid: int, cluster: Path) -> bool:
    """Whether this process is the server of `cluster`: after a crash its number may belong to anybody."""
    if _PROC.is_dir():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            # Its children stand in the same folder, but show a title of their own instead of the arguments.
            return b"-D" in words and Path(f"/proc/{pid}/cwd").samefile(cluster)
        except OSError:
            return False
    shown = subprocess.run(  # noqa: S603
        ["/bin/ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return f" -D {cluster} " in shown.stdout


def start(home: Home, binaries: Binaries, account: Account, socket: Path, *, fsync: bool, lock: FileLock) -> Running:
    """Start the server and wait until it is ready.

    `lock` is `home.running`, held alone: nothing of an earlier server lives.
    Raises CannotStart with the end of the log.
    """
    # With the lock held there is no server, so its number in this file can only mislead: PostgreSQL would refuse to
    # start if another process had got it since.
    (home.cluster / "postmaster.pid").unlink(missing_ok=True)
    descriptor = home.open_log()
    try:
        log_start = os.fstat(descriptor).st_size
        command = [binaries.postgres, "-D", str(home.cluster), *options(socket, fsync=fsync)]
        process = subprocess.Popen(  # noqa: S603 - our own command line, no shell
            account.command(home.root, command),
            cwd=home.root if account.way == "direct" else "/",
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            # The terminal's Ctrl-C goes to our session only; the server is stopped when we have let go of it.
            start_new_session=True,
            pass_fds=(lock.fd,),
        )
    except OSError as error:
        raise CannotStart(f"{binaries.postgres} could not be started: {error}") from error
    finally:
        os.close(descriptor)
    try:
        ready = _until_ready(home, process)
    except BaseException:
        _end(process)
        raise
    # Somebody has to wait for a child, or it would stay in the process table after its end.
    threading.Thread(target=process.wait, name="postgres-reaper", daemon=True).start()
    if ready is None:
        raise CannotStart(f"PostgreSQL did not start in {home.root}:\n{_log_since(home, log_start)}")
    return ready


def _until_ready(home: Home, process: "subprocess.Popen[bytes]") -> Running | None:
    found: list[Running] = []

    def decided() -> bool:
        ready = running(home)
        if ready is not None and ready.pid == process.pid:
            found.append(ready)
        return bool(found) or process.poll() is not None

    if not wait_for(decided, _START_SECONDS):
        _end(process)
    return found[0] if found else None


def _end(process: "subprocess.Popen[bytes]") -> None:
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.send_signal(number)
            process.wait(10)
            return


def _log_since(home: Home, start: int) -> str:
    with home.log.open("rb") as log:
        log.seek(start)
        return log.read()[-_TAIL:].decode(errors="replace").strip()


def stop(home: Home) -> bool:
    """Stop the server: fast first (sessions end, data are written out), then at once. Whether it is gone."""
    lock = FileLock(home.running)
    try:
        for number in (signal.SIGINT, signal.SIGQUIT):
            lines = _pid_lines(home)
            if lines and _is_postmaster(int(lines[0]), home.cluster):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(lines[0]), number)
            if wait_for(lock.try_alone, _STOP_SECONDS):
                return True
        return False
    finally:
        lock.close()


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again, at most `seconds` long. Whether it came true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_STEP)
    return True
