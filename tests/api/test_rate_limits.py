"""How often one may ask: by credential, by address, and by wrong credentials; told on every answer."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.api.rate_limits import RateLimits, address_of
from app.auth.quotas import Policy, key_of
from app.auth.shared_quotas import SharedQuotas
from app.db.session import Database, DatabaseUnavailable
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import token_for
from tests.api.credentials import ME
from tests.api.test_api_keys import make_key
from tests.conftest import TestRegion

GRAPHQL = "/graphql"
QUESTION = {"query": "{ me { subject } }"}
HERE = "192.0.2.7"
Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def few(settings: Settings) -> Settings:
    """Limits that a test reaches."""
    return settings.with_changes(rate_limit=5, rate_limit_address=4, rate_limit_sign_in=3)


@pytest.fixture
def limited(few: Settings, database: Database) -> FastAPI:
    """The service, with those limits, at a moment that doesn't pass: no window ends in the middle of a test."""
    app = create_app(few, database)
    app.state.rate_limits.quotas._clock = lambda: 4_000_000_000.0
    return app


@pytest.fixture
def ask(limited: FastAPI) -> Ask:
    """`ask("token", path, address=...)`: an answer of the limited service."""

    async def asked(
        credential: str | None, path: str = ME, address: str = HERE, method: str = "GET", **more: Any
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=limited, raise_app_exceptions=False, client=(address, 1))
        headers = {
            **more.pop("headers", {}),
            **({} if credential is None else {"Authorization": f"Bearer {credential}"}),
        }
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
            return await client.request(method, path, **more)

    return asked


def standing(answer: httpx.Response, policy: str) -> int:
    """How many the answer says are left."""
    found = re.search(rf'"{policy}";r=(\d+);t=(\d+)', answer.headers["RateLimit"])
    assert found, answer.headers["RateLimit"]
    assert 1 <= int(found[2]) <= 60
    return int(found[1])


def assert_too_many(answer: httpx.Response, policy: str) -> None:
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/too-many-requests"
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert standing(answer, policy) == 0
    assert answer.headers["x-request-id"]


async def test_every_answer_says_how_many_are_left_and_then_there_are_none(
    ask: Ask, few: Settings, region: TestRegion
) -> None:
    token = token_for(few, region)
    answers = [await ask(token), await ask(token, "/api/v1/units/nowhere"), await ask(token, "/docs")]
    answers += [await ask(token, GRAPHQL, method="POST", json=QUESTION)]
    answers += [await ask(token, headers={"If-None-Match": answers[0].headers["etag"]})]
    assert [a.status_code for a in answers] == [200, 404, 200, 200, 304]
    assert [standing(a, "credential") for a in answers] == [4, 3, 2, 1, 0]
    assert {a.headers["ratelimit-policy"] for a in answers} == {'"credential";q=5;w=60'}
    assert_too_many(await ask(token), "credential")
    assert_too_many(await ask(token, GRAPHQL, method="POST", json=QUESTION), "credential")
    assert_too_many(await ask(token, headers={"If-None-Match": answers[0].headers["etag"]}), "credential")


async def test_new_tokens_and_other_addresses_are_no_new_quota(ask: Ask, few: Settings, region: TestRegion) -> None:
    tokens = [token_for(few, region, unit=unit) for unit in ("VGR", "SU", "NU", "SKAS", "SAS", "KU-F")]
    assert len(set(tokens)) == 6
    answers = [await ask(token, address=f"192.0.2.{number}") for number, token in enumerate(tokens)]
    assert [a.status_code for a in answers[:5]] == [200] * 5, [a.text for a in answers]
    assert_too_many(answers[5], "credential")


async def test_another_person_and_another_region_have_quotas_of_their_own(
    ask: Ask, few: Settings, region: TestRegion, other_region: TestRegion
) -> None:
    for _ in range(6):
        last = await ask(token_for(few, region, subject="anna"))
    assert_too_many(last, "credential")
    assert (await ask(token_for(few, region, subject="bo"))).status_code == 200
    assert (await ask(token_for(few, other_region, subject="anna"))).status_code == 200


async def test_a_wrong_secret_uses_up_nothing_of_the_right_keys_quota(
    ask: Ask, database: Database, region: TestRegion
) -> None:
    key = await make_key(database, region)
    for number in range(3):
        assert (await ask(f"{key}{number}")).status_code == 401
    assert standing(await ask(key, address="192.0.2.8"), "credential") == 4


async def test_without_a_credential_the_address_counts(ask: Ask) -> None:
    answers = [await ask(None, path) for path in ("/docs", ME, "/problems/K2", "/nowhere", "/docs")]
    assert [a.status_code for a in answers] == [200, 401, 200, 404, 429]
    assert [standing(a, "address") for a in answers] == [3, 2, 1, 0, 0]
    assert (await ask(None, "/docs", address="192.0.2.8")).status_code == 200


async def test_a_made_up_credential_is_no_way_round_the_address_limit(ask: Ask) -> None:
    answers = [await ask(f"made up {number}", "/docs") for number in range(5)]
    assert [a.status_code for a in answers] == [200, 200, 200, 200, 429]
    assert_too_many(answers[4], "address")


async def test_what_looks_after_the_service_gets_through(ask: Ask) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        answers = [await ask(None, path) for _ in range(6)]
        assert {a.status_code for a in answers} == {200}
        assert "ratelimit" not in answers[0].headers


async def test_after_wrong_credentials_no_unknown_one_is_heard_from_there(
    ask: Ask, few: Settings, region: TestRegion
) -> None:
    known, unknown = token_for(few, region, subject="anna"), token_for(few, region, subject="bo")
    assert (await ask(known)).status_code == 200
    answers = [await ask(f"styr_vgr_{number:032x}_secret") for number in range(3)]
    assert [(a.status_code, standing(a, "sign-in")) for a in answers] == [(401, 2), (401, 1), (401, 0)]
    # Not a right one either, or guessing would go on; but who was let in before is not shut out by a neighbour.
    assert_too_many(await ask("another guess"), "sign-in")
    assert_too_many(await ask(unknown), "sign-in")
    assert (await ask(known)).status_code == 200
    assert (await ask(unknown, address="192.0.2.8")).status_code == 200


async def test_a_credential_that_was_taken_back_is_known_no_more(
    ask: Ask, limited: FastAPI, few: Settings, database: Database, region: TestRegion
) -> None:
    key = await make_key(database, region)
    assert (await ask(key)).status_code == 200
    async with database.unit_of_work(region.id) as uow:
        await uow.session.execute(text("update api_keys set revoked_at = now()"))
    assert [(await ask(key)).status_code for _ in range(4)] == [401, 401, 401, 429]
    metrics = (await ask(None, "/metrics")).text
    assert 'styrkedjan_rate_limited_total{policy="sign-in"} 1.0' in metrics
    limits: RateLimits = limited.state.rate_limits
    assert not limits._known


async def test_zero_is_no_limit(settings: Settings, database: Database, region: TestRegion) -> None:
    limitless = create_app(settings.with_changes(rate_limit=0, rate_limit_address=0, rate_limit_sign_in=0), database)
    transport = httpx.ASGITransport(app=limitless, client=(HERE, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for headers, status in (({}, 401), ({"Authorization": f"Bearer {token_for(settings, region)}"}, 200)):
            answer = await client.get(ME, headers=headers)
            assert answer.status_code == status
            assert "ratelimit" not in answer.headers


async def test_a_read_costs_no_statement_more(
    settings: Settings, database: Database, region: TestRegion, count_queries: Any
) -> None:
    counts = []
    for most in (0, 1000):
        transport = httpx.ASGITransport(app=create_app(settings.with_changes(rate_limit=most), database))
        headers = {"Authorization": f"Bearer {token_for(settings, region)}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
            assert ("ratelimit" in (await client.get(ME)).headers) == bool(most)
            with count_queries() as counted:
                assert (await client.get(ME)).status_code == 200
        counts.append(len(counted))
    assert counts[0] == counts[1] > 0


@pytest.mark.parametrize(
    ("client", "address"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (("::ffff:192.0.2.7", 1), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (("2001:db8:1:2::1", 1), "2001:db8:1:2::/64"),
        (("testclient", 1), ""),
        (None, ""),
    ],
)
def test_an_address_is_an_ipv4_address_or_an_ipv6_network(client: tuple[str, int] | None, address: str) -> None:
    assert address_of({"client": client}) == address


async def test_processes_tell_each_other(database: Database, region: TestRegion) -> None:
    policy, at = Policy("credential", 10, 60), 4_000_000_000.0
    one, other = (SharedQuotas(database, [policy], clock=lambda: at) for _ in range(2))
    key = key_of(policy, "anna", region.id)
    for _ in range(4):
        one.take(policy, key)
    await one.tell()
    assert other.take(policy, key).left == 9
    await other.tell()
    assert other.take(policy, key).left == 4
    await asyncio.gather(other.tell(), one.tell())  # both have nothing, or little, to say
    for _ in range(4):
        other.take(policy, key)
    await other.tell()
    assert other.take(policy, key).refused
    one.take(policy, key)
    await one.tell()
    assert one.take(policy, key).refused


async def test_counts_that_are_over_are_taken_away(database: Database, region: TestRegion) -> None:
    policy = Policy("credential", 10, 60)
    key = key_of(policy, "anna", region.id)
    for at in (1_000_000_000.0, 4_000_000_000.0):
        quotas = SharedQuotas(database, [policy], clock=lambda at=at: at)  # type: ignore[misc]  # the loop's own
        quotas.take(policy, key)
        await quotas.tell()
    async with database.unit_of_work(region.id) as uow:
        left = (await uow.session.execute(text("select until from rate_counts"))).scalars().all()
    assert [until > 2_000_000_000 for until in left] == [True]


async def test_a_database_that_is_gone_stops_nobody(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def gone(*_: object) -> None:
        raise DatabaseUnavailable("gone")

    monkeypatch.setattr("app.auth.shared_quotas.add_up", gone)
    monkeypatch.setattr("app.auth.shared_quotas.TELL_EVERY", 0.01)
    policy = Policy("credential", 3, 60)
    quotas = SharedQuotas(database, [policy])
    key = key_of(policy, "anna")
    assert [quotas.take(policy, key).left for _ in range(3)] == [2, 1, 0]
    await asyncio.sleep(0.1)
    assert "not shared" in caplog.text
    assert quotas.take(policy, key).refused
