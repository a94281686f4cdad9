"""Several processes that answer on one port: each an event loop of its own, on a core of its own.

The parent binds the socket, starts the workers, starts one anew that died, and on SIGTERM, SIGINT or SIGHUP ends them
all: each answers the requests that it has under way. A worker whose parent was killed ends by itself.
"""

import logging
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from types import FrameType

log = logging.getLogger("styrkedjan.workers")

Work = Callable[[socket.socket], None]
"""What a worker does with the listening socket, until it is sent SIGTERM. Importable by name: it is handed over."""
_ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_ENDS_WITHIN = 15.0
_LOOK_EVERY = 0.5
_PAUSE = 1.0


def run_workers(work: Work, count: int, host: str, port: int) -> None:
    """Run `count` workers until a signal ends them. Raises OSError where the address can't be bound."""
    ending = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    previous = {number: signal.signal(number, end) for number in _ENDINGS}
    listening = socket.create_server((host, port), family=_family(host, port), backlog=2048, reuse_port=False)
    # Spawned, not forked: a fork would share the parent's threads, loops and locks half way through.
    context = multiprocessing.get_context("spawn")
    workers: list[BaseProcess] = []
    try:
        while not ending.is_set():
            alive = [worker for worker in workers if worker.is_alive()]
            for dead in workers:
                if dead not in alive:
                    log.error("a worker ended with %s and is started anew", dead.exitcode)
                    ending.wait(_PAUSE)  # one that can't start must not take a whole core by trying
            workers = alive
            while len(workers) < count and not ending.is_set():
                worker = context.Process(
                    target=_until_parent_goes, args=(work, listening), name="styrkedjan-worker", daemon=True
                )
                worker.start()
                workers.append(worker)
            wait([worker.sentinel for worker in workers], timeout=_LOOK_EVERY)
    finally:
        _end(workers)
        listening.close()
        for number, handler in previous.items():
            signal.signal(number, handler)


def _until_parent_goes(work: Work, listening: socket.socket) -> None:
    """In the worker: its work, ended as by a signal of the parent's when the parent is no more."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # this is a child

    def watch() -> None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
    work(listening)


def _family(host: str, port: int) -> socket.AddressFamily:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]


def _end(workers: list[BaseProcess]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(_ENDS_WITHIN)
        if worker.is_alive():
            worker.kill()
            worker.join()
