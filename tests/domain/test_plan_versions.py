"""V1: one live plan version, and one version per year."""

import pytest

from app.domain.findings import RulesBroken
from app.domain.plan_versions import PlanStatus, one_live, one_per_year

STANDING = {2025: PlanStatus.ARCHIVED, 2026: PlanStatus.LIVE}


def test_v1_accepted_a_plan_beside_the_live_one() -> None:
    assert list(one_live(PlanStatus.PLANNING, STANDING)) == []
    assert list(one_per_year(2027, STANDING)) == []


def test_v1_refused_a_second_live_plan() -> None:
    [finding] = one_live(PlanStatus.LIVE, STANDING)
    assert (finding.rule, finding.pointer, finding.facts) == ("V1", "/status", {"live_year": 2026})
    assert RulesBroken([finding]).is_conflict


@pytest.mark.parametrize("year", STANDING)
def test_v1_refused_a_second_plan_of_a_year_archived_or_not(year: int) -> None:
    [finding] = one_per_year(year, STANDING)
    assert (finding.pointer, finding.facts) == ("/year", {"year": year})


def test_v1_edge_the_first_plan_may_be_live() -> None:
    assert list(one_live(PlanStatus.LIVE, {})) == []
    assert list(one_live(PlanStatus.LIVE, {2025: PlanStatus.ARCHIVED})) == []


def test_an_archived_plan_is_closed() -> None:
    assert [s.is_open for s in PlanStatus] == [True, True, False]
