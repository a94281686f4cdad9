"""The rules as a page: one table per letter, in Swedish and English, made from the rules themselves.

`docs/rules.md` is this page; a test fails when it is stale.
"""

from collections.abc import Iterable
from itertools import groupby

from app.domain.catalogue import catalogue
from app.domain.findings import Rule
from app.domain.texts import Text

CHAPTERS = {
    "A": Text("Nedfördelning", "Allocation"),
    "B": Text("Behörighet", "Permissions"),
    "F": Text("Uppföljning", "Follow-up"),
    "I": Text("Periodicitet, indikatorer och utfall", "Periodicity, indicators and outcomes"),
    "K": Text("Kolumnkopplingar", "Column linking"),
    "L": Text("Kontroll av tal", "Checks of numbers"),
    "M": Text("Moduler", "Modules"),
    "N": Text("Vem som får skapa vad, var", "Who may create what, where"),
    "R": Text("Rapporter", "Reports"),
    "V": Text("Planversioner", "Plan versions"),
}
_HEAD = """# The rules

Every rule that Styrkedjan enforces, made from the code (`app/domain`): edit the rule, not this page. An answer that
refuses or warns names its rule by the id here. The source is the numbered document (000-004) and its chapter.
*State*: whether the same request can pass at another time (HTTP 409), or is wrong in itself (422); where a rule's parts
differ, the answer says which it was.
"""


def rules_page(rules: Iterable[Rule] | None = None) -> str:
    """The page as Markdown; of all rules unless some are given."""
    ordered = catalogue() if rules is None else list(rules)
    chapters = (_chapter(letter, list(group)) for letter, group in groupby(ordered, key=lambda r: r.id[0]))
    return "\n".join((_HEAD, *chapters))


def _chapter(letter: str, rules: list[Rule]) -> str:
    name = CHAPTERS.get(letter, Text(letter, letter))
    lines = [
        f"## {letter} {name.sv} / {name.en}",
        "",
        "| rule | Swedish | English | source | state |",
        "|---|---|---|---|---|",
        *(_row(r) for r in rules),
        "",
    ]
    return "\n".join(lines)


def _row(rule: Rule) -> str:
    swedish = f"**{_cell(rule.title.sv)}** {_cell(rule.statement.sv)}"
    english = f"**{_cell(rule.title.en)}** {_cell(rule.statement.en)}"
    state = "yes" if rule.depends_on_state else "no"
    return f'| <a id="{rule.id.lower()}"></a>{rule.id} | {swedish} | {english} | {_cell(rule.source)} | {state} |'


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
