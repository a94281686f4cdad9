"""The register of rules, whole and documented; and that each rule has its tests."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain import catalogue as catalogue_module
from app.domain.catalogue import catalogue
from app.domain.findings import (
    DomainError,
    Finding,
    Forbidden,
    InputError,
    InvalidInput,
    NotFound,
    Rule,
    RulesBroken,
    Severity,
    also,
    rule,
    rule_by_id,
    settle,
)
from app.domain.phrases import counted, either, listed, named, quoted, say, short
from app.domain.rule_docs import rules_page
from app.domain.texts import Text

ROOT = Path(__file__).parents[2]
DOMAIN = ROOT / "app" / "domain"
STRUCTURAL = {
    *(f"K{i}" for i in range(1, 8)),
    *(f"N{i}" for i in range(1, 13)),
    *(f"A{i}" for i in range(1, 8)),
    *(f"M{i}" for i in range(1, 7)),
}
KINDS = {"accepted", "refused", "edge"}
NAMED = re.compile(r"def test_([a-z]\d+)_(accepted|refused|edge)")
MARKED = re.compile(r'mark\.rule\("([A-Z]\d+)", "(accepted|refused|edge)"\)')


def kinds_by_rule() -> dict[str, set[str]]:
    """Rule -> the kinds of tests that name it, or are marked with it."""
    found: dict[str, set[str]] = {}
    for file in (ROOT / "tests").rglob("test_*.py"):
        text = file.read_text()
        for rule_id, kind in (*NAMED.findall(text), *MARKED.findall(text)):
            found.setdefault(rule_id.upper(), set()).add(kind)
    return found


def test_every_structural_rule_is_registered() -> None:
    assert {r.id for r in catalogue()} >= STRUCTURAL


@pytest.mark.parametrize("rule_id", [r.id for r in catalogue()])
def test_every_rule_has_tests_for_accepted_refused_and_edge(rule_id: str) -> None:
    assert kinds_by_rule().get(rule_id, set()) >= KINDS


@pytest.mark.parametrize("known", catalogue(), ids=lambda r: r.id)
def test_every_rule_says_what_it_is_in_both_languages(known: Rule) -> None:
    assert re.fullmatch(r"[A-Z]\d{1,2}", known.id)
    for text in (known.title, known.statement):
        assert text.sv.strip()
        assert text.en.strip()
        assert text.sv != text.en
    assert re.match(r"00\d|revision|domain", known.source)


def modules_with_rules() -> Iterator[str]:
    for file in sorted(DOMAIN.glob("*.py")):
        for item in ast.walk(ast.parse(file.read_text())):
            if isinstance(item, ast.FunctionDef) and any(
                isinstance(d, ast.Call) and isinstance(d.func, ast.Name) and d.func.id in {"rule", "also"}
                for d in item.decorator_list
            ):
                yield file.stem
                break


def test_the_catalogue_imports_every_module_that_holds_rules() -> None:
    text = Path(catalogue_module.__file__).read_text()
    missing = [m for m in modules_with_rules() if f"import app.domain.{m}" not in text]
    assert missing == []


def test_rules_come_in_order() -> None:
    ids = [r.id for r in catalogue()]
    assert ids == sorted(ids, key=lambda i: (i[0], int(i[1:])))
    assert rule_by_id("K5") in catalogue()
    assert rule_by_id("Z9") is None


def test_the_page_of_rules_is_up_to_date() -> None:
    page = (ROOT / "docs" / "rules.md").read_text()
    assert page == rules_page(), "docs/rules.md is stale: write rules_page() of app.domain.rule_docs to it"


def test_the_page_shows_any_rule_and_escapes_what_would_break_a_table() -> None:
    odd = Rule("Z1", Text("A|B", "C"), Text("d", "e"), "999", depends_on_state=True)
    page = rules_page([odd])
    assert "## Z Z / Z" in page
    assert '| <a id="z1"></a>Z1 | **A\\|B** d | **C** e | 999 | yes |' in page


def test_a_rule_is_worded_once_and_known_before_more_is_said_of_it() -> None:
    words = Text("x", "y")
    with pytest.raises(ValueError, match="K1 is worded twice"):
        rule("K1", title=words, statement=words, source="000")(lambda: None)
    with pytest.raises(KeyError):
        also("Z9")(lambda: None)


def test_a_function_carries_its_rule() -> None:
    from app.domain.links import parent_column  # noqa: PLC0415  # as a reader of the attribute would meet it

    assert parent_column.rule is rule_by_id("K1")  # type: ignore[attr-defined]  # see findings._marked


WORDS = Text("svenska", "English")


def test_settle_passes_warnings_and_stops_the_rest() -> None:
    warning = Finding("K6", WORDS, severity=Severity.WARNING)
    confirm = Finding("N2", WORDS, severity=Severity.CONFIRM)
    refused = Finding("K1", WORDS)
    assert settle([warning]) == (warning,)
    assert settle([warning, confirm], confirmed=True) == (warning, confirm)
    for stops, confirmed in (([confirm], False), ([refused], True), ([warning, refused, confirm], False)):
        with pytest.raises(RulesBroken) as broken:
            settle(stops, confirmed=confirmed)
        assert broken.value.findings == tuple(stops)


def test_a_conflict_is_one_only_if_all_that_stops_it_is() -> None:
    assert RulesBroken([Finding("N2", WORDS)]).is_conflict
    assert not RulesBroken([Finding("N2", WORDS), Finding("K1", WORDS)]).is_conflict
    assert RulesBroken([Finding("N2", WORDS), Finding("K6", WORDS, severity=Severity.WARNING)]).is_conflict
    assert not Finding("N2", WORDS, depends_on_state=False).is_conflict
    assert Finding("K1", WORDS, depends_on_state=True).is_conflict


def test_errors_say_what_they_are_about() -> None:
    wrong = InputError("/column", "unknown", WORDS)
    family: dict[str, DomainError] = {
        "unit SU was not found": NotFound("unit", "SU"),
        "English": Forbidden(WORDS, rule="A5"),
        "/column: English": InvalidInput([wrong]),
        "K1: English": RulesBroken([Finding("K1", WORDS)]),
    }
    for words, error in family.items():
        assert str(error) == words


def test_phrases() -> None:
    assert listed([]) == Text("", "")
    assert listed([WORDS]) == WORDS
    assert named("abc") == Text("a, b och c", "a, b and c")
    assert either([Text("a", "a"), Text("b", "b")]) == Text("a eller b", "a or b")
    assert quoted(["a"]) == [Text("”a”", "“a”")]
    assert [counted(n, WORDS, Text("flera", "many")).sv for n in (0, 1, 2)] == ["0 flera", "1 svenska", "2 flera"]
    assert short("x" * 80) == "x" * 80
    assert short("x" * 81) == "x" * 79 + "…"
    assert say("{a} och {b}", "{a} and {b}", a=1, b=WORDS) == Text("1 och svenska", "1 and English")
