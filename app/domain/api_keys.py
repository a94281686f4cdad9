"""Keys of integrations: which can be given a new secret, and who looks after them (B1)."""

from collections.abc import Iterator

from app.domain.findings import Finding, also
from app.domain.texts import Text


@also("B1")
def still_lasts(name: str, *, revoked: bool, expired: bool) -> Iterator[Finding]:
    """B1: only a key that still opens something gets a new secret; what was taken back stays taken back."""
    if revoked or expired:
        words = Text(
            "Nyckeln {name} gäller inte längre och kan inte få en ny hemlighet. Gör en ny nyckel.",
            "The key {name} is not valid any more and can't be given a new secret. Make a new key.",
        )
        yield Finding("B1", words.fill(name=name), facts={"name": name}, depends_on_state=True)


@also("B1")
def is_a_person(*, is_integration: bool) -> Iterator[Finding]:
    """B1: keys are made by persons. A key that made keys would outlive its own end, in whoever's hands it is."""
    if is_integration:
        words = Text(
            "En nyckel kan inte göra nycklar, eller ge dem nya hemligheter: det gör en person.",
            "A key can't make keys, or give them new secrets: that is for a person.",
        )
        yield Finding("B1", words)
