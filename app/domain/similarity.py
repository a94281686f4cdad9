"""Near-identity (snarlikhet) of two titles, measured (N2, N6).

Lower-case, stop words out, Swedish Snowball stems, and rapidfuzz's token-set ratio on what is left: word order and
small words do not matter. Three things keep unlike titles apart:

- "öka" and "minska" (höja/sänka, fler/färre, stärka/försvaga) about the same thing: opposite, not alike;
- different numbers ("inom 30 dagar", "inom 90 dagar"): not alike;
- a token-set ratio is 100 as soon as one title's words all stand in the other, so that "Vård" would be near-identical
  with half a budget. Where the words in common make up less than half of the longer title, word order aside, the
  whole titles are compared instead (token-sort ratio); and a title of four words or more that stands whole in a much
  longer one is for a person to look at.

No WRatio and no partial ratio: they call unlike goals alike. Source: 000 §2.2, 001 §3.1.1-3.1.4.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz import fuzz

from app.domain import swedish_words

HARD = 88.0
"""A score from here on: near-identical, refused."""
SOFT = 75.0
"""A score from here on, below `HARD`: for the caller to confirm."""
CONTAINED = 80.0
"""The score of a title that stands whole in a much longer one."""
_HALF = 0.5
_WORDS_OF_A_TITLE = 4
_KEY_LENGTH = 1000


class Verdict(StrEnum):
    """What a score means."""

    ALIKE = "alike"
    NEAR = "near"
    UNLIKE = "unlike"


class Reason(StrEnum):
    """Why a pair is not alike whatever its words."""

    OPPOSITE = "opposite"
    NUMBERS = "numbers"


@dataclass(frozen=True, slots=True)
class Similarity:
    """How alike two titles are: 0-100 with one decimal; 0 with a reason where they can't be alike."""

    score: float
    reason: Reason | None = None

    @property
    def verdict(self) -> Verdict:
        """What the score means."""
        if self.score >= HARD:
            return Verdict.ALIKE
        return Verdict.NEAR if self.score >= SOFT else Verdict.UNLIKE


@dataclass(frozen=True, slots=True)
class _Reading:
    """A title, read once: a year's budget is compared with again and again."""

    stems: frozenset[str]
    text: str
    numbers: frozenset[str]
    signs: dict[str, int]


@lru_cache(maxsize=20_000)
def _read(title: str) -> _Reading:
    stems = swedish_words.stems(title)
    return _Reading(frozenset(stems), " ".join(stems), swedish_words.numbers(title), swedish_words.signs(title))


def similarity(a: str, b: str) -> Similarity:
    """How alike two titles are. Symmetric; a title with itself is 100 (0 if it holds no word at all)."""
    left, right = _read(a), _read(b)
    if left.numbers and right.numbers and left.numbers != right.numbers:
        return Similarity(0.0, Reason.NUMBERS)
    if _opposed(left, right):
        return Similarity(0.0, Reason.OPPOSITE)
    return Similarity(round(_score(left, right), 1))


def _opposed(a: _Reading, b: _Reading) -> bool:
    """Whether most of what the two titles share is to grow in one and to shrink in the other."""
    shared = a.signs.keys() & b.signs.keys()
    if not shared:
        # Compounds in different forms ("nivå", "nivån") share no stem; one way only in each is enough to tell.
        ways = {*a.signs.values()}, {*b.signs.values()}
        return ways in (({1}, {-1}), ({-1}, {1}))
    return sum(a.signs[s] != b.signs[s] for s in shared) * 2 > len(shared)


def _score(a: _Reading, b: _Reading) -> float:
    shared = a.stems & b.stems
    if _letters(shared) >= _HALF * max(_letters(a.stems), _letters(b.stems)):
        return fuzz.token_set_ratio(a.text, b.text)
    whole = shared in (a.stems, b.stems) and len(shared) >= _WORDS_OF_A_TITLE
    return max(fuzz.token_sort_ratio(a.text, b.text), CONTAINED if whole else 0.0)


def _letters(stems: frozenset[str]) -> int:
    return sum(map(len, stems))


def trigram_key(title: str) -> str:
    """A title's stems in plain ASCII, what the database searches by trigrams: `tillgäng ök` -> `tillgang ok`.

    ASCII, because pg_trgm leaves out letters that the database's locale does not know. At most 1,000 characters.
    """
    folded = unicodedata.normalize("NFKD", " ".join(swedish_words.stems(title)))
    return " ".join(folded.encode("ascii", "ignore").decode().split())[:_KEY_LENGTH]
