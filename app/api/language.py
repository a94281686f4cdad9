"""Which language a caller wants: Swedish, or English where `Accept-Language` ranks it first."""

from app.domain.texts import Language

_LONGEST = 200


def language_of(accept_language: str | None) -> Language:
    """`sv` or `en`, by quality (RFC 9110 §12.5.4); Swedish where the header says neither or can't be read."""
    best: tuple[float, Language] = (0.0, "sv")
    for part in (accept_language or "")[:_LONGEST].split(","):
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        quality = _quality(parameters)
        if language == "en" and quality > best[0]:
            best = (quality, "en")
        elif language in {"sv", "*"} and quality > best[0]:
            best = (quality, "sv")
    return best[1]


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
