"""Where PostgreSQL comes from: DATABASE_URL, else the wheel's programs, else a PostgreSQL >= 15 of the system.

with open_server(settings) as server:
    database = Database(server.default_url)
"""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Literal

from sqlalchemy.engine import URL, make_url

from app.db.embedded.binaries import EXTENSIONS, OLDEST, Binaries, candidates
from app.db.embedded.cluster import SUPERUSER
from app.db.embedded.errors import NoPostgres
from app.db.embedded.examination import examine
from app.db.embedded.folder import PORT
from app.db.embedded.server import EmbeddedServer
from app.db.embedded.settling import settle_in
from app.settings import Settings

log = logging.getLogger(__name__)

DATABASE = "styrkedjan"
_ENDINGS = (signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class ServerHandle:
    """A PostgreSQL that answers and has what the schema needs.

    `default_url`: SQLAlchemy URL (`postgresql+asyncpg://...`) of the database to use; it may hold a password.
    `version`: the major version, as 18. `location`: where it is, in words fit for a log.
    """

    kind: Literal["url", "embedded", "system"]
    default_url: str = field(repr=False)
    version: int
    location: str

    def url_for(self, database: str) -> str:
        """The SQLAlchemy URL of another database on the same server."""
        return make_url(self.default_url).set(database=database).render_as_string(hide_password=False)


@contextmanager
def open_server(settings: Settings) -> Iterator[ServerHandle]:
    """A PostgreSQL for the length of the block: the named one, or an embedded one shared with other processes.

    An embedded server is started if it isn't running, and stopped when its last user leaves, also by Ctrl-C, SIGTERM or
    SIGHUP: in the main thread these end the block by an exception. Raises ServerProblem, whose message says what to do.
    """
    if settings.database_url is not None:
        url = make_url(settings.database_url)
        version = examine(settings.database_url)
        yield ServerHandle("url", settings.database_url, version, f"{url.host or url.query.get('host')}/{url.database}")
        return
    binaries = _first_usable()
    with _signals_end_the_block():
        home, binaries, account = settle_in(binaries, settings.data_dir)
        server = EmbeddedServer(home, binaries, account, fsync=settings.embedded_fsync)
        try:
            url = _socket_url(server.open())
            version = examine(url.render_as_string(), create=DATABASE)
            default_url = url.set(database=DATABASE).render_as_string()
            yield ServerHandle(binaries.kind, default_url, version, str(home.root))
        finally:
            with _undisturbed():
                server.close()


def _first_usable() -> Binaries:
    reasons: list[str] = []
    for binaries, reason in candidates():
        if binaries is not None:
            return binaries
        reasons.append(reason)
    raise NoPostgres(
        "No usable PostgreSQL here. Set DATABASE_URL to one that runs"
        f" (postgresql://user:password@host:5432/database, version >= {OLDEST} with {' and '.join(EXTENSIONS)}),"
        " or install one (Debian, Ubuntu: apt install postgresql; macOS: brew install postgresql). Looked at:\n"
        + "\n".join(f"- {reason}" for reason in reasons)
    )


def _socket_url(folder: Path) -> URL:
    return URL.create(
        "postgresql+asyncpg", SUPERUSER, database="postgres", query={"host": str(folder), "port": str(PORT)}
    )


@contextmanager
def _signals_end_the_block() -> Iterator[None]:
    """SIGTERM and SIGHUP leave the block by SystemExit, so that what stands in `finally` is done.

    A handler of somebody else's is left alone, and so is a signal that is ignored (nohup).
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken = [number for number in _ENDINGS if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C must not break off the stop that the first one asked for."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, *_ENDINGS)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            if handler is not None:  # None: set by something that isn't Python
                signal.signal(number, handler)
