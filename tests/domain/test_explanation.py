"""I5, explained: which units a number is made of, and how."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given

from app.domain.aggregation import aggregate
from app.domain.explanation import UnitPart, formula, own_formula, parts
from app.domain.indicators import Figures
from tests.domain.test_aggregation import A1, A2, A21, AWAY, COUNT, PARENT_OF, SHARE, TOP, A, B, count, share, trees


def told(**more: object) -> dict[UUID, tuple[str, UUID | None]]:
    return {p.unit: (p.part.value, p.answered_by) for p in parts(COUNT, TOP, PARENT_OF, **more)}  # type: ignore[arg-type]


def test_i5_accepted_each_unit_has_one_part() -> None:
    outcomes = {A: count(3), A1: count(1), A21: count(2), B: count(None), AWAY: count(9), TOP: count(9)}
    assert told(outcomes=outcomes) == {
        A: ("contributing", None),
        A1: ("answered_for", A),
        A21: ("answered_for", A),
        B: ("no_value", None),
    }


def test_i5_edge_the_topmost_unit_answers() -> None:
    outcomes = {A: count(3), A2: count(2), A21: count(1)}
    assert told(outcomes=outcomes)[A21] == ("answered_for", A)


def test_i5_edge_missing_is_who_was_expected_and_is_not_answered_for() -> None:
    found = told(outcomes={A2: count(3)}, expected=(TOP, A, A1, A2, A21, B, AWAY))
    assert {unit for unit, (part, _) in found.items() if part == "missing"} == {A, A1, B}


@given(trees())
def test_i5_the_parts_are_those_of_the_number(tree: tuple[dict[UUID, UUID], dict[UUID, tuple[int, int]]]) -> None:
    parent_of, said = tree
    top, outcomes = UUID(int=0), {u: share(n, d) for u, (n, d) in said.items()}
    number = aggregate(SHARE, top, parent_of, outcomes, expected=parent_of)
    found = parts(SHARE, top, parent_of, outcomes, expected=parent_of)
    assert len({p.unit for p in found}) == len(found)
    by_part = {part: {p.unit for p in found if p.part is part} for part in UnitPart}
    assert by_part[UnitPart.CONTRIBUTING] == set(number.contributing)
    assert by_part[UnitPart.MISSING] == set(number.missing)
    assert by_part[UnitPart.ANSWERED_FOR] == set(outcomes) - set(number.contributing) - {top}


@pytest.mark.parametrize(
    ("words", "sv", "en"),
    [
        (formula(COUNT, count(12), 3), "Summan av 3 enheters värden = 12.", "The sum of 3 units' values = 12."),
        (formula(COUNT, count(1), 1), "Summan av 1 enhets värde = 1.", "The sum of 1 unit's value = 1."),
        (formula(COUNT, count(None), 0), "Summan av 0 enheters värden.", "The sum of 0 units' values."),
        (
            formula(SHARE, share(1, 8), 2),
            "Summan av 2 täljare genom summan av deras nämnare: 100 × 1 / 8 = 12,5.",
            "The sum of 2 numerators over the sum of their denominators: 100 × 1 / 8 = 12.5.",
        ),
        (
            formula(SHARE, Figures(), 0),
            "Skalan gånger summan av täljare genom summan av nämnare.",
            "The scale times the sum of numerators over the sum of denominators.",
        ),
        (
            own_formula(SHARE, Figures(None, Decimal(0), Decimal(0))),
            "Enhetens eget utfall, som går före dem nedanför: 100 × 0 / 0 = inget värde.",
            "The unit's own outcome, which goes before those below it: 100 × 0 / 0 = no value.",
        ),
        (
            own_formula(COUNT, count(3)),
            "Enhetens eget utfall, som går före dem nedanför.",
            "The unit's own outcome, which goes before those below it.",
        ),
    ],
)
def test_i5_the_formula_in_words(words: object, sv: str, en: str) -> None:
    assert (words.sv, words.en) == (sv, en)  # type: ignore[attr-defined]
