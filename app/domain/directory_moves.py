"""What the directory's changes of people mean for what they may do: move, leave, return (B3)."""

from collections.abc import Sequence
from uuid import UUID

from app.domain.findings import rule
from app.domain.nodes import UnitView
from app.domain.texts import Text


def administration_level(levels: Sequence[str], board_level: str) -> str:
    """The level right below the boards, which a person who changes it leaves behind; the boards' own where none is.

    `levels` are the region's, from the top down.
    """
    below = levels.index(board_level) + 1
    return levels[below] if below < len(levels) else board_level


def administration_of(unit: UnitView, level: str) -> UUID:
    """The administration that a unit belongs to: itself or one above it on that level; above them all, itself."""
    if unit.level == level:
        return unit.id
    return next((above.id for above in unit.ancestors if above.level == level), unit.id)


@rule(
    "B3",
    title=Text("Katalogen styr", "The directory decides"),
    statement=Text(
        "Användare kommer från katalogen. Den som byter förvaltning förlorar den gamla delen av organisationen; den som"
        " slutar förlorar sin åtkomst och lämnar tillbaka sin licens. Ansvar som blir utan person listas.",
        "Users come from the directory. One who changes administration loses the old part of the organisation; one who"
        " leaves loses access and gives the licence back. Responsibilities left without a person are listed.",
    ),
    source="000 §9.2",
)
def lost_by_move(old: UnitView, new: UnitView, held_at: UnitView, level: str) -> bool:
    """B3: whether a permission at `held_at` ends when a person moves from `old` to `new`.

    It does where it belongs to the administration that is left; what was given elsewhere was given for another reason.
    `level`: the administrations' level.
    """
    left = administration_of(old, level)
    return left != administration_of(new, level) and administration_of(held_at, level) == left
