"""What every problem has."""

from typing import Any

import httpx

PROBLEM = "application/problem+json"


def codes(answer: httpx.Response) -> list[str]:
    return [item["code"] for item in answer.json()["errors"]]


def assert_problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    said: dict[str, Any] = answer.json()
    assert said["type"] == f"/problems/{slug}"
    assert said["status"] == status
    assert said["title"]
    assert said["detail"]
    assert said["request_id"] == answer.headers["x-request-id"]
    return said
