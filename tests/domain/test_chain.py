"""The follow-up chain at a unit: who is in it, what hangs under what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.below import Below
from app.domain.chain import Chain
from app.domain.nodes import AllocationOrigin
from tests.domain.followup_model import (
    ATLAS,
    BOAT,
    ELSEWHERE,
    GAUGE,
    HERE,
    SHIP,
    at,
    chain,
    name,
    names,
    node,
    placed,
)


def _below(found: Chain, of: str) -> set[str]:
    below = Below(found)
    members = below.of(at(found, of))
    return {name(n.id) for n, bit in zip(found.nodes, below.place, strict=True) if members >> bit & 1}


OWN, ALLOCATED, OPTED_IN = AllocationOrigin.OWN, AllocationOrigin.ALLOCATED, AllocationOrigin.OPTED_IN


def test_present_is_what_is_owned_or_allocated_at_or_below_the_unit() -> None:
    nodes = [node("own"), node("ships", owner=SHIP), node("given", owner=ELSEWHERE), node("other", owner=ELSEWHERE)]
    found = chain(nodes, allocations=[placed("given", BOAT), placed("other", ELSEWHERE), placed("unknown", HERE)])
    assert names(found) == "own ships given"
    assert len(found) == 3
    assert names(found, found.roots) == "own ships given"


def test_children_are_the_present_ones_in_the_order_given_and_the_rest_of_the_module_stays_out() -> None:
    nodes = [node("star", owner=ELSEWHERE), node("b", "course"), node("a", "course"), node("x", "course", ELSEWHERE)]
    found = chain(nodes, "star>x star>a star>b star>a star>gone gone>a", [placed("star")])
    assert names(found, found.roots) == "star"
    assert names(found, found.children[at(found, "star")]) == "b a"
    assert names(found, found.parents[at(found, "a")]) == "star"


def test_a_node_whose_parent_is_not_present_is_a_root() -> None:
    found = chain([node("star", owner=ELSEWHERE), node("a", "course")], "star>a")
    assert names(found, found.roots) == "a"


def test_several_parents_reach_a_node_and_it_is_there_once() -> None:
    nodes = [node("star"), node("a", "course"), node("b", "course"), node("task", "task")]
    found = chain(nodes, "star>a star>b a>task b>task")
    assert names(found, found.parents[at(found, "task")]) == "a b"
    assert _below(found, "star") == {"a", "b", "task"}
    assert found.upward.index(at(found, "star")) == 3


def test_what_is_linked_in_below_an_own_node_comes_with_all_that_hangs_under_it() -> None:
    nodes = [
        node("own"),
        node("sea", "sea", ELSEWHERE, ATLAS),
        node("task", "task", ELSEWHERE, ATLAS),
        node("gauge", "measure", ELSEWHERE, GAUGE),
        node("alone", "sea", HERE, ATLAS),
    ]
    found = chain(nodes, "own>sea sea>task sea>gauge")
    assert names(found) == "own sea task gauge"
    assert [found.origin(i) for i in range(4)] == [OWN, OPTED_IN, OPTED_IN, OPTED_IN]


def test_what_is_linked_in_below_a_node_from_above_is_present_only_where_it_is_allocated() -> None:
    nodes = [
        node("star", owner=ELSEWHERE),
        node("sea", "sea", ELSEWHERE, ATLAS),
        node("gone", "sea", ELSEWHERE, ATLAS),
        node("mine", "task", SHIP, ATLAS),
        node("theirs", "task", ELSEWHERE, ATLAS),
    ]
    found = chain(nodes, "star>sea star>gone sea>mine sea>theirs", [placed("star"), placed("sea")])
    assert names(found) == "star sea mine"
    assert names(found, found.children[at(found, "sea")]) == "mine"


@pytest.mark.parametrize("links", ["star>sea own>sea sea>task task>deep", "own>sea star>sea task>deep sea>task"])
def test_a_node_first_found_as_allocated_still_brings_its_chain_when_it_is_linked_in(links: str) -> None:
    nodes = [
        node("own"),
        node("star", owner=ELSEWHERE),
        node("sea", "sea", ELSEWHERE, ATLAS),
        node("task", "task", ELSEWHERE, ATLAS),
        node("deep", "task", ELSEWHERE, ATLAS),
    ]
    for order in (nodes, nodes[1::-1] + nodes[2:]):
        found = chain(order, links, [placed("star"), placed("sea"), placed("task")])
        assert set(names(found).split()) == {"own", "star", "sea", "task", "deep"}


def test_nodes_of_the_module_itself_never_come_in_through_another_module() -> None:
    nodes = [node("own"), node("sea", "sea", ELSEWHERE, ATLAS), node("far", "course", ELSEWHERE)]
    assert names(chain(nodes, "own>sea sea>far")) == "own sea"


def test_region_level_only_measures_are_at_the_region_alone() -> None:
    nodes = [node("star"), node("measure", "measure", region_level_only=True)]
    assert names(chain(nodes, "star>measure", [placed("measure")])) == "star"
    assert names(chain(nodes, "star>measure", at_region=True)) == "star measure"


def test_origin_is_own_or_that_of_the_nearest_allocation() -> None:
    nodes = [node("own"), node("ships", owner=SHIP), node("given", owner=ELSEWHERE), node("low", owner=ELSEWHERE)]
    allocations = [
        placed("given", BOAT),
        placed("given", HERE, OPTED_IN),
        placed("low", SHIP),
        placed("low", BOAT, OPTED_IN),
        placed("own", SHIP),
    ]
    found = chain(nodes, allocations=allocations)
    assert [found.origin(i) for i in range(4)] == [OWN, OWN, OPTED_IN, OPTED_IN]
    assert [p.unit for p in found.placed[at(found, "given")]] == [HERE, BOAT]
    assert list(found.units_of(at(found, "own"))) == [HERE, SHIP]
    assert list(found.units_of(at(found, "low"))) == [BOAT, SHIP]
    assert [found.is_here(i) for i in range(4)] == [True, False, True, False]


def test_a_unit_answers_once_for_a_node_that_it_both_owns_and_has_allocated() -> None:
    found = chain([node("own")], allocations=[placed("own", HERE)])
    assert list(found.units_of(0)) == [HERE]


def test_nothing_given_is_an_empty_chain() -> None:
    found = chain([])
    assert (len(found), found.roots, found.upward) == (0, [], [])


def test_a_circle_is_an_error_and_not_an_endless_walk() -> None:
    with pytest.raises(ValueError, match="circle"):
        chain([node("a", "task"), node("b", "task"), node("c", "task")], "a>b b>c c>b")


def test_a_chain_a_thousand_deep() -> None:
    nodes = [node("root"), *(node(f"t{i}", "task", ELSEWHERE, ATLAS) for i in range(1000))]
    found = chain(nodes, "root>t0 " + " ".join(f"t{i}>t{i + 1}" for i in range(999)))
    below = Below(found)
    assert below.sizes[at(found, "root")] == below.of(at(found, "root")).bit_count() == 1000
    assert below.sizes[at(found, "t998")] == below.of(at(found, "t998")).bit_count() == 1


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=60))
def test_below_is_all_that_can_be_walked_to(pairs: list[tuple[int, int]]) -> None:
    links = [(a, b) for a, b in pairs if a < b]
    found = chain([node(f"n{i}") for i in range(20)], " ".join(f"n{a}>n{b}" for a, b in links))
    reach: list[set[int]] = [set() for _ in range(20)]
    for a in reversed(range(20)):
        reach[a] = {x for p, b in links if p == a for x in {b} | reach[b]}
        assert _below(found, f"n{a}") == {f"n{x}" for x in reach[a]}
        assert Below(found).sizes[at(found, f"n{a}")] == len(reach[a])
    order = {position: i for i, position in enumerate(found.upward)}
    assert all(order[c] < order[p] for p in range(20) for c in found.children[p])
