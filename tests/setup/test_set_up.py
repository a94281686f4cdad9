"""The way from a fresh clone: make, scripts/set-up.sh and the container files."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # comes with pre-commit, without types

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def run(*command: str, cwd: Path = ROOT, **environment: str) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "PYTHON")}
    return subprocess.run(
        command, cwd=cwd, env=inherited | environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("target", ["demo", "test", "check", "serve", "help"])
def test_make_help_names(target: str) -> None:
    assert re.search(rf"^make {target}\s+\w", run("make", "help").stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["demo"], ".venv/bin/styrkedjan demo"),
        (["demo", "ONCE=1"], ".venv/bin/styrkedjan demo --once"),
        (["serve"], ".venv/bin/styrkedjan serve"),
    ],
)
def test_make_runs(arguments: list[str], command: str) -> None:
    dry = run("make", "-n", *arguments).stdout.splitlines()
    assert dry[0].startswith("sh scripts/set-up.sh")
    assert dry[-1].strip() == command


def test_before_every_commit_the_same_as_make_check() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [hook["entry"] for repository in hooks for hook in repository["hooks"]] == ["make check"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What set-up reads, in a path with spaces and letters."""
    folder = tmp_path / "stig å ä ö"
    (folder / "scripts").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "uv.lock", "scripts/set-up.sh", "scripts/uv-requirements.txt"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def a_python(folder: Path, name: str, *, version: tuple[int, int] = (3, 12), has_venv: bool = True) -> Path:
    """A Python in name only: it knows its version, and whether it has venv."""
    program = folder / name
    folder.mkdir(exist_ok=True)
    # What asks for the version is answered by a real Python that is told one; the rest says what it was asked.
    program.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *ensurepip*) exit {0 if has_venv else 1};; '
        f'*version_info*) exec "{sys.executable}" -c "import sys; sys.version_info = {(*version, 0)}; $2";; '
        f'*) echo "asked: $0 $*"; exit 9;; esac\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    return program


@pytest.fixture
def only_tools(tmp_path: Path) -> Path:
    """A PATH with the tools that set-up uses, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "cat", "cksum", "sed", "cut", "rm", "make"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return folder


def test_without_any_python(checkout: Path, only_tools: Path) -> None:
    answer = run("make", "set-up", cwd=checkout, PATH=str(only_tools))
    assert answer.returncode != 0
    assert "Python >= 3.11 is needed: install it" in answer.stderr


def test_with_an_old_python_only(checkout: Path, only_tools: Path) -> None:
    a_python(only_tools, "python3", version=(3, 10))
    answer = run("make", "set-up", cwd=checkout, PATH=str(only_tools))
    assert "Python >= 3.11 is needed: install it" in answer.stderr


def test_a_python_without_venv_says_in_one_line_what_to_install(checkout: Path, only_tools: Path) -> None:
    a_python(only_tools, "python3", has_venv=False)
    answer = run("make", "set-up", cwd=checkout, PATH=str(only_tools))
    said = [line for line in answer.stderr.splitlines() if not line.startswith("make:")]
    assert len(said) == 1
    assert "python3 lacks venv or pip: install them (Debian, Ubuntu: apt install python3.12-venv" in said[0]


@pytest.mark.parametrize(
    ("pythons", "chosen"),
    [
        ({"python3": (3, 12), "python3.13": (3, 13)}, "python3"),
        ({"python3": (3, 9), "python3.11": (3, 11)}, "python3.11"),
        ({"python3": (3, 15), "python3.14": (3, 14)}, "python3.14"),
        ({"python3": (3, 15)}, "python3"),
        ({"python": (3, 11)}, "python"),
    ],
)
def test_which_python(checkout: Path, only_tools: Path, pythons: dict[str, tuple[int, int]], chosen: str) -> None:
    for name, version in pythons.items():
        a_python(only_tools, name, version=version)
    answer = run("make", "set-up", cwd=checkout, PATH=str(only_tools))
    assert f"asked: {only_tools / chosen} -m venv .tools" in answer.stdout


def test_the_python_that_is_asked_for(checkout: Path, only_tools: Path, tmp_path: Path) -> None:
    a_python(only_tools, "python3")
    own = a_python(tmp_path / "min egen", "python")
    answer = run("make", "set-up", f"PYTHON={own}", cwd=checkout, PATH=str(only_tools))
    assert f"asked: {own} -m venv .tools" in answer.stdout
    answer = run("make", "set-up", "PYTHON=/nowhere/python", cwd=checkout, PATH=str(only_tools))
    assert "PYTHON=/nowhere/python is no Python >= 3.11" in answer.stderr


def test_nothing_is_done_twice(checkout: Path, only_tools: Path) -> None:
    """With a stamp that fits, set-up asks for no Python and no network; when the lock or the place changes, it does."""
    program = checkout / ".venv" / "bin" / "styrkedjan"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    files = ["uv.lock", "pyproject.toml", "scripts/uv-requirements.txt", "scripts/set-up.sh"]
    sums = run("sh", "-c", f"cat {' '.join(files)} | cksum", cwd=checkout).stdout.strip()
    (checkout / ".venv" / ".set-up").write_text(f"{sums}  {checkout}", encoding="utf-8")
    assert run("make", "set-up", cwd=checkout, PATH=str(only_tools)).returncode == 0
    moved = checkout.rename(checkout.with_name("annan plats"))
    assert run("make", "set-up", cwd=moved, PATH=str(only_tools)).returncode != 0


def test_the_image_is_made_of_files_that_exist() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    allowed = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    copied = [line.split()[1:-1] for line in dockerfile.splitlines() if re.match(r"COPY (?!--from)", line)]
    names = [name for line in copied for name in line]
    assert {"app", "migrations", "uv.lock"} <= set(names)
    for name in names:
        assert (ROOT / name).exists(), name
        assert name in allowed, name


def test_the_image_runs_as_an_ordinary_user_and_is_watched() -> None:
    final = (ROOT / "Dockerfile").read_text(encoding="utf-8").split("\nFROM ")[-1]
    assert re.search(r"^USER [1-9]\d*", final, re.MULTILINE)
    assert "HEALTHCHECK" in final
    assert "/healthz" in final
    assert 'ENTRYPOINT ["styrkedjan"]' in final


def test_compose_waits_for_the_database_and_the_migrations() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert services["database"]["image"] == "postgres:18"
    assert "healthcheck" in services["database"]
    assert services["service"]["depends_on"] == {
        "database": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }
    assert services["migrate"]["build"] == "."


def test_ci_is_honest() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in script
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert run("bash", "-n", ".ci/run").returncode == 0
    assert [line for line in script.splitlines() if line.startswith("make ")] == [
        "make check",
        "make test",
        "make demo ONCE=1",
    ]
