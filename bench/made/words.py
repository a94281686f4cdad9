"""Titles and texts in plausible Swedish, made up throughout."""

import random
from functools import cache

from app.domain.similarity import trigram_key
from app.domain.texts import swedish_sort_key

_DO = ("Korta", "Minska", "Öka", "Stärka", "Utveckla", "Säkra", "Samordna", "Följa upp", "Införa", "Förbättra")
_WHAT = (
    "väntetiden till första besök",
    "andelen vårdrelaterade infektioner",
    "tillgängligheten i första linjen",
    "bemanningen på obekväm tid",
    "energianvändningen i egna lokaler",
    "kompetensen i patientsäkerhet",
    "samverkan med kommunerna",
    "beläggningsgraden i slutenvården",
    "användningen av digitala vårdmöten",
    "sjukfrånvaron",
    "utskrivningen till hemmet",
    "läkemedelsgenomgångarna",
    "rutinen för avvikelser",
    "återbruket av utrustning",
    "planeringen av operationer",
)
_WHOM = (
    "för barn och unga",
    "för äldre med flera sjukdomar",
    "i akutsjukvården",
    "inom psykiatrin",
    "för nya medarbetare",
    "i hela verksamheten",
    "tillsammans med patienterna",
    "inom öppenvården",
)
_ANALYSIS = (
    "Utvecklingen följer planen, med något lägre takt under sommaren.",
    "Arbetet har försenats av vakanser; effekten väntas under hösten.",
    "Resultatet förbättras i de flesta enheterna. Skillnaderna mellan dem är fortsatt stora.",
    "Målnivån nås inte utan fler disponibla platser.",
)
_MEASURES = (
    "Rekrytering pågår, och arbetssättet ändras från oktober.",
    "Handlingsplan är beslutad och följs upp varje månad.",
)


@cache
def _keys(phrase: str) -> tuple[str, str]:
    return swedish_sort_key(phrase), trigram_key(phrase)


class Words:
    """Draws titles and texts."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._given = 0

    def title(self) -> tuple[str, str, str]:
        """A title that no other node has, with its key for sorting and its key for searching."""
        self._given += 1
        phrase = f"{self._rng.choice(_DO)} {self._rng.choice(_WHAT)} {self._rng.choice(_WHOM)}"
        sort, key = _keys(phrase)
        number = f"{self._given:06d}"
        return f"{phrase} {number}", f"{sort} {number}", f"{key} {number}"

    def analysis(self) -> str:
        """What an assessment says."""
        return self._rng.choice(_ANALYSIS)

    def measures(self) -> str:
        """What is done about it."""
        return self._rng.choice(_MEASURES)
