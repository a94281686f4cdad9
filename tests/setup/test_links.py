import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_links.py"


def dead(folder: Path) -> list[str]:
    answer = subprocess.run(
        [sys.executable, SCRIPT, folder], capture_output=True, text=True, encoding="utf-8", check=False
    )
    lines = answer.stdout.splitlines()
    assert answer.returncode == (1 if lines else 0), answer.stderr
    return lines


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "två ord.md").write_text(
        '# Så här: `styrkedjan`!\n\n## Twice\n## Twice\n<a id="own"></a>\n```\n# not a heading\n```\n', encoding="utf-8"
    )
    return tmp_path


@pytest.mark.parametrize(
    "link",
    [
        "docs/två%20ord.md",
        "<docs/två%20ord.md>",
        "docs",
        "/docs/tv%C3%A5%20ord.md",
        "docs/två%20ord.md#så-här-styrkedjan",
        "docs/två%20ord.md#twice-1",
        "docs/två%20ord.md#own",
        "#top",
        "https://example.com/nowhere",
        "mailto:a@example.com",
    ],
)
def test_alive(docs: Path, link: str) -> None:
    (docs / "README.md").write_text(
        f"# Top\n\nSee [it]({link}) or [this].\n\n[this]: {link.strip('<>')}\n", encoding="utf-8"
    )
    assert dead(docs) == []


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("docs/tva.md", "no such file"),
        ("docs/två%20ord.md#nowhere", "no such heading"),
        ("docs/två%20ord.md#not-a-heading", "no such heading"),
        ("docs/två%20ord.md#twice-2", "no such heading"),
        ("#bottom", "no such heading"),
    ],
)
def test_dead(docs: Path, link: str, reason: str) -> None:
    (docs / "README.md").write_text(f"# Top\n\n![picture]({link})\n", encoding="utf-8")
    assert dead(docs) == [f"README.md:3: {link}: {reason}"]


def test_code_is_not_read(docs: Path) -> None:
    (docs / "README.md").write_text("`[a](b.md)`\n\n```text\n[a](b.md)\n```\n", encoding="utf-8")
    assert dead(docs) == []


def test_folders_of_tools_are_not_read(docs: Path) -> None:
    (docs / ".venv").mkdir()
    (docs / ".venv" / "README.md").write_text("[a](b.md)", encoding="utf-8")
    assert dead(docs) == []
