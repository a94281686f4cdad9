"""The aims, as ratios within one run, and whether they are reached."""

from typing import Any


def aims(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Every aim with what was measured; None where it was not.

    `anew` with nothing kept from one question to the next, which is what an aim about answering means; `kept` as the
    service runs, where nothing was changed in between. What has nothing to do with it is told once.
    """
    anew, kept = _measured(results, "anew", ", nothing kept"), _measured(results, "styrkedjan", "")
    return [
        {"what": what, "wanted": wanted, "anew": _told(wanted, a), "kept": None if k == a else _told(wanted, k)}
        for (what, wanted, a), (_, _, k) in zip(anew, kept, strict=True)
    ]


def _measured(results: dict[str, Any], ours: str, how: str) -> list[tuple[str, str, float | None]]:
    latency, rate, variants = results["latency"], results["throughput"], results["variants"]

    def p50(question: str, server: str) -> float | None:
        return latency.get(question, {}).get(server, {}).get("p50_ms")

    def p95(question: str, server: str) -> float | None:
        return latency.get(question, {}).get(server, {}).get("p95_ms")

    def rates(key: str, server: str) -> float | None:
        return rate.get(key, {}).get(server)

    def variant(what: str, question: str) -> float | None:
        return variants.get(what + how, {}).get(question, {}).get("p50_ms")

    def growth(question: str) -> float | None:
        return _ratio(variant("ten times the data", question), variant("the data", question))

    def seconds(way: str) -> float | None:
        return results.get("imports", {}).get(way)

    limit, peer = "limit", "postgraphile"
    grown = [g for g in (growth("S"), growth("M")) if g is not None]
    with_rights = variant("permissions and row-level security on", "M")
    return [
        ("M, median, to the limit", "<= 1.2", _ratio(p50("M", ours), p50("M", limit))),
        ("M, median, to PostGraphile", "<= 0.35", _ratio(p50("M", ours), p50("M", peer))),
        ("M, 8 clients, throughput to PostGraphile, one worker", ">= 4", _ratio(rates("M1", ours), rates("M1", peer))),
        ("the same, two workers to its one", ">= 7", _ratio(rates("M2", ours), rates("M1", peer))),
        ("S, median, to the limit", "<= 1.4", _ratio(p50("S", ours), p50("S", limit))),
        ("L, median, to the limit", "<= 1.4", _ratio(p50("L", ours), p50("L", limit))),
        ("M, p95 to median", "<= 1.5", _ratio(p95("M", ours), p50("M", ours))),
        ("ten times the data, same answer (the larger of S and M)", "<= 1.15", max(grown, default=None)),
        ("304 to the 200 it replaces, throughput on M", ">= 20", _ratio(rates("M304", ours), rates("M200", ours))),
        (
            "permissions and row-level security on, to off",
            "<= 1.15",
            _ratio(with_rights, variant("permissions and row-level security off", "M")),
        ),
        (
            "first import of validated rows, to the bare COPY into the same table",
            ">= 0.6",
            _ratio(seconds("bare COPY, same table"), seconds("validated rows, first import")),
        ),
        (
            "the same, to the bare COPY into a table with plain foreign keys",
            ">= 1.5",
            _ratio(seconds("bare COPY, table with plain foreign keys"), seconds("validated rows, first import")),
        ),
        (
            "replay of an import, to its first run",
            ">= 2",
            _ratio(seconds("validated rows, first import"), seconds("validated rows, replay")),
        ),
    ]


def _told(wanted: str, measured: float | None) -> dict[str, Any] | None:
    return None if measured is None else {"measured": measured, "reached": _reached(wanted, measured)}


def _ratio(a: float | None, b: float | None) -> float | None:
    return None if a is None or not b else a / b


def _reached(wanted: str, measured: float) -> bool:
    sign, _, bound = wanted.partition(" ")
    return measured <= float(bound) if sign == "<=" else measured >= float(bound)
