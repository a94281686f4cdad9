"""initdb: a new cluster appears under its name only when it is whole, so that one cut short is simply made again."""

import os
import shutil
import subprocess
from pathlib import Path
from uuid import uuid4

from app.db.embedded.account import Account
from app.db.embedded.binaries import Binaries
from app.db.embedded.errors import CannotStart
from app.db.embedded.folder import Home

SUPERUSER = "styrkedjan"
_UNFINISHED = "cluster.new-"
_SECONDS = 300  # half a second on an idle machine
_BUILTIN_PROVIDER = 17  # the first version whose own C.UTF-8 needs neither ICU nor the machine's locales
# The library's C.UTF-8 knows å as a letter, which pg_trgm asks for; where it is missing only C is left.
_CTYPES = ("C.UTF-8", "C")


def make_cluster(home: Home, binaries: Binaries, account: Account, *, fsync: bool) -> None:
    """Run initdb, unless it has been done. The caller holds `home.changes`. Raises CannotStart."""
    if home.cluster.exists():
        return
    for unfinished in home.root.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    said = ""
    for ctype in _CTYPES:
        # A name of its own each time: an initdb whose starter was killed may still be writing to the last one.
        new = home.root / f"{_UNFINISHED}{uuid4().hex[:8]}"
        answer = _initdb(new, home, binaries, account, ctype=ctype, fsync=fsync)
        if answer.returncode == 0:
            new.rename(home.cluster)
            _sync_folder(home.root)
            return
        shutil.rmtree(new, ignore_errors=True)
        said = (answer.stderr or answer.stdout).strip()
        if "locale" not in said:
            break
    raise CannotStart(f"initdb failed in {home.root} (as uid {account.uid}, {account.way}):\n{said}{_advice(said)}")


def _advice(said: str) -> str:
    if "user does not exist" in said:
        return (
            "\nPostgreSQL needs a line in passwd for the user that runs it, and user namespaces are not to be had here:"
            "\nadd the user to passwd, or set DATABASE_URL to a PostgreSQL that runs."
        )
    return ""


def _initdb(
    new: Path, home: Home, binaries: Binaries, account: Account, *, ctype: str, fsync: bool
) -> subprocess.CompletedProcess[str]:
    command = [
        binaries.initdb,
        f"--pgdata={new}",
        f"--username={SUPERUSER}",
        # The folder with the socket is closed to all but its user: who can come to it need not prove more.
        "--auth=trust",
        "--encoding=UTF8",
        "--lc-messages=C",
        "--lc-collate=C",
        f"--lc-ctype={ctype}",
        "--no-instructions",
    ]
    if binaries.major >= _BUILTIN_PROVIDER:
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if not fsync:
        command.append("--no-sync")
    try:
        return account.run(home.root, command, _SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotStart(f"initdb could not be run in {home.root}: {error}") from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
