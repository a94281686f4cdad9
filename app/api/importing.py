"""An import's way through the edge: its record, its body, its transaction (docs/adr/0019-imports-of-any-size.md).

A small import is like any request: one transaction. One that is long in coming has its record first, in a transaction
of its own: it can be followed, and what becomes of it is known whatever happens.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass

from fastapi import Request, Response
from sqlalchemy import text

from app.api.dependencies import Call, Entry, database_of, entry_of, origin_of
from app.api.idempotency import Once
from app.api.language import language_of
from app.api.outcome_bodies import row_batches
from app.api.problems import TIMED_OUT, ProblemError
from app.api.receiving import Received
from app.db.session import StorageError, UnitOfWork
from app.domain.access import Permission, Principal
from app.domain.findings import DomainError
from app.services import outcome_records as records
from app.services.outcome_import import import_batches
from app.services.outcome_records import Started
from app.services.outcome_run import ImportMode, ImportResult

_TAKES_LONG = text("select set_config('statement_timeout', :most, true)")
_MOST_SECONDS = 1800


@dataclass(slots=True)
class Importing:
    """One import at the edge."""

    request: Request
    entry: Entry
    principal: Principal
    mode: ImportMode
    dry_run: bool
    started: Started | None = None
    done: bool = False

    @classmethod
    async def begin(cls, request: Request, mode: ImportMode, *, dry_run: bool) -> "Importing":
        """Let the caller in, before anything of the body is taken in. Raises 401, and Forbidden."""
        entry = await entry_of(request)
        async with entry.opened(read_only=True, permission=Permission.OUTCOMES_WRITE) as (principal, _):
            return cls(request, entry, principal, mode, dry_run)

    async def on_the_way(self) -> None:
        """The body is large: it gets its record, and is noted to be coming."""
        if self.dry_run:
            return
        async with self._own_transaction() as uow:
            if self.started is None:
                self.started = await records.start(uow, self.principal, self.mode.value, "receiving")
            else:
                await records.heard_from(uow, self.started)

    @asynccontextmanager
    async def recorded(self) -> AsyncIterator[None]:
        """See that a record that was made tells how it ended, also where it did not end well."""
        try:
            yield
        except (DomainError, ProblemError) as error:
            stalled = isinstance(error, ProblemError) and error.kind is TIMED_OUT
            await self._end(interrupted=stalled)
            raise
        except BaseException:
            # The sender went away, or the database did: what it says then is that nobody finished it.
            await self._end(interrupted=True)
            raise
        else:
            if not self.done:
                await self._end(interrupted=False)

    async def answer(
        self, media_type: str, body: Received, key: str | None, answered: Callable[[ImportResult], Response]
    ) -> Response:
        """Do it, in one transaction; or give the answer that the key was given before."""
        async with self.entry.opened(read_only=False, permission=Permission.OUTCOMES_WRITE) as (principal, uow):
            language = language_of(self.request.headers.get("accept-language"))
            call = Call(self.request, principal, uow, self.entry.day, language)

            async def work() -> Response:
                if self.started is not None:
                    await uow.session.execute(_TAKES_LONG, {"most": f"{_MOST_SECONDS}s"})
                    await records.hold(uow, self.started)
                    async with self._own_transaction() as own:
                        await records.note_running(own, self.started)
                result = await import_batches(
                    uow,
                    principal,
                    self.entry.day,
                    row_batches(media_type, body.file),
                    mode=self.mode,
                    dry_run=self.dry_run,
                    started=self.started,
                    digest=body.digest,
                )
                self.done = True
                return answered(result)

            return await Once(call, key, body.digest).answer(work)

    async def _end(self, *, interrupted: bool) -> None:
        if self.started is None or (self.done and not interrupted):
            return
        # Where the database is gone, the record that stands says the same by its lock or its silence.
        with suppress(StorageError):
            async with self._own_transaction() as uow:
                if interrupted:
                    await records.note_interrupted(uow, self.started)
                else:
                    await records.take_back(uow, self.started)

    def _own_transaction(self) -> AbstractAsyncContextManager[UnitOfWork]:
        origin = origin_of(self.request, self.principal)
        return database_of(self.request).unit_of_work(self.principal.region_id, origin=origin)
