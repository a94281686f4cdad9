"""Credentials: what is taken, what is refused, and that a refusal never tells why."""

import stat
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from multiprocessing.pool import ThreadPool
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import OctKey

from app.auth import tokens
from app.db.session import Database
from app.domain.access import Role
from app.main import create_app
from app.services.calendar_day import now
from app.settings import Settings
from tests.api.conftest import ClientFor, token_for
from tests.api.credentials import ME, ask, assert_refused
from tests.conftest import TestRegion

HOUR = timedelta(hours=1)


async def test_a_development_token_is_who_it_says(client_for: ClientFor, region: TestRegion) -> None:
    answer = await client_for(role=Role.REPORTER, unit="SU", subject="somebody").get(ME)
    assert answer.status_code == 200
    said = answer.json()
    assert said["code"] == region.code
    viewer = said["viewer"]
    assert viewer["subject"] == "somebody"
    assert (viewer["role"], viewer["unit"], viewer["whole_region"]) == ("reporter", "SU", False)
    assert "nodes:write" in viewer["permissions"]
    assert "indicators:approve" not in viewer["permissions"]


async def test_a_token_on_the_top_unit_reaches_the_whole_region(client: httpx.AsyncClient) -> None:
    assert (await client.get(ME)).json()["viewer"]["whole_region"] is True


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "bearer", "Bearer  \t", "x" * 9000])
async def test_no_credential_is_401(anonymous: httpx.AsyncClient, header: str | None) -> None:
    assert_refused(await anonymous.get(ME, headers={} if header is None else {"Authorization": header}))


def forged(
    settings: Settings, region: TestRegion, changes: Mapping[str, object] | None = None, key: bytes | None = None
) -> str:
    """A token like ours, but for `changes`; signed with another key where one is given."""
    claims: dict[str, object] = {
        "iss": tokens.ISSUER,
        "aud": settings.oidc_audience,
        "sub": "x",
        "region": region.code,
        "unit": "VGR",
        "role": "administrator",
        "exp": int((now() + HOUR).timestamp()),
    }
    claims = {name: value for name, value in (claims | dict(changes or {})).items() if value is not None}
    signing = OctKey.import_key(key or settings.dev_token_key_path.read_bytes())
    return jwt.encode({"alg": "HS256"}, claims, signing)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-service"},
        {"aud": ["styrkedjan"]},
        {"exp": int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"role": "owner"},
        {"role": ["administrator"]},
        {"unit": "NO-SUCH-UNIT"},
        {"unit": "%"},
        {"unit": None},
        {"unit": "a\0b"},
        {"region": "NOSUCHREGION"},
        {"region": "x\0"},
        {"region": 7},
        {"sub": ""},
        {"sub": "x\0y"},
        {"sub": "x" * 256},
        {"sub": None},
    ],
)
async def test_a_token_that_says_something_wrong_is_401(
    app: FastAPI, settings: Settings, region: TestRegion, changes: dict[str, object]
) -> None:
    assert (await ask(app, forged(settings, region))).status_code == 200
    assert_refused(await ask(app, forged(settings, region, changes)))


async def test_a_token_signed_by_somebody_else_is_401(app: FastAPI, settings: Settings, region: TestRegion) -> None:
    assert_refused(await ask(app, forged(settings, region, key=b"another key of thirty-two bytes!")))


@pytest.mark.parametrize(
    "credential",
    [
        "nonsense",
        "a.b.c",
        "..",
        "eyJhbGciOiJub25lIn0.e30.",
        "W10.W10.W10",
        "é",
        "a" * 7999,
        "styr_",
        "styr_vgr",
        "styr_vgr_00_x",
        "styr_vgr_00000000000000000000000000000000_secret",
        "styr_" + "x" * 500 + "_00000000000000000000000000000000_secret",
        "styr_VGR\u00e5_00000000000000000000000000000000_secret",
    ],
)
async def test_what_is_no_credential_is_401(app: FastAPI, credential: str) -> None:
    assert_refused(await ask(app, credential))


async def test_an_unsigned_token_is_401(app: FastAPI, settings: Settings, region: TestRegion) -> None:
    header, _, rest = forged(settings, region).partition(".")
    assert header
    assert_refused(await ask(app, "eyJhbGciOiJub25lIn0." + rest.partition(".")[0] + "."))


async def test_production_refuses_development_tokens(
    settings: Settings, database: Database, region: TestRegion
) -> None:
    token = token_for(settings, region)
    production = create_app(settings.with_changes(environment="production"), database)
    assert_refused(await ask(production, token))


def test_the_local_key_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new folder" / "åäö")

    def make(_: int) -> str:
        return tokens.development_token(
            settings, region="VGR", unit="VGR", role=Role.READER, subject="x", lifetime=HOUR, now=now()
        )

    with ThreadPool(8) as pool:
        made = pool.map(make, range(32))
    # All were signed with the one key that won.
    assert {tokens.read_development_token(settings, token, now()).unit for token in made} == {"VGR"}
    path = settings.dev_token_key_path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
