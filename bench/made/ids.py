"""Ids in the form of UUIDv7, the same for the same seed."""

import random
from uuid import UUID

_FIRST = 1_790_000_000_000
"""Milliseconds: every made-up row is as old as this, or a little younger."""


class Ids:
    """Makes ids whose order is the order in which they were made, as the service's own are."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._made = 0

    def new(self) -> UUID:
        """The next id."""
        self._made += 1
        moment, within = divmod(self._made, 4096)
        # 48 bits of time, version 7, 12 bits of order within it, the variant, 62 random bits.
        high = (_FIRST + moment) << 16 | 0x7000 | within
        return UUID(int=high << 64 | 0b10 << 62 | self._rng.getrandbits(62))
