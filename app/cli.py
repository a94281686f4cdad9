"""The command line: `styrkedjan --help`."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app import audit_commands, commands
from app.audit_commands import AnchorError
from app.cli_catalogue import catalogue
from app.db.embedded.errors import ServerProblem
from app.db.session import StorageError
from app.demo.api_client import UnexpectedAnswerError
from app.demo.region import ForeignRegionError
from app.domain.access import Role
from app.domain.findings import DomainError
from app.jobs.catalogue_sync import CatalogueSyncError
from app.regions.loader import RegionDataError
from app.serving import ServiceError
from app.settings import Settings

cli = typer.Typer(
    name="styrkedjan",
    help="Planning and follow-up in Swedish regions: the service and its tools.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
keys = typer.Typer(help="API keys for integrations.", no_args_is_help=True)
cli.add_typer(keys, name="api-key")
cli.add_typer(catalogue, name="catalogue")
audit = typer.Typer(help="The audit log.", no_args_is_help=True)
cli.add_typer(audit, name="audit")
console = Console()

Check = Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 when the files are out of date.")]
Region = Annotated[str, typer.Option(help="Folder of the region's data, e.g. vgr, or a path to such a folder.")]
RegionCode = Annotated[str, typer.Option("--region", help="The region's code.")]
Group = Annotated[
    str | None, typer.Option(help="A permission group of the region, e.g. chef: its rights instead of the role's.")
]
Unit = Annotated[str, typer.Option(help="Code of the unit that the credential reaches, with all below it.")]


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer: one for each core to use.")] = 1,
) -> None:
    """Migrate the database if needed, and serve the API until Ctrl-C."""
    commands.serve(Settings(), console, host=host, port=port, workers=workers)


@cli.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(context: typer.Context) -> None:
    """Measure the service against its peers. From a clone of the project; `bench --help` there tells the rest."""
    sys.exit(commands.bench(context.args))


@cli.command()
def migrate() -> None:
    """Bring the database's schema to this version."""
    asyncio.run(commands.migrate(Settings(), console))


@cli.command()
def load(
    region: Region = "vgr",
    year: Annotated[int | None, typer.Option(help="Load this plan year's budget too, e.g. 2027.")] = None,
    allocations: Annotated[
        bool, typer.Option(help="Allocate the budget to its boards too, but for what breaks a rule.")
    ] = True,
) -> None:
    """Load a region: its tree, its modules and keyword groups, and a year's budget. Run it again at will."""
    asyncio.run(commands.load(Settings(), console, region, year, allocations=allocations))


@cli.command()
def token(
    region: RegionCode = "VGR",
    unit: Unit = "VGR",
    role: Annotated[Role, typer.Option(help="What the token may do.")] = Role.READER,
    subject: Annotated[str, typer.Option(help="Who the token is for.")] = "developer",
    hours: Annotated[int, typer.Option(min=1, max=720, help="How long it lasts.")] = 12,
    group: Group = None,
) -> None:
    """Print a development token. Production settings refuse them."""
    settings = Settings()
    made = commands.development_token(
        settings, region=region, unit=unit, role=role, subject=subject, hours=hours, group=group
    )
    print(made)


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What the integration is called.")],
    region: RegionCode = "VGR",
    unit: Unit = "VGR",
    role: Annotated[Role, typer.Option(help="What the key may do.")] = Role.REPORTER,
    scope: Annotated[list[str] | None, typer.Option(help="indicator:CODE or module:CODE; repeat at will.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="How long it lasts; for ever if not said.")] = None,
    group: Group = None,
) -> None:
    """Make a key for an integration. It is shown once, here."""
    made = commands.create_api_key(
        Settings(), region=region, name=name, unit=unit, role=role, scopes=scope or [], days=days, group=group
    )
    print(asyncio.run(made))


@keys.command("list")
def list_keys(region: RegionCode = "VGR") -> None:
    """List the region's keys, without their secrets."""
    asyncio.run(commands.list_api_keys(Settings(), console, region))


@keys.command("revoke")
def revoke_key(
    name: Annotated[str, typer.Argument(help="The key's name.")],
    region: RegionCode = "VGR",
) -> None:
    """Make a key useless, at once."""
    asyncio.run(commands.revoke_api_key(Settings(), region, name))


@audit.command("verify")
def verify_audit(
    anchor: Annotated[
        list[str] | None,
        typer.Option(help="A head that was kept elsewhere, as `audit head` prints it; repeat at will."),
    ] = None,
) -> None:
    """Go through the log of every region; exit 1 when something was changed, taken away, put in or moved."""
    sys.exit(asyncio.run(audit_commands.verify_log(Settings(), console, anchor or [])))


@audit.command("head")
def print_audit_heads() -> None:
    """Print where each region's log ends: kept elsewhere, it shows whether the log was written anew."""
    asyncio.run(audit_commands.print_heads(Settings(), console))


@cli.command("export-schema")
def export_schema(
    check: Check = False,
    folder: Annotated[Path, typer.Option(help="Where the files go.")] = Path("openapi"),
) -> None:
    """Write openapi.json and schema.graphql."""
    sys.exit(commands.write_files(commands.schema_files(folder), console, check=check))


@cli.command("export-rules")
def export_rules(
    check: Check = False, path: Annotated[Path, typer.Option(help="Where the table goes.")] = Path("docs/rules.md")
) -> None:
    """Write the table of all rules."""
    sys.exit(commands.write_files(commands.rule_files(path), console, check=check))


@cli.command("export-settings")
def export_settings(
    check: Check = False, path: Annotated[Path, typer.Option(help="The file with the table.")] = Path("README.md")
) -> None:
    """Write the table of settings into the README."""
    sys.exit(commands.write_files(commands.settings_files(path), console, check=check))


@cli.command("check-migrations")
def check_migrations() -> None:
    """Exit 1 when the migrations don't make what the models say."""
    sys.exit(asyncio.run(commands.check_migrations(Settings(), console)))


@cli.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop after printing the chain.")] = False,
    port: Annotated[int | None, typer.Option(help="Port to serve on.")] = None,
) -> None:
    """Load the real budget of 2027, report a made-up tertial, print one board's chain, and serve."""
    commands.demo(Settings(), console, once=once, port=port)


_KNOWN = (
    ServerProblem,
    StorageError,
    DomainError,
    RegionDataError,
    ForeignRegionError,
    ServiceError,
    AnchorError,
    UnexpectedAnswerError,
    CatalogueSyncError,
)


def main() -> None:
    """The entry point of the command `styrkedjan`. What is known to go wrong is told in a line, not as a traceback."""
    try:
        cli()
    except _KNOWN as error:
        console.print(f"[red]{type(error).__name__}:[/] {error}", highlight=False)
        sys.exit(1)
