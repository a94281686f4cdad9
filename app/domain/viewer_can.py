"""What a viewer may do with what it sees, and why not: the reasons that the acts themselves are refused for.

A front end asks this instead of keeping a copy of the rules. What depends on the content of a change (a title too near
another, a grade that is not on the scale) is said by the answer to the change.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.domain.findings import Finding, Severity
from app.domain.texts import Text


class WhyNot(StrEnum):
    """Why something may not be done."""

    ARCHIVED = "archived"
    LICENCE = "licence"
    LOCKED = "locked"
    REACH = "reach"
    ROLE = "role"
    SCOPE = "scope"


_WORDS = {
    WhyNot.ROLE: Text("Ingen av dina behörigheter tillåter detta.", "None of your permissions allows this."),
    WhyNot.REACH: Text("Enheten ligger utanför din behörighet.", "The unit is outside what your permission reaches."),
    WhyNot.SCOPE: Text("Din behörighet gäller andra moduler.", "Your permission is for other modules."),
}


@dataclass(frozen=True, slots=True)
class Hindrance:
    """One reason, the rule that says so, and words for people."""

    why: WhyNot
    rule: str
    message: Text


@dataclass(frozen=True, slots=True)
class Ability:
    """Whether one may; every reason why not."""

    hindrances: tuple[Hindrance, ...] = ()

    @property
    def may(self) -> bool:
        """Nothing is in the way."""
        return not self.hindrances


def ability(
    *,
    held: bool,
    reached: bool,
    in_scope: bool,
    archived: Iterable[Finding] = (),
    locked: Iterable[Finding] = (),
    licence: Iterable[Finding] = (),
) -> Ability:
    """From the facts that an act asks about. `held`: the right, somewhere; `reached`: it counts at the unit acted upon.

    `archived`, `locked`, `licence`: what the rules (V3, I1, R6, B4) find; warnings among them are in nobody's way.
    """
    found = []
    if not held:
        found.append(Hindrance(WhyNot.ROLE, "B1", _WORDS[WhyNot.ROLE]))
    elif not reached:
        found.append(Hindrance(WhyNot.REACH, "B1", _WORDS[WhyNot.REACH]))
    if not in_scope:
        found.append(Hindrance(WhyNot.SCOPE, "B1", _WORDS[WhyNot.SCOPE]))
    told = ((WhyNot.ARCHIVED, archived), (WhyNot.LOCKED, locked), (WhyNot.LICENCE, licence))
    for why, findings in told:
        found += [Hindrance(why, f.rule, f.message) for f in findings if f.severity is not Severity.WARNING]
    return Ability(tuple(found))
