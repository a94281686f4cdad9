"""One limit, two processes: what one has let in counts in the other."""

import re
import time
from collections.abc import Callable

import httpx

from tests.faults.conftest import Budget, ServiceProcess

ME = "/api/v1/regions/self"
LIMIT = 60
_SHARED_WITHIN = 10.0


def _left(answer: httpx.Response) -> int:
    found = re.search(r'"credential";r=(\d+)', answer.headers["RateLimit"])
    assert found
    return int(found[1])


def test_what_one_process_let_in_counts_in_the_other(
    budget: Budget, service_on: Callable[[str], ServiceProcess]
) -> None:
    first, second = service_on(budget.url), service_on(budget.url)
    for service in (first, second):
        service.environment["STYRKEDJAN_RATE_LIMIT"] = str(LIMIT)
        service.start()
    # A window that ends in the middle would begin anew: wait for one with room.
    with httpx.Client(headers={"Authorization": f"Bearer {budget.token}"}) as client:
        resets = re.search(r";t=(\d+)", client.get(first.url + ME).headers["RateLimit"])
        assert resets
        if int(resets[1]) < 2 * _SHARED_WITHIN:
            time.sleep(int(resets[1]) + 1)
        for _ in range(30):
            assert client.get(first.url + ME).status_code == 200
        until = time.monotonic() + _SHARED_WITHIN
        asked, left = 0, LIMIT
        while left > LIMIT - 30 and time.monotonic() < until:
            left = _left(client.get(second.url + ME))
            asked += 1
            time.sleep(0.2)
        assert left <= LIMIT - 30, "the second process heard nothing of the first's"
        answers = [client.get(second.url + ME) for _ in range(left + 1)]
    assert [a.status_code for a in answers] == [200] * left + [429]
    assert asked + left <= LIMIT - 30 + 1
