"""What happens when credentials are looked at, for whoever counts it."""

from collections.abc import Callable
from dataclasses import dataclass


def _unheard(*_: object) -> None:
    """Nobody counts."""


@dataclass(frozen=True, slots=True)
class SignInEvents:
    """Told as they happen. Reasons are words of ours, few in number, and hold nothing of a credential."""

    refused: Callable[[str, str], None] = _unheard
    """(kind, reason): a credential was refused. Kinds: key, token, none."""
    keys_fetched: Callable[[bool, float], None] = _unheard
    """(whether they were had, seconds): the issuer's keys were asked for."""
