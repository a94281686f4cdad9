"""One embedded server, shared by the processes that use it: the first starts it, the last one out stops it."""

import logging
import threading
from pathlib import Path

from app.db.embedded import folder, postmaster
from app.db.embedded.account import Account
from app.db.embedded.binaries import Binaries
from app.db.embedded.cluster import make_cluster
from app.db.embedded.errors import CannotStart, unusable_folder
from app.db.embedded.folder import Home
from app.db.embedded.locks import FileLock, alone

log = logging.getLogger(__name__)

_LEFTOVER_SECONDS = 30.0
_WATCH_SECONDS = 1.0
_LONGEST_PAUSE = 60.0


class EmbeddedServer:
    """A server on the data of `home`, in use by this process from `open()` to `close()`.

    While it is in use, a thread starts it again if it is killed.
    """

    def __init__(self, home: Home, binaries: Binaries, account: Account, *, fsync: bool = True) -> None:
        self.home = home
        self.binaries = binaries
        self.account = account
        self.fsync = fsync
        self.socket: Path | None = None
        self._users: FileLock | None = None
        self._closing = threading.Event()
        self._watch = threading.Thread(target=self._keep_running, name="postgres-watch", daemon=True)

    def open(self) -> Path:
        """Find the server running or start it. The socket's folder. Raises CannotStart."""
        try:
            with alone(self.home.changes):
                self._users = FileLock(self.home.users)
                self._users.share()
                make_cluster(self.home, self.binaries, self.account, fsync=self.fsync)
                self.socket = self._running_or_started().socket
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise CannotStart(unusable_folder(self.home.root, error)) from error
            raise
        self._watch.start()
        return self.socket

    def close(self) -> None:
        """Let go of the server; stop it when nobody else uses it."""
        self._closing.set()
        if self._watch.is_alive():
            self._watch.join()
        if self._users is None:
            return
        with alone(self.home.changes):
            if self._users.try_alone() and self.home.cluster.exists():
                self._stop()
            self._users.close()
            self._users = None

    def _stop(self) -> None:
        socket = postmaster.left_socket(self.home) or self.socket
        if not postmaster.stop(self.home):
            log.error("PostgreSQL on %s does not stop", self.home.root)
        elif socket is not None:
            folder.remove_temporary(socket)

    def _running_or_started(self) -> postmaster.Running:
        """The server that takes connections. The caller holds `home.changes`."""
        found: list[postmaster.Running] = []

        def settled() -> bool:
            ready = postmaster.running(self.home)
            if ready is None:
                # Not ready and not gone: coming up, going down, or children that outlive it for a moment.
                ready = self._started_if_gone()
            if ready is not None:
                found.append(ready)
            return bool(found)

        if not postmaster.wait_for(settled, _LEFTOVER_SECONDS):
            raise CannotStart(
                f"Something holds {self.home.running} and takes no connections: a PostgreSQL that hangs,"
                " or one in another container on the same folder. End it, or set STYRKEDJAN_DATA_DIR to another folder."
            )
        return found[0]

    def _started_if_gone(self) -> postmaster.Running | None:
        lock = FileLock(self.home.running)
        try:
            if not lock.try_alone():
                return None
            return postmaster.start(
                self.home, self.binaries, self.account, self._own_socket(), fsync=self.fsync, lock=lock
            )
        finally:
            lock.close()

    def _own_socket(self) -> Path:
        """Where the next server shall listen: where this process already looks for it, else a fresh place."""
        if self.socket is not None and self.socket.is_dir():
            folder.clear_socket(self.socket)
            return self.socket
        left = postmaster.left_socket(self.home)
        if left is not None:
            folder.remove_temporary(left)
        fresh = folder.socket_folder(self.home, self.account.owner)
        folder.clear_socket(fresh)
        return fresh

    def _keep_running(self) -> None:
        pause = _WATCH_SECONDS
        while not self._closing.wait(pause):
            if postmaster.running(self.home) is not None:
                pause = _WATCH_SECONDS
                continue
            try:
                with alone(self.home.changes):
                    if postmaster.running(self.home) is None:
                        log.warning("PostgreSQL on %s is gone: starting it again", self.home.root)
                        self._running_or_started()
            except (CannotStart, OSError) as error:
                pause = min(2 * pause, _LONGEST_PAUSE)
                log.error("PostgreSQL on %s could not be started again: %s", self.home.root, error)  # noqa: TRY400
