"""Asking with a credential, and what every refused one is answered."""

import httpx
from fastapi import FastAPI

from tests.api.conftest import client_of

ME = "/api/v1/regions/self"


async def ask(app: FastAPI, credential: str, path: str = ME) -> httpx.Response:
    async with client_of(app) as client:
        return await client.get(path, headers=[(b"Authorization", f"Bearer {credential}".encode())])


def assert_refused(answer: httpx.Response) -> None:
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    said = answer.json()
    assert said["type"] == "/problems/unauthenticated"
    # The same words whatever was wrong: whoever guesses learns nothing.
    assert {k: v for k, v in said.items() if k != "request_id"} == {
        "type": "/problems/unauthenticated",
        "title": "Inte inloggad",
        "status": 401,
        "detail": "Skicka en giltig token eller nyckel: Authorization: Bearer ...",
        "instance": ME,
        "errors": [],
    }
