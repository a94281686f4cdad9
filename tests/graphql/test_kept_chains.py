"""Chains kept between questions: shared by those who see the same, read again only where something has changed."""

from typing import Any

import pytest

from app.db.keeping import Kept
from app.demo.chain_view import chain_query
from app.domain.access import Role
from app.services.kept_chains import KeptChain
from tests.api.planning import Caller
from tests.graphql.conftest import PERIOD, Chain, data_of

ROLES = [Role.READER, Role.REPORTER]


async def _chain(caller: Caller, unit: str = "SU") -> Any:
    return await data_of(caller, chain_query(), unit=unit, period=PERIOD)


def _about(statements: list[str], *tables: str) -> list[str]:
    return [statement for statement in statements if any(f" {table}" in statement for table in tables)]


async def test_the_same_question_again_reads_nothing(chain: Chain, count_queries: Any) -> None:
    first = await _chain(chain.admin)
    with count_queries() as counter:
        assert await _chain(chain.admin) == first
    assert len(counter) == 1  # who asks, and the versions


async def test_another_with_the_same_sight_shares_it(chain: Chain, count_queries: Any) -> None:
    first, second = (chain.world.caller("SU", role) for role in ROLES)
    told = await _chain(first)
    with count_queries() as counter:
        assert await _chain(second) == told
    assert not _about(counter.statements, "nodes", "allocations", "assessments", "outcome_facts")


async def test_one_with_another_sight_does_not(chain: Chain, count_queries: Any) -> None:
    await _chain(chain.admin, "SU-F2")
    below = chain.world.caller("SU-F2", Role.READER)
    with count_queries() as counter:
        told = await _chain(below, "SU-F2")
    assert _about(counter.statements, "nodes")
    chain.world.database.kept.clear()
    assert await _chain(below, "SU-F2") == told


async def test_an_assessment_leaves_the_chain_itself_as_it_was_read(chain: Chain, count_queries: Any) -> None:
    await _chain(chain.admin)
    said = {"node": chain.focus, "unit": "SU", "period": PERIOD, "grade": "achieved"}
    await chain.admin.made("/assessments", said)
    with count_queries() as counter:
        told = await _chain(chain.admin)
    assert _about(counter.statements, "assessments")
    assert not _about(counter.statements, "nodes", "node_links", "allocations", "outcome_facts")
    chain.world.database.kept.clear()
    assert await _chain(chain.admin) == told


async def test_a_question_in_a_period_is_not_another_periods(chain: Chain) -> None:
    second = await _chain(chain.admin)
    first = await data_of(chain.admin, chain_query(), unit="SU", period="2027-T1")
    chain.world.database.kept.clear()
    assert await data_of(chain.admin, chain_query(), unit="SU", period="2027-T1") == first
    assert await _chain(chain.admin) == second != first


async def test_a_chain_with_more_made_of_it_than_there_is_room_for_is_kept_with_less(
    chain: Chain, count_queries: Any
) -> None:
    store = chain.world.database.kept
    store.clear()
    told = await _chain(chain.admin)
    [kept] = [each for each, _ in store._held.values() if isinstance(each, KeptChain)]
    bare = len(kept.bare.nodes) + len(kept.bare.units)
    store.room = bare + len(kept.bare.units)  # and for the tree, which is kept by itself
    await data_of(chain.admin, chain_query(), unit="SU", period="2027-T1")
    assert (kept.made, kept.size <= store.room) == ({}, True)
    with count_queries() as counter:
        assert await _chain(chain.admin) == told
    assert not _about(counter.statements, "nodes", "allocations")


def test_what_has_outgrown_the_store_leaves_it() -> None:
    kept: Kept[str, str] = Kept(10, 5)
    kept.put("a", "a", 3)
    kept.put("a", "a", 6)
    assert kept.get("a") is None
    kept.put("b", "b", 5)
    assert kept.get("b") == "b"


@pytest.mark.parametrize(("room", "held"), [(0, []), (5, ["b"]), (9, ["b", "c"]), (12, ["a", "b", "c"])])
def test_what_was_used_longest_ago_makes_room(room: int, held: list[str]) -> None:
    kept: Kept[str, str] = Kept(10, room)
    for key, size in (("a", 4), ("c", 4), ("b", 4)):
        kept.put(key, key, size)
    assert [key for key in "abc" if kept.get(key)] == held
    kept.clear()
    assert len(kept) == 0
