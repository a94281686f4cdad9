"""Imports beside what PostgreSQL can do at most, and beside the naive ways, in one run: `python -m bench.imports`.

A database of its own is made anew. The service runs in a process of its own, and is asked over HTTP.
"""

from app.db import migrate
from bench.imports.memory import memory
from bench.imports.rows import PER_INDICATOR, UNITS, fill, make
from bench.imports.ways import turns


async def measure(url: str, rows: int = 100_000, rounds: int = 3, beside: int = 0, large: int = 0) -> dict[str, float]:
    """All figures in one run, on a database that is made anew. Seconds, but for what says otherwise."""
    await migrate.upgrade(url)
    made = await make(url, max(1, -(-max(rows, large) // PER_INDICATOR), -(-beside // (UNITS * 360))))
    found = await turns(made, rows, rounds)
    if beside:
        await fill(made, beside)
        again = await turns(made, rows, rounds, naive=False)
        found |= {f"{name}, {beside} beside": took for name, took in again.items()}
    if large:
        found |= {f"{large} rows: {name}": figure for name, figure in (await memory(made, large)).items()}
    return found
