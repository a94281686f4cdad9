"""A process that uses the embedded server: opens it, tells where it is, answers SQL line by line, leaves at the end.

One JSON object per line. Settings come from the environment. `--become UID` gives up root first.
"""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

from app.db import provider
from app.db.embedded.binaries import Binaries
from app.settings import Settings


def say(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


async def ask(url: str, statement: str) -> object:
    query = make_url(url)
    host, port = str(query.query["host"]), int(str(query.query["port"]))
    connection = await asyncpg.connect(host=host, port=port, user=query.username, database=query.database)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--become", type=int)
    parser.add_argument("--python", help="an interpreter that the new user can run")
    parser.add_argument("--binaries", type=Path, help="programs that the new user can run")
    wanted = parser.parse_args()
    if wanted.python:
        sys.executable = wanted.python
    if wanted.binaries:
        provider._first_usable = lambda: Binaries(wanted.binaries, 18, "18", "embedded")
    if wanted.become is not None:
        os.setgroups([])
        os.setgid(wanted.become)
        os.setuid(wanted.become)
    with provider.open_server(Settings()) as server:
        say(url=server.default_url, kind=server.kind, version=server.version, location=server.location)
        for line in sys.stdin:
            say(answer=asyncio.run(ask(server.default_url, line)))
    say(left=True)


if __name__ == "__main__":
    main()
