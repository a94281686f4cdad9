"""Nodes that a request names and the region does not have: for its rules they stand nowhere (K3)."""

from uuid import UUID

from app.domain.findings import Finding
from app.domain.phrases import say


def not_in_region(node_id: UUID, pointer: str) -> Finding:
    """K3 for a node that is not there, stands in another region or may not be seen: the three look alike (B2)."""
    return Finding(
        "K3",
        say(
            "Noden {id} finns inte i regionens plan. Förälder och barn hör till samma region och planversion.",
            "There is no node {id} in the region's plan. Parent and child belong to the same region and plan version.",
            id=node_id,
        ),
        pointer,
        facts={"node": str(node_id)},
        depends_on_state=False,
    )
