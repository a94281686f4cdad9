"""Whether two answers say the same: the same nodes in the same order, with the same values, number for number."""

from collections.abc import Iterator
from typing import Any


def differences(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """Where two JSON values differ, in words; 90 and 90.0 are the same number."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            if key not in ours or key not in theirs:
                yield f"{path}/{key}: only in {'ours' if key in ours else 'theirs'}"
            else:
                yield from differences(ours[key], theirs[key], f"{path}/{key}")
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            yield f"{path}: {len(ours)} in ours, {len(theirs)} in theirs"
        for i, (a, b) in enumerate(zip(ours, theirs, strict=False)):
            yield from differences(a, b, f"{path}/{i}")
    elif ours != theirs:
        yield f"{path}: {ours!r} in ours, {theirs!r} in theirs"


def first_differences(ours: Any, theirs: Any, most: int = 5) -> list[str]:
    """The first differences, so many at most."""
    return [found for found, _ in zip(differences(ours, theirs), range(most), strict=False)]


def counted(answer: dict[str, Any]) -> tuple[int, int]:
    """(different nodes, nodes shown): a node with two parents is shown twice."""
    ids: set[str] = set()

    def walk(nodes: list[dict[str, Any]]) -> int:
        ids.update(node["id"] for node in nodes)
        return len(nodes) + sum(walk(node.get("children") or []) for node in nodes)

    shown = walk(answer["data"]["followUp"]["roots"])
    return len(ids), shown
