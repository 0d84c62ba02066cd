"""`make run`: it starts, mends itself, refuses in one sentence, and leaves nothing behind however it ends."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing, contextmanager

import psycopg
import pytest

from config.embedded import ROOT
from config.processes import Account
from tests.services import application_url
from tests.system.launcher import Launcher, readable, wait_for

STREAM = "/live/"


@pytest.fixture(scope="module")
def running(folder):
    launcher = Launcher(folder / "shared", "--no-demo")
    yield launcher
    launcher.stop()


@pytest.fixture
def launch(folder, request):
    """Starts launchers that end with the test."""
    started = []

    def start(*arguments, **options):
        started.append(Launcher(folder / request.node.name[:24], *arguments, **options))
        return started[-1]

    yield start
    for launcher in started:
        if launcher.process.poll() is None:
            launcher.stop()


@pytest.fixture
def taken_port():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def manage(data, *arguments):
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", *arguments],
        env={"PATH": os.environ["PATH"], "PATHWAY_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def open_stream(launcher):
    """The live stream, as the page of somebody who signed in holds it open."""
    script = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from pathway.record.person import User
person = User.objects.create_user("someone")
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(person.pk), person.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session.create()
print(f"{settings.SESSION_COOKIE_NAME}={session.session_key}")
"""
    cookie = manage(launcher.data, "shell", "--no-imports", "-c", script).stdout.strip()
    with closing(http.client.HTTPConnection(launcher.url.removeprefix("http://"), timeout=10)) as connection:
        connection.request("GET", STREAM, headers={"Cookie": cookie})
        stream = connection.getresponse()
        assert (stream.status, stream.headers.get_content_type()) == (200, "text/event-stream")
        assert stream.readline()
        yield


def refusal(launcher):
    """The one sentence with which it exits 1."""
    assert launcher.process.wait(timeout=30) == 1, launcher.said
    (line,) = launcher.said.strip().splitlines()
    return line


def test_it_answers_and_every_loop_comes_round(running):
    assert wait_for(running.is_ready, within=60)
    assert running.get("/")[0] == 200
    loops = {
        "celery": "sweeper",
        "sweeper": "sweeper",
        "deliver-celery": "deliverer",
        "deliverer": "deliverer",
        "audit": "auditor",
        "jobs-celery": "jobs",
    }
    for loop, command in loops.items():
        wait_for(lambda each=(command, "--heard", loop): manage(running.data, *each).returncode == 0, within=60)


def test_its_output_is_an_address_and_where_the_logs_are(running):
    assert running.url
    assert re.match(r"Preparing the database\.( Port .*)?\n\nOpen http://localhost:\d+\n\nLogs are in ", running.said)
    assert f"Logs are in {running.data / 'logs'}. Ctrl-C stops everything.\n" in running.said


def test_a_second_one_on_the_same_folder_is_refused(running):
    assert running.url
    said = refusal(Launcher(running.data, "--no-demo"))
    assert f"already running on {running.data} (process {running.process.pid})" in said
    assert running.get("/health/live") is not None


def test_a_command_uses_the_servers_that_run_and_leaves_them_running(running):
    assert running.url
    wait_for(running.is_ready, within=60)
    server = wait_for(lambda: running.one("postgres"), within=60)
    said = manage(
        running.data,
        "shell",
        "--no-imports",
        "-c",
        "from django.db import connection as c; print(c.cursor().connection.info.backend_pid)",
    )
    assert said.returncode == 0, said.stderr
    assert running.one("postgres") == server
    assert running.get("/health/live") is not None


@pytest.mark.parametrize(
    "word",
    [
        *("uvicorn", "worker", "beat", "manage.py\0sweeper", "deliveries", "manage.py\0deliverer"),
        *("manage.py\0auditor", "queues\0jobs", "postgres", "valkey-server"),
    ],
)
def test_what_is_killed_comes_back(running, word):
    assert running.url
    killed = wait_for(lambda: running.one(word), within=60)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: running.one(word) not in {None, killed}, within=60)
    wait_for(running.is_ready, within=60)


def test_the_sweeper_lives_through_an_outage_of_the_database(running):
    assert running.url
    wait_for(running.is_ready, within=60)
    sweeper, server = running.one("manage.py\0sweeper"), running.one("postgres")
    log = running.data / "logs" / "sweeper.log"
    running.process.send_signal(signal.SIGSTOP)  # so that nothing starts the database again too soon
    os.kill(server, signal.SIGKILL)
    wait_for(lambda: "sweeper failed" in log.read_text(), within=60)
    running.process.send_signal(signal.SIGCONT)
    wait_for(lambda: "sweeper goes round again after" in log.read_text(), within=60)
    assert running.one("manage.py\0sweeper") == sweeper


def test_a_killed_launcher_leaves_nothing_running_and_the_next_one_starts(launch, taken_port):
    first = launch("--no-demo")
    assert first.url
    assert len(first.processes) >= 7
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    again = launch("--no-demo", PORT=str(taken_port))
    assert again.url != f"http://localhost:{taken_port}"
    assert f"Port {taken_port} is taken; using " in again.said
    with open_stream(again):
        code, seconds = again.stop(signal.SIGTERM)
    assert (code, again.processes) == (0, {})
    assert seconds < 15


def test_an_ordinary_user_runs_it(folder):
    """As root this runs under another account, whose permissions decide; otherwise under one's own."""
    account = Account.for_servers(folder / "nothing")
    python, root, env = readable(account, folder)
    own = folder / "home"
    own.mkdir()
    if account:
        os.chown(own, account.uid, account.gid)
    launcher = Launcher(
        own / "data", "--no-demo", python=python, root=root, identity=account and account.identity, **env
    )
    assert launcher.url
    assert {os.stat(f"/proc/{pid}").st_uid for pid in launcher.processes} == {own.stat().st_uid}
    code, seconds = launcher.stop()
    assert (code, launcher.processes) == (0, {})
    assert seconds < 15


def test_servers_of_ones_own_take_precedence(launch, scratch):
    launcher = launch("--no-demo", DATABASE_OWNER_URL=scratch, **given(application_url(scratch)))
    assert launcher.url
    wait_for(launcher.is_ready, within=60)
    assert not (launcher.data / "postgres").exists()
    assert launcher.one("postgres") is launcher.one("valkey-server") is None


@pytest.fixture
def scratch():
    """The owner's address of an empty database on the servers of this test run."""
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE scratch")
    yield server.rpartition("/")[0] + "/scratch"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE scratch WITH (FORCE)")


def given(database, redis=None):
    return {"DATABASE_URL": database, "REDIS_URL": redis or os.environ["REDIS_URL"], "PATHWAY_DEVELOPMENT": "true"}


def test_a_folder_that_cannot_be_written_is_refused(folder, launch):
    (folder / "file").touch()
    assert "file/data cannot be written (Not a directory): set PATHWAY_DATA" in refusal(
        launch(PATHWAY_DATA=str(folder / "file" / "data"))
    )


def test_a_port_that_is_taken_is_refused_when_asked_for_by_name(launch, taken_port):
    assert refusal(launch("--no-demo", "--port", str(taken_port))).startswith(f"Port {taken_port} is taken")


def test_a_port_that_is_no_number_is_refused(launch):
    assert refusal(launch("--no-demo", PORT="http")).startswith("PORT is 'http'")


def test_a_database_that_cannot_be_reached_is_refused(launch):
    said = refusal(launch(**given("postgresql://pathway:secret@127.0.0.1:1/pathway")))
    assert said.startswith("The database of DATABASE_URL cannot be reached")
    assert "secret" not in said


def test_a_broker_that_cannot_be_reached_is_refused(launch):
    said = refusal(launch(**given(os.environ["DATABASE_URL"], "redis://:secret@127.0.0.1:1/0")))
    assert said.startswith("The broker of REDIS_URL cannot be reached")
    assert "secret" not in said


def test_one_address_without_the_other_is_refused(launch):
    said = refusal(launch(DATABASE_URL=os.environ["DATABASE_URL"], PATHWAY_DEVELOPMENT="true"))
    assert said == "Only DATABASE_URL is set: set DATABASE_URL and REDIS_URL both, or neither."


def test_a_missing_secret_outside_development_is_refused(launch):
    assert refusal(launch(**given(os.environ["DATABASE_URL"]) | {"PATHWAY_DEVELOPMENT": "false"})).startswith(
        "SECRET_KEY"
    )


def test_the_service_loads_with_nothing_but_its_lock():
    """The tests have more packages installed than `make run`; here those are hidden."""
    script = """
import importlib.metadata, pathlib, sys
lock = pathlib.Path("requirements.txt").read_text()
locked = {line.split("==")[0].split("[")[0] for line in lock.splitlines() if "==" in line}
known = importlib.metadata.packages_distributions()
class Hidden:
    def find_spec(name, path=None, target=None):
        distributions = {each.lower().replace("_", "-") for each in known.get(name.split(".")[0], [])}
        if distributions and not distributions & locked:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Hidden)
import django
django.setup()
import celery.apps.beat, celery.apps.worker, config.asgi, config.celery, uvicorn.main
config.celery.app.connection_for_read().transport
django.urls.get_resolver().url_patterns
try:
    import pytest
except ModuleNotFoundError:
    print("loaded")
"""
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "loaded\n", done.stderr
