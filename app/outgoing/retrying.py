"""Try again what may work later: longer waits each time, with jitter, and as long as the other side asks for.

Small and our own: the libraries at hand (tenacity, stamina) leave the reading of Retry-After to the caller, which is
half of this file.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from app.outgoing.fetching import NotFetchedError

T = TypeVar("T")
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long, in seconds: the nth wait is up to `first * 2 ** n`, at most `longest`.

    A Retry-After of up to `longest_asked` is waited out; a longer one ends the attempts.
    """

    attempts: int = 6
    first: float = 1.0
    longest: float = 60.0
    longest_asked: float = 300.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = field(default=random.random)

    def wait(self, attempt: int, error: NotFetchedError, now: datetime) -> float | None:
        """Seconds until the attempt after this one (counted from 0); None: give up."""
        if attempt + 1 >= self.attempts or not worth_another(error):
            return None
        asked = _asked(error.retry_after, now)
        if asked is not None and asked > self.longest_asked:
            return None
        # From half to the whole: replicas that failed together don't come back together, and none comes at once.
        usual: float = min(self.first * 2**attempt, self.longest) * (0.5 + self.chance() / 2)
        return usual if asked is None else max(asked, usual)


async def patiently(work: Callable[[], Awaitable[T]], patience: Patience) -> T:
    """What `work` gives; tried again where it was not to be had just now. Raises its last error, and all others."""
    attempt = 0
    while True:
        try:
            return await work()
        except NotFetchedError as error:
            wait = patience.wait(attempt, error, datetime.now(UTC))
            if wait is None:
                raise
            await patience.sleep(wait)
            attempt += 1


def worth_another(error: NotFetchedError) -> bool:
    """Whether the same request may be answered later: no answer at all, a busy server, or one that is down."""
    return error.status is None or error.status in _LATER


def _asked(header: str, now: datetime) -> float | None:
    """Seconds of a Retry-After (RFC 9110 §10.2.3): a number, or a date. None: nothing that can be read."""
    text = header.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:  # noqa: PLR2004  # thirty years are enough
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())
