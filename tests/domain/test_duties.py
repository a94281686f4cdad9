"""Who has to report what in a period, and what is missing."""

import pytest

from app.domain.duties import Duty, DutyKind, duties, missing_reports, reporting
from app.domain.periods import Period, Periodicity
from tests.domain.followup_model import ATLAS, BOAT, ELSEWHERE, HERE, MODEL, SHIP, T2, chain, ident, name, node, placed

ASSESS, DELIVER = DutyKind.ASSESSMENT, DutyKind.OUTCOME
P = Period.parse


def told(found: list[Duty]) -> list[tuple[str, int, str, str]]:
    return [(name(d.node), d.unit.int, d.kind.value, str(d.period)) for d in found]


def test_owner_and_those_allocated_to_assess_what_is_assessed() -> None:
    found = chain(
        [node("dream", "dream"), node("star", owner=ELSEWHERE), node("own", "course"), node("task", "task", SHIP)],
        allocations=[placed("star", HERE), placed("star", BOAT), placed("own", SHIP)],
    )
    assert told(duties(found, T2, MODEL)) == [
        ("star", 1, "assessment", "2027-T2"),
        ("star", 3, "assessment", "2027-T2"),
        ("own", 1, "assessment", "2027-T2"),
        ("own", 2, "assessment", "2027-T2"),
        ("task", 2, "assessment", "2027-08"),
    ]


def test_outcomes_come_from_those_allocated_or_else_the_owner_or_else_the_region() -> None:
    nodes = [
        node("given", "measure"),
        node("own", "measure", SHIP),
        node("far", "measure", ELSEWHERE),
        node("top", "measure", region_level_only=True),
    ]
    allocations = [placed("given", SHIP), placed("given", BOAT), placed("far", BOAT), placed("top", SHIP)]
    found = chain(nodes, allocations=allocations, at_region=True)
    assert told(duties(found, P("2027-06"), MODEL)) == [
        ("given", 3, "outcome", "2027-06"),
        ("given", 2, "outcome", "2027-06"),
        ("own", 2, "outcome", "2027-06"),
        ("far", 3, "outcome", "2027-06"),
        ("top", 1, "outcome", "2027-06"),
    ]


def test_a_measure_linked_in_from_elsewhere_is_nobodys_duty_here() -> None:
    found = chain([node("own"), node("m", "measure", ELSEWHERE, ATLAS)], "own>m")
    assert [name(d.node) for d in duties(found, T2, MODEL)] == ["own"]


@pytest.mark.parametrize(
    ("period", "own", "due"),
    [
        ("2027-08", None, "2027-T2"),
        ("2027-07", None, None),
        ("2027", None, "2027-T3"),
        ("2027-T2", Periodicity.YEAR, None),
        ("2027-T3", Periodicity.YEAR, "2027"),
        ("2027-T1", Periodicity.MONTH, "2027-04"),
    ],
)
def test_a_duty_is_due_when_a_period_of_the_nodes_periodicity_ends(
    period: str, own: Periodicity | None, due: str | None
) -> None:
    found = chain([node("star", periodicity=own)])
    assert [str(d.period) for d in duties(found, P(period), MODEL)] == ([due] if due else [])


def test_missing_and_met() -> None:
    star, measure = ident("star"), ident("m")
    owed = [
        Duty(star, HERE, ASSESS, T2),
        Duty(star, SHIP, ASSESS, T2),
        Duty(measure, SHIP, DELIVER, T2),
        Duty(measure, BOAT, DELIVER, T2),
    ]
    assessed, delivered = {(star, SHIP), (measure, BOAT)}, {(measure, SHIP), (star, HERE)}
    assert missing_reports(owed, assessed, delivered) == [owed[0], owed[3]]
    found = reporting(owed, assessed, delivered)
    assert found.assessing == {star: [HERE, SHIP]}
    assert found.assessed == {star: [SHIP]}
    assert found.delivering == {measure: [SHIP, BOAT]}
    assert found.delivered == {measure: [SHIP]}
