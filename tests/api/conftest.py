"""The application on this worker's database, and clients of it with credentials in a fresh region."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from app.auth.tokens import development_token
from app.db.session import Database
from app.domain.access import Role
from app.main import create_app
from app.services.calendar_day import now
from app.settings import Settings
from tests.api.planning import World, make_world
from tests.conftest import TestRegion

ClientFor = Callable[..., httpx.AsyncClient]


@pytest.fixture(scope="session")
def app(settings: Settings, database: Database) -> FastAPI:
    """The service."""
    return create_app(settings, database)


def token_for(
    settings: Settings, region: TestRegion, *, role: Role = Role.ADMINISTRATOR, unit: str = "VGR", subject: str = "test"
) -> str:
    """A development token in the region."""
    return development_token(
        settings, region=region.code, unit=unit, role=role, subject=subject, lifetime=timedelta(hours=1), now=now()
    )


def group_token(settings: Settings, region: TestRegion, group: str, unit: str, subject: str = "test") -> str:
    """A development token with a permission group's rights."""
    lifetime, role = timedelta(hours=1), Role.READER
    return development_token(
        settings, region=region.code, unit=unit, role=role, subject=subject, lifetime=lifetime, now=now(), group=group
    )


def client_of(app: FastAPI, **headers: str) -> httpx.AsyncClient:
    """A client of the application, without a network. Errors come as answers, never as exceptions."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)


@pytest.fixture
async def client_for(app: FastAPI, settings: Settings, region: TestRegion) -> AsyncIterator[ClientFor]:
    """`client_for(role=Role.READER, unit="SU")`: a client with that credential in the test's region."""
    async with AsyncExitStack() as stack:
        made: list[httpx.AsyncClient] = []

        def make(role: Role = Role.ADMINISTRATOR, unit: str = "VGR", subject: str = "test") -> httpx.AsyncClient:
            token = token_for(settings, region, role=role, unit=unit, subject=subject)
            made.append(client_of(app, Authorization=f"Bearer {token}"))
            stack.push_async_callback(made[-1].aclose)
            return made[-1]

        yield make


@pytest.fixture
def client(client_for: ClientFor) -> httpx.AsyncClient:
    """A client that may do everything in the test's region."""
    return client_for()


@pytest.fixture
async def anonymous(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a credential."""
    async with client_of(app) as made:
        yield made


@pytest.fixture
async def world(app: FastAPI, settings: Settings, database: Database, region: TestRegion) -> AsyncIterator[World]:
    """The test's region with an open plan to work in, and callers with any credential."""
    async with client_of(app) as http:
        yield await make_world(settings, database, region, http)
