"""Quotas that hold for all processes together: what each has counted is added up in PostgreSQL, beside the requests.

A request is decided on what its process knows, and never waits. Once a second, and only while somebody has used a tenth
of a quota or more, a process tells what is new and hears the sums (ADR 22). Where the database can't be asked each
process goes on with its own counts.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from app.auth.quotas import Key, Policy, Quotas, Standing
from app.db.rate_counts import Counted, add_up
from app.db.session import Database, StorageError

log = logging.getLogger("styrkedjan.quotas")
TELL_EVERY = 1.0


class SharedQuotas:
    """The quotas of one application, by policy. Used from one event loop."""

    def __init__(
        self, database: Database, policies: Sequence[Policy], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._quotas = {policy.name: Quotas(policy) for policy in policies}
        self._clock = clock
        self._telling: asyncio.Task[None] | None = None

    def take(self, policy: Policy, key: Key) -> Standing:
        """Count one, unless it would be one too many."""
        quotas = self._quotas[policy.name]
        standing = quotas.take(key, self._clock())
        if self._telling is None and quotas.is_worth_telling(key):
            self._telling = asyncio.get_running_loop().create_task(self._tell_soon())
        return standing

    def look(self, policy: Policy, key: Key) -> Standing:
        """Where somebody stands, without counting."""
        return self._quotas[policy.name].look(key, self._clock())

    async def _tell_soon(self) -> None:
        try:
            await asyncio.sleep(TELL_EVERY)
            await self.tell()
        except StorageError as error:
            log.warning("counts of requests were not shared: %s", type(error).__name__)
        finally:
            self._telling = None

    async def tell(self) -> None:
        """Tell what is new, and hear the sums. Raises StorageError."""
        now = self._clock()
        told = [(quotas, news) for quotas in self._quotas.values() for news in quotas.news(now)]
        if not told:
            return
        counted = [Counted(*news.key, news.until, news.more) for _, news in told]
        totals = await add_up(self._database, counted)
        for quotas, news in told:
            quotas.heard(news, totals[news.key.digest, news.until])
