"""Serving: the application under uvicorn, on a database that is started and migrated first."""

import asyncio
import contextlib
import functools
import gc
import socket
import threading
import time
from collections.abc import Iterator

import uvicorn
from rich.console import Console

from app.api import logs
from app.db import migrate
from app.db.provider import ServerHandle, open_server
from app.db.session import Database
from app.jobs.all_jobs import scheduled
from app.jobs.scheduler import Scheduler, running
from app.main import create_app
from app.patient_protocol import patient_protocol
from app.settings import Settings
from app.worker_processes import run_workers

_STARTS_WITHIN = 30.0
_SHUTDOWN_SECONDS = 10


def serve(settings: Settings, console: Console, *, workers: int = 1) -> None:
    """Serve until Ctrl-C or SIGTERM: requests under way are answered, then PostgreSQL is stopped if it is ours.

    With several workers each is a process of its own on the same port; PostgreSQL is this one's.
    """
    logs.configure(settings.log_level)
    with open_server(settings) as server, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(migrate.upgrade(server.default_url))
        console.print(
            f"PostgreSQL {server.version} ({server.kind}) · {settings.base_url}/docs · {settings.base_url}/graphql"
        )
        if workers > 1:
            work = functools.partial(_work, settings, server.default_url)
            run_workers(work, workers, settings.host, settings.port)
        else:
            asyncio.run(_run(settings, server.default_url))


def _spare_the_collector() -> None:
    """Leave what stands at the start out of every later collection, and collect less often.

    A chain of 20,000 nodes is some 300,000 objects, none of them garbage until it is sent: with the usual threshold the
    collector walks over them again and again while they are made, which takes as long as making them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _work(settings: Settings, url: str, listening: socket.socket) -> None:
    """One worker's life."""
    logs.configure(settings.log_level)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(settings, url, [listening]))


async def _run(settings: Settings, url: str, sockets: list[socket.socket] | None = None) -> None:
    database = Database(
        url,
        pool_size=settings.pool_size,
        statement_timeout=settings.statement_timeout,
        kept_rows=settings.kept_rows,
    )
    try:
        served = _uvicorn(settings, database)
        _spare_the_collector()
        async with _worker(settings, database):
            await served.serve(sockets)
    finally:
        await database.aclose()


def _worker(settings: Settings, database: Database) -> contextlib.AbstractAsyncContextManager[None]:
    """The scheduled jobs beside the service, where the settings want them here."""
    if settings.worker:
        return running(Scheduler(database, scheduled(settings)))
    return contextlib.nullcontext()


def _uvicorn(settings: Settings, database: Database) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            create_app(settings, database),
            host=settings.host,
            port=settings.port,
            log_config=None,  # the application logs its requests itself, with their ids
            access_log=False,
            server_header=False,
            http=patient_protocol(settings.head_seconds),
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
    )


class ServiceError(RuntimeError):
    """The service can't be started; the message says what to do."""


class BackgroundService:
    """The service in a thread of this process: for the demonstration, which is a client of it."""

    def __init__(self, settings: Settings, server: ServerHandle) -> None:
        self._settings = settings
        self._server = server
        self._uvicorn: uvicorn.Server | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="styrkedjan", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._uvicorn is not None
        port = self._uvicorn.servers[0].sockets[0].getsockname()[1]
        return f"http://{self._settings.host}:{port}"

    def _work(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001  # told to whoever waits for the start, in `running`
            self._failure = error

    async def _serve(self) -> None:
        database = Database(self._server.default_url, pool_size=self._settings.pool_size)
        try:
            self._uvicorn = _uvicorn(self._settings, database)
            await self._uvicorn.serve()
        finally:
            await database.aclose()

    @contextlib.contextmanager
    def running(self) -> Iterator[str]:
        """The service for the length of the block; gives its URL. Raises ServiceError where it does not start."""
        self._thread.start()
        deadline = time.monotonic() + _STARTS_WITHIN
        while self._uvicorn is None or not self._uvicorn.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise ServiceError(
                    f"The service did not start on {self._settings.host}:{self._settings.port}. Is the port taken?"
                    " Choose another with --port."
                ) from self._failure
            time.sleep(0.02)
        try:
            yield self.url
        finally:
            self._uvicorn.should_exit = True
            self._thread.join(timeout=2 * _SHUTDOWN_SECONDS)
