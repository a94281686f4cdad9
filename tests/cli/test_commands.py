"""The command line, on a database of its own."""

from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from typer.testing import CliRunner

from app import commands
from app.cli import cli
from app.domain.access import Role
from app.settings import Settings
from tests.conftest import NewDatabases


@pytest.fixture
async def own(new_databases: NewDatabases, tmp_path: Path) -> Settings:
    """Settings of a database of this test's own."""
    return Settings(database_url=await new_databases.make(), data_dir=tmp_path)


async def _counts(settings: Settings, *tables: str) -> list[int]:
    engine = create_async_engine(settings.database_url or "")
    async with engine.connect() as connection:
        counted = [int(await connection.scalar(text(f"select count(*) from {table}")) or 0) for table in tables]
    await engine.dispose()
    return counted


async def test_load_a_region_its_budget_and_allocations_twice(own: Settings) -> None:
    for _ in range(2):
        console = Console(record=True, width=200)
        await commands.load(own, console, "vgr", 2027, allocations=True)
        said = console.export_text()
        assert said.count("left out, A2:") == 2
        assert await _counts(own, "nodes", "node_links", "allocations") == [123, 105, 577 + 569]


async def test_the_allocations_of_2025_break_no_rule(own: Settings) -> None:
    console = Console(record=True, width=200)
    await commands.load(own, console, "vgr", 2025, allocations=True)
    said = console.export_text()
    assert "left out" not in said
    assert "allocations: 412 new" in said


async def test_load_without_allocations(own: Settings) -> None:
    await commands.load(own, Console(record=True), "vgr", 2027, allocations=False)
    assert await _counts(own, "allocations") == [0]


async def test_a_key_is_shown_once_listed_without_secret_and_revoked(own: Settings) -> None:
    await commands.load(own, Console(record=True), "vgr", None, allocations=False)
    key = await commands.create_api_key(
        own, region="VGR", name="katalogen", unit="SU", role=Role.REPORTER, scopes=["module:VGI"], days=30
    )
    assert key.startswith("styr_vgr_")
    console = Console(record=True, width=200)
    await commands.list_api_keys(own, console, "VGR")
    assert key not in console.export_text(clear=False)
    assert "katalogen: reporter at SU, valid" in console.export_text()
    await commands.revoke_api_key(own, "VGR", "katalogen")
    console = Console(record=True, width=200)
    await commands.list_api_keys(own, console, "VGR")
    assert "revoked" in console.export_text()


async def test_models_and_migrations_are_held_against_each_other(own: Settings) -> None:
    assert await commands.check_migrations(own, Console(record=True)) == 0


@pytest.mark.parametrize(
    "command", ["serve", "migrate", "load", "token", "export-schema", "export-rules", "check-migrations", "demo"]
)
def test_every_command_explains_itself(command: str) -> None:
    said = CliRunner().invoke(cli, [command, "--help"])
    assert said.exit_code == 0
    assert "Usage" in said.output


def test_files_out_of_date_are_told_and_left(tmp_path: Path) -> None:
    path = tmp_path / "rules.md"
    path.write_text("old", "utf-8")
    console = Console(record=True)
    assert commands.write_files(commands.rule_files(path), console, check=True) == 1
    assert path.read_text("utf-8") == "old"
    assert commands.write_files(commands.rule_files(path), console, check=False) == 0
    assert commands.write_files(commands.rule_files(path), console, check=True) == 0
    assert '| <a id="k2"></a>K2 |' in path.read_text("utf-8")
