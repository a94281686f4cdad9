"""Texts for people: Swedish first, English beside it, and a key that orders Swedish words."""

import unicodedata
from dataclasses import dataclass
from typing import Literal

Language = Literal["sv", "en"]

# Swedish order: å, ä, ö stand after z; the Norwegian and German letters sort with their Swedish counterparts.
# Characters after "z" in ASCII are used, so that byte order (COLLATE "C") is Swedish order on every server,
# also those built without ICU.
_AFTER_Z = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}", "ü": "y", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Swedish and in English."""

    sv: str
    en: str

    def in_language(self, language: Language) -> str:
        """The words in `language`."""
        return self.en if language == "en" else self.sv

    def fill(self, **facts: object) -> "Text":
        """Both languages with `{name}` places filled from `facts`; a fact that is a Text goes in by language."""
        sv = {name: fact.sv if isinstance(fact, Text) else fact for name, fact in facts.items()}
        en = {name: fact.en if isinstance(fact, Text) else fact for name, fact in facts.items()}
        return Text(self.sv.format(**sv), self.en.format(**en))


def swedish_sort_key(text: str) -> str:
    """A key whose byte order is Swedish dictionary order: any text in, a case-folded text out.

    The database keeps it in a column of its own (`COLLATE "C"`), because the embedded PostgreSQL has no ICU.
    """
    folded = unicodedata.normalize("NFC", text).casefold().translate(_AFTER_Z)
    return "".join(c for c in unicodedata.normalize("NFD", folded) if not unicodedata.combining(c))
