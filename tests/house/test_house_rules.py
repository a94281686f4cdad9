"""House rules that no ready-made linter knows."""

import ast
import re
from pathlib import Path

import pytest

from app.regions.loader import load_region

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "app").rglob("*.py"))
QUERIES = sorted((ROOT / "app" / "db" / "queries").glob("*.py"))
LONGEST_FILE = 400


def _compared_texts(tree: ast.AST) -> set[str]:
    """Every text that is compared with something, or matched, or stands in a set or list that is searched."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare | ast.match_case):
            found |= {c.value for c in ast.walk(node) if isinstance(c, ast.Constant) and isinstance(c.value, str)}
    return found


def _codes() -> set[str]:
    """Column, module and level codes of VGR, but for words that are English for something else, too."""
    model = load_region("vgr").model
    codes = {c.code for m in model.modules for c in m.columns} | {m.code for m in model.modules}
    return codes | {"SU", "VGR", "OSN"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_code_branches_on_a_regions_columns(path: Path) -> None:
    """A column's meaning is in its properties: another region's model is other data, never another code path."""
    assert not _compared_texts(ast.parse(path.read_text("utf-8"))) & _codes()


def _functions_that_select(tree: ast.Module) -> list[ast.FunctionDef]:
    return [
        f
        for f in tree.body
        if isinstance(f, ast.FunctionDef)
        and not f.name.startswith("_")
        and any(isinstance(c, ast.Call) and getattr(c.func, "id", "") == "select" for c in ast.walk(f))
    ]


@pytest.mark.parametrize("path", QUERIES, ids=lambda p: p.name)
def test_every_read_statement_takes_the_principal(path: Path) -> None:
    """That is where the permission filter goes in; a statement without it could not have one."""
    for function in _functions_that_select(ast.parse(path.read_text("utf-8"))):
        assert "principal" in [a.arg for a in function.args.args], f"{path.name}:{function.name}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_edge_commits(path: Path) -> None:
    calls = [
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    assert not {"commit", "rollback"} & set(calls), path


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_have_one_subject(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_FILE


def test_the_project_names_no_machine() -> None:
    """Paths and hosts of whoever builds it have no place in what is shipped."""
    bad = re.compile(r"(?<![\w.])/(?:work|root)/|file:///opt")
    for folder in ("app", "docs", "migrations", "scripts", "openapi"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".md", ".sh", ".json", ".graphql", ".toml"} and path.is_file():
                assert not bad.search(path.read_text("utf-8")), path
