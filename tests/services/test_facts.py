"""Climbing the chain: everything above a node, once, whatever the shape."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from app.services.facts import climb

ROOT = UUID(int=0)
NODES = [uuid5(ROOT, str(i)) for i in range(12)]


@given(st.dictionaries(st.sampled_from(NODES), st.sets(st.sampled_from(NODES), max_size=4)))
def test_climbing_finds_what_walking_finds(parents: dict[UUID, set[UUID]]) -> None:
    """Also where links go in a circle, which no rule lets stand: the service must not hang on one."""
    acyclic = {child: {p for p in above if NODES.index(p) < NODES.index(child)} for child, above in parents.items()}
    for child, found in climb(acyclic, NODES).items():
        reached: set[UUID] = set()
        look = [child]
        while look:
            for parent in acyclic.get(look.pop(), ()):
                if parent not in reached:
                    reached.add(parent)
                    look.append(parent)
        assert found == reached
    assert set(climb(parents, NODES)) == set(NODES)
