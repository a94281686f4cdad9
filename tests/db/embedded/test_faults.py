import os
import signal
import time

import pytest

from app.db.embedded.errors import CannotStart
from app.db.embedded.postmaster import running, wait_for
from app.db.provider import open_server
from app.settings import Settings
from tests.db.embedded.servers import Ask, StartUser, home_of, is_running, postmaster_pid


async def test_a_killed_postmaster_comes_back_by_itself(quick: Settings, ask: Ask) -> None:
    home = home_of(quick)
    with open_server(quick) as server:
        await ask(server.default_url, "create table thousand as select generate_series(1, 1000) as n")
        killed = postmaster_pid(home)
        os.kill(killed, signal.SIGKILL)
        assert wait_for(lambda: (found := running(home)) is not None and found.pid != killed, 20)
        assert await ask(server.default_url, "select count(*) from thousand") == 1000


async def test_all_killed_then_started_again(quick: Settings, start_user: StartUser, ask: Ask) -> None:
    user = start_user(quick.data_dir)
    user.hear()
    user.ask("create table outlived_both as select 1 as one")
    for pid in (user.process.pid, postmaster_pid(home_of(quick))):
        os.kill(pid, signal.SIGKILL)
    user.process.wait()
    with open_server(quick) as server:
        assert await ask(server.default_url, "select one from outlived_both") == 1


async def test_the_number_of_a_dead_postmaster_given_to_another(quick: Settings, ask: Ask) -> None:
    home = home_of(quick)
    with open_server(quick):
        text = (home.cluster / "postmaster.pid").read_text(encoding="utf-8")
    lines = text.split("\n")
    # Ours is alive, belongs to the same user, and is no PostgreSQL.
    (home.cluster / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]), encoding="utf-8")
    (home.root / "socket" / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n", encoding="utf-8")
    with open_server(quick) as server:
        assert await ask(server.default_url, "select 1") == 1


def test_an_initdb_cut_short_is_made_again(fresh: Settings, start_user: StartUser) -> None:
    home = home_of(fresh)
    first = start_user(fresh.data_dir)
    assert wait_for(lambda: any(home.root.glob("cluster.new-*/base")), 20)
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    assert not home.cluster.exists()
    second = start_user(fresh.data_dir)
    second.hear()
    assert second.ask("select 1") == 1
    second.leave()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, -2)])
def test_a_signal_stops_the_server_with_its_user(
    quick: Settings, start_user: StartUser, number: signal.Signals, code: int
) -> None:
    home = home_of(quick)
    user = start_user(quick.data_dir)
    user.hear()
    pid = postmaster_pid(home)
    os.killpg(user.process.pid, number)  # as a terminal does: to all in the foreground
    assert user.process.wait(30) == code
    assert not is_running(pid)
    # A server that ends in an orderly way takes its file with it.
    assert not (home.cluster / "postmaster.pid").exists()


def test_a_server_that_does_not_start_shows_its_log(fresh: Settings) -> None:
    with open_server(fresh):
        pass
    (home_of(fresh).cluster / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(CannotStart, match=r"did not start in .*postgres-18:\n(?s:.*)pg_control"), open_server(fresh):
        pass


def test_a_file_in_the_data_folders_place(fresh: Settings) -> None:
    fresh.data_dir.write_text("", encoding="utf-8")
    with pytest.raises(CannotStart, match="set STYRKEDJAN_DATA_DIR"), open_server(fresh):
        pass


def test_something_that_hangs_is_told_about(
    quick: Settings, start_user: StartUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = start_user(quick.data_dir)
    user.hear()
    pid_file = home_of(quick).cluster / "postmaster.pid"
    ready = pid_file.read_text(encoding="utf-8")
    pid_file.write_text(ready.replace("ready", "stopping"), encoding="utf-8")
    monkeypatch.setattr("app.db.embedded.server._LEFTOVER_SECONDS", 0.2)
    started = time.monotonic()
    # The user's own watch must not take the lock that this waits for first, hence the short wait above.
    with pytest.raises(CannotStart, match="takes no connections"), open_server(quick):
        pass
    assert time.monotonic() - started < 35
    pid_file.write_text(ready, encoding="utf-8")
