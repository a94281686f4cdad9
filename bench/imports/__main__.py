"""The command."""

import argparse
import asyncio

from sqlalchemy.engine import make_url

import bench.imports
from app.settings import Settings
from bench.data import recreate


async def _main(given: argparse.Namespace) -> None:
    admin = Settings().with_changes(database_url=given.url).database_url
    assert admin is not None
    url = make_url(admin).set(database=given.database).render_as_string(hide_password=False)
    await recreate(admin, given.database)
    found = await bench.imports.measure(url, given.rows, given.rounds, given.beside, given.large)
    for name, figure in found.items():
        rows = given.large if name.startswith(f"{given.large} rows: ") else given.rows
        print(f"{name:50} {figure:10.2f}" + ("" if "MiB" in name else f"   {rows / figure:12,.0f} rows/s"))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.imports",
        description=bench.imports.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--url", required=True, help="the server (postgresql://...), as a superuser")
    parser.add_argument("--database", default="styrkedjan_bench_imports", help="made anew, whatever it held")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--beside", type=int, default=0, help="outcomes of other years that are there already")
    parser.add_argument("--large", type=int, default=0, help="rows of one large import, for the peak of memory")
    asyncio.run(_main(parser.parse_args()))


if __name__ == "__main__":
    main()
