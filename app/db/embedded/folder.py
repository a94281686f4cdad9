"""The data folder of one major version: what lies in it, and where it lies when its first place can't be used."""

import hashlib
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.db.embedded.errors import CannotStart
from app.db.embedded.locks import FileLock, alone, open_private

PORT = 5432  # only part of the socket's file name: nothing listens on TCP
# A socket's address holds 107 bytes on Linux, 103 on macOS; beyond that neither server nor client can open it.
_LONGEST_SOCKET = 103
_TEMPORARY = "styrkedjan-"
_LARGEST_LOG = 10_000_000
ALTERNATIVE_PARENTS = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - used through a folder that only we may write


@dataclass(frozen=True, slots=True)
class Home:
    """`root` holds the cluster, its log, its socket and the locks of those who share it."""

    root: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data folder. It is there when initdb has come to its end, and not before."""
        return self.root / "cluster"

    @property
    def changes(self) -> Path:
        """Lock, held while somebody starts or stops the server."""
        return self.root / "changes.lock"

    @property
    def users(self) -> Path:
        """Lock, shared by every process that uses the server."""
        return self.root / "users.lock"

    @property
    def running(self) -> Path:
        """Lock, held by the server itself and its children as long as one of them lives."""
        return self.root / "running.lock"

    @property
    def log(self) -> Path:
        """What the server writes."""
        return self.root / "server.log"

    def owner(self) -> tuple[int, int] | None:
        """(uid, gid) of the data, or None where there are none yet."""
        try:
            found = self.root.lstat()
        except FileNotFoundError:
            return None
        return found.st_uid, found.st_gid

    def prepare(self, owner: tuple[int, int]) -> None:
        """Make the folder for `owner`, private; root's own data are handed over where they must be served as another.

        Raises OSError.
        """
        self.root.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.root.mkdir(mode=0o700)
        except FileExistsError:
            if self.root.is_symlink() or not self.root.is_dir():
                raise
        else:
            os.chown(self.root, *owner)
        if os.geteuid() == 0 and self.root.stat().st_uid != owner[0]:
            self._hand_over(owner)

    def _hand_over(self, owner: tuple[int, int]) -> None:
        """Give the data to `owner`, unless a server is at work on them as the user that they belong to now."""
        with alone(self.changes):
            lock = FileLock(self.running)
            try:
                if lock.try_alone():
                    _change_owner(self.root, owner)
            finally:
                lock.close()

    def open_log(self) -> int:
        """A descriptor to append to the log; a large log gives way to a new one."""
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        return open_private(self.log, os.O_WRONLY | os.O_APPEND)


def _change_owner(tree: Path, owner: tuple[int, int]) -> None:
    # The tree itself last: its owner tells whether this has been done.
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files):
            os.chown(Path(folder, name), *owner, follow_symlinks=False)
    os.chown(tree, *owner, follow_symlinks=False)


def alternative_places(data_dir: Path) -> list[Path]:
    """Where the data may lie when root's server can't come to `data_dir`: the same every time."""
    name = f"styrkedjan-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]}"
    return [parent / name for parent in ALTERNATIVE_PARENTS]


def make_alternative_place(data_dir: Path) -> Path:
    """A folder outside `data_dir` that others may pass through but not change. Raises CannotStart."""
    places = alternative_places(data_dir)
    for place in places:
        try:
            place.mkdir(mode=0o711, exist_ok=True)
            place.chmod(0o711)  # past the umask
        except OSError:
            continue
        if is_ours(place):
            return place
    raise CannotStart(
        f"The user that PostgreSQL runs as can't come to {data_dir},"
        f" and {' or '.join(map(str, places))} could not be made."
        " Set STYRKEDJAN_DATA_DIR to a folder that others may pass through, or DATABASE_URL to a PostgreSQL that runs."
    )


def is_ours(place: Path) -> bool:
    """Whether this is a folder that only we may write: in a folder open to all somebody else may have been first."""
    try:
        found = place.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def socket_folder(home: Home, owner: tuple[int, int]) -> Path:
    """A private folder for the socket: in the data folder, or a temporary one where that path won't do.

    Raises CannotStart.
    """
    beside = home.root / "socket"
    if _fits(beside):
        beside.mkdir(mode=0o700, exist_ok=True)
        os.chown(beside, *owner)
        return beside
    for parent in _temporary_places(own_only=owner[0] == os.geteuid()):
        if _fits(parent / f"{_TEMPORARY}12345678"):
            made = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=parent))
            os.chown(made, *owner)
            return made
    raise CannotStart(
        f"No folder with a path short enough for a socket: set STYRKEDJAN_DATA_DIR to less than {home.root}"
    )


def _fits(folder: Path) -> bool:
    # A comma parts two hosts in the client's eyes.
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= _LONGEST_SOCKET and "," not in str(folder)


def _temporary_places(*, own_only: bool) -> list[Path]:
    places = [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108 - mkdtemp makes a private folder in it
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    # Closed to all but its user, so of no use for a server that runs as another; and it outlives tidying of /tmp.
    if own_only and runtime and os.access(runtime, os.W_OK | os.X_OK) and Path(runtime).stat().st_uid == os.geteuid():
        places.insert(0, Path(runtime))
    return places


def clear_socket(folder: Path) -> None:
    """Take away what a server left in its socket folder: the name of the lock file there can hinder a start."""
    for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        (folder / name).unlink(missing_ok=True)


def remove_temporary(folder: Path) -> None:
    """Take away a socket folder that `socket_folder` made outside the data folder."""
    if folder.name.startswith(_TEMPORARY):
        clear_socket(folder)
        shutil.rmtree(folder, ignore_errors=True)
