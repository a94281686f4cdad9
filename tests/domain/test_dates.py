"""K5, K6: when an activity goes on."""

from datetime import date
from typing import Any

import pytest

from app.domain.dates import children_within, dates_in_order, within_parent
from app.domain.links import Link
from tests.domain.models import BOW, CUTTER, MODEL, REFUSED, WARNING, new, node, only, said

SPRING: dict[str, Any] = {"start_date": date(2027, 1, 1), "end_date": date(2027, 4, 30)}


def test_k5_accepted_with_both_dates() -> None:
    assert not said(dates_in_order(new("watch", CUTTER, **SPRING), MODEL))
    assert not said(dates_in_order(new("star"), MODEL))


def test_k5_refused_without_or_in_the_wrong_order() -> None:
    assert said(dates_in_order(new("watch", CUTTER), MODEL)) == [
        ("K5", "/start_date", REFUSED),
        ("K5", "/end_date", REFUSED),
    ]
    backwards = new("watch", CUTTER, start_date=date(2027, 5, 2), end_date=date(2027, 5, 1))
    finding = only(dates_in_order(backwards, MODEL))
    assert finding.pointer == "/end_date"
    assert finding.facts == {"start_date": "2027-05-02", "end_date": "2027-05-01"}
    assert not finding.is_conflict


def test_k5_edge_one_day_is_enough_and_half_a_pair_is_not() -> None:
    day = date(2027, 5, 1)
    assert not said(dates_in_order(new("watch", CUTTER, start_date=day, end_date=day), MODEL))
    assert said(dates_in_order(new("star", start_date=day), MODEL)) == [("K5", "/end_date", REFUSED)]
    assert said(dates_in_order(new("star", end_date=day), MODEL)) == [("K5", "/start_date", REFUSED)]


def test_k6_accepted_within_the_parent() -> None:
    watch = node("watch", CUTTER)
    assert not said(within_parent(Link(parent=watch, child=new("chore", BOW, **SPRING)), MODEL))
    assert not said(children_within(new("watch", CUTTER, **SPRING), [node("chore", BOW, **SPRING)]))


@pytest.mark.parametrize(
    ("start", "end"), [(date(2026, 12, 31), date(2027, 4, 1)), (date(2027, 1, 1), date(2027, 5, 1))]
)
def test_k6_refused_is_only_a_warning(start: date, end: date) -> None:
    watch = node("watch", CUTTER, **SPRING)
    chore: dict[str, Any] = {"start_date": start, "end_date": end}
    assert said(within_parent(Link(parent=watch, child=new("chore", BOW, **chore)), MODEL)) == [("K6", "", WARNING)]
    standing = node("chore", BOW, **chore)
    assert said(within_parent(Link(parent=watch, child=standing, pointer="/parent"), MODEL)) == [
        ("K6", "/parent", WARNING)
    ]
    moved = only(children_within(new("watch", CUTTER, **SPRING), [standing]))
    assert moved.facts["end_date"] == end.isoformat()


def test_k6_edge_missing_dates_and_other_columns_are_not_its_business() -> None:
    watch = node("watch", CUTTER, **SPRING)
    assert not said(within_parent(Link(parent=watch, child=new("chore", BOW)), MODEL))
    assert not said(within_parent(Link(parent=node("star"), child=new("chore", BOW, **SPRING)), MODEL))
    assert not said(within_parent(Link(parent=watch, child=new("watch", CUTTER)), MODEL))
    assert not said(children_within(new("watch", CUTTER, **SPRING), [node("watch", BOW)]))
    same = new("chore", BOW, **SPRING)
    assert not said(within_parent(Link(parent=watch, child=same), MODEL))
