"""Formats that are files before they are answers: written to a temporary file batch by batch, then sent in pieces.

An XLSX is a zip whose directory comes last, a Parquet file has its footer last: neither can be sent as it is made. The
file is on disk and has no name, so nothing is left behind, however the request ends.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import BinaryIO

PIECE = 256 * 1024


async def pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    """The file from its beginning, read beside the event loop."""
    await asyncio.to_thread(file.seek, 0)
    while piece := await asyncio.to_thread(file.read, PIECE):
        yield piece
