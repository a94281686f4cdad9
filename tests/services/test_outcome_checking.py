"""The quick way through the rules says what the rules say: random rows, judged both ways."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.services.outcome_checking import CheckedBatch, Checker
from app.services.outcome_sent import SentRow
from tests.api.conftest import app  # noqa: F401  # a fixture
from tests.api.conftest import world as world  # noqa: PLC0414  # a fixture
from tests.api.figures import CATALOGUED, COUNTED, REGIONAL, SHARE, SPLIT, make_indicators
from tests.api.planning import World

PLAIN = ["", "null", '""', "0", "1", "-0", "12.50", '"7"', "33.3", "50", "3", "999999999999999.999999999"]
ODD = [
    '"7,5"',
    "1e3",
    "1e400",
    "true",
    "0.0000000001",
    "1000000000000000",
    '"NaN"',
    '"null"',
    '"5null"',
    '"1\\"2"',
    "[1]",
]
PLACES: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    indicator=st.sampled_from([COUNTED, SHARE, CATALOGUED, REGIONAL, SPLIT, "los-mean", "NONE", ""]),
    unit=st.sampled_from(["SU", "VGR", "SU-F2", "NU", "NOWHERE", "su", "SU\x00"]),
    period=st.sampled_from(["2027-08", "2027", "2027-T2", "2025-08", "2031-01", "2027-13", "x"]),
    sex=st.sampled_from(["T", "K", "M", "X"]),
    comment=st.sampled_from([None, "", "hej", "en\ttab", "a\\b", "rad\nrad", "\x00", "x" * 2001]),
    status=st.sampled_from([None, "", "normal", "missing", "gone"]),
)


def rows_with(numbers: list[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """A batch whose numbers are spelt so."""
    number = st.sampled_from(numbers)
    return st.lists(
        st.builds(dict, PLACES, value=number, numerator=number, denominator=number), min_size=1, max_size=60
    )


def sent(said: dict[str, Any]) -> SentRow:
    raw = {name: msgspec.Raw(said[name]) for name in ("value", "numerator", "denominator")}
    return SentRow(**(said | raw))


def told(checked: CheckedBatch) -> tuple[Any, ...]:
    """Lines with their numbers as numbers, and what was found."""
    lines = [
        [_number(cell) if 7 <= i <= 9 else cell for i, cell in enumerate(line.removesuffix("\n").split("\t"))]
        for line in checked.lines
    ]
    return lines, [(n, findings) for n, _, findings in checked.refused], checked.warnings


def _number(cell: str) -> Any:
    return cell if cell == r"\N" else Decimal(cell)


@pytest.fixture
async def checker_world(world: World) -> World:  # the fixture
    await make_indicators(world)
    return world


# One odd number has the numbers of a whole batch looked at one by one: batches without any are tried, too.
@given(rows=rows_with(PLAIN) | rows_with(PLAIN + ODD))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_quick_and_by_the_rules_agree(checker_world: World, rows: list[dict[str, Any]]) -> None:
    w = checker_world
    async with w.database.unit_of_work(w.region.id, read_only=False) as uow:
        checker = Checker(uow, w.region.principal(), date(2027, 9, 1))
        given_rows = [sent(said) for said in rows]
        quick = await checker.check(given_rows, 1)
        judged = CheckedBatch()
        for number, row in enumerate(given_rows, start=1):
            checker.judge(judged, number, row)
    assert told(quick) == told(judged)
