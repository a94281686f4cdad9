"""Small pieces of the sentences that rules speak: lists of words, quoted titles."""

from collections.abc import Iterable

from app.domain.texts import Text

_LONGEST = 80


def listed(texts: Iterable[Text], sv: str = "och", en: str = "and") -> Text:
    """`a, b och c` / `a, b and c`; empty for nothing."""
    every = list(texts)
    return Text(_joined([t.sv for t in every], sv), _joined([t.en for t in every], en))


def either(texts: Iterable[Text]) -> Text:
    """`a, b eller c` / `a, b or c`."""
    return listed(texts, "eller", "or")


def named(names: Iterable[str]) -> Text:
    """Names that are the same in both languages, listed."""
    return listed(Text(n, n) for n in names)


def short(title: str) -> str:
    """A title as it can stand in a sentence: at most 80 characters."""
    return title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1].rstrip()}…"


def _joined(words: list[str], conjunction: str) -> str:
    if len(words) < 2:  # noqa: PLR2004  # one word needs no conjunction
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def quoted(titles: Iterable[str]) -> list[Text]:
    """Titles, shortened, in each language's quotation marks."""
    return [Text(f"”{short(t)}”", f"“{short(t)}”") for t in titles]


def counted(count: int, one: Text, many: Text) -> Text:
    """`1 nod`, `3 noder`."""
    what = one if count == 1 else many
    return Text(f"{count} {what.sv}", f"{count} {what.en}")


def say(sv: str, en: str, **facts: object) -> Text:
    """A sentence in both languages, its `{places}` filled; a fact that is a Text itself goes in by language."""
    return Text(sv, en).fill(**facts)
