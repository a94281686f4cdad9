"""As whom PostgreSQL may run. It refuses root, and `initdb` refuses a user without a line in passwd.

Nobody's rights are changed and no system user is made. Root runs the server in a user namespace, where root's own files
stay root's and nothing else is within reach; where namespaces are forbidden (as in many containers) it runs as
`nobody`, with a data folder of that user's own. Data that already belong to another user are served as that user.
"""

import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.db.embedded import run_as

_PROBE_SECONDS = 30
_UNKNOWN_UID = 65534  # "nobody" by the kernel's own convention, where passwd lacks the name


@dataclass(frozen=True, slots=True)
class Account:
    """A way to run PostgreSQL. `uid`, `gid`: what the server believes to be."""

    way: Literal["direct", "namespace", "setuid"]
    uid: int
    gid: int

    @property
    def owner(self) -> tuple[int, int]:
        """The (uid, gid) that the server's files have on disk."""
        return (self.uid, self.gid) if self.way == "setuid" else (os.geteuid(), os.getegid())

    def command(self, folder: Path, command: Sequence[str]) -> list[str]:
        """The command line that runs `command` as this account in `folder`."""
        if self.way == "direct":
            return list(command)
        script = str(Path(run_as.__file__))
        switch = [self.way, str(self.uid), str(self.gid), str(folder)]
        return [sys.executable, "-I", "-S", script, *switch, *command]

    def run(self, folder: Path, command: Sequence[str], seconds: float) -> subprocess.CompletedProcess[str]:
        """Run to the end, output captured. Raises OSError or TimeoutExpired."""
        return subprocess.run(  # noqa: S603 - our own command lines, no shell
            self.command(folder, command),
            # With another account the script goes to the folder itself, once it knows who it is.
            cwd=folder if self.way == "direct" else "/",
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )

    def probe(self, folder: Path, program: str) -> tuple[int, str]:
        """Can this account come to `folder` and run `program` there? (0 or a code of `run_as`, what was said)."""
        try:
            answer = self.run(folder, [program, "--version"], _PROBE_SECONDS)
        except OSError as error:
            return run_as.COMMAND_UNREACHABLE, str(error)
        code = answer.returncode
        # A program that starts and can't come to its libraries has its own exit codes.
        known = (0, run_as.NOT_ALLOWED, run_as.FOLDER_UNREACHABLE)
        return (code if code in known else run_as.COMMAND_UNREACHABLE), answer.stderr.strip()


def environment() -> dict[str, str]:
    """Our environment without what would steer PostgreSQL from outside: PGDATA, PGOPTIONS, a locale it lacks."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def possible_accounts(owner: tuple[int, int] | None) -> list[Account]:
    """The accounts to try in order. `owner`: (uid, gid) of the data that are already there, or None."""
    if os.geteuid() == 0:
        nobody = _nobody()
        if owner is not None and owner[0] not in {0, nobody[0]}:
            return [Account("setuid", *owner)]
        return [Account("namespace", *nobody), Account("setuid", *nobody)]
    direct = Account("direct", os.geteuid(), os.getegid())
    return [direct] if _in_passwd(direct.uid) else [Account("namespace", *_nobody()), direct]


def _in_passwd(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _nobody() -> tuple[int, int]:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return _UNKNOWN_UID, _UNKNOWN_UID
    return entry.pw_uid, entry.pw_gid
