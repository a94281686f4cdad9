"""Where a change comes from, as the audit log says it (B6)."""

from dataclasses import dataclass

_LONGEST = {"actor": 255, "request_id": 100, "client": 300, "address": 64}


@dataclass(frozen=True, slots=True)
class Origin:
    """Who changes something, by which request, with which client, from which address; "" where it isn't known."""

    actor: str = ""
    request_id: str = ""
    client: str = ""
    address: str = ""

    def parameters(self) -> dict[str, str]:
        """The values as PostgreSQL's settings take them: without control characters, and bounded in length."""
        return {name: _clean(getattr(self, name), most) for name, most in _LONGEST.items()}


UNSAID = Origin()
"""Nobody has said who: the log names the database's user."""


def _clean(said: str, most: int) -> str:
    kept = said[:most]
    # A header may hold any byte; most hold none that needs a second look.
    return kept if kept.isprintable() else "".join(c if c.isprintable() else "?" for c in kept)
