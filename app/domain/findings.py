"""What a rule says: refused, to be confirmed, or a warning; and the register of all rules.

A rule is a function marked with `@rule("K5", ...)`. It takes plain concepts, asks nothing of a database or a
clock, and yields findings: none when all is well. Services gather the findings of every rule that applies and
raise `RulesBroken` once, so that a caller sees all that is wrong at the same time.

    DomainError
    ├── RulesBroken        one or more rules refuse; carries every finding, warnings too
    ├── NotFound           what was named does not exist, or may not be seen (B2: the two look alike)
    ├── Forbidden          it may be seen, but not changed by this credential
    └── InvalidInput       the input's form is wrong (unknown column, unknown unit, bad period)
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ParamSpec, TypeVar

from app.domain.texts import Text

P = ParamSpec("P")
R = TypeVar("R")


class Severity(StrEnum):
    """How strongly a finding speaks."""

    REFUSED = "refused"
    CONFIRM = "confirm"  # refused until the caller confirms, see N2
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark of one rule.

    `pointer` is a JSON pointer (RFC 6901) into the request, "" for the whole of it.
    `facts` holds what the message speaks of (ids, scores, figures), JSON-ready, for front ends.
    `depends_on_state` says otherwise than the rule does in general: N2 depends on which goals there are,
    but its justification is missing whatever the state.
    """

    rule: str
    message: Text
    pointer: str = ""
    severity: Severity = Severity.REFUSED
    facts: Mapping[str, Any] = field(default_factory=dict)
    depends_on_state: bool | None = None

    @property
    def is_conflict(self) -> bool:
        """Whether the same request could pass at another time."""
        if self.depends_on_state is not None:
            return self.depends_on_state
        return _RULES[self.rule].depends_on_state


@dataclass(frozen=True, slots=True)
class Rule:
    """A paragraph of the domain: its id, its words, where it comes from, and what its breach depends on.

    `depends_on_state` tells whether the same request could be accepted at another time (a conflict, 409)
    or is wrong in itself (422).
    """

    id: str
    title: Text
    statement: Text
    source: str
    depends_on_state: bool


class DomainError(Exception):
    """The root of all that the domain and the services refuse."""


class RulesBroken(DomainError):
    """One or more rules refuse the request; nothing was changed."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(f"{f.rule}: {f.message.en}" for f in self.findings))

    @property
    def is_conflict(self) -> bool:
        """Whether all that stops the request depends on the state of things (409), none of it on its form (422)."""
        return all(f.is_conflict for f in self.findings if f.severity is not Severity.WARNING)


class NotFound(DomainError):
    """What was named does not exist, or this credential may not see it."""

    def __init__(self, what: str, name: str) -> None:
        self.what = what
        self.name = name
        super().__init__(f"{what} {name} was not found")


class Forbidden(DomainError):
    """The credential may see this but not do it."""

    def __init__(self, message: Text, *, rule: str | None = None) -> None:
        self.message = message
        self.rule = rule
        super().__init__(message.en)


@dataclass(frozen=True, slots=True)
class InputError:
    """One thing wrong with the form of the input: where (JSON pointer), a stable code, and words."""

    pointer: str
    code: str
    message: Text


class InvalidInput(DomainError):
    """The form of the input is wrong: it names what does not exist, or can't be read."""

    def __init__(self, errors: Iterable[InputError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{e.pointer}: {e.message.en}" for e in self.errors))


_RULES: dict[str, Rule] = {}


def rule(
    rule_id: str, *, title: Text, statement: Text, source: str, depends_on_state: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Register a rule under its id, and keep the rule on the function (`function.rule`).

    Most rules are generators of findings; a rule that says what follows from something (A3, A6, M5) returns that.
    Further functions of the same rule are marked `@also(id)`. Raises ValueError when an id is registered twice.
    """
    record = Rule(rule_id, title, statement, source, depends_on_state)

    def register(function: Callable[P, R]) -> Callable[P, R]:
        if rule_id in _RULES:
            raise ValueError(f"rule {rule_id} is worded twice")
        _RULES[rule_id] = record
        return _marked(function, record)

    return register


def also(rule_id: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a further function of a rule that `rule` has registered already."""

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        return _marked(function, _RULES[rule_id])

    return mark


def _marked(function: Callable[P, R], record: Rule) -> Callable[P, R]:
    function.rule = record  # type: ignore[attr-defined]  # a function takes attributes; mypy has no type for it
    return function


def all_rules() -> list[Rule]:
    """Every registered rule, ordered by letter and number. Import `app.domain.catalogue` first."""
    return sorted(_RULES.values(), key=lambda r: (r.id[0], int(r.id[1:])))


def rule_by_id(rule_id: str) -> Rule | None:
    """The rule with this id, or None."""
    return _RULES.get(rule_id)


def settle(findings: Iterable[Finding], *, confirmed: bool = False) -> tuple[Finding, ...]:
    """Raise `RulesBroken` if anything is refused (or waits for a confirmation not given); return the warnings.

    With `confirmed`, findings to be confirmed come back among the warnings, so that the caller can keep them.
    """
    gathered = tuple(findings)
    stops = {Severity.REFUSED} if confirmed else {Severity.REFUSED, Severity.CONFIRM}
    if any(f.severity in stops for f in gathered):
        raise RulesBroken(gathered)
    return gathered
