"""A catalogue, and a region whose indicator it holds the figures of."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from app.domain.plan_versions import PlanStatus
from app.jobs.catalogue_sync import sync
from app.outgoing.catalogue import CatalogueUnitKind
from app.outgoing.kolada import KoladaCatalogue
from app.outgoing.retrying import Patience
from app.outgoing.url_guard import UrlPolicy, guarded_client
from app.services.catalogue import UnitName, name_units
from tests.api.catalogue.server import CatalogueServer
from tests.api.planning import World, add_plan

POLICY = UrlPolicy(frozenset({"127.0.0.1"}), allow_http=True)
KEY = "U12345"


class Waits:
    """Sleeps not at all, and keeps how long it should have."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def source() -> Iterator[CatalogueServer]:
    """The catalogue."""
    with CatalogueServer().running() as running:
        yield running


@pytest.fixture
def waits() -> Waits:
    """How long it was waited between attempts."""
    return Waits()


@asynccontextmanager
async def opened(server: CatalogueServer, waits: Waits, *, per_page: int = 2) -> AsyncIterator[KoladaCatalogue]:
    """The catalogue's client."""
    async with guarded_client(POLICY, timeout=5) as client:
        patience = Patience(attempts=4, sleep=waits.sleep, chance=lambda: 1.0)
        yield KoladaCatalogue(client, server.url, per_page=per_page, within=20, patience=patience)


class Puller:
    """Pulls into the test's region."""

    def __init__(self, world: World, server: CatalogueServer, waits: Waits) -> None:
        self.world = world
        self.server = server
        self.waits = waits

    async def __call__(self, *, full: bool = False, per_page: int = 2) -> tuple[str, int, int, int, int, int]:
        """(status, received, imported, updated, unchanged, ignored) of the pull."""
        async with opened(self.server, self.waits, per_page=per_page) as catalogue:
            row = await sync(self.world.database, self.world.region.code, catalogue, full=full, by="test")
        return (row.status, row.received, row.imported, row.updated, row.unchanged, row.ignored)

    async def outcomes(self) -> dict[tuple[str, str, str], float | None]:
        """(unit, period, sex) -> value of what stands."""
        found = await self.world.caller().found("/outcomes", limit=500)
        return {(i["unit"], i["period"], i["sex"]): i["value"] for i in found["items"]}

    async def forget_overlap(self) -> None:
        """Let the last whole pull have begun long after the figures' first day."""
        async with self.world.database.unit_of_work(self.world.region.id) as uow:
            await uow.session.execute(text("update catalogue_syncs set started_at = '2027-06-02T10:00Z'"))


@pytest.fixture
async def pull(world: World, source: CatalogueServer, waits: Waits) -> Puller:
    """`await pull()` pulls into a region with an indicator by month that the catalogue knows, and two units named."""
    await add_plan(world.database, world.region, 2026, PlanStatus.ARCHIVED)
    await world.caller().indicator(
        "Väntetid enligt katalogen", code="CAT-1", input="catalogue", catalogue_key=KEY, sex_disaggregated=True
    )
    names = [UnitName(CatalogueUnitKind.OU, f"V15E{code}", code) for code in ("SU", "SU-F2")]
    async with world.database.unit_of_work(world.region.id) as uow:
        assert await name_units(uow, [*names, UnitName(CatalogueUnitKind.MUNICIPALITY, "0014", "VGR")], by="test") == 3
    return Puller(world, source, waits)
