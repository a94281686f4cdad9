"""F5: everything below a node counted once, held against counting by hand."""

from collections import Counter
from datetime import date
from typing import TypeVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.attainment import AttainmentStatus
from app.domain.chain import Chain
from app.domain.counting import goal_columns, rollups
from app.domain.grades import GoalGrade
from app.domain.nodes import ActivityStatus
from app.domain.rollup import (
    EMPTY,
    ActivityFact,
    ActivityRollup,
    ColumnRollup,
    IndicatorRollup,
    Reporting,
    Rollup,
    RollupFacts,
    UnitRollup,
)
from tests.domain.followup_model import ATLAS, BOAT, ELSEWHERE, HERE, MODEL, SHIP, UNITS, at, chain, ident, node

T = TypeVar("T")
UNTIL = date(2027, 8, 31)
COLUMNS = [("LOG", "star"), ("LOG", "course"), ("ATLAS", "sea")]
HAND = [("star", None), ("course", None), ("measure", None), ("task", None), ("sea", ATLAS)]


def test_f5_columns_are_those_graded_as_goals_the_modules_own_first() -> None:
    assert goal_columns(MODEL, "LOG") == COLUMNS
    assert goal_columns(MODEL, "ATLAS") == [("ATLAS", "sea"), ("LOG", "star"), ("LOG", "course")]


def test_f5_accepted_counts_by_column_and_grade_status_and_attainment() -> None:
    nodes = [
        node("star"),
        node("a", "course"),
        node("b", "course"),
        node("c", "course"),
        node("m", "measure"),
        node("n", "measure"),
        node("s", "task"),
        node("t", "task"),
        node("u", "task"),
        node("sea", "sea", ELSEWHERE, ATLAS),
    ]
    found = chain(nodes, "star>a star>b star>c a>m b>n a>s b>t b>u a>sea")
    facts = RollupFacts(
        until=UNTIL,
        grades={ident("a"): "achieved", ident("b"): "partly", ident("star"): "not_achieved", ident("t"): "on"},
        activities={
            ident("s"): ActivityFact(ActivityStatus.FINISHED, date(2027, 1, 1)),
            ident("t"): ActivityFact(ActivityStatus.ONGOING, date(2027, 8, 30)),
            ident("u"): ActivityFact(ActivityStatus.PLANNED, None),
        },
        attainments={ident("m"): AttainmentStatus.REACHED, ident("n"): AttainmentStatus.NO_TARGET},
    )
    counted = rollups(found, facts, MODEL)
    assert counted.of(at(found, "star")) == Rollup(
        nodes=9,
        columns=(ColumnRollup("course", 3, 1, 1, 0, 1, "LOG"), ColumnRollup("sea", 1, 0, 0, 0, 1, "ATLAS")),
        activities=ActivityRollup(planned=1, ongoing=1, finished=1, late=1),
        indicators=IndicatorRollup(reached=1, no_target=1),
        units=UnitRollup(),
    )
    whole = counted.whole()
    assert whole.nodes == 10
    assert whole.columns[0] == ColumnRollup("star", 1, 0, 0, 1, 0, "LOG")
    assert counted.of(at(found, "s")) is EMPTY


def test_f5_edge_an_activity_is_late_from_the_day_after_its_last_one() -> None:
    ongoing = ActivityStatus.ONGOING
    assert not ActivityFact(ongoing, UNTIL).is_late(UNTIL)
    assert ActivityFact(ongoing, date(2027, 8, 30)).is_late(UNTIL)
    assert not ActivityFact(ActivityStatus.FINISHED, date(2027, 1, 1)).is_late(UNTIL)


def test_f5_refused_a_node_with_two_parents_is_not_counted_twice() -> None:
    found = chain([node("star"), node("a", "course"), node("b", "course"), node("t", "task")], "star>a star>b a>t b>t")
    facts = RollupFacts(until=UNTIL, activities={ident("t"): ActivityFact(ActivityStatus.PAUSED, None)})
    counted = rollups(found, facts, MODEL)
    for title, nodes in (("star", 3), ("a", 1), ("b", 1)):
        rollup = counted.of(at(found, title))
        assert (rollup.nodes, rollup.activities.paused) == (nodes, 1)


def test_f5_a_unit_that_assesses_has_reported_by_assessing_one_that_only_delivers_by_delivering() -> None:
    found = chain([node("star"), node("a", "course"), node("m", "measure")], "star>a a>m")
    reporting = Reporting(
        assessing={ident("a"): [HERE, SHIP]},
        assessed={ident("a"): [SHIP]},
        delivering={ident("m"): [HERE, BOAT], ident("gone"): [ELSEWHERE]},
        delivered={ident("m"): [HERE, BOAT, ELSEWHERE]},
    )
    counted = rollups(found, RollupFacts(until=UNTIL, reporting=reporting), MODEL)
    # HERE has an assessment to make and made none: its outcomes do not speak for it, except where that is all it owes.
    assert counted.of(at(found, "star")).units == UnitRollup(total=3, reported=2)
    assert counted.of(at(found, "a")).units == UnitRollup(total=2, reported=2)
    assert counted.whole().units == UnitRollup(total=3, reported=2)


def test_f5_an_empty_chain_has_an_empty_rollup() -> None:
    assert rollups(chain([]), RollupFacts(until=UNTIL), MODEL).whole() == EMPTY


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Chain, RollupFacts]:
    """A chain of up to 14 nodes with links any way but in a circle, and facts about some of them."""
    size = draw(st.integers(1, 14))
    kinds = [draw(st.sampled_from(HAND)) for _ in range(size)]
    nodes = [
        node(f"n{i}", column, module=module) if module else node(f"n{i}", column)
        for i, (column, module) in enumerate(kinds)
    ]
    pairs = draw(st.sets(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=30))
    found = chain(nodes, " ".join(f"n{a}>n{b}" for a, b in sorted(pairs) if a < b))
    ids = [n.id for n in nodes]

    def some(values: st.SearchStrategy[T]) -> dict[UUID, T]:
        return {i: draw(values) for i in ids if draw(st.booleans())}

    units = st.sets(st.sampled_from([u.id for u in UNITS]))
    days = st.sampled_from([None, date(2027, 1, 1), UNTIL, date(2027, 12, 31)])
    activity = st.builds(ActivityFact, st.sampled_from(ActivityStatus), days)
    facts = RollupFacts(
        until=UNTIL,
        grades=some(st.sampled_from([*GoalGrade, "on"])),
        activities={i: draw(activity) for n, i in zip(nodes, ids, strict=True) if n.column == "task"},
        attainments={
            i: draw(st.sampled_from(AttainmentStatus)) for n, i in zip(nodes, ids, strict=True) if n.column == "measure"
        },
        reporting=Reporting(
            assessing=some(units),
            assessed=some(units),
            delivering=some(units),
            delivered=some(units),
        ),
    )
    return found, facts


def by_hand(found: Chain, nodes: set[int], facts: RollupFacts) -> Rollup:
    """The rollup of a set of nodes, counted one by one."""
    there = [found.nodes[i] for i in nodes]
    columns = []
    for module, column in COLUMNS:
        ids = [n.id for n in there if (n.module, n.column) == (module, column)]
        graded = Counter(facts.grades.get(i) for i in ids)
        good, half, bad = (graded[grade.value] for grade in GoalGrade)
        if ids:
            columns.append(ColumnRollup(column, len(ids), good, half, bad, len(ids) - good - half - bad, module))
    acts = [facts.activities[n.id] for n in there if n.id in facts.activities]
    statuses = Counter(a.status for a in acts)
    attained = Counter(facts.attainments[n.id] for n in there if n.id in facts.attainments)
    r = facts.reporting
    assessing, assessed, delivering, delivered = (
        {u for n in there for u in units.get(n.id, ())}
        for units in (r.assessing, r.assessed, r.delivering, r.delivered)
    )
    reported = (assessing & assessed) | ((delivering - assessing) & delivered)
    return Rollup(
        len(there),
        tuple(columns),
        ActivityRollup(*[*(statuses[s] for s in ActivityStatus), sum(a.is_late(UNTIL) for a in acts)]),
        IndicatorRollup(*(attained[s] for s in AttainmentStatus)),
        UnitRollup(len(assessing | delivering), len(reported)),
    )


@given(worlds())
def test_f5_every_rollup_equals_counting_by_hand(world: tuple[Chain, RollupFacts]) -> None:
    found, facts = world
    counted = rollups(found, facts, MODEL)

    def below(i: int) -> set[int]:
        return {x for c in found.children[i] for x in {c} | below(c)}

    for i in range(len(found)):
        assert counted.of(i) == by_hand(found, below(i), facts)
    assert counted.whole() == by_hand(found, set(range(len(found))), facts)


@pytest.mark.parametrize("parents", [1, 3])
def test_f5_a_broad_chain_counts_right_whether_or_not_nodes_are_shared(parents: int) -> None:
    courses, tasks = 60, 600
    nodes = [
        node("star"),
        *(node(f"c{i}", "course") for i in range(courses)),
        *(node(f"t{i}", "task") for i in range(tasks)),
    ]
    under = [f"c{(i + k * 7) % courses}>t{i}" for i in range(tasks) for k in range(parents)]
    found = chain(nodes, " ".join([f"star>c{i}" for i in range(courses)] + under))
    facts = RollupFacts(
        until=UNTIL, activities={ident(f"t{i}"): ActivityFact(ActivityStatus.ONGOING, None) for i in range(tasks)}
    )
    counted = rollups(found, facts, MODEL)
    assert counted.of(0).nodes == courses + tasks
    assert counted.of(0).activities.ongoing == tasks
    assert sum(counted.of(i).activities.ongoing for i in range(1, courses + 1)) == tasks * parents
