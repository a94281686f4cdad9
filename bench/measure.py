"""What is measured: latencies in turns, throughput in turns, and what permissions, growth and a 304 cost."""

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bench.client import Connection, Target, milliseconds, throughput

CLIENTS = 8


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds over so many answers."""

    p50: float
    p95: float
    answers: int

    @classmethod
    def of(cls, taken: list[float]) -> "Latency":
        """The figures of measured times."""
        ordered = sorted(taken)
        return cls(statistics.median(ordered), ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], len(ordered))

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {"p50_ms": round(self.p50, 2), "p95_ms": round(self.p95, 2), "answers": self.answers}


def latencies(targets: Mapping[str, Target], *, rounds: int, seconds: float, warm: int = 3) -> dict[str, Latency]:
    """Ask everybody in turns, so that what else the machine does falls on all alike.

    `rounds` for each, or as many as fit into `seconds` altogether; one that is slow beyond all measure (a fifth of the
    time in one answer) is asked less often than the others.
    """
    connections = {name: Connection(target.port) for name, target in targets.items()}
    requests = {name: target.request for name, target in targets.items()}
    taken: dict[str, list[float]] = {name: [] for name in targets}
    slow = set()
    for name, connection in connections.items():
        for _ in range(warm):
            if milliseconds(connection, requests[name]) > seconds * 1000 / (5 * len(targets)):
                slow.add(name)
                break
    until = time.perf_counter() + seconds
    for number in range(rounds):
        for name, connection in connections.items():
            if name not in slow or len(taken[name]) < 2:
                taken[name].append(milliseconds(connection, requests[name]))
        if time.perf_counter() > until and number >= 2:
            break
    for connection in connections.values():
        connection.close()
    return {name: Latency.of(found) for name, found in taken.items()}


def throughputs(targets: Mapping[str, Target], *, rounds: int, seconds: float) -> dict[str, float]:
    """Answers a second with eight clients, in turns: the median of the rounds, after one that warms every worker."""
    found: dict[str, list[float]] = {name: [] for name in targets}
    for target in targets.values():
        throughput(target, CLIENTS, seconds / 2)
    for _ in range(rounds):
        for name, target in targets.items():
            found[name].append(throughput(target, CLIENTS, seconds))
    return {name: statistics.median(rates) for name, rates in found.items()}


def entity_tag(target: Target) -> str | None:
    """The ETag that an answer carries, if it carries one."""
    connection = Connection(target.port)
    _, headers, _ = connection.ask(target.request)
    connection.close()
    return headers.get("etag")


def unchanged(target: Target, tag: str) -> Target:
    """The same question by one who has the answer already."""
    return replace(target, headers={**target.headers, "If-None-Match": tag})


def is_304(target: Target) -> bool:
    """Whether it is answered by 304."""
    connection = Connection(target.port)
    status, _, _ = connection.ask(target.request)
    connection.close()
    return status == 304
