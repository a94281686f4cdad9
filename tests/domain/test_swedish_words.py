"""Stems, numbers and directions of Swedish words."""

import pytest

from app.domain.swedish_words import numbers, signs, stems, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Köerna i sjukvården ska kortas", ("kö", "sjukvård", "kort")),
        ("Ökad, ökat, ökning och ökande", ("ök", "ök", "ök", "ök")),
        ("Hälso- och sjukvård", ("hälso", "sjukvård")),
        ("Vi ska inte", ("int",)),
        ("Vi ska", ("vi", "ska")),
        ("", ()),
    ],
)
def test_stems(text: str, expected: tuple[str, ...]) -> None:
    assert stems(text) == expected


def test_words_and_numbers() -> None:
    assert words("10 000 besök, 4,5 % på tre år") == ("10000", "besök", "4.5", "på", "3", "år")
    assert words("20 10") == ("20", "10")
    assert numbers("10 000 besök, 4,5 % på tre år") == {"10000", "4.5", "3"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Köerna ska kortas och tillgängligheten öka", {"kö": -1, "tillgäng": 1}),
        ("Minskade köer och ökad tillgänglighet", {"kö": -1, "tillgäng": 1}),
        ("Köer och väntetider ska minska", {"kö": -1, "väntetid": -1}),
        ("På kort sikt", {}),
        ("Öka på kort sikt", {"kort": 1, "sikt": 1}),
        ("Trygg vård", {}),
        ("Öka", {}),
    ],
)
def test_signs(text: str, expected: dict[str, int]) -> None:
    assert signs(text) == expected
