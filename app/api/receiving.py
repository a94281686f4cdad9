"""A large body on its way in: unpacked, counted, spooled to disk; no transaction is open meanwhile.

A small body stays in memory. A body that is longer than it may be, packed or unpacked, is 413; one that stops coming
is 408 (app.api.under_way); one that can't be unpacked is 400.
"""

import hashlib
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from time import monotonic
from typing import IO

from fastapi import Request

from app.api.problems import BAD_REQUEST, MEDIA, TOO_LARGE, ProblemError
from app.settings import Settings

IN_MEMORY = 1024 * 1024
_HEARD_EVERY = 10.0
_PIECE = 256 * 1024
_GZIP = 16 + zlib.MAX_WBITS
# A table of figures packs to a twentieth at best; what packs to a three-hundredth is made to burst.
_MOST_TIMES = 300

OnTheWay = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Received:
    """A whole body, to be read from its beginning; `digest` is SHA-256 of what it says, unpacked."""

    file: IO[bytes]
    digest: bytes
    size: int


@asynccontextmanager
async def receiving(request: Request, settings: Settings, on_the_way: OnTheWay) -> AsyncIterator[Received]:
    """Take the body in. `on_the_way` is called once it turns out to be large, and every ten seconds after that."""
    most = settings.max_import_bytes
    with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        digest, size, heard = hashlib.sha256(), 0, 0.0
        async for piece in _unpacked(request, most):
            size += len(piece)
            if size > most:
                raise ProblemError(TOO_LARGE, limit=most)
            digest.update(piece)
            file.write(piece)
            if size > IN_MEMORY and monotonic() - heard > _HEARD_EVERY:
                heard = monotonic()
                await on_the_way()
        file.seek(0)
        yield Received(file, digest.digest(), size)


async def _unpacked(request: Request, most: int) -> AsyncIterator[bytes]:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"", "identity"}:
        async for piece in request.stream():
            yield piece
        return
    if encoding not in {"gzip", "x-gzip"}:
        raise ProblemError(MEDIA, accepted="gzip, identity")
    unpacking, packed, unpacked = zlib.decompressobj(_GZIP), 0, 0
    try:
        async for piece in request.stream():
            packed += len(piece)
            left = piece
            while left:
                # Piece by piece: a few packed bytes may hold gigabytes.
                found = unpacking.decompress(left, _PIECE)
                unpacked += len(found)
                if unpacked > IN_MEMORY and unpacked > packed * _MOST_TIMES:
                    raise ProblemError(TOO_LARGE, limit=most)
                yield found
                left = unpacking.unconsumed_tail
                if unpacking.eof:
                    left = unpacking.unused_data.lstrip(b"\0") or b""
                    unpacking = zlib.decompressobj(_GZIP) if left else unpacking
    except zlib.error as error:
        raise ProblemError(BAD_REQUEST) from error
    if packed and not unpacking.eof:
        raise ProblemError(BAD_REQUEST)
