"""Locked periods (R6): what is locked at a unit stays as it is until somebody unlocks it, with a reason.

A lock holds what is reported at its own unit, and whose period lies within the locked one: a lock on `2027-T1` holds
the months January to April and the tertial itself, not the year, whose figure is not complete when the tertial's is. A
lock on `2027` holds all of the year. Units below have locks of their own: each unit marks its own report as ready.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.domain import outcome_imports as _imports  # noqa: F401  # registers I7
from app.domain.findings import Finding, Severity, also, rule
from app.domain.periods import Period
from app.domain.phrases import say
from app.domain.texts import Text


class LockedWhat(StrEnum):
    """What a lock holds."""

    ALL = "all"
    ASSESSMENTS = "assessments"
    OUTCOMES = "outcomes"


class LockSource(StrEnum):
    """What set a lock: an administrator by hand, or a report that was marked ready (R6)."""

    ADMINISTRATOR = "administrator"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class PeriodLock:
    """A lock in force on a unit's period."""

    id: UUID
    unit_id: UUID
    period: Period
    what: LockedWhat = LockedWhat.ALL
    reason: str = ""

    def holds(self, what: LockedWhat, unit_id: UUID, period: Period) -> bool:
        """Whether an assessment or outcome of that unit and period is locked."""
        return self.what in {LockedWhat.ALL, what} and self.unit_id == unit_id and self.period.holds(period)


def lock_on(locks: Iterable[PeriodLock], what: LockedWhat, unit_id: UUID, period: Period) -> PeriodLock | None:
    """The first of the locks in force that holds this; None where nothing does."""
    return next((lock for lock in locks if lock.holds(what, unit_id, period)), None)


@rule(
    "R6",
    title=Text("Klarmarkerat är låst", "What is marked ready is locked"),
    statement=Text(
        "När en enhets period är låst (av en administratör, eller när rapporten klarmarkeras) ändras enhetens"
        " bedömningar för perioden inte. Bara en administratör låser upp, med ett skäl.",
        "While a unit's period is locked (by an administrator, or by a report that is marked ready) the unit's"
        " assessments of the period don't change. Only an administrator unlocks, with a reason.",
    ),
    source="001 §6.3.2",
    depends_on_state=True,
)
def assessment_unlocked(
    unit: str, period: Period, lock: PeriodLock | None, pointer: str = "/period"
) -> Iterator[Finding]:
    """R6: no lock holds the assessment. `lock`: the one that does, see `lock_on`; `unit`: its name."""
    if lock is None:
        return
    yield Finding(
        "R6",
        say(
            "{period} är låst hos {unit} ({reason}). Be en administratör låsa upp.",
            "{period} is locked at {unit} ({reason}). Ask an administrator to unlock it.",
            period=lock.period,
            unit=unit,
            reason=lock.reason,
        ),
        pointer,
        facts={"lock": str(lock.id), "locked": str(lock.period), "period": str(period)},
    )


@also("R6")
def not_locked_already(unit: str, period: Period, standing: UUID | None, pointer: str = "/period") -> Iterator[Finding]:
    """R6: one lock of a kind is enough; `standing`: the lock that is there already."""
    if standing is None:
        return
    words = say("{period} är redan låst hos {unit}.", "{period} is locked at {unit} already.", period=period, unit=unit)
    yield Finding("R6", words, pointer, facts={"lock": str(standing)})


@also("R6")
def still_locked(*, unlocked: bool) -> Iterator[Finding]:
    """R6: what is unlocked can't be unlocked once more."""
    if unlocked:
        yield Finding("R6", Text("Låset är redan upplåst.", "The lock has been lifted already."))


@also("I7")
def held_back(unit: str, period: Period, lock: PeriodLock, pointer: str = "/period") -> Finding:
    """I7: a correction of an outcome in a locked period is kept for the indicator's owner to decide. A remark."""
    words = say(
        "{period} är låst hos {unit} ({reason}). Rättelsen väntar på att indikatorns ägare godtar den.",
        "{period} is locked at {unit} ({reason}). The correction waits for the indicator's owner to accept it.",
        period=lock.period,
        unit=unit,
        reason=lock.reason,
    )
    facts = {"lock": str(lock.id), "locked": str(lock.period), "period": str(period)}
    return Finding("I7", words, pointer, Severity.WARNING, facts)
