"""What one large import makes the service's memory grow by."""

import asyncio
import time

import httpx

from bench.imports.rows import Made, body, packed
from bench.imports.service import serving
from bench.servers import kib_of


async def memory(made: Made, rows: int) -> dict[str, float]:
    """MiB that the service's peak grows by, and rows a second, for a large import as lines, packed."""
    large = await asyncio.to_thread(packed, made, rows)
    with serving(made) as (url, headers, pid):
        async with httpx.AsyncClient(timeout=1800, headers=headers) as client:
            small = body(made, 1000)
            assert (await client.post(url, content=small, params={"dry_run": "true"})).status_code == 200
            before = kib_of(pid, "VmHWM")
            said = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
            began = time.perf_counter()
            answer = await client.post(url, content=large, headers=said)
            took = time.perf_counter() - began
            assert answer.json().get("received") == rows, answer.text[:500]
            return {"peak growth, MiB": (kib_of(pid, "VmHWM") - before) / 1024, "seconds": took}
