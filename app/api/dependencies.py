"""What a route asks for: who is calling, and a transaction that is committed before the answer is sent."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from app.api.language import language_of
from app.api.problems import UNAUTHENTICATED, ProblemError
from app.auth.authenticate import Authenticator, NotAuthenticatedError
from app.db.session import Database, UnitOfWork
from app.domain.access import Principal
from app.domain.texts import Language
from app.services.calendar_day import now, today
from app.settings import Settings

# Only for the OpenAPI document and the padlock on the pages: `_call` reads the header itself.
_scheme = HTTPBearer(auto_error=False, description="A token, or an integration's API key (`styr_...`).")


def settings_of(request: Request) -> Settings:
    """The application's settings."""
    settings: Settings = request.app.state.settings
    return settings


def database_of(request: Request) -> Database:
    """The application's database."""
    database: Database = request.app.state.database
    return database


async def principal_of(request: Request) -> Principal:
    """Who is calling. Raises 401, the same for every reason."""
    authenticator: Authenticator = request.app.state.authenticator
    try:
        principal = await authenticator.principal(request.headers.get("authorization"), now(), today())
    except NotAuthenticatedError as error:
        raise ProblemError(UNAUTHENTICATED, headers={"WWW-Authenticate": "Bearer"}) from error
    request.state.region = principal.region_code  # for the log
    return principal


@dataclass(frozen=True, slots=True)
class Call:
    """A request, understood: who asks, in which transaction, on which day, in which language."""

    request: Request
    principal: Principal
    uow: UnitOfWork
    on: date
    language: Language


async def _call(request: Request, _: Annotated[object, Security(_scheme)]) -> AsyncIterator[Call]:
    principal = await principal_of(request)
    only_reads = request.method == "GET"
    if not only_reads:
        # Read before the transaction begins: a slow sender must not hold a connection of the database.
        await request.body()
    async with database_of(request).unit_of_work(principal.region_id, read_only=only_reads) as uow:
        yield Call(request, principal, uow, today(), language_of(request.headers.get("accept-language")))


# scope="function": the transaction is committed before the answer is sent, so that nobody is told of a change that
# then fails, and a reader who was told sees it.
Calling = Annotated[Call, Depends(_call, scope="function")]
"""A parameter of every route under /api/v1."""
