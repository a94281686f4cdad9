"""Tokens of an OIDC issuer: a real one on this machine, asked over HTTP, that signs with real keys."""

import base64
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.auth.jwks import IssuerKeys, KeysUnavailableError
from app.db.session import Database
from app.main import create_app
from app.outgoing.url_guard import UrlPolicy
from app.services.calendar_day import now
from app.settings import Settings
from tests.api.credentials import ask, assert_refused
from tests.conftest import TestRegion
from tests.outgoing.http_host import Said, http_host
from tests.people import make_user

Key = RSAKey | ECKey
RSA = RSAKey.generate_key(2048, {"kid": "first"})
OTHER = RSAKey.generate_key(2048, {"kid": "second"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve"})
TRUSTED = UrlPolicy(frozenset({"127.0.0.1"}), allow_http=True)


@dataclass(slots=True)
class Issuer:
    """What the issuer publishes, and what it was asked."""

    port: int = 0
    keys: list[Key] = field(default_factory=lambda: [RSA, CURVE])
    is_down: bool = False
    slow: float = 0
    issuer: str | None = None
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its name."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, request: BaseHTTPRequestHandler) -> Said:
        """Discovery, or the keys."""
        self.asked.append(request.path)
        time.sleep(self.slow)
        if self.is_down:
            return Said(503)
        if request.path == "/keys":
            return Said(body=json.dumps({"keys": [k.as_dict(private=False) for k in self.keys]}).encode())
        said = {"issuer": self.issuer or self.url, "jwks_uri": f"{self.url}/keys"}
        return Said(body=json.dumps(said).encode())

    def token(
        self, changes: Mapping[str, object] | None = None, *, key: Any = RSA, alg: str = "RS256", **header: str
    ) -> str:
        """A token of Anna's, but for `changes` (None takes a claim away)."""
        at = int(now().timestamp())
        claims: dict[str, object] = {"iss": self.url, "aud": "styrkedjan", "sub": "anna", "exp": at + 600, "nbf": at}
        claims = {name: value for name, value in (claims | dict(changes or {})).items() if value is not None}
        said = {"alg": alg, **({"kid": key.kid} if key.kid else {}), **header}
        return jwt.encode(said, claims, key, algorithms=[alg])


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An issuer that runs."""
    made = Issuer()
    with http_host(made.answer) as port:
        made.port = port
        yield made


@pytest.fixture
async def trusting(settings: Settings, database: Database, region: TestRegion, issuer: Issuer) -> FastAPI:
    """The service, trusting the issuer; Anna is a user of the region."""
    await make_user(database, region, "anna", "chef@SU")
    return create_app(trusting_settings(settings, region, issuer), database)


def trusting_settings(settings: Settings, region: TestRegion, issuer: Issuer, **changes: Any) -> Settings:
    """Settings that trust the issuer."""
    return settings.with_changes(
        oidc_issuer=issuer.url,
        oidc_region=region.code,
        fetch_trusted_hosts="127.0.0.1",
        fetch_allow_http=True,
        **{"oidc_timeout": 60.0, **changes},
    )


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (RSA, "PS256"), (CURVE, "ES256")])
async def test_a_users_token_is_the_user_with_its_memberships(
    trusting: FastAPI, issuer: Issuer, key: Key, alg: str
) -> None:
    answer = await ask(trusting, issuer.token(key=key, alg=alg))
    assert answer.status_code == 200, answer.text
    viewer = answer.json()["viewer"]
    assert (viewer["subject"], viewer["unit"], viewer["whole_region"]) == ("anna", "SU", False)


async def test_the_keys_are_fetched_once(trusting: FastAPI, issuer: Issuer) -> None:
    for _ in range(3):
        assert (await ask(trusting, issuer.token())).status_code == 200
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-service"},
        {"aud": ["one", "other"]},
        {"aud": None},
        {"exp": int(now().timestamp()) - 3600},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": int(now().timestamp()) + 3600},
        {"iat": int(now().timestamp()) + 3600},
        {"sub": None},
        {"sub": "nobody we know"},
        {"sub": "x\0"},
        {"sub": 7},
    ],
)
async def test_a_token_that_says_something_wrong_is_401(
    trusting: FastAPI, issuer: Issuer, changes: dict[str, object]
) -> None:
    assert_refused(await ask(trusting, issuer.token(changes)))


async def test_an_audience_among_several_and_a_clock_that_is_a_little_off_will_do(
    trusting: FastAPI, issuer: Issuer
) -> None:
    at = int(now().timestamp())
    for changes in ({"aud": ["other", "styrkedjan"]}, {"exp": at - 10}, {"nbf": at + 10}):
        assert (await ask(trusting, issuer.token(changes))).status_code == 200


def _signed_with_the_public_key(body: str) -> str:
    """HS256 with what everybody knows as the secret: the library would not do it, so by hand."""
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"first"}').rstrip(b"=").decode()
    mac = hmac.new(RSA.as_pem(private=False), f"{head}.{body}".encode(), "sha256").digest()
    return f"{head}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


async def test_a_token_of_another_key_or_algorithm_is_401(trusting: FastAPI, issuer: Issuer) -> None:
    assert (await ask(trusting, issuer.token())).status_code == 200
    header, body, _ = issuer.token().split(".")
    none = "eyJhbGciOiJub25lIiwia2lkIjoiZmlyc3QifQ"
    for forged in (
        issuer.token(key=OTHER, kid="first"),  # another's key by our key's name
        issuer.token(key=OTHER),  # a name that the issuer does not know
        _signed_with_the_public_key(body),
        issuer.token(key=RSA, alg="RS512"),  # an algorithm that is not on the list
        f"{none}.{body}.",
        f"{header}.{body}.",
        f"{header}.{body}.AAAA",
        f"{header}.{body}",
        issuer.token(kid="k" * 1000),
        issuer.token({"padding": "x" * 9000}),
    ):
        assert_refused(await ask(trusting, forged))


async def test_a_development_token_is_no_token_of_the_issuer(
    settings: Settings, database: Database, region: TestRegion, issuer: Issuer
) -> None:
    production = create_app(settings.with_changes(environment="production", oidc_issuer="https://id.example"), database)
    assert_refused(await ask(production, issuer.token(key=OctKey.generate_key(256), alg="HS256")))


async def test_keys_that_can_not_be_had_are_503_and_nobodys_fault(trusting: FastAPI, issuer: Issuer) -> None:
    issuer.is_down = True
    answer = await ask(trusting, issuer.token())
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/issuer-unavailable")
    assert answer.headers["retry-after"] == "30"


async def test_a_slow_issuer_is_not_waited_for(issuer: Issuer) -> None:
    issuer.slow = 0.5
    with pytest.raises(KeysUnavailableError):
        await IssuerKeys(issuer.url, TRUSTED, within=0.2).find("first", now())


async def test_new_keys_are_fetched_when_a_token_names_one_but_not_at_every_token(issuer: Issuer) -> None:
    keys, at = IssuerKeys(issuer.url, TRUSTED, within=60), now()
    assert await keys.find("first", at)
    issuer.keys = [OTHER]
    assert await keys.find("second", at + timedelta(seconds=10)) is None
    assert len(issuer.asked) == 2
    assert await keys.find("second", at + timedelta(seconds=40))
    assert await keys.find("first", at + timedelta(seconds=41)) is None
    assert len(issuer.asked) == 4


async def test_keys_stay_in_use_while_the_issuer_is_down_but_not_for_ever(issuer: Issuer) -> None:
    keys, at = IssuerKeys(issuer.url, TRUSTED, within=60), now()
    assert await keys.find("first", at)
    issuer.is_down = True
    assert await keys.find("first", at + timedelta(hours=5))
    with pytest.raises(KeysUnavailableError):
        await keys.find("first", at + timedelta(hours=25))
    issuer.is_down = False
    assert await keys.find("first", at + timedelta(hours=26))


async def test_another_issuers_discovery_and_keys_that_are_no_public_ones_are_left_out(issuer: Issuer) -> None:
    issuer.keys = [OctKey.generate_key(256, {"kid": "secret"})]  # type: ignore[list-item]  # what must not be taken
    keys = IssuerKeys(issuer.url, TRUSTED, within=60)
    assert await keys.find("secret", now()) is None
    issuer.issuer = "https://elsewhere.example"
    with pytest.raises(KeysUnavailableError):
        await IssuerKeys(issuer.url, TRUSTED, within=60).find("first", now())


async def test_an_issuer_on_an_inner_network_must_be_trusted_by_name(issuer: Issuer) -> None:
    with pytest.raises(KeysUnavailableError):
        await IssuerKeys(issuer.url, UrlPolicy(), within=60).find("first", now())
    assert issuer.asked == []


async def test_refusals_and_fetches_are_counted_by_reason_and_hold_nothing_of_the_token(
    trusting: FastAPI, issuer: Issuer
) -> None:
    expired = issuer.token({"exp": 1})
    tokens = [issuer.token(), expired, expired, issuer.token(key=OTHER), issuer.token({"sub": "nobody"}), "nonsense"]
    assert [(await ask(trusting, token)).status_code for token in tokens] == [200, 401, 401, 401, 401, 401]
    assert_refused(await ask(trusting, "styr_vgr_00000000000000000000000000000000_secret"))
    said = (await ask(trusting, tokens[0], "/metrics")).text
    counted = {
        (line.split('"')[1], line.split('"')[3]): float(line.rsplit(" ", 1)[1])
        for line in said.splitlines()
        if line.startswith("styrkedjan_credentials_refused_total{")
    }
    assert counted == {
        ("token", "expired"): 2,
        ("token", "unknown key"): 1,
        ("token", "no user with a membership"): 1,
        ("token", "no token"): 1,
        ("key", "region"): 1,
    }
    assert 'styrkedjan_issuer_keys_seconds_count{outcome="had"} 1.0' in said
    assert not any(token in said for token in tokens)


async def test_an_issuer_that_is_down_is_counted(trusting: FastAPI, issuer: Issuer) -> None:
    issuer.is_down = True
    assert (await ask(trusting, issuer.token())).status_code == 503
    said = (await ask(trusting, "x", "/metrics")).text
    assert 'styrkedjan_issuer_keys_seconds_count{outcome="failed"} 1.0' in said
    assert "styrkedjan_issuer_keys_fetched_timestamp_seconds 0.0" in said
