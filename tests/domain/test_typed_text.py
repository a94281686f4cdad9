"""Texts that people type: what is taken, trimmed and refused."""

import pytest
from pydantic import TypeAdapter, ValidationError

from app.domain.typed_text import PROSE_LENGTH, TITLE_LENGTH, Prose, ShortText, Title

TITLE: TypeAdapter[str] = TypeAdapter(Title)
PROSE: TypeAdapter[str] = TypeAdapter(Prose)
SHORT: TypeAdapter[str] = TypeAdapter(ShortText)


def refusal(adapter: TypeAdapter[str], said: object) -> str:
    with pytest.raises(ValidationError) as refused:
        adapter.validate_python(said)
    return refused.value.errors()[0]["type"]


def test_blanks_around_are_taken_off() -> None:
    assert TITLE.validate_python("  Färre köer\n") == "Färre köer"
    assert PROSE.validate_python("\n\nRad ett.\r\n\tRad två.  ") == "Rad ett.\r\n\tRad två."


@pytest.mark.parametrize("said", ["", "   ", "\u00a0", "\u200b\u200d", "\u2028", "\ufeff"])
def test_nothing_to_see_is_nothing_said(said: str) -> None:
    assert {refusal(adapter, said) for adapter in (TITLE, PROSE, SHORT)} == {"blank"}


@pytest.mark.parametrize("said", ["a\x00b", "a\x1bb", "a\x7fb", "a\u0085b"])
def test_control_characters_are_refused(said: str) -> None:
    assert {refusal(adapter, said) for adapter in (TITLE, PROSE, SHORT)} == {"control_character"}


def test_a_title_is_one_line() -> None:
    assert refusal(TITLE, "två\nrader") == "control_character"


def test_half_a_surrogate_pair_is_no_text() -> None:
    assert refusal(TITLE, "a\ud800b") == "string_unicode"


def test_lengths() -> None:
    assert len(TITLE.validate_python("å" * TITLE_LENGTH)) == TITLE_LENGTH
    assert refusal(TITLE, "å" * (TITLE_LENGTH + 1)) == "string_too_long"
    assert refusal(PROSE, "å" * (PROSE_LENGTH + 1)) == "string_too_long"
