"""What a route asks for: who is calling, and a transaction that is committed before the answer is sent."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from app.api.conditional import VARY, NotModified, is_known
from app.api.language import language_of
from app.api.problems import ISSUER_UNAVAILABLE, UNAUTHENTICATED, ProblemError
from app.api.rate_limits import count_for
from app.api.read_tags import may_match, read_tag, rests_on
from app.api.under_way import settle
from app.auth.authenticate import Authenticator, Credential, NotAuthenticatedError
from app.auth.jwks import KeysUnavailableError
from app.db.origin import UNSAID, Origin
from app.db.session import Database, UnitOfWork
from app.db.versions import Versions
from app.domain.access import Permission, Principal
from app.domain.texts import Language
from app.services.authorisation import require
from app.services.calendar_day import now, today
from app.settings import Settings

# Only for the OpenAPI document and the padlock on the pages: `_call` reads the header itself.
bearer = HTTPBearer(auto_error=False, description="A token, or an integration's API key (`styr_...`).")


def settings_of(request: Request) -> Settings:
    """The application's settings."""
    settings: Settings = request.app.state.settings
    return settings


def database_of(request: Request) -> Database:
    """The application's database."""
    database: Database = request.app.state.database
    return database


@asynccontextmanager
async def credentials_checked() -> AsyncIterator[None]:
    """401, the same for every reason, where a credential does not stand for anybody."""
    try:
        yield
    except NotAuthenticatedError as error:
        raise ProblemError(UNAUTHENTICATED, headers={"WWW-Authenticate": "Bearer"}) from error
    except KeysUnavailableError as error:
        raise ProblemError(ISSUER_UNAVAILABLE, headers={"Retry-After": "30"}) from error


@dataclass(frozen=True, slots=True)
class Question:
    """What a read asks: the tables that its answer rests on (None: all), and all that tells it from other questions."""

    rests_on: frozenset[str] | None
    said: tuple[object, ...]

    async def itself(self) -> "Question":
        """The question, where it takes no time to find out."""
        return self


@dataclass(frozen=True, slots=True)
class Entry:
    """A request at the door: what it presents, and when it came. Nothing of the database is in use yet."""

    request: Request
    credential: Credential
    at: datetime
    day: date

    @property
    def authenticator(self) -> Authenticator:
        """Who says whom the credential stands for."""
        authenticator: Authenticator = self.request.app.state.authenticator
        return authenticator

    @asynccontextmanager
    async def opened(
        self, *, read_only: bool, permission: Permission = Permission.READ, origin: Origin = UNSAID
    ) -> AsyncIterator[tuple[Principal, UnitOfWork]]:
        """The request's transaction, and who is asking. `origin`: where its changes come from.

        Raises 401, and Forbidden without the permission anywhere.
        """
        region_id = self.credential.region_id
        async with database_of(self.request).unit_of_work(region_id, read_only=read_only, origin=origin) as uow:
            async with credentials_checked():
                principal = await self.authenticator.principal(uow, self.credential, self.at, self.day)
            self._count(principal)
            require(principal, permission)
            yield principal, uow
            settle(self.request)
        await self.authenticator.note_use(self.credential, self.at)

    async def checked(self, permission: Permission = Permission.READ) -> Principal:
        """Whom the credential stands for, asked before anything large is taken in.

        Raises 401, and Forbidden without the permission anywhere.
        """
        versions = await database_of(self.request).versions(self.credential.region_id)
        known = self.authenticator.known(self.credential, versions, self.at, self.day)
        if known is None:
            async with self.opened(read_only=True, permission=permission) as (known, _):
                pass
        else:
            self._count(known)
        require(known, permission)
        return known

    def _count(self, principal: Principal) -> None:
        """The rate of requests is the caller's: 429 where there were too many."""
        count_for(self.request, principal.region_id, principal.subject)

    def tag(self, principal: Principal, versions: Versions, question: Question) -> str:
        """The tag of the answer to a question."""
        headers = self.request.headers
        said = (headers.get("accept"), language_of(headers.get("accept-language")))
        return read_tag(principal, versions, self.day, question.rests_on, *question.said, *said)

    async def refuse_known(self, asked: Callable[[], Awaitable[Question]], *, vary: str = VARY) -> None:
        """Raise NotModified where the caller has the answer already: one statement, and no transaction.

        Only for who was let in before and may be again; everybody else is asked who they are the long way. What is
        asked is looked at after that.
        """
        if not may_match(self.request.headers.get("if-none-match")):
            return
        versions = await database_of(self.request).versions(self.credential.region_id)
        principal = self.authenticator.known(self.credential, versions, self.at, self.day)
        if principal is not None:
            self._count(principal)
        if principal is not None and is_known(self.request, tag := self.tag(principal, versions, await asked())):
            await self.authenticator.note_use(self.credential, self.at)
            raise NotModified(tag, vary)


async def entry_of(request: Request) -> Entry:
    """Look at who is calling. Raises 401 where the credential is none, or not signed by whom we trust."""
    authenticator: Authenticator = request.app.state.authenticator
    at = now()
    async with credentials_checked():
        credential = await authenticator.credential(request.headers.get("authorization"), at)
    request.state.region = credential.region_code  # for the log
    return Entry(request, credential, at, today())


def origin_of(request: Request, principal: Principal) -> Origin:
    """What the audit log says of the changes that this request makes."""
    return Origin(
        actor=principal.subject,
        request_id=request.state.request_id,
        client=request.headers.get("user-agent", ""),
        address=request.client.host if request.client else "",
    )


@dataclass(frozen=True, slots=True)
class Call:
    """A request, understood: who asks, in which transaction, on which day, in which language."""

    request: Request
    principal: Principal
    uow: UnitOfWork
    on: date
    language: Language


async def _call(request: Request, _: Annotated[object, Security(bearer)]) -> AsyncIterator[Call]:
    entry = await entry_of(request)
    only_reads = request.method == "GET"
    question = Question(rests_on(request), (request.url.path, request.url.query))
    origin = UNSAID
    if only_reads:
        await entry.refuse_known(question.itself)
    else:
        origin = origin_of(request, await entry.checked())
        # Read before the transaction begins: a slow sender must not hold a connection of the database.
        await request.body()
    async with entry.opened(read_only=only_reads, origin=origin) as (principal, uow):
        if only_reads:
            request.state.read_tag = tag = entry.tag(principal, uow.versions, question)
            if is_known(request, tag):
                raise NotModified(tag)
        yield Call(request, principal, uow, entry.day, language_of(request.headers.get("accept-language")))


# scope="function": the transaction is committed before the answer is sent, so that nobody is told of a change that
# then fails, and a reader who was told sees it.
Calling = Annotated[Call, Depends(_call, scope="function")]
"""A parameter of every route under /api/v1."""
