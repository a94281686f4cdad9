"""Swedish words as near-identity reads them: which carry no meaning, and which pull in opposite directions.

`stems("Köerna i sjukvården ska kortas")` is `("kö", "sjukvård", "kort")`.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from snowballstemmer import stemmer

_STEMMER = stemmer("swedish")

# "inte" and "utan" are left out: they turn a sentence round.
_STOP_WORDS = """
    alla allt att av bli blir blivit bland bör både de dels dem den denna deras dess dessa det detta där därför då egen
    egna eget eller en enligt enl ett exempelvis för från få får genom ge ges ha han har hela hon hos hur här i inför
    inklusive inom ja kan kommer kring man med medan mellan men mot mycket måste ned ner nu när och också om oss på
    redan samt samtliga sig sin sina sitt ska skall skulle som syfte så sådan till under upp ur vad var vara varit
    varje via vid vilka vilken vilket vi vår våra vårt än är även över
    """
STOP_WORDS = frozenset(_STOP_WORDS.split())

_UP = "ök utök höj fler mer större högre bättre längre växa dubbl stärk förstärk förbättr förläng"
_DOWN = "minsk sänk färre mindre lägre sämre kortare kort förkort halver reducer försvag försämr"
_SIGNS = dict.fromkeys(_UP.split(), 1) | dict.fromkeys(_DOWN.split(), -1)
# The stemmer keeps "ökad", "ökat" and "ökning" apart; here they are one root and its endings.
_DIRECTED = re.compile(
    rf"({'|'.join(sorted(_SIGNS, key=len, reverse=True))})"
    r"(?:a|ar|as|at|ad|ade|ades|ats|ande|er|erad|erade|erar|eras|erat|ning|ningen|t|ta|d|da|s|ts)?"
)
_BETWEEN = frozenset({"och", "samt", "men", "genom"})
# "På kort sikt" says when, not which way.
_NOT_DIRECTED = frozenset({"kort"})
# Short plurals that the stemmer leaves alone, because it never cuts into a word's first three letters.
_SHORT = {"köer": "kö", "köerna": "kö", "köernas": "kö", "köers": "kö"}
_TWO_TO_TWELVE = "två tre fyra fem sex sju åtta nio tio elva tolv"
_NUMBER_WORDS = {word: str(number) for number, word in enumerate(_TWO_TO_TWELVE.split(), start=2)}
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_THOUSANDS = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))")


def words(text: str) -> tuple[str, ...]:
    """Every word and number of a text, lower-cased: `10 000` is one number, `4,5` and `4.5` are the same."""
    closed = _THOUSANDS.sub("", text.lower())
    found = (w.replace(",", ".") if w[0].isdigit() else w for w in _WORD.findall(closed))
    return tuple(_NUMBER_WORDS.get(w, w) for w in found)


def stems(text: str) -> tuple[str, ...]:
    """The stems of the words that carry meaning, in order; of every word, where none does."""
    every = words(text)
    return tuple(_stem(w) for w in every if w not in STOP_WORDS) or tuple(_stem(w) for w in every)


def numbers(text: str) -> frozenset[str]:
    """The numbers that a text names, in digits or (two to twelve) in words."""
    return frozenset(w for w in words(text) if w[0].isdigit())


def signs(text: str) -> dict[str, int]:
    """Stem -> 1 or -1: whether what it stands for is to grow or to shrink, by the nearest word that says so.

    `Köerna ska kortas och tillgängligheten öka`: {kö: -1, tillgäng: 1}. A word in the same clause comes before a
    nearer one on the other side of an "och". Empty where no word says so.
    """
    clause, placed = 0, []
    for place, word in enumerate(words(text)):
        clause += word in _BETWEEN
        placed.append(_Placed(clause, place, word, _sign(word)))
    directed = [w for w in placed if w.sign]
    if not directed:
        return {}
    return {_stem(w.word): w.nearest(directed).sign for w in placed if not w.sign and w.word not in STOP_WORDS}


class _Placed(NamedTuple):
    """A word and where in its text it stands."""

    clause: int
    place: int
    word: str
    sign: int

    def nearest(self, others: Iterable["_Placed"]) -> "_Placed":
        """The nearest of `others`, those of the same clause first."""
        return min(others, key=lambda o: (o.clause != self.clause, abs(o.place - self.place)))


def _sign(word: str) -> int:
    if word in _NOT_DIRECTED:
        return 0
    match = _DIRECTED.fullmatch(word)
    return _SIGNS[match[1]] if match else 0


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    if word in _SHORT:
        return _SHORT[word]
    if match := _DIRECTED.fullmatch(word):
        return match[1]
    return str(_STEMMER.stemWord(word))
