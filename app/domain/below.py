"""What is below each node of a chain: how much, and exactly what where paths meet.

A set of nodes is an integer, a bit for each, so that "count each once however many parents" is exact and cheap
(`int.bit_count`). Bits go by the order in which a walk down from the roots first meets the nodes. Where nothing below a
node has a second parent, that is all that comes right after it: its set need not be kept, its size says it.
"""

from app.domain.chain import Chain


class Below:
    """The sets of everything below each node of a chain; the node itself is not in it."""

    def __init__(self, chain: Chain) -> None:
        self.place = _met(chain)
        """Per position in the chain, which bit stands for the node."""
        self.sizes = [0] * len(chain)
        self._sets: dict[int, int] = {}
        self._find(chain)

    def of(self, node: int) -> int:
        """The set of everything below the node."""
        kept = self._sets.get(node)
        return ((1 << self.sizes[node]) - 1) << (self.place[node] + 1) if kept is None else kept

    def _find(self, chain: Chain) -> None:
        sizes, sets, parents = self.sizes, self._sets, chain.parents
        for node in chain.upward:
            size, meets = 0, False
            for child in chain.children[node]:
                size += sizes[child] + 1
                meets = meets or child in sets or len(parents[child]) > 1
            if meets:
                found = 0
                for child in chain.children[node]:
                    found |= self.of(child) | 1 << self.place[child]
                sets[node], size = found, found.bit_count()
            sizes[node] = size


def _met(chain: Chain) -> list[int]:
    """Per position, as which one a walk down from the roots meets it: what is below it comes right after, once."""
    found = [-1] * len(chain)
    met = 0
    waiting = list(reversed(chain.roots))
    while waiting:
        node = waiting.pop()
        if found[node] < 0:
            found[node] = met
            met += 1
            waiting.extend(reversed(chain.children[node]))
    return found
