"""Views: which standard filter a viewer begins with, of those that somebody has set (B5)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.domain.findings import Finding, also, rule
from app.domain.texts import Text


class ViewFor(StrEnum):
    """For whom a view is, the weakest first."""

    EVERYBODY = "everybody"
    PERMISSION_GROUP = "permission_group"
    UNIT = "unit"
    UNIT_GROUP = "unit_group"


_STRENGTH = {kind: place for place, kind in enumerate(ViewFor)}


@dataclass(frozen=True, slots=True)
class StandardView:
    """A view as the rule sees it: for whom it is. `units`: the one unit, or those of the unit group."""

    id: UUID
    kind: ViewFor
    group: str | None = None
    units: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose view is asked for: the permission groups, the more telling first; the own unit and the line above it."""

    groups: Sequence[str]
    line: Sequence[UUID]


@rule(
    "B5",
    title=Text("Vyer", "Views"),
    statement=Text(
        "Ett standardfilter kan sättas generellt, per behörighetsgrupp, per enhet och per enhetsgrupp. Det mest"
        " specifika gäller: generellt är svagast, enhetsgrupp starkast.",
        "A standard filter can be set in general, per permission group, per unit and per unit group. The most specific"
        " applies: general is weakest, unit group strongest.",
    ),
    source="000 §9.2",
)
def view_of(viewer: Viewer, views: Collection[StandardView]) -> StandardView | None:
    """B5: the view that a viewer begins with; None where none is for it.

    A unit's view is for those below it, too: of two units on the line, and of two groups that hold one, the nearest.
    """
    fitting = [(-_STRENGTH[view.kind], near, str(view.id), view) for view in views for near in _nearness(viewer, view)]
    return min(fitting, key=lambda f: f[:3])[3] if fitting else None


def _nearness(viewer: Viewer, view: StandardView) -> Iterator[int]:
    """How near the view is to the viewer, among those of its kind; nothing where it is for others."""
    if view.kind is ViewFor.EVERYBODY:
        yield 0
    elif view.kind is ViewFor.PERMISSION_GROUP:
        yield from [place for place, group in enumerate(viewer.groups) if group == view.group][:1]
    else:
        yield from [place for place, unit in enumerate(viewer.line) if unit in view.units][:1]


@also("B5")
def set_once(taken: bool, pointer: str) -> Iterator[Finding]:  # the one fact that the rule asks
    """B5: in a module there is one view for the same: else none of the two would be the most specific."""
    if taken:
        words = Text(
            "Det finns redan en vy för samma krets i modulen. Ändra den i stället.",
            "There is a view for the same in the module already. Change that one.",
        )
        yield Finding("B5", words, pointer, depends_on_state=True)
