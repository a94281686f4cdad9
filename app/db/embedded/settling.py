"""A folder, programs and an account that go together on this machine."""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from app.db.embedded import run_as
from app.db.embedded.account import Account, possible_accounts
from app.db.embedded.binaries import Binaries
from app.db.embedded.errors import CannotStart, unusable_folder
from app.db.embedded.folder import Home, alternative_places, is_ours, make_alternative_place

log = logging.getLogger(__name__)


def settle_in(binaries: Binaries, data_dir: Path) -> tuple[Home, Binaries, Account]:
    """Where the data lie, which programs are run and as whom.

    The data stay in `data_dir` unless the user that root's server runs as can't come to it: no parent's rights are
    widened for that, the data go to a folder of their own instead. Raises CannotStart.
    """
    data_dir = data_dir.resolve()
    name = f"postgres-{binaries.major}"
    home = _settled_before(data_dir, name)
    said: list[str] = []
    for account in possible_accounts(_owner(home)):
        code, words = account.probe(Path("/"), sys.executable)
        if code == run_as.NOT_ALLOWED:
            said.append(f"- {account.way}: {words}")
            continue
        for place in _places(home, data_dir, name):
            try:
                programs = _usable(place, binaries, account, data_dir, said)
            except OSError as error:
                raise CannotStart(unusable_folder(place.root, error)) from error
            if programs is not None:
                if place.root.parent != data_dir:
                    log.warning("The data lie in %s: uid %d can't come to %s", place.root, account.uid, data_dir)
                return place, programs, account
    raise CannotStart(
        f"PostgreSQL can't be run on {home.root}. Set STYRKEDJAN_DATA_DIR to another folder,"
        " or DATABASE_URL to a PostgreSQL that runs. Tried:\n" + "\n".join(said)
    )


def _owner(home: Home) -> tuple[int, int] | None:
    try:
        return home.owner()
    except OSError as error:
        raise CannotStart(unusable_folder(home.root, error)) from error


def _settled_before(data_dir: Path, name: str) -> Home:
    """The home that has data already; `data_dir` has the first word."""
    first = Home(data_dir / name)
    if os.geteuid() == 0 and not first.cluster.exists():
        for place in alternative_places(data_dir):
            if is_ours(place) and Home(place / name).cluster.exists():
                return Home(place / name)
    return first


def _places(home: Home, data_dir: Path, name: str) -> Iterator[Home]:
    yield home
    if os.geteuid() == 0 and not home.cluster.exists():
        yield Home(make_alternative_place(data_dir) / name)


def _usable(place: Home, binaries: Binaries, account: Account, data_dir: Path, said: list[str]) -> Binaries | None:
    """The programs that `account` can run in `place`, or None; then `said` tells why. Raises OSError."""
    was_there = place.root.exists()
    place.prepare(account.owner)
    code, words = account.probe(place.root, binaries.initdb)
    if code == run_as.COMMAND_UNREACHABLE and binaries.kind == "embedded" and os.geteuid() == 0:
        binaries = binaries.copied_to(make_alternative_place(data_dir))
        code, words = account.probe(place.root, binaries.initdb)
    if code == 0:
        return binaries
    said.append(f"- {account.way}, uid {account.uid}: {words}")
    if not was_there:
        with contextlib.suppress(OSError):
            place.root.rmdir()
    return None
