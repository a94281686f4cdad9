"""I7, I8: what became of each row, and all of them counted."""

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.findings import Finding
from app.domain.indicators import Figures
from app.domain.outcome_imports import Change, Recorded, change, conflict, sort_rows, summarise
from app.domain.texts import Text
from tests.domain.models import REFUSED, said

IMPORTED, UPDATED, UNCHANGED, _HELD, IGNORED = Change


def recorded(value: str | int, comment: str | None = None) -> Recorded:
    return Recorded(Figures(Decimal(value)), comment)


def test_i7_accepted_a_new_outcome_the_same_again_and_a_correction() -> None:
    assert change(recorded(3), None) is IMPORTED
    assert change(recorded(3), recorded(3)) is UNCHANGED
    assert change(recorded(4), recorded(3)) is UPDATED


def test_i7_edge_numbers_are_compared_by_value_and_every_part_counts() -> None:
    assert change(recorded("12.30"), recorded("12.3")) is UNCHANGED
    assert change(recorded(3, "Rättat"), recorded(3)) is UPDATED
    assert change(Recorded(Figures(None)), recorded(0)) is UPDATED
    one, other = (Recorded(Figures(Decimal(50), Decimal(n), Decimal(2 * n))) for n in (1, 2))
    assert change(one, other) is UPDATED


def test_i7_refused_the_same_key_with_other_figures_in_one_body() -> None:
    rows = [
        (1, "a", recorded(3)),
        (2, "b", recorded(5)),
        (3, "a", recorded(3)),
        (4, "a", recorded(4)),
        (5, "b", recorded(5)),
    ]
    found = list(sort_rows(rows, {"b": recorded(6)}))
    assert [(row, what) for row, what, _ in found] == [
        (1, IMPORTED),
        (2, UPDATED),
        (3, UNCHANGED),
        (4, IGNORED),
        (5, UNCHANGED),
    ]
    (finding,) = [f for _, _, f in found if f is not None]
    assert said([finding]) == [("I8", "", REFUSED)]
    assert finding.facts == {"code": "said_twice", "row": 1}


ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=12)


@given(ROWS, st.dictionaries(st.sampled_from("abc"), st.integers(0, 2)))
def test_i7_sent_again_everything_is_unchanged_and_nothing_is_lost(
    rows: list[tuple[str, int]], before: dict[str, int]
) -> None:
    sent = [(i, key, recorded(value)) for i, (key, value) in enumerate(rows)]
    standing = {key: recorded(value) for key, value in before.items()}
    first = list(sort_rows(sent, standing))
    assert len(first) == len(sent)
    taken = {row for row, what, _ in first if what is not IGNORED}
    after = standing | {key: figures for row, key, figures in sent if row in taken}
    assert all(what is UNCHANGED for row, what, _ in sort_rows(sent, after) if row in taken)
    summary = summarise(Counter(what for _, what, _ in first), atomic=False)
    assert summary.received == summary.imported + summary.updated + summary.unchanged + summary.ignored == len(sent)


def test_i8_accepted_best_effort_takes_what_it_can() -> None:
    found = summarise({IMPORTED: 3, UPDATED: 2, UNCHANGED: 1, IGNORED: 4}, atomic=False)
    assert (found.received, found.imported, found.updated, found.unchanged, found.ignored) == (10, 3, 2, 1, 4)
    assert not found.refused


def test_i8_refused_atomic_takes_nothing_when_one_row_will_not_do() -> None:
    found = summarise({IMPORTED: 3, UNCHANGED: 1, IGNORED: 1}, atomic=True)
    assert (found.received, found.imported, found.unchanged, found.ignored, found.refused) == (5, 0, 0, 5, True)
    assert not summarise({IMPORTED: 3}, atomic=True).refused


def test_i8_edge_an_empty_import_is_an_import() -> None:
    assert summarise({}, atomic=True).received == 0


def test_i8_a_conflict_names_row_rule_field_and_value() -> None:
    message = Text("Fel.", "Wrong.")
    given_row = {"unit": "S\0U", "value": 10**30}
    assert conflict(7, Finding("I9", message, "/7/unit"), given_row) == (7, "I9", "unit", "S\ufffdU", message)
    assert conflict(7, Finding("I9", message, "/period"), given_row).value is None
    assert conflict(7, Finding("I8", message), given_row) == (7, "I8", "", None, message)
