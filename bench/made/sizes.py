"""How large a made-up region is."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many rows there are to be of each kind.

    `core` is the live year that the questions are asked about: the same at every scale from 1 up. What a larger scale
    adds lies beside it: other years' plans, other units, older outcomes. Below 1 the core shrinks, too (for tests).
    """

    core: int
    nodes: int
    units: int
    allocations: int
    assessments: int
    outcomes: int
    board: int
    """Nodes of the board that M asks for."""
    goal: int
    """Nodes below the one goal that S asks for."""

    @classmethod
    def at(cls, scale: float) -> Self:
        """Scale 10 is a whole large region: 120,000 nodes, 3,000 units, 2,000,000 outcomes."""
        core = min(scale, 1.0)
        nodes = round(20_000 * core)
        return cls(
            core=nodes,
            nodes=max(nodes, round(12_000 * scale)),
            units=max(300, round(300 * scale)),
            allocations=round(8_000 * scale),
            assessments=round(10_000 * scale),
            outcomes=round(200_000 * scale),
            board=max(60, round(2_000 * core)),
            goal=max(10, round(50 * min(1.0, 10 * core))),
        )
