"""Idempotency-Key on POST: the same key and request within 24 hours gives the first answer again.

The key's row is written in the same transaction as the change. A twin that comes while the first is under way waits for
it. An answer is given again only under the rights that it was given under (B2): who has lost some asks with a new key
and is refused. A request that is refused rolls everything back, its key too: sent again, it is tried again.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Header, Response
from sqlalchemy import ColumnElement, Delete, and_, delete, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from app.api.dependencies import Call, Calling
from app.api.problems import KEY_OF_OTHERS, KEY_REUSED, ProblemError
from app.api.read_tags import who
from app.db.tables import IdempotencyKeyRow
from app.services.calendar_day import now

KEPT_FOR = timedelta(hours=24)
REPLAYED = "Idempotency-Replayed"
_FORGOTTEN_AT_ONCE = 100
_KEPT_HEADERS = ("location", "etag", "content-type", "vary", "cache-control")

Work = Callable[[], Awaitable[Response]]
SecretWork = Callable[[], Awaitable[tuple[Response, Response]]]


class Once:
    """Does a POST's work at most once per key."""

    def __init__(self, call: Call, key: str | None, body_digest: bytes | None = None) -> None:
        self._call = call
        self._key = key
        self._body_digest = body_digest  # of a body that is not held in memory

    async def answer(self, work: Work) -> Response:
        """The answer of `work`, or the kept answer of the first time. Raises 422 for a key used for something else."""
        if self._key is None:
            return await work()
        digest = await self._digest()
        kept = await self._claim(digest)
        if kept is not None:
            return kept
        response = await work()
        await self._keep(response)
        return response

    async def answer_secretly(self, work: SecretWork) -> Response:
        """The same, for an answer with a secret in it: `work` gives it, and what of it may be kept."""
        answers: list[Response] = []

        async def keepable() -> Response:
            answered, kept = await work()
            answers.append(answered)
            return kept

        given = await self.answer(keepable)
        return answers[0] if answers else given

    async def _digest(self) -> bytes:
        request = self._call.request
        parts = (request.method, request.url.path, request.url.query)
        digest = hashlib.sha256("\n".join(parts).encode())
        digest.update(await request.body() if self._body_digest is None else self._body_digest)
        return digest.digest()

    async def _claim(self, digest: bytes) -> Response | None:
        """Take the key, or the answer that is kept under it. Waits for a twin that is under way."""
        session, row = self._call.uow.session, IdempotencyKeyRow
        await session.execute(self._forget_old())
        taken = await session.execute(
            insert(row)
            .values(
                region_id=self._call.principal.region_id,
                subject=self._call.principal.subject,
                key=self._key,
                request_hash=digest,
                grants_hash=self._grants(),
            )
            .on_conflict_do_nothing()
            .returning(row.key)
        )
        if taken.one_or_none() is not None:
            return None
        wanted = select(row.request_hash, row.grants_hash, row.status, row.headers, row.body).where(*self._mine())
        kept = (await session.execute(wanted)).one()
        if kept.request_hash != digest:
            raise ProblemError(KEY_REUSED)
        if kept.grants_hash != self._grants():
            raise ProblemError(KEY_OF_OTHERS)
        return Response(kept.body, kept.status, {**(kept.headers or {}), REPLAYED: "true"})

    def _forget_old(self) -> Delete:
        """This key where its day is over, and some of the region's others, so that they don't pile up."""
        row, region = IdempotencyKeyRow, self._call.principal.region_id
        is_old = row.created_at < now() - KEPT_FOR
        some = (
            select(row.subject, row.key)
            .where(row.region_id == region, is_old)
            .order_by(row.created_at)
            .limit(_FORGOTTEN_AT_ONCE)
            # What another request is forgetting at this moment is its business.
            .with_for_update(skip_locked=True)
        )
        picked = tuple_(row.subject, row.key).in_(some)
        return delete(row).where(row.region_id == region, is_old, or_(and_(*self._mine()), picked))

    async def _keep(self, response: Response) -> None:
        headers = {k: v for k, v in response.headers.items() if k in _KEPT_HEADERS}
        await self._call.uow.session.execute(
            update(IdempotencyKeyRow)
            .where(*self._mine())
            .values(status=response.status_code, headers=headers, body=bytes(response.body))
        )

    def _grants(self) -> bytes:
        """Who asks, and all that it is granted."""
        return hashlib.sha256(who(self._call.principal).encode()).digest()

    def _mine(self) -> tuple[ColumnElement[bool], ...]:
        row, principal = IdempotencyKeyRow, self._call.principal
        return (row.region_id == principal.region_id, row.subject == principal.subject, row.key == self._key)


KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[!-~]+$",
        description="Any text of your own choosing; the same key and body gives the first answer again.",
    ),
]
"""The header, for a route that takes its body in by itself."""


def _once(call: Calling, idempotency_key: KeyHeader = None) -> Once:
    return Once(call, idempotency_key)


Idempotent = Annotated[Once, Depends(_once)]
"""A parameter of every POST: `return await once.answer(work)`."""
