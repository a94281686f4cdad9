"""File locks (flock): the kernel drops them with the process, however it ends, so that nobody dead is counted."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def open_private(path: Path, flags: int) -> int:
    """A descriptor of a file that only the folder's owner may read, made if it is missing."""
    # Not through a symbolic link: the folder may belong to another user than the one that opens the file.
    descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        # What root makes in somebody else's folder would keep its owner out afterwards.
        folder = path.parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor


class FileLock:
    """An open file that locks are taken on. Closing it, or the end of every process that holds it, lets them go."""

    def __init__(self, path: Path) -> None:
        self.fd = open_private(path, os.O_RDWR)

    def close(self) -> None:
        """Let go."""
        os.close(self.fd)

    def share(self) -> None:
        """Hold it together with others; waits for one who holds it alone."""
        fcntl.flock(self.fd, fcntl.LOCK_SH)

    def hold_alone(self) -> None:
        """Hold it alone; waits for the others."""
        fcntl.flock(self.fd, fcntl.LOCK_EX)

    def try_alone(self) -> bool:
        """Hold it alone if nobody else holds it now."""
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock of `path` alone for the length of a block."""
    lock = FileLock(path)
    try:
        lock.hold_alone()
        yield
    finally:
        lock.close()
