"""`manage.py run`: the whole service on one machine, from the servers up to the address to open."""

import http.client
import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import redis
from django.conf import settings
from django.core.management.base import BaseCommand

from config import embedded
from config.binaries import Unavailable
from config.supervisor import Child, Supervisor

FIRST_PORT, PORTS_TRIED = 8000, 100
WEB_ANSWERS_WITHIN = 60.0


class Command(BaseCommand):
    help = "Starts PostgreSQL, Valkey, web, Celery workers, beat and the plain loops; Ctrl-C stops them all."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="this port and no other (default: PORT or 8000, or the next free)")
        parser.add_argument("--no-demo", action="store_true", help="leave out the demonstration cases")

    def handle(self, *, port: int | None, no_demo: bool, **_: Any) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)
        data = embedded.data_folder()
        try:
            with embedded.only_one(data):
                self._run(data, *self._port(port), demo=not no_demo)
        except SystemExit:
            self._say("Stopped.")
            raise

    def _run(self, data: Path, port: int, remark: str, *, demo: bool) -> None:
        with _services(data) as (env, servers):
            self._say(" ".join(filter(None, ["Preparing the database.", remark])))
            owner = {**env, "DATABASE_URL": env.pop("DATABASE_OWNER_URL")}
            if servers:
                embedded.migrate(servers)
            else:
                embedded.manage(owner, "migrate", "--verbosity=0")
            (data / "static").mkdir(exist_ok=True)
            if not settings.DEVELOPMENT:
                embedded.manage(env, "collectstatic", "--noinput", "--verbosity=0")
            logins = embedded.manage(owner, "seed_demo", "--if-stale") if demo and servers else ""
            self._check(given=servers is None)
            supervisor = Supervisor(_children(data, env, port), servers.daemons if servers else (), self._say)
            try:
                self._await_web(supervisor, port)
                self._say(f"\nOpen http://localhost:{port}\n")
                if logins:
                    self._say(logins)
                self._say(f"\nLogs are in {data / 'logs'}. Ctrl-C stops everything.")
                supervisor.run()
            finally:
                supervisor.stop()

    def _check(self, *, given: bool) -> None:
        """What uvicorn would not look at. Raises SystemCheckError."""
        self.check(include_deployment_checks=not settings.DEVELOPMENT, databases=["default"] if given else None)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _port(self, wanted: int | None) -> tuple[int, str]:
        """The port to use, and what to say about it. Raises Unavailable."""
        if wanted is not None:
            if not _free(wanted):
                raise Unavailable(f"Port {wanted} is taken: choose another with --port, or leave --port out.")
            return wanted, ""
        text = os.environ.get("PORT") or str(FIRST_PORT)
        if not (text.isdecimal() and 0 < int(text) <= 65535):  # noqa: PLR2004
            raise Unavailable(f"PORT is {text!r}: it must be a number from 1 to 65535.")
        first = int(text)
        for port in range(first, min(first + PORTS_TRIED, 65536)):
            if _free(port):
                return port, "" if port == first else f"Port {first} is taken; using {port}."
        raise Unavailable(f"No port from {first} on is free: name one with --port.")

    def _await_web(self, supervisor: Supervisor, port: int) -> None:
        deadline = time.monotonic() + WEB_ANSWERS_WITHIN
        while time.monotonic() < deadline:
            supervisor.watch()
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/health/live")
                connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
            else:
                return
            finally:
                connection.close()
        self._say(f"The web server does not answer yet. Log: {supervisor.children[0].log}")


def _stop(*_: object) -> NoReturn:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


@contextmanager
def _services(data: Path) -> Iterator[tuple[dict[str, str], embedded.Servers | None]]:
    """The environment that names database, owner and broker, and the servers when they are embedded."""
    given = {name for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    if not given:
        with embedded.servers(data, tied=True) as servers:
            env = {"DATABASE_URL": servers.database, "DATABASE_OWNER_URL": servers.owner, "REDIS_URL": servers.redis}
            yield {**os.environ, **env, "PATHWAY_DATA": str(data)}, servers
        return
    if len(given) == 1:
        raise Unavailable(f"Only {given.pop()} is set: set DATABASE_URL and REDIS_URL both, or neither.")
    env = {**os.environ, "PATHWAY_DATA": str(data)}
    env.setdefault("DATABASE_OWNER_URL", env["DATABASE_URL"])
    (data / "logs").mkdir(mode=0o700, exist_ok=True)
    _reach(env)
    yield env, None


def _reach(env: Mapping[str, str]) -> None:
    """Raises Unavailable for the first given server that cannot be used."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        try:
            psycopg.connect(env[name], connect_timeout=5).close()
        except psycopg.Error as error:
            reason = str(error).strip().splitlines()[-1].strip()
            raise Unavailable(f"The database of {name} cannot be reached: {reason}") from None
    try:
        with redis.Redis.from_url(env["REDIS_URL"], socket_timeout=5, socket_connect_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise Unavailable(f"The broker of REDIS_URL cannot be reached: {error}") from None


def _children(data: Path, env: Mapping[str, str], port: int) -> list[Child]:
    web = f"-m uvicorn config.asgi:application --host 127.0.0.1 --port {port} --timeout-graceful-shutdown 1"
    celery = "-m celery --app config --quiet"
    commands = {
        "web": f"{web} --log-level warning --no-server-header",
        "worker": f"{celery} worker --pool solo --loglevel warning --without-gossip --without-mingle",
        "beat": f"{celery} beat --scheduler celery.beat:Scheduler --pidfile= --loglevel warning",
        "sweeper": "manage.py sweeper",
        "deliveries": f"{celery} worker --pool solo --queues deliveries --hostname deliver@%h --loglevel warning "
        "--without-gossip --without-mingle",
        "deliverer": "manage.py deliverer",
        "auditor": "manage.py auditor",
    }
    for queue in ("jobs", "downtime") if env.get("DOWNTIME_FOLDER") else ("jobs",):
        commands[queue] = (
            f"{celery} worker --pool solo --queues {queue} --hostname {queue}@%h --loglevel warning "
            "--without-gossip --without-mingle"
        )
    return [
        Child(name, [sys.executable, *command.split()], embedded.ROOT, env, data / "logs" / f"{name}.log")
        for name, command in commands.items()
    ]
