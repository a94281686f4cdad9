"""What can go wrong with finding or starting PostgreSQL. The message says what to do.

ServerProblem
├── NoPostgres       no usable PostgreSQL on this machine
├── CannotStart      initdb or postgres failed, or the data folder can't be used
└── UnusableServer   it answers not, is too old, or lacks an extension
"""

from pathlib import Path


class ServerProblem(Exception):
    """The root: PostgreSQL can't be used now."""


class NoPostgres(ServerProblem):
    """No usable PostgreSQL was found on this machine."""


class CannotStart(ServerProblem):
    """A PostgreSQL was found, but it or its data folder can't be put to use."""


class UnusableServer(ServerProblem):
    """A PostgreSQL was named, but does not answer, is older than 15, or lacks an extension."""


def unusable_folder(root: Path, error: object) -> str:
    """What to say, and to do, when the data folder can't be read or written."""
    return (
        f"The data folder {root} can't be used: {error}."
        " If another user made it, run as that user, or set STYRKEDJAN_DATA_DIR to a folder of your own."
    )
