"""How long is waited before the next attempt, and when it is given up."""

from datetime import UTC, datetime

import pytest

from app.outgoing.fetching import BadAnswerError, NotFetchedError
from app.outgoing.retrying import Patience, patiently

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)


def _wait(attempt: int, status: int | None = 503, retry_after: str = "", chance: float = 1.0) -> float | None:
    return Patience(chance=lambda: chance).wait(attempt, NotFetchedError("x", status, retry_after), NOON)


def test_waits_grow_up_to_a_bound_and_end() -> None:
    assert [_wait(n) for n in range(5)] == [1, 2, 4, 8, 16]
    assert _wait(5) is None
    assert Patience(attempts=20, chance=lambda: 1.0).wait(12, NotFetchedError("x"), NOON) == 60


def test_jitter_takes_away_half_at_most() -> None:
    assert _wait(3, chance=0.0) == 4


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7", 7),
        ("Fri, 01 Jan 2027 12:00:30 GMT", 30),
        ("Fri, 01 Jan 2027 11:00:00 GMT", 1),
        ("0", 1),
        ("soon", 1),
        ("-5", 1),
        ("301", None),
        ("9" * 400, 1),
    ],
)
def test_what_the_other_side_asks_for_is_waited_out(header: str, expected: float | None) -> None:
    assert _wait(0, 429, header) == expected


@pytest.mark.parametrize(
    ("status", "tried"), [(None, True), (429, True), (500, True), (504, True), (404, False), (401, False)]
)
def test_only_what_may_work_later_is_tried_again(status: int | None, tried: bool) -> None:
    assert (_wait(0, status) is not None) is tried


async def test_it_is_tried_until_it_works_or_can_t() -> None:
    slept: list[float] = []
    answers: list[Exception | str] = [NotFetchedError("x"), NotFetchedError("x", 503), "found"]

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def work() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    patience = Patience(attempts=3, sleep=sleep, chance=lambda: 1.0)
    assert await patiently(work, patience) == "found"
    assert slept == [1, 2]
    answers.extend([NotFetchedError("x"), BadAnswerError("too large")])
    with pytest.raises(BadAnswerError):
        await patiently(work, patience)
    answers.extend([NotFetchedError("first"), NotFetchedError("second"), NotFetchedError("third")])
    with pytest.raises(NotFetchedError, match="third"):
        await patiently(work, patience)
