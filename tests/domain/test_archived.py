"""V3: an archived plan is history."""

from app.domain.archived import still_open
from app.domain.findings import RulesBroken
from app.domain.plan_versions import PlanStatus


def test_v3_accepted_in_a_live_plan() -> None:
    assert list(still_open(2027, PlanStatus.LIVE)) == []


def test_v3_refused_in_an_archived_plan() -> None:
    [finding] = still_open(2025, PlanStatus.ARCHIVED, "/year")
    assert (finding.rule, finding.pointer, finding.facts) == ("V3", "/year", {"year": 2025})
    assert "2025" in finding.message.sv
    assert "2025" in finding.message.en
    assert RulesBroken([finding]).is_conflict


def test_v3_edge_a_plan_not_yet_live_is_open() -> None:
    assert list(still_open(2028, PlanStatus.PLANNING)) == []
