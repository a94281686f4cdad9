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
from sqlalchemy import select, update

from app.auth import api_keys, tokens
from app.auth.oidc import OidcNotBuilt
from app.db.session import Database
from app.db.tables import ApiKeyRow
from app.domain.access import Role
from app.domain.findings import InvalidInput, NotFound
from app.main import create_app
from app.services.calendar_day import now
from app.settings import Settings
from tests.api.conftest import ClientFor, client_of, token_for
from tests.conftest import TestRegion

ME = "/api/v1/regions/self"
HOUR = timedelta(hours=1)


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


def test_an_issuer_that_can_not_be_verified_stops_the_start(settings: Settings, database: Database) -> None:
    with pytest.raises(OidcNotBuilt, match="STYRKEDJAN_OIDC_ISSUER"):
        create_app(settings.with_changes(oidc_issuer="https://id.example"), database)


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


class TestApiKeys:
    """An integration's key, from its making to its end."""

    async def make(
        self, database: Database, region: TestRegion, *, name: str = "catalogue", expires_at: datetime | None = None
    ) -> str:
        async with database.unit_of_work(region.id) as uow:
            made = await api_keys.create_api_key(
                uow,
                region.principal(),
                name=name,
                unit="SU",
                role=Role.REPORTER,
                scopes=["indicator:IND-001"],
                expires_at=expires_at,
            )
        return made.plaintext

    async def test_a_key_is_an_integration_on_its_unit(
        self, app: FastAPI, database: Database, region: TestRegion
    ) -> None:
        key = await self.make(database, region)
        assert key.startswith(f"styr_{region.code.lower()}_")
        answer = await ask(app, key)
        assert answer.status_code == 200
        viewer = answer.json()["viewer"]
        assert viewer["subject"] == "key:catalogue"
        assert (viewer["role"], viewer["unit"], viewer["scopes"]) == ("reporter", "SU", ["indicator:IND-001"])

    async def test_only_a_hash_is_kept(self, database: Database, region: TestRegion) -> None:
        key = await self.make(database, region)
        async with database.unit_of_work(region.id) as uow:
            row = (await uow.session.execute(select(ApiKeyRow.__table__))).one()
        assert key.rsplit("_", 1)[1] not in repr(row)
        assert len(row.secret_hash) == 32

    async def test_a_wrong_secret_is_401(self, app: FastAPI, database: Database, region: TestRegion) -> None:
        key = await self.make(database, region)
        assert_refused(await ask(app, key[:-1] + ("a" if key[-1] != "a" else "b")))
        assert_refused(await ask(app, key + "a"))

    async def test_a_key_opens_no_other_region(
        self, app: FastAPI, database: Database, region: TestRegion, other_region: TestRegion
    ) -> None:
        key = await self.make(database, region)
        assert_refused(await ask(app, key.replace(region.code.lower(), other_region.code.lower())))

    async def test_a_revoked_key_is_401_at_once(self, app: FastAPI, database: Database, region: TestRegion) -> None:
        key = await self.make(database, region)
        assert (await ask(app, key)).status_code == 200
        async with database.unit_of_work(region.id) as uow:
            await api_keys.revoke_api_key(uow, region.principal(), "catalogue", now())
        assert_refused(await ask(app, key))
        async with database.unit_of_work(region.id) as uow:
            (listed,) = await api_keys.list_api_keys(uow, region.principal())
            with pytest.raises(NotFound):
                await api_keys.revoke_api_key(uow, region.principal(), "no such key", now())
        assert listed.revoked_at is not None

    async def test_an_expired_key_is_401(self, app: FastAPI, database: Database, region: TestRegion) -> None:
        assert_refused(await ask(app, await self.make(database, region, expires_at=now() - timedelta(seconds=1))))

    async def test_use_is_noted_at_most_once_a_minute(
        self, app: FastAPI, database: Database, region: TestRegion
    ) -> None:
        async def last_used() -> datetime | None:
            async with database.unit_of_work(region.id) as uow:
                return await uow.session.scalar(select(ApiKeyRow.last_used_at))

        key = await self.make(database, region)
        assert await last_used() is None
        await ask(app, key)
        first = await last_used()
        assert first is not None
        await ask(app, key)
        assert await last_used() == first
        async with database.unit_of_work(region.id) as uow:
            await uow.session.execute(update(ApiKeyRow).values(last_used_at=first - timedelta(minutes=2)))
        await ask(app, key)
        assert await last_used() != first - timedelta(minutes=2)

    async def test_a_key_that_can_not_be_is_not_made(self, database: Database, region: TestRegion) -> None:
        await self.make(database, region)
        with pytest.raises(InvalidInput) as refused:
            async with database.unit_of_work(region.id) as uow:
                await api_keys.create_api_key(
                    uow,
                    region.principal(),
                    name="catalogue",
                    unit="NOWHERE",
                    role=Role.READER,
                    scopes=["module:VGI", "everything", "indicator:"],
                )
        assert {error.pointer for error in refused.value.errors} == {"/name", "/unit", "/scopes/1", "/scopes/2"}
