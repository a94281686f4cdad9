"""A directory that speaks SCIM with the application, and the same over a real connection."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from app.settings import Settings
from tests.api.conftest import anonymous, app, client, client_for, client_of, group_token, world
from tests.conftest import TestRegion
from tests.contract.live import live
from tests.scim_client import Directory

__all__ = ["anonymous", "app", "client", "client_for", "live", "world"]


@pytest.fixture
async def directory(app: FastAPI, settings: Settings, region: TestRegion) -> AsyncIterator[Directory]:
    """The region's directory, with the rights of Katalogsynk."""
    token = group_token(settings, region, "katalogsynk", "VGR", subject="entra")
    async with client_of(app, Authorization=f"Bearer {token}") as http:
        yield Directory(http)
