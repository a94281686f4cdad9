"""A3 following, A5, A6, A7."""

from dataclasses import replace

import pytest

from app.domain.allocation import NewAllocation
from app.domain.allocation_flow import FORCE_NEEDS_ROLE, Built, added_load, following, table, withdrawal
from app.domain.periods import Periodicity
from tests.domain.models import (
    BOW,
    CUTTER,
    EAST,
    GAUGE,
    MODEL,
    REALM,
    REFUSED,
    WARNING,
    WEST,
    new,
    node,
    only,
    said,
)

STAR = node("star")
COURSE = node("course", above=frozenset({STAR.id}))


def test_a3_following_gives_what_is_not_there_yet() -> None:
    comes, there = node("measure", module=GAUGE), node("measure", allocated_to=frozenset({WEST.id}))
    stays = node("measure", region_level_only=True)
    assert following([comes, there, stays, COURSE], WEST, MODEL) == (comes,)


def test_a5_accepted_when_nothing_is_built() -> None:
    assert not said(withdrawal(STAR, WEST, Built()))


@pytest.mark.parametrize(
    ("built", "told"),
    [
        (Built(children=(node("bearing", WEST),)), "children"),
        (Built(dependents=(COURSE,)), "dependents"),
        (Built(allocations=(CUTTER,)), "allocations"),
        (Built(assessments=2), "assessments"),
        (Built(outcomes=3), "outcomes"),
    ],
)
def test_a5_refused_with_what_stands_in_the_way(built: Built, told: str) -> None:
    finding = only(withdrawal(STAR, WEST, built))
    assert (finding.rule, finding.severity.value, finding.is_conflict) == ("A5", REFUSED, True)
    assert set(finding.facts) == {"node", "unit", told}
    assert finding.facts[told]


def test_a5_edge_forced_it_is_a_warning_and_all_is_listed_at_once() -> None:
    built = Built(children=(COURSE,), assessments=2)
    finding = only(withdrawal(STAR, WEST, built, forced=True))
    assert finding.severity.value == WARNING
    assert "1 nod under den och 2 bedömningar" in finding.message.sv
    assert FORCE_NEEDS_ROLE.sv != FORCE_NEEDS_ROLE.en


def test_a6_accepted_counts_nodes_duties_and_reports_per_unit() -> None:
    monthly, yearly = node("measure"), node("course", periodicity=Periodicity.YEAR)
    found = added_load([(STAR, WEST), (monthly, WEST), (yearly, WEST), (STAR, EAST)])
    assert [(a.unit.code, a.nodes, a.duties, a.reports_a_year) for a in found] == [
        ("EAST", 1, 1, 3),
        ("WEST", 3, 3, 3 + 12 + 1),
    ]


def test_a6_refused_to_count_twice_or_what_is_there() -> None:
    there = replace(STAR, allocated_to=frozenset({WEST.id}))
    assert added_load([(there, WEST), (STAR, REALM)]) == ()
    assert [a.nodes for a in added_load([(COURSE, WEST), (COURSE, WEST)])] == [1]


def test_a6_edge_what_nobody_reports_on_is_no_duty() -> None:
    mute = replace(STAR, column=STAR.column.model_copy(update={"assessment": None, "standard_periodicity": None}))
    top_only = node("measure", region_level_only=True)
    silent = replace(STAR, id=node("star").id, column=STAR.column.model_copy(update={"standard_periodicity": None}))
    found = added_load([(mute, WEST), (top_only, WEST), (silent, WEST)])
    assert [(a.nodes, a.duties, a.reports_a_year) for a in found] == [(3, 1, 0)]


def rows(*pairs: NewAllocation) -> list[NewAllocation]:
    return [replace(pair, pointer=f"/{i}") for i, pair in enumerate(pairs)]


def test_a7_accepted_whole_in_any_order_of_rows() -> None:
    asked = rows(
        NewAllocation(node=COURSE, unit=WEST, parents=(STAR,)),
        NewAllocation(node=STAR, unit=WEST),
    )
    outcome = table(asked, MODEL)
    assert outcome.accepted == tuple(asked)
    assert outcome.findings == ()


def test_a7_refused_rows_are_named_with_their_rule_and_the_rest_stands() -> None:
    asked = rows(
        NewAllocation(node=STAR, unit=WEST),
        NewAllocation(node=COURSE, unit=EAST, parents=(STAR,)),
        NewAllocation(node=STAR, unit=WEST),
        NewAllocation(node=node("course", WEST), unit=EAST),
    )
    outcome = table(asked, MODEL)
    assert outcome.accepted == (asked[0],)
    assert said(outcome.findings) == [("A2", "/1", REFUSED), ("A7", "/2", REFUSED), ("A1", "/3", REFUSED)]
    assert not outcome.findings[1].is_conflict


def test_a7_edge_a_refused_row_carries_no_other() -> None:
    own_star = node("star", WEST)
    own_course = node("course", WEST)
    asked = rows(
        NewAllocation(node=own_course, unit=BOW, parents=(own_star,)),
        NewAllocation(node=own_star, unit=BOW, parents=()),
    )
    assert said(table(asked, MODEL).findings) == []
    asked = rows(
        NewAllocation(node=replace(own_course, owner=REALM), unit=EAST, parents=(own_star,)),
        NewAllocation(node=own_star, unit=EAST),
    )
    assert said(table(asked, MODEL).findings) == [
        ("A2", "/0", REFUSED),
        ("A1", "/1", REFUSED),
        ("N3", "/1", REFUSED),
    ]


def test_a7_edge_warnings_do_not_refuse_a_row() -> None:
    only_top = node("measure", region_level_only=True)
    outcome = table(rows(NewAllocation(node=only_top, unit=WEST)), MODEL)
    assert len(outcome.accepted) == 1
    assert said(outcome.findings) == [("A3", "/0", WARNING)]
    assert table([], MODEL).accepted == ()


def test_the_small_model_can_plan() -> None:
    assert new("watch", BOW).followed_up is Periodicity.MONTH
