"""How many of a list may be asked for. Each raises BAD_USER_INPUT for more, or for less than one."""

from app.graphql.errors import bad_input

MOST = 500
MOST_PERIODS = 60
MOST_EXPLAINED = 10
_USUAL = 50


def page_size(first: int | None) -> int:
    """Of a page: 50 if not said, at most 500."""
    return _within("first", _USUAL if first is None else first, MOST)


def missing_most(first: int | None) -> int:
    """Of what is missing: 500 if not said, and at most."""
    return _within("first", MOST if first is None else first, MOST)


def outcome_periods(periods: int) -> int:
    """Of an indicator's latest periods: at most 60."""
    return _within("periods", periods, MOST_PERIODS)


def _within(name: str, said: int, most: int) -> int:
    if not 1 <= said <= most:
        raise bad_input(f"{name}: between 1 and {most}")
    return said
