"""`styrkedjan catalogue`: pull figures from the indicator catalogue, see how far it is, say what it calls our units."""

import asyncio
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.commands import opened
from app.db.origin import Origin
from app.db.session import Database
from app.db.typing import AnyRow
from app.domain.findings import NotFound
from app.jobs.all_jobs import opened_catalogue
from app.jobs.catalogue_sync import JOB, CatalogueSyncError, sync
from app.jobs.lease import lease
from app.outgoing.catalogue import CatalogueUnitKind
from app.services import catalogue as service
from app.services.catalogue import UnitName
from app.settings import Settings

catalogue = typer.Typer(help="The indicator catalogue: pull its figures.", no_args_is_help=True)
console = Console()
_BY = "styrkedjan catalogue"
_COLUMNS = ("kind", "catalogue_id", "unit")


@catalogue.command("sync")
def sync_command(
    full: Annotated[bool, typer.Option("--full", help="Everything, not only what has changed.")] = False,
    url: Annotated[str | None, typer.Option(help="Another catalogue than STYRKEDJAN_CATALOGUE_URL.")] = None,
) -> None:
    """Pull what has changed since the last whole pull, or go on with one that stopped half way."""
    settings = Settings()
    asyncio.run(pull(settings, console, url or settings.catalogue_url, full=full))


@catalogue.command("status")
def status_command() -> None:
    """Show the latest pulls, and whether one is under way."""
    asyncio.run(status(Settings(), console))


@catalogue.command("map")
def map_command(
    path: Annotated[Path, typer.Argument(help="CSV with the columns kind (municipality or ou), catalogue_id, unit.")],
) -> None:
    """Say what the catalogue calls our units: what is in the file is added or replaced."""
    asyncio.run(map_units(Settings(), console, list(read_names(path.read_text("utf-8-sig")))))


async def pull(settings: Settings, console: Console, url: str | None, *, full: bool) -> AnyRow:
    """Pull, telling of each page. Raises CatalogueSyncError."""
    if not url:
        raise CatalogueSyncError("No catalogue: set STYRKEDJAN_CATALOGUE_URL, or give --url.")

    def told(row: AnyRow) -> None:
        console.print(f"step {row.step} of {len(row.steps)}, {row.pages} pages, {row.received} figures")

    async with opened(settings) as database, opened_catalogue(settings, url) as source:
        row = await sync(database, settings.catalogue_region, source, full=full, by=_BY, progress=told)
    console.print(
        f"{row.received} figures: {row.imported} new, {row.updated} changed, {row.unchanged} unchanged,"
        f" {row.held} held, {row.ignored} ignored ({row.conflict_count} conflicts)"
    )
    return row


async def status(settings: Settings, console: Console) -> None:
    """Print the latest pulls."""
    async with opened(settings) as database:
        region_id = await database.region_id(settings.catalogue_region)
        if region_id is None:
            raise NotFound("region", settings.catalogue_region)
        async with lease(database, region_id, JOB) as free:
            under_way = not free.held
        async with database.unit_of_work(region_id, read_only=True) as uow:
            rows = await service.latest_syncs(uow, 10)
            units = len(await service.unit_codes(uow))
    table = Table(title=f"{settings.catalogue_region}: {units} units named", title_justify="left", show_edge=False)
    for heading in (
        "began",
        "status",
        "since",
        "steps",
        "pages",
        "figures",
        "new",
        "changed",
        "held",
        "ignored",
        "error",
    ):
        table.add_column(heading)
    for row in rows:
        state = "interrupted" if row.status == "running" and not under_way else row.status
        counts = (row.pages, row.received, row.imported, row.updated, row.held, row.ignored)
        table.add_row(
            f"{row.started_at:%Y-%m-%d %H:%M}",
            state,
            str(row.changed_since or "the beginning"),
            f"{row.step}/{len(row.steps)}",
            *(str(n) for n in counts),
            row.error or "",
        )
    console.print(table)


async def map_units(settings: Settings, console: Console, names: list[UnitName]) -> None:
    """Keep the names."""
    async with opened(settings) as database:
        count = await _kept(database, settings.catalogue_region, names)
    console.print(f"{count} units named")


async def _kept(database: Database, region: str, names: list[UnitName]) -> int:
    region_id = await database.region_id(region)
    if region_id is None:
        raise NotFound("region", region)
    async with database.unit_of_work(region_id, origin=Origin(_BY)) as uow:
        return await service.name_units(uow, names, by=_BY)


def read_names(text: str) -> Iterator[UnitName]:
    """Rows of a CSV file (comma or semicolon). Raises CatalogueSyncError, with the line, for what can't be read."""
    separator = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.DictReader(text.splitlines(), delimiter=separator)
    if tuple(reader.fieldnames or ()) != _COLUMNS:
        raise CatalogueSyncError(f"The first line must be {separator.join(_COLUMNS)}")
    for number, row in enumerate(reader, start=2):
        kind, catalogue_id, unit = ((row[name] or "").strip() for name in _COLUMNS)
        if kind not in set(CatalogueUnitKind) or not catalogue_id or not unit:
            raise CatalogueSyncError(f"Line {number}: expected municipality or ou, the catalogue's id, a unit's code")
        yield UnitName(CatalogueUnitKind(kind), catalogue_id, unit)
