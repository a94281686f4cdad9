"""The service on a port of its own, with VGR's budget of 2027 in it, for requests that are made up by the dozen."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from app.auth.tokens import development_token
from app.db.provider import ServerHandle
from app.db.session import Database
from app.domain.access import Role
from app.regions.loader import load_region
from app.services.calendar_day import now
from app.services.plan_loading import load_budget
from app.serving import BackgroundService
from app.settings import Settings
from tests.conftest import NewDatabases, make_region


@dataclass(frozen=True, slots=True)
class Live:
    """Where the service answers, and a credential that may do everything there."""

    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture(scope="session")
async def live(new_databases: NewDatabases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """The service in a thread, so that it answers while a test waits."""
    url = await new_databases.make()
    database = Database(url)
    region = await make_region(database)
    data = load_region("vgr")
    renamed = data.model_copy(update={"region": data.region.model_copy(update={"code": region.code})})
    async with database.unit_of_work(region.id) as uow:
        await load_budget(uow, region.principal(), renamed, 2027)
    await database.aclose()
    folder: Path = tmp_path_factory.mktemp("contract")
    most = {"rate_limit": 10**7, "rate_limit_address": 10**7, "rate_limit_sign_in": 10**7}
    settings = Settings(data_dir=folder, port=0, log_level="error").with_changes(**most)
    token = development_token(
        settings,
        region=region.code,
        unit="VGR",
        role=Role.ADMINISTRATOR,
        subject="contract",
        lifetime=timedelta(hours=1),
        now=now(),
    )
    with BackgroundService(settings, ServerHandle("url", url, 15, "test")).running() as address:
        yield Live(address, token)
