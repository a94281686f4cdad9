"""Counting within windows: what is taken, what is left, and what processes tell each other."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.auth.quotas import Key, Policy, Quotas, key_of

THREE = Policy("three", 3, 60)
HUNDRED = Policy("hundred", 100, 60)
AT = 1_800_000_000.0
SOMEBODY = key_of(THREE, "somebody")


def test_as_many_as_the_policy_says_and_no_more() -> None:
    quotas = Quotas(THREE)
    assert [quotas.take(SOMEBODY, AT).left for _ in range(3)] == [2, 1, 0]
    refused = quotas.take(SOMEBODY, AT)
    assert (refused.refused, refused.left) == (True, 0)
    assert quotas.take(key_of(THREE, "somebody else"), AT).left == 2


def test_a_window_that_is_over_begins_anew() -> None:
    quotas = Quotas(THREE)
    for _ in range(4):
        standing = quotas.take(SOMEBODY, AT)
    assert 1 <= standing.resets <= 60
    assert quotas.take(SOMEBODY, AT + standing.resets - 1).refused
    assert not quotas.take(SOMEBODY, AT + standing.resets).refused


def test_to_look_counts_nothing() -> None:
    quotas = Quotas(THREE)
    assert [quotas.look(SOMEBODY, AT).left for _ in range(9)] == [3] * 9
    assert quotas.take(SOMEBODY, AT).left == 2


@given(whose=st.text(max_size=20), at=st.floats(0, 4e9))
def test_windows_begin_at_the_same_moment_in_every_process(whose: str, at: float) -> None:
    one, other = Quotas(THREE), Quotas(THREE)
    key = key_of(THREE, whose)
    ends = one.take(key, at).resets
    assert 1 <= ends <= 60
    assert [news.until for news in one.news(at)] == [news.until for news in _taken(other, key, at).news(at)]


def _taken(quotas: Quotas, key: Key, at: float) -> Quotas:
    quotas.take(key, at)
    return quotas


def test_nothing_is_told_of_who_is_far_from_the_limit() -> None:
    quotas, key = Quotas(HUNDRED), key_of(HUNDRED, "somebody")
    for _ in range(9):
        quotas.take(key, AT)
    assert (quotas.news(AT), quotas.is_worth_telling(key)) == ([], False)
    quotas.take(key, AT)
    assert [news.more for news in quotas.news(AT)] == [10]
    assert quotas.is_worth_telling(key)


def test_what_others_counted_counts_here() -> None:
    quotas, key = Quotas(HUNDRED), key_of(HUNDRED, "somebody")
    for _ in range(20):
        quotas.take(key, AT)
    [told] = quotas.news(AT)
    quotas.take(key, AT)  # meanwhile
    quotas.heard(told, 90)
    assert quotas.take(key, AT).left == 8  # 70 elsewhere, 22 here
    [told] = quotas.news(AT)
    assert told.more == 2
    quotas.heard(told, 150)
    assert quotas.take(key, AT).refused
    assert quotas.news(AT) == []


def test_what_is_heard_of_a_window_that_is_over_is_left() -> None:
    quotas = Quotas(THREE)
    quotas.take(SOMEBODY, AT)
    [told] = quotas.news(AT)
    quotas.take(SOMEBODY, AT + 120)
    quotas.heard(told, 3)
    assert quotas.take(SOMEBODY, AT + 120).left == 1


def test_who_has_not_come_for_long_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.auth.quotas._MOST_KEPT", 10)
    quotas = Quotas(THREE)
    for number in range(50):
        quotas.take(key_of(THREE, str(number)), AT)
        quotas.take(SOMEBODY, AT)
    assert quotas.take(SOMEBODY, AT).refused
    assert quotas.take(key_of(THREE, "0"), AT).left == 2
    assert len(quotas.news(AT)) == 10


def test_a_key_tells_nobody_who_it_is_and_differs_by_policy_and_region() -> None:
    keys = {key_of(policy, "anna", UUID(int=region)) for policy in (THREE, HUNDRED) for region in (1, 2)}
    assert len(keys) == 4
    assert not any("anna" in repr(key) for key in keys)
