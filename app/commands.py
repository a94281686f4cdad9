"""What the command line does: each command puts the parts together, runs, and says what it did."""

import asyncio
import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from app import serving
from app.api.openapi_document import openapi_document
from app.auth import api_keys, tokens
from app.db import migrate as migrations
from app.db.origin import Origin
from app.db.provider import ServerHandle, open_server
from app.db.session import Database
from app.demo import region as demo_region
from app.demo.plan import Plan, load_plan
from app.demo.run import Credentials, run_demo
from app.domain.access import Principal, Role
from app.domain.findings import NotFound
from app.domain.identity import new_id
from app.domain.rule_docs import rules_page
from app.graphql.schema import export_schema
from app.regions.loader import load_region, load_region_folder
from app.regions.models import RegionData
from app.services import plan_loading
from app.services.allocation_commands import AllocationTable
from app.services.allocation_import import import_table
from app.services.calendar_day import now, today
from app.services.facts import asked
from app.services.loading import LoadReport, load_region_data
from app.settings import Settings, settings_table
from app.version import VERSION

LOADER = "styrkedjan load"
ORIGIN = Origin(LOADER, client=f"styrkedjan {VERSION}")


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database that the settings name, started and migrated if need be."""
    with open_server(settings) as server:
        await migrations.upgrade(server.default_url)
        database = Database(
            server.default_url, pool_size=settings.pool_size, statement_timeout=settings.statement_timeout
        )
        try:
            yield database
        finally:
            await database.aclose()


async def migrate(settings: Settings, console: Console) -> None:
    """Run the migrations."""
    with open_server(settings) as server:
        await migrations.upgrade(server.default_url)
        console.print(f"PostgreSQL {server.version} ({server.kind}): migrated")


async def check_migrations(settings: Settings, console: Console) -> int:
    """0 when the migrations make what the models say, 1 otherwise; on a database made for this and dropped again."""
    with open_server(settings) as server:
        name = f"styrkedjan_check_{new_id().hex[-12:]}"
        admin = Database(server.default_url)
        engine = admin.owner_engine.execution_options(isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                await connection.execute(text(f'create database "{name}"'))
                try:
                    await migrations.upgrade(server.url_for(name))
                    found = await migrations.differences(server.url_for(name))
                finally:
                    await connection.execute(text(f'drop database "{name}" with (force)'))
        finally:
            await admin.aclose()
    for difference in found:
        console.print(f"[red]models and migrations differ:[/] {difference}")
    return 1 if found else 0


async def load(settings: Settings, console: Console, region: str, year: int | None, *, allocations: bool) -> None:
    """Load a region's data, a year's budget, and that budget's allocations."""
    data = load_region_folder(Path(region)) if "/" in region else load_region(region)
    async with opened(settings) as database:
        _print_report(console, data.region.name, await load_region_rows(database, data))
        if year is not None:
            loaded = await load_budget(database, data, year)
            _print_report(console, f"{data.region.code} {year}", loaded.report)
            if allocations:
                await _load_allocations(database, console, data.region.code, year, loaded)


async def _load_allocations(
    database: Database, console: Console, region: str, year: int, loaded: plan_loading.PlanLoad
) -> None:
    """The budget's allocation table: a dry run, then everything that no rule refuses; what is left out is told (A7)."""
    principal = await loader(database, region)
    rows = plan_loading.allocation_rows(loaded)
    async with database.unit_of_work(principal.region_id, origin=ORIGIN) as uow:
        a = await asked(uow, principal, today())
        tried = await import_table(a, _table(year, rows), dry_run=True)
        refused = {conflict.row for conflict in tried.conflicts}
        kept = [row for number, row in enumerate(rows, start=1) if number not in refused]
        done = await import_table(a, _table(year, kept), dry_run=False)
    for conflict in tried.conflicts:
        console.print(f"[yellow]left out, {conflict.finding.rule}:[/] {conflict.finding.message.en}")
    console.print(f"allocations: {done.allocated} new, {done.followed} followed, {done.unchanged} unchanged")


def _table(year: int, rows: list[dict[str, str]]) -> AllocationTable:
    return AllocationTable.model_validate({"year": year, "rows": rows})


async def load_region_rows(database: Database, data: RegionData) -> LoadReport:
    """Load the region itself, whether it is there or not."""
    region_id = await database.region_id(data.region.code) or new_id()
    async with database.owner_unit_of_work(region_id, origin=ORIGIN) as uow:
        return await load_region_data(uow, data, by=LOADER)


async def load_budget(database: Database, data: RegionData, year: int) -> plan_loading.PlanLoad:
    """Load a year's budget into a region that is there."""
    principal = await loader(database, data.region.code)
    async with database.unit_of_work(principal.region_id, origin=ORIGIN) as uow:
        return await plan_loading.load_budget(uow, principal, data, year)


async def loader(database: Database, region_code: str) -> Principal:
    """The principal that loads: an administrator of the whole region. Raises NotFound for an unknown region."""
    region_id = await _region_id(database, region_code)
    async with database.unit_of_work(region_id) as uow:
        statement = text(
            "select unit_id, code from org_placements p join org_units u using (region_id)"
            " where p.region_id = :r and p.parent_id is null and u.id = p.unit_id and upper(p.valid) is null"
        )
        top = (await uow.session.execute(statement, {"r": region_id})).one()
    return Principal(
        region_id=region_id,
        region_code=region_code,
        subject=LOADER,
        role=Role.ADMINISTRATOR,
        unit_id=top.unit_id,
        unit_code=top.code,
        whole_region=True,
    )


async def _region_id(database: Database, code: str) -> UUID:
    region_id = await database.region_id(code)
    if region_id is None:
        raise NotFound("region", code)
    return region_id


def _print_report(console: Console, title: str, report: LoadReport) -> None:
    table = Table(title=title, title_justify="left", show_edge=False)
    for heading in ("table", "new", "changed", "kept", "unchanged"):
        table.add_column(heading, justify="left" if heading == "table" else "right")
    for tally in report.tallies:
        table.add_row(tally.what, *(str(n) for n in (tally.inserted, tally.updated, tally.kept, tally.unchanged)))
    console.print(table)
    for note in report.notes:
        console.print(f"[yellow]note:[/] {note}")


def development_token(
    settings: Settings, *, region: str, unit: str, role: Role, subject: str, hours: int = 12, group: str | None = None
) -> str:
    """A development token, signed with the local key."""
    return tokens.development_token(
        settings,
        region=region,
        unit=unit,
        role=role,
        subject=subject,
        lifetime=timedelta(hours=hours),
        now=now(),
        group=group,
    )


async def create_api_key(
    settings: Settings,
    *,
    region: str,
    name: str,
    unit: str,
    role: Role,
    scopes: list[str],
    days: int | None,
    group: str | None = None,
) -> str:
    """A new key of an integration, in plain text: it can't be shown again."""
    async with opened(settings) as database:
        principal = await loader(database, region)
        async with database.unit_of_work(principal.region_id, origin=ORIGIN) as uow:
            expires = None if days is None else now() + timedelta(days=days)
            made = await api_keys.create_api_key(
                uow, principal, name=name, unit=unit, role=role, scopes=scopes, expires_at=expires, group=group
            )
            return made.plaintext


async def list_api_keys(settings: Settings, console: Console, region: str) -> None:
    """Print the region's keys."""
    async with opened(settings) as database:
        principal = await loader(database, region)
        async with database.unit_of_work(principal.region_id, origin=ORIGIN) as uow:
            for key in await api_keys.list_api_keys(uow, principal):
                state = "revoked" if key.revoked_at else "valid"
                rights, used = key.group_code or key.role, key.last_used_at or "never"
                console.print(f"{key.name}: {rights} at {key.unit}, {state}, last used {used}")


async def revoke_api_key(settings: Settings, region: str, name: str) -> None:
    """Revoke the key called `name`."""
    async with opened(settings) as database:
        principal = await loader(database, region)
        async with database.unit_of_work(principal.region_id, origin=ORIGIN) as uow:
            await api_keys.revoke_api_key(uow, principal, name, now())


def schema_files(folder: Path) -> dict[Path, str]:
    """The contract's two files."""
    document: dict[str, Any] = openapi_document()
    return {
        folder / "openapi.json": json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n",
        folder / "schema.graphql": export_schema().rstrip("\n") + "\n",
    }


def rule_files(path: Path) -> dict[Path, str]:
    """The table of rules."""
    return {path: rules_page().rstrip("\n") + "\n"}


def settings_files(path: Path) -> dict[Path, str]:
    """The README with the table of settings between its marks."""
    before, _, rest = path.read_text("utf-8").partition("<!-- settings -->")
    after = rest.partition("<!-- /settings -->")[2]
    return {path: f"{before}<!-- settings -->\n{settings_table()}<!-- /settings -->{after}"}


def write_files(contents: Mapping[Path, str], console: Console, *, check: bool) -> int:
    """Write the files, or with `check` only tell which are out of date. Returns the exit code."""
    stale = [p for p, said in contents.items() if not p.exists() or p.read_text("utf-8") != said]
    for path in stale:
        if check:
            console.print(f"[red]out of date:[/] {path}")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(contents[path], "utf-8")
            console.print(f"written: {path}")
    return 1 if check and stale else 0


def serve(settings: Settings, console: Console, *, host: str | None, port: int | None, workers: int) -> None:
    """Serve until Ctrl-C."""
    serving.serve(_listening(settings, host, port), console, workers=workers)


def bench(arguments: list[str]) -> int:
    """Run the bench, which stands beside the package and not in it. Returns its exit code."""
    root = Path(__file__).parent.parent
    if not (root / "bench" / "run.py").is_file():
        raise serving.ServiceError("The bench is part of the project's sources: clone them, and run `make bench`.")
    # A process of its own: what is measured must not share an interpreter with what starts it.
    return subprocess.run([sys.executable, "-m", "bench.run", *arguments], cwd=root, check=False).returncode  # noqa: S603  # our own interpreter and module


def _listening(settings: Settings, host: str | None, port: int | None) -> Settings:
    changes = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    return settings.with_changes(**changes) if changes else settings


def demo(settings: Settings, console: Console, *, once: bool, port: int | None) -> None:
    """The demonstration, on a fresh copy of its region each time it is run."""
    listening = _listening(settings, None, 0 if once and port is None else port)
    plan, data = load_plan(), load_region("vgr")
    with open_server(listening) as server:
        console.print(f"PostgreSQL {server.version} ({server.kind}), {server.location}")
        rows, key = asyncio.run(_prepare_demo(server, data, plan))
        with serving.BackgroundService(listening, server).running() as url:
            run_demo(console, url, _demo_credentials(listening, data.region.code, plan, key), plan, rows)
            if not once:
                _wait(console, url)


async def _prepare_demo(server: ServerHandle, data: RegionData, plan: Plan) -> tuple[list[dict[str, str]], str]:
    """Migrate, empty what an earlier demonstration left, load; returns the allocation rows and an API key."""
    await migrations.upgrade(server.default_url)
    database = Database(server.default_url)
    try:
        await demo_region.clear(database, data.region.code)
        await load_region_rows(database, demo_region.with_units(data, plan))
        loaded = await load_budget(database, data, int(plan.period[:4]))
        principal = await loader(database, data.region.code)
        await demo_region.mark(database, principal.region_id)
        async with database.unit_of_work(principal.region_id, origin=ORIGIN) as uow:
            made = await api_keys.create_api_key(
                uow, principal, name="demo-katalogen", unit=plan.board, role=Role.REPORTER
            )
        return plan_loading.allocation_rows(loaded), made.plaintext
    finally:
        await database.aclose()


def _demo_credentials(settings: Settings, region: str, plan: Plan, key: str) -> Credentials:
    def token(unit: str, role: Role) -> str:
        return development_token(settings, region=region, unit=unit, role=role, subject="demo")

    return Credentials(token(region, Role.ADMINISTRATOR), token(plan.board, Role.REPORTER), key)


def _wait(console: Console, url: str) -> None:
    console.print(f"[bold]{url}/docs[/] (REST)  [bold]{url}/graphql[/] (GraphQL)  Ctrl-C avslutar")
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
