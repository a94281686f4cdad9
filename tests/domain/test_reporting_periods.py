"""I1: the right periodicity, an open plan version."""

import pytest

from app.domain.periods import Period, Periodicity
from app.domain.plan_versions import PlanStatus
from app.domain.reporting_periods import period_fits, plan_open
from tests.domain.models import REFUSED, only, said

MONTH, TERTIAL, YEAR = Periodicity.MONTH, Periodicity.TERTIAL, Periodicity.YEAR


@pytest.mark.parametrize(("period", "by"), [("2027-04", {MONTH}), ("2027-T1", {TERTIAL}), ("2027", {YEAR})])
def test_i1_accepted(period: str, by: set[Periodicity]) -> None:
    assert not said(period_fits(Period.parse(period), by))


@pytest.mark.parametrize(("period", "by"), [("2027-T1", {MONTH}), ("2027-04", {TERTIAL, YEAR}), ("2027", set())])
def test_i1_refused_another_periodicity(period: str, by: set[Periodicity]) -> None:
    finding = only(period_fits(Period.parse(period), by))
    assert (finding.rule, finding.pointer, finding.is_conflict) == ("I1", "/period", False)
    assert finding.facts == {"period": period, "followed_up": sorted(by)}


def test_i1_edge_an_indicator_is_followed_up_by_the_periodicity_of_each_of_its_nodes() -> None:
    for period in ("2027", "2027-12"):
        assert not said(period_fits(Period.parse(period), {YEAR, MONTH}))
    assert said(period_fits(Period.parse("2027-T3"), {YEAR, MONTH})) == [("I1", "/period", REFUSED)]


def test_i1_says_which_periods_there_are() -> None:
    finding = only(period_fits(Period.parse("2027-04"), {TERTIAL, YEAR}, "/3/period"))
    assert "år (2027) eller tertial (2027-T1)" in finding.message.sv
    assert finding.pointer == "/3/period"


@pytest.mark.parametrize("status", [PlanStatus.PLANNING, PlanStatus.LIVE])
def test_i1_accepted_in_an_open_plan(status: PlanStatus) -> None:
    assert not said(plan_open(Period.parse("2027-T1"), status))


@pytest.mark.parametrize("status", [PlanStatus.ARCHIVED, None])
def test_i1_refused_in_a_closed_plan_for_now(status: PlanStatus | None) -> None:
    finding = only(plan_open(Period.parse("2027-T1"), status))
    assert said([finding]) == [("I1", "/period", REFUSED)]
    assert finding.is_conflict
    assert "2027" in finding.message.sv
