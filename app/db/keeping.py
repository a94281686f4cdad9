"""A store of what is made again if it is gone: the most recently used stay, within a number and a size."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """At most `most` values, whose sizes (as their maker tells them) come to at most `room`."""

    def __init__(self, most: int, room: int) -> None:
        self._most = most
        self.room = room
        self._taken = 0
        self._held: OrderedDict[Key, tuple[Value, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Key) -> Value | None:
        """The value, which is then the most recently used; None where it is not held."""
        found = self._held.get(key)
        if found is None:
            return None
        self._held.move_to_end(key)
        return found[0]

    def put(self, key: Key, value: Value, size: int) -> None:
        """Hold a value. What was used longest ago makes room for it; one too large for the store is not held."""
        if key in self._held:
            self._taken -= self._held.pop(key)[1]
        if size > self.room:
            return
        self._held[key] = value, size
        self._taken += size
        while len(self._held) > self._most or self._taken > self.room:
            self._taken -= self._held.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Let go of everything."""
        self._held.clear()
        self._taken = 0
