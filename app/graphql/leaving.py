"""A client that goes away: what it asked for is no longer worked on."""

import asyncio
import contextlib
from collections.abc import Iterator

from fastapi import Request

_PATIENCE = 0.1
"""Seconds before the connection is listened to: most answers are there by then, and a task of its own costs time."""


class ClientGoneError(Exception):
    """The client closed the connection before it had its answer."""


@contextlib.contextmanager
def cancelled_when_client_leaves(request: Request) -> Iterator[None]:
    """Cancel the block when the client closes the connection, and raise ClientGoneError. The body must be read."""
    working = asyncio.current_task()
    assert working is not None
    gone = False
    listening: asyncio.Task[None] | None = None

    async def listen() -> None:
        nonlocal gone
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone = True
        working.cancel()

    def start() -> None:
        nonlocal listening
        listening = asyncio.ensure_future(listen())

    timer = asyncio.get_running_loop().call_later(_PATIENCE, start)
    try:
        yield
    except asyncio.CancelledError:
        if not gone:
            raise
        working.uncancel()
        raise ClientGoneError from None
    finally:
        timer.cancel()
        if listening is not None:
            listening.cancel()
