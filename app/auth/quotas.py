"""How many requests somebody may make within a window of time: counting, without a clock or a database of its own.

Windows are fixed and begin at the same moments in every process, so that counts of several processes can be added up
(app.auth.shared_quotas); whose they are shifts them, so that not everybody's begin at once.
"""

import hashlib
import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

_MOST_KEPT = 20_000
_KEY_BYTES = 16
OF_NO_REGION = UUID(int=0)
"""Where addresses are counted."""


class Key(NamedTuple):
    """Who is counted: a region, and a digest of who in it and by which policy."""

    region: UUID
    digest: bytes


@dataclass(frozen=True, slots=True)
class Policy:
    """At most `most` in each window of `seconds`."""

    name: str
    most: int
    seconds: int

    @property
    def told_from(self) -> int:
        """From how many on a process tells the others: a tenth, so that who is far from the limit costs nothing."""
        return max(1, self.most // 10)


class Standing(NamedTuple):
    """Where somebody stands in a policy: how many are left, and in how many seconds the window ends."""

    policy: Policy
    left: int
    resets: int
    refused: bool = False


@dataclass(slots=True)
class Window:
    """One's window: what was counted here, what of that the others know, and what was counted elsewhere."""

    region: UUID
    until: int
    own: int = 0
    told: int = 0
    elsewhere: int = 0

    @property
    def used(self) -> int:
        """All that is known of."""
        return self.own + self.elsewhere


@dataclass(frozen=True, slots=True)
class News:
    """What others should hear: so many `more` in the window of `key` that ends at `until` (seconds since 1970)."""

    key: Key
    until: int
    more: int


def key_of(policy: Policy, whose: str, region: UUID = OF_NO_REGION) -> Key:
    """What somebody is counted by: a digest, since people's names and addresses are nobody's business."""
    said = f"{policy.name}\0{region}\0{whose}".encode("utf-8", "surrogatepass")
    return Key(region, hashlib.blake2b(said, digest_size=_KEY_BYTES).digest())


class Quotas:
    """The windows of one policy in this process, of those who came lately."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        # By the digest alone, which tells regions apart too: to hash an id for each request would cost as much again.
        self._windows: OrderedDict[bytes, Window] = OrderedDict()

    def take(self, key: Key, now: float) -> Standing:
        """Count one, unless it would be one too many."""
        window = self._window(key, now)
        refused = window.used >= self.policy.most
        if not refused:
            window.own += 1
        return self._standing(window, now, refused=refused)

    def look(self, key: Key, now: float) -> Standing:
        """Where somebody stands, without counting."""
        window = self._window(key, now)
        return self._standing(window, now, refused=window.used >= self.policy.most)

    def is_worth_telling(self, key: Key) -> bool:
        """Whether the others should hear of this one's last."""
        window = self._windows[key.digest]
        return window.own >= self.policy.told_from and window.own > window.told

    def news(self, now: float) -> list[News]:
        """What the others don't know yet, of windows that are not over."""
        return [
            News(Key(window.region, digest), window.until, window.own - window.told)
            for digest, window in self._windows.items()
            if window.until > now and window.own > window.told and window.own >= self.policy.told_from
        ]

    def heard(self, told: News, total: int) -> None:
        """The others know it now; `total` is what all have counted, this process with what it has told."""
        window = self._windows.get(told.key.digest)
        if window is not None and window.until == told.until:
            window.told += told.more
            window.elsewhere = total - window.told

    def _window(self, key: Key, now: float) -> Window:
        window = self._windows.get(key.digest)
        if window is None or window.until <= now:
            window = self._windows[key.digest] = Window(key.region, self._end(key, now))
            if len(self._windows) > _MOST_KEPT:
                self._windows.popitem(last=False)
        self._windows.move_to_end(key.digest)
        return window

    def _end(self, key: Key, now: float) -> int:
        seconds = self.policy.seconds
        shift = int.from_bytes(key.digest[:4], "big") % seconds
        return (math.floor(now - shift) // seconds + 1) * seconds + shift

    def _standing(self, window: Window, now: float, *, refused: bool) -> Standing:
        left = max(0, self.policy.most - window.used)
        return Standing(self.policy, left, max(1, math.ceil(window.until - now)), refused)
