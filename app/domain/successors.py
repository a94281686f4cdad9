"""Who could take over what somebody answers for: a proposal for a person to decide on, with the reason (B3)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.domain.texts import Text

MOST = 3


class Because(StrEnum):
    """Why somebody is proposed."""

    LEADS_UNIT = "leads_unit"
    LEADS_ABOVE = "leads_above"
    SAME_GROUP = "same_group"


_WORDS = {
    Because.LEADS_UNIT: Text("Chef för {unit}.", "Manager of {unit}."),
    Because.LEADS_ABOVE: Text("Chef för {unit}, närmast ovanför.", "Manager of {unit}, the nearest above."),
    Because.SAME_GROUP: Text("Har samma behörighet på {unit}: {group}.", "Has the same permission at {unit}: {group}."),
}


@dataclass(frozen=True, slots=True)
class HeldAt:
    """An active person's membership: who, of which group, at which unit, for one module or all. `leads`: as manager."""

    subject: str
    name: str
    group: str
    unit: UUID
    module: str | None = None
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Duty:
    """What is left without a person: at a unit (and the line above it, nearest first), in a module, by whom."""

    line: Sequence[tuple[UUID, str]]
    """(id, code) of the unit itself, then of those above it."""
    module: str
    subject: str
    groups: frozenset[str] = frozenset()
    """The groups that the one who leaves had at the unit."""


@dataclass(frozen=True, slots=True)
class Successor:
    """A proposal: who, why, and where that person is so."""

    subject: str
    name: str
    because: Because
    unit: str
    group: str

    @property
    def message(self) -> Text:
        """The reason in words."""
        return _WORDS[self.because].fill(unit=self.unit, group=self.group)


def successors(duty: Duty, people: Collection[HeldAt]) -> tuple[Successor, ...]:
    """At most three who could take over, the first choice first; none where nobody is near.

    The unit's managers; then those of the nearest unit above that has any; then others at the unit with a group that
    the one who leaves had there. In each: by name, then by subject. Nobody twice.
    """
    able = [held for held in people if held.subject != duty.subject and held.module in {None, duty.module}]
    ranked = (*_leading(duty, able), *_alike(duty, able))
    first: dict[str, Successor] = {}
    for proposed in ranked:
        first.setdefault(proposed.subject, proposed)
    return tuple(first.values())[:MOST]


def _leading(duty: Duty, able: Sequence[HeldAt]) -> Iterator[Successor]:
    """The managers of the unit, and those of the nearest one above that has any."""
    (own, _), *above = duty.line
    yield from _told(able, duty.line[0], Because.LEADS_UNIT, leads=True)
    nearest = next((unit for unit in above if any(h.leads and h.unit == unit[0] for h in able)), None)
    if nearest is not None and nearest[0] != own:
        yield from _told(able, nearest, Because.LEADS_ABOVE, leads=True)


def _alike(duty: Duty, able: Sequence[HeldAt]) -> Iterator[Successor]:
    return _told([held for held in able if held.group in duty.groups], duty.line[0], Because.SAME_GROUP, leads=False)


def _told(able: Iterable[HeldAt], unit: tuple[UUID, str], because: Because, *, leads: bool) -> Iterator[Successor]:
    here = [held for held in able if held.unit == unit[0] and (held.leads or not leads)]
    for held in sorted(here, key=lambda h: (h.name, h.subject, h.group)):
        yield Successor(held.subject, held.name, because, unit[1], held.group)
