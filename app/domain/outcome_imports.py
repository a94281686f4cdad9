"""What becomes of each row of an import: I7 (compared with what stands) and I8 (counted, nothing dropped)."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeVar

from app.domain.findings import Finding, rule
from app.domain.indicators import Figures, OutcomeStatus
from app.domain.outcome_rows import shown
from app.domain.texts import Text

K = TypeVar("K", bound=Hashable)


class Change(StrEnum):
    """What a row did."""

    IMPORTED = "imported"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    HELD = "held"
    IGNORED = "ignored"


class Recorded(NamedTuple):
    """What is compared of an outcome: its figures as they are kept (`completed`), its comment and its status."""

    figures: Figures
    comment: str | None = None
    status: OutcomeStatus = OutcomeStatus.NORMAL


@rule(
    "I7",
    title=Text("Samma utfall två gånger ändrar inget", "The same outcome twice changes nothing"),
    statement=Text(
        "Samma utfall skickat två gånger ändrar inget; ett ändrat är en rättelse, och det tidigare värdet finns kvar i"
        " historiken med vem och när.",
        "The same outcome sent twice changes nothing; a changed one is a correction, and the earlier value is kept in"
        " history with who and when.",
    ),
    source="000 §8.3",
)
def change(incoming: Recorded, standing: Recorded | None) -> Change:
    """I7: new, the same, or a correction of what stands. Numbers are compared by value: 12.30 is 12.3."""
    if standing is None:
        return Change.IMPORTED
    return Change.UNCHANGED if incoming == standing else Change.UPDATED


def sort_rows(
    rows: Iterable[tuple[int, K, Recorded]], standing: Mapping[K, Recorded]
) -> Iterator[tuple[int, Change, Finding | None]]:
    """(row, change, conflict) of each row, in order. `standing` holds what is stored before the import.

    Keys of plain texts and ids are the fastest; a `Period` is slow to hash by the hundred thousand.

    A key that comes twice is unchanged the second time, if it says the same; if not, the later row is a conflict (I8):
    which of the two was meant is not guessed.
    """
    seen: dict[K, tuple[int, Recorded]] = {}
    for row, key, incoming in rows:
        earlier = seen.get(key)
        if earlier is None:
            seen[key] = (row, incoming)
            yield row, change(incoming, standing.get(key)), None
        elif earlier[1] == incoming:
            yield row, Change.UNCHANGED, None
        else:
            yield row, Change.IGNORED, _said_otherwise(earlier[0])


def _said_otherwise(row: int) -> Finding:
    words = Text(
        "Samma indikator, enhet, period och kön står på rad {row} med andra uppgifter.",
        "The same indicator, unit, period and sex stand in row {row} with other figures.",
    )
    return Finding("I8", words.fill(row=row), "", facts={"code": "said_twice", "row": row})


class Conflict(NamedTuple):
    """Why a row was not taken. `field` is "" where the row as a whole is meant; `value` is fit to be kept and shown."""

    row: int
    rule: str
    field: str
    value: str | None
    message: Text


def conflict(row: int, finding: Finding, given: Mapping[str, object]) -> Conflict:
    """A finding about a row as a conflict; `given` is the row as it came, by field."""
    field = finding.pointer.rpartition("/")[2]
    value = given.get(field)
    return Conflict(row, finding.rule, field, None if value is None else shown(value), finding.message)


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """An import's answer in figures: received = imported + updated + unchanged + ignored + held."""

    received: int
    imported: int
    updated: int
    unchanged: int
    ignored: int
    refused: bool
    """Whether nothing was saved because one row would not do (atomic)."""
    held: int = 0
    """Set aside, because the period is locked, until the indicator's owner decides."""


@rule(
    "I8",
    title=Text("Varje rad räknas", "Every row is counted"),
    statement=Text(
        "En import prövas rad för rad, även som torrkörning; den är allt-eller-inget eller så långt det går, som"
        " avsändaren väljer. Svaret räknar nya, ändrade, oförändrade och ej inlästa rader och listar varje konflikt med"
        " rad, regel och värde. Inget faller bort i tysthet.",
        "An import is checked row by row, with a dry run; it is atomic or best effort as the caller chooses. Its answer"
        " counts imported, updated, unchanged and ignored rows and lists each conflict with row, rule and value."
        " Nothing is silently dropped.",
    ),
    source="000 §8.3",
)
def summarise(changes: Mapping[Change, int], *, atomic: bool) -> ImportSummary:
    """I8: how many rows did what. Atomic, one ignored row makes all of them ignored: nothing was saved."""
    counts = {each: changes.get(each, 0) for each in Change}
    received = sum(counts.values())
    if atomic and counts[Change.IGNORED]:
        return ImportSummary(received, 0, 0, 0, received, refused=True)
    return ImportSummary(
        received,
        counts[Change.IMPORTED],
        counts[Change.UPDATED],
        counts[Change.UNCHANGED],
        counts[Change.IGNORED],
        refused=False,
        held=counts[Change.HELD],
    )
