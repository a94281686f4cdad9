"""People: what they are called, and what holds of their licences and memberships (B1, B4)."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from app.domain.findings import Finding, also, rule
from app.domain.permission_groups import GroupKind
from app.domain.texts import Text


class MembershipSource(StrEnum):
    """Who looks after a membership: an administrator, or the directory's synchronisation."""

    MANUAL = "manual"
    DIRECTORY = "directory"


@rule(
    "B4",
    title=Text("Licenser", "Licences"),
    statement=Text(
        "En aktiv användare har en licens, hur många behörigheter den än har. Regionens licenser kan inte överskridas.",
        "An active user holds one licence however many permissions. The region's licences can't be exceeded.",
    ),
    source="000 §9.2",
    depends_on_state=True,
)
def licence_left(total: int | None, used: int, wanted: int = 1) -> Iterator[Finding]:
    """B4: `wanted` more users can be active. `total` None: no limit."""
    if total is None or used + wanted <= total:
        return
    words = Text(
        "Regionens {total} licenser är alla använda. Avaktivera en användare, eller utöka antalet.",
        "The region's {total} licences are all in use. Deactivate a user, or raise the number.",
    )
    yield Finding("B4", words.fill(total=total), facts={"total": total, "used": used})


@also("B4")
def not_below_used(total: int | None, used: int) -> Iterator[Finding]:
    """B4: the number of licences is not lowered below those in use."""
    if total is None or used <= total:
        return
    words = Text(
        "{used} användare har en licens; antalet kan inte sättas till {total}.",
        "{used} users hold a licence; the number can't be set to {total}.",
    )
    yield Finding("B4", words.fill(used=used, total=total), "/total", facts={"total": total, "used": used})


@also("B1")
def is_a_persons_group(kind: GroupKind, group: str, pointer: str) -> Iterator[Finding]:
    """B1: a client's group is for API keys, not for persons."""
    if kind is GroupKind.INTEGRATION:
        words = Text(
            "Gruppen {group} är för integrationer, inte för personer.",
            "The group {group} is for integrations, not for persons.",
        )
        yield Finding("B1", words.fill(group=group), pointer, facts={"group": group})


@also("B1")
def adds_to_a_base_group(kinds: Iterable[GroupKind], pointer: str) -> Iterator[Finding]:
    """B1: someone with an addition has a base group too. `kinds` are those of all the person's groups."""
    held = set(kinds)
    if GroupKind.ADDITION in held and GroupKind.BASE not in held:
        words = Text(
            "Ett tillägg förutsätter en grundbehörighet: Chef, Användare, Verksamhetsstöd eller Titta.",
            "An addition takes a base group to add to: Chef, Användare, Verksamhetsstöd or Titta.",
        )
        yield Finding("B1", words, pointer, depends_on_state=True)
