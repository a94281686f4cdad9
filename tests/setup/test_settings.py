from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.settings import Settings, settings_table


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine at hand has set must not decide."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"STYRKEDJAN_{name.upper()}", raising=False)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgres://a:b%40c@h/d", "postgresql+asyncpg://a:b%40c@h/d"),
        ("postgresql://a@127.0.0.1:5432/d", "postgresql+asyncpg://a@127.0.0.1:5432/d"),
        ("postgresql+asyncpg://a@[::1]/d", "postgresql+asyncpg://a@[::1]/d"),
        ("postgresql://a@/d?host=/run/p å", "postgresql+asyncpg://a@/d?host=%2Frun%2Fp+%C3%A5"),
        ("postgresql://a@%2Frun%2Fpg/d", "postgresql+asyncpg://a@/d?host=%2Frun%2Fpg"),
        ("postgres://a@h/d?sslmode=require", "postgresql+asyncpg://a@h/d?ssl=require"),
    ],
)
def test_a_database_url_as_people_write_it(monkeypatch: pytest.MonkeyPatch, given: str, expected: str) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    assert Settings().database_url == expected


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("mysql://a:hemligt@h/d", "scheme 'mysql'"),
        ("postgresql://a:hemligt@h", "names no database"),
        ("postgresql://a:hemligt@h/d?target_session_attrs=any", "parameter target_session_attrs"),
        ("hemligt", "not a URL"),
        ("postgresql://a:hemligt@h:port/d", "not a URL"),
    ],
)
def test_a_database_url_that_can_not_be_used(monkeypatch: pytest.MonkeyPatch, given: str, reason: str) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    with pytest.raises(ValidationError, match=reason) as caught:
        Settings()
    assert "hemligt" not in str(caught.value)


def test_without_anything_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings()
    assert settings.database_url is None
    assert settings.data_dir == tmp_path / ".data"
    assert settings.dev_token_key_path == tmp_path / ".data" / "dev-token.key"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.development_tokens_allowed


def test_a_variable_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("STYRKEDJAN_PORT", "")
    assert (Settings().database_url, Settings().port) == (None, 8000)


def test_production_refuses_development_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STYRKEDJAN_ENVIRONMENT", "production")
    assert not Settings().development_tokens_allowed


def test_the_environment_is_one_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt "production" must not mean development."""
    monkeypatch.setenv("STYRKEDJAN_ENVIRONMENT", "prod")
    with pytest.raises(ValidationError, match="environment"):
        Settings()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(Settings(), "port", 1)  # noqa: B010 - mypy refuses the plain way


def test_a_misspelt_setting_in_code_is_refused() -> None:
    with pytest.raises(ValidationError, match="prot"):
        Settings().with_changes(prot=1)


def test_changes_keep_the_rest_and_are_validated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://a@h/d")
    settings = Settings(log_level="error")
    assert settings.with_changes(port=1).log_level == "error"
    assert settings.with_changes(database_url=None).database_url is None
    with pytest.raises(ValidationError, match="port"):
        settings.with_changes(port=70_000)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"host": "::1", "port": 81}, "http://[::1]:81"), ({"public_url": "https://x.example/"}, "https://x.example")],
)
def test_base_url(changes: dict[str, object], expected: str) -> None:
    assert Settings().with_changes(**changes).base_url == expected


def test_every_setting_is_in_the_table() -> None:
    rows = settings_table().splitlines()[2:]
    assert len(rows) == len(Settings.model_fields)
    for row in rows:
        variable, _default, meaning = (cell.strip() for cell in row.strip("|").split(" | "))
        assert variable.strip("`") == "DATABASE_URL" or variable.startswith("`STYRKEDJAN_")
        assert meaning.endswith(".")
    assert "| `STYRKEDJAN_DATA_DIR` | `.data` |" in settings_table()


def test_production_asks_other_hosts_with_tls_only() -> None:
    assert Settings(fetch_allow_http=True, fetch_trusted_hosts=" Catalogue.Example., ,b").trusted_hosts == {
        "catalogue.example",
        "b",
    }
    with pytest.raises(ValidationError, match="TLS"):
        Settings(environment="production", fetch_allow_http=True)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"oidc_issuer": "http://id.example"}, "https"),
        ({"oidc_algorithms": "RS256,HS256"}, "oidc_algorithms"),
        ({"oidc_algorithms": "none"}, "oidc_algorithms"),
        ({"oidc_algorithms": ""}, "oidc_algorithms"),
        ({"environment": "production", "dev_token_key": Path("key")}, "development tokens"),
        ({"environment": "production", "oidc_issuer": "http://id.example", "fetch_allow_http": True}, "TLS"),
    ],
)
def test_settings_under_which_sign_in_would_be_weak_are_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Settings(**changes)
