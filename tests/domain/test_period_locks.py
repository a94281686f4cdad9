"""R6 and I7: what is locked stays, and a correction of it waits."""

from uuid import UUID

import pytest

from app.domain.corrections import CorrectionState, still_held
from app.domain.findings import RulesBroken, Severity, settle
from app.domain.identity import new_id
from app.domain.period_locks import (
    LockedWhat,
    PeriodLock,
    assessment_unlocked,
    held_back,
    lock_on,
    not_locked_already,
    still_locked,
)
from app.domain.periods import Period, parse_period

UNIT, OTHER = new_id(), new_id()
MAY = parse_period("2027-05")


def _lock(period: str, what: LockedWhat = LockedWhat.ALL, unit: UUID = UNIT) -> PeriodLock:
    return PeriodLock(new_id(), unit, parse_period(period), what, "klarmarkerad")


def test_r6_accepted_where_nothing_is_locked() -> None:
    assert list(assessment_unlocked("SU", MAY, None)) == []
    assert lock_on([], LockedWhat.OUTCOMES, UNIT, MAY) is None


def test_r6_refused_in_a_locked_period() -> None:
    lock = _lock("2027-T2")
    assert lock_on([lock], LockedWhat.ASSESSMENTS, UNIT, MAY) is lock
    [finding] = assessment_unlocked("Sahlgrenska", MAY, lock)
    assert (finding.rule, finding.pointer, finding.facts["lock"]) == ("R6", "/period", str(lock.id))
    assert "Sahlgrenska (klarmarkerad)" in finding.message.sv
    assert RulesBroken([finding]).is_conflict


@pytest.mark.rule("R6", "edge")
@pytest.mark.parametrize(
    ("locked", "period", "holds"),
    [
        ("2027-T1", "2027-01", True),
        ("2027-T1", "2027-04", True),
        ("2027-T1", "2027-T1", True),
        ("2027-T1", "2027-05", False),
        ("2027-T1", "2027", False),
        ("2027", "2027-T3", True),
        ("2027-04", "2027-T1", False),
        ("2027-04", "2026-04", False),
    ],
)
def test_a_lock_holds_what_lies_within_it(locked: str, period: str, holds: bool) -> None:
    assert _lock(locked).holds(LockedWhat.OUTCOMES, UNIT, Period.parse(period)) is holds


def test_a_lock_holds_its_own_unit_and_what_it_says() -> None:
    lock = _lock("2027-T2", LockedWhat.ASSESSMENTS)
    assert lock.holds(LockedWhat.ASSESSMENTS, UNIT, MAY)
    assert not lock.holds(LockedWhat.OUTCOMES, UNIT, MAY)
    assert not lock.holds(LockedWhat.ASSESSMENTS, OTHER, MAY)
    assert lock_on([lock, _lock("2027")], LockedWhat.OUTCOMES, UNIT, MAY) is not None


def test_one_lock_is_enough_and_is_lifted_once() -> None:
    standing = new_id()
    assert list(not_locked_already("SU", MAY, None)) == []
    [finding] = not_locked_already("SU", MAY, standing)
    assert finding.facts == {"lock": str(standing)}
    assert list(still_locked(unlocked=False)) == []
    [finding] = still_locked(unlocked=True)
    assert finding.is_conflict


def test_a_held_correction_is_a_remark_that_gives_the_reason() -> None:
    remark = held_back("SU", MAY, _lock("2027-T2"))
    assert (remark.rule, remark.severity) == ("I7", Severity.WARNING)
    assert "2027-T2 is locked at SU (klarmarkerad)" in remark.message.en
    assert settle([remark]) == (remark,)


def test_a_correction_is_decided_once() -> None:
    assert list(still_held(CorrectionState.HELD)) == []
    for state in (CorrectionState.ACCEPTED, CorrectionState.DECLINED, CorrectionState.SUPERSEDED):
        [finding] = still_held(state)
        assert finding.is_conflict
        assert finding.facts == {"state": state.value}
