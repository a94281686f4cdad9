import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from app.db.provider import open_server
from app.domain.texts import swedish_sort_key
from app.settings import Settings
from tests.db.embedded.servers import Ask, home_of


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def moved(quick: Settings, short_path: Path) -> Iterator[Callable[[str], Settings]]:
    """`moved(name)`: the data under that name, as after a move of the whole checkout."""
    places: list[Path] = []

    def move(name: str) -> Settings:
        places.append(short_path / name)
        with open_server(quick):
            pass
        return quick.with_changes(data_dir=quick.data_dir.rename(places[0]))

    yield move
    places[0].rename(quick.data_dir)


@pytest.mark.parametrize("name", ["å ä ö", "a:b,c%20d+e?f", "'\"$x"])
async def test_any_path(moved: Callable[[str], Settings], ask: Ask, name: str) -> None:
    settings = moved(name)
    with open_server(settings) as server:
        assert await ask(server.default_url, "select 1") == 1
        assert server.location == str(settings.data_dir / "postgres-18")


async def test_a_path_too_long_for_a_socket(
    moved: Callable[[str], Settings], ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with open_server(moved("lång" * 20)) as server:
        socket = Path(str(make_url(server.default_url).query["host"]))
        assert len(bytes(socket / ".s.PGSQL.5432")) <= 107
        assert mode(socket) == 0o700
        assert await ask(server.default_url, "select 1") == 1
    with pytest.raises(FileNotFoundError):
        mode(socket)


def test_a_long_path_uses_the_users_runtime_folder(
    moved: Callable[[str], Settings], short_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = short_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    with open_server(moved("lång" * 20)) as server:
        assert Path(str(make_url(server.default_url).query["host"])).parent == runtime
    assert list(runtime.iterdir()) == []


async def test_private_and_without_tcp(quick: Settings, ask: Ask) -> None:
    home = home_of(quick)
    with open_server(quick.with_changes(embedded_fsync=True)) as server:
        assert await ask(server.default_url, "show listen_addresses") == ""
        assert await ask(server.default_url, "show fsync") == "on"
        assert await ask(server.default_url, "show data_checksums") == "on"
        assert [mode(path) for path in (home.root, home.cluster, home.root / "socket")] == [0o700] * 3


async def test_swedish_letters(quick: Settings, ask: Ask) -> None:
    words = ["öga", "zebra", "Ärtsoppa", "ål", "äng", "Ås", "wok", "vin", "Östra"]
    with open_server(quick) as server:
        found = await ask(
            server.default_url,
            "select datlocprovider::text || ' ' || datlocale || ' ' || pg_encoding_to_char(encoding)"
            " from pg_database where datname = current_database()",
        )
        assert found == "b C.UTF-8 UTF8"
        await ask(server.default_url, "create extension if not exists pg_trgm")
        # With a ctype that knows no å the trigrams of such words would be empty.
        assert await ask(server.default_url, "select similarity('åäö', 'ÅÄÖ')") == 1
        rows = ", ".join(f"('{word}', '{swedish_sort_key(word)}')" for word in words)
        ordered = await ask(
            server.default_url, f'select array_agg(w order by k collate "C") from (values {rows}) as given (w, k)'
        )
        assert ordered == ["vin", "wok", "zebra", "ål", "Ås", "äng", "Ärtsoppa", "öga", "Östra"]
