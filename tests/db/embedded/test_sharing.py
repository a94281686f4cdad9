import os
import signal

from app.db.provider import open_server
from app.settings import Settings
from tests.db.embedded.servers import Ask, StartUser, home_of, is_running, postmaster_pid


async def test_starts_keeps_the_data_and_stops(fresh: Settings, ask: Ask) -> None:
    home = home_of(fresh)
    with open_server(fresh) as server:
        assert (server.kind, server.version) == ("embedded", 18)
        await ask(server.default_url, "create table kept as select 'å' as letter")
        first = postmaster_pid(home)
    assert not is_running(first)
    assert not (home.cluster / "postmaster.pid").exists()
    with open_server(fresh) as server:
        assert await ask(server.default_url, "select letter from kept") == "å"


async def test_another_database_on_the_same_server(quick: Settings, ask: Ask) -> None:
    with open_server(quick) as server:
        assert await ask(server.default_url, "select current_database()") == "styrkedjan"
        assert await ask(server.url_for("template1"), "select current_database()") == "template1"


async def test_the_last_user_out_stops_the_server(quick: Settings, start_user: StartUser, ask: Ask) -> None:
    starter = start_user(quick.data_dir)
    starter.hear()
    pid = postmaster_pid(home_of(quick))
    with open_server(quick) as server:
        assert postmaster_pid(home_of(quick)) == pid
        starter.leave()
        assert await ask(server.default_url, "select 1") == 1
    assert not is_running(pid)


def test_first_starts_at_the_same_time_make_one_server(fresh: Settings, start_user: StartUser) -> None:
    users = [start_user(fresh.data_dir) for _ in range(3)]
    assert len({user.hear()["url"] for user in users}) == 1
    pid = postmaster_pid(home_of(fresh))
    for user in users[:2]:
        user.leave()
    assert is_running(pid)
    users[2].leave()
    assert not is_running(pid)


async def test_a_user_that_was_killed_does_not_count(quick: Settings, start_user: StartUser, ask: Ask) -> None:
    starter = start_user(quick.data_dir)
    starter.hear()
    starter.ask("create table from_the_killed_user as select 1 as one")
    pid = postmaster_pid(home_of(quick))
    os.kill(starter.process.pid, signal.SIGKILL)
    starter.process.wait()
    with open_server(quick) as server:
        assert postmaster_pid(home_of(quick)) == pid
        assert await ask(server.default_url, "select one from from_the_killed_user") == 1
    assert not is_running(pid)
