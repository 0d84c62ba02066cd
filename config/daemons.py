"""PostgreSQL and Valkey as processes of one data folder: found running or started, waited for, stopped."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis
from psycopg import sql

from config import binaries
from config.binaries import Unavailable
from config.processes import Account, last_line, set_aside, spawn

OWNER, APPLICATION, GROUP, DATABASE = "pathway_owner", "pathway", "pathway_app", "pathway"
SOCKET_PATH_LIMIT = 100
READY_WITHIN, GONE_WITHIN = 60.0, 15.0
BUILTIN_LOCALE_SINCE = 17


@dataclass(frozen=True)
class Place:
    """Where the servers of one data folder live, who they run as and how they are reached."""

    home: Path
    logs: Path
    account: Account | None

    @property
    def sockets(self) -> Path | None:
        """The folder of the Unix sockets; None where their path would be too long for the system."""
        folder = self.home / "sockets"
        return folder if len(os.fsencode(folder / ".s.PGSQL.5432")) < SOCKET_PATH_LIMIT else None

    @property
    def _secrets(self) -> Path:
        return self.logs.parent / "connection.json"

    def remembered(self, key: str) -> str:
        """What an earlier start chose under this key; chosen now when none did."""
        known: dict[str, str] = json.loads(self._secrets.read_text()) if self._secrets.exists() else {}
        if key not in known:
            known[key] = secrets.token_hex(16) if key == "password" else str(_free_port())
            self._secrets.touch(mode=0o600)
            self._secrets.write_text(json.dumps(known))
        return known[key]

    def folder(self, *parts: str) -> Path:
        """A private folder of the servers' account."""
        folder = self.home.joinpath(*parts)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.account:
            os.chown(folder, self.account.uid, self.account.gid)
        return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Daemon(ABC):
    """One server. `start` adopts it when it already answers."""

    name: str
    stop_signal = signal.SIGTERM
    last_resort = signal.SIGKILL

    def __init__(self, place: Place, folder: Path) -> None:
        self.place = place
        self.folder = folder
        self.log = place.logs / f"{self.name.lower()}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def pidfile(self) -> Path: ...

    @abstractmethod
    def answers(self) -> bool: ...

    @abstractmethod
    def _command(self) -> tuple[list[str], str]:
        """The command line and what it reads on standard input."""

    def start(self, *, tied: bool) -> None:
        """Return when the server answers. `tied`: it ends with this process, however that ends. Raises Unavailable."""
        self._await_the_end_of_a_dying_one()
        if self.answers():
            return
        self.pidfile.unlink(missing_ok=True)
        argv, text = self._command()
        env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        set_aside(self.log)
        with self.log.open("wb") as log:
            self._process = spawn(
                argv,
                log=log,
                env=env,
                account=self.place.account,
                dies_by=self.stop_signal if tied else None,
                text=text,
            )
        deadline = time.monotonic() + READY_WITHIN
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"{self.name} did not start: {last_line(self.log)} (see {self.log}).")
            time.sleep(0.02)

    def pid(self) -> int | None:
        """The running server of this folder; a number left behind by a dead one does not count."""
        if self._process and self._process.poll() is None:
            return self._process.pid
        try:
            pid = int(self.pidfile.read_text().split()[0])
            os.kill(pid, 0)
            if sys.platform == "linux" and not Path(f"/proc/{pid}/cwd").samefile(self.folder):
                return None
        except (OSError, ValueError, IndexError):
            return None
        return pid

    def ask_to_stop(self) -> None:
        if pid := self.pid():
            os.kill(pid, self.stop_signal)

    def wait_until_stopped(self, *, within: float) -> None:
        """Wait, then use the signal that loses no committed data but needs recovery."""
        deadline = time.monotonic() + within
        while pid := self.pid():
            if time.monotonic() > deadline:
                os.kill(pid, self.last_resort)
                deadline += within
            time.sleep(0.01)

    def _await_the_end_of_a_dying_one(self) -> None:
        deadline = time.monotonic() + GONE_WITHIN
        while self.pid() and not self.answers() and time.monotonic() < deadline:
            time.sleep(0.05)


class Postgres(Daemon):
    """The database server, with its owner, the application's login and one database."""

    name = "PostgreSQL"
    stop_signal = signal.SIGINT
    last_resort = signal.SIGQUIT

    def __init__(self, place: Place, *, durable: bool = True) -> None:
        self.programs = binaries.postgres(place.home, place.account)
        self.major = binaries.major(self.programs)
        self.durable = durable
        super().__init__(place, place.folder("postgres") / f"pg{self.major}")

    @property
    def pidfile(self) -> Path:
        return self.folder / "postmaster.pid"

    def url(self, role: str, database: str = DATABASE) -> str:
        if self.place.sockets:
            return f"postgresql://{role}@{str(self.place.sockets).replace('/', '%2F')}/{database}"
        port, password = self.place.remembered("postgres_port"), self.place.remembered("password")
        return f"postgresql://{role}:{password}@127.0.0.1:{port}/{database}"

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url(OWNER, "postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def start(self, *, tied: bool) -> None:
        if not (self.folder / "PG_VERSION").exists():
            self._create()
        super().start(tied=tied)
        self._create_roles_and_database()

    def _create(self) -> None:
        """Made beside its final place and renamed, so that an interrupted start leaves nothing half made."""
        partial = self.place.folder("postgres") / "partial"
        locale = ["--locale=C", "--encoding=UTF8"]
        if self.major >= BUILTIN_LOCALE_SINCE:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        script = 'rm -rf "$1" && cat >"$1.password" && shift && exec "$@"'
        command = [str(self.programs / "initdb"), "-D", str(partial), "-U", OWNER, f"--pwfile={partial}.password"]
        command += ["--auth-local=trust", "--auth-host=scram-sha-256", *locale]
        command += [] if self.durable else ["--no-sync"]
        done = subprocess.run(
            ["/bin/sh", "-c", script, "sh", str(partial), *command],
            **(self.place.account.identity if self.place.account else {}),
            input=self.place.remembered("password"),
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        )
        partial.with_name("partial.password").unlink(missing_ok=True)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines() or ["nothing was said"]
            raise Unavailable(f"PostgreSQL could not make its data folder {self.folder}: {said[-1]}")
        partial.rename(self.folder)

    def _command(self) -> tuple[list[str], str]:
        sockets = self.place.sockets
        options = {
            "unix_socket_directories": str(self.place.folder("sockets")) if sockets else "",
            "listen_addresses": "" if sockets else "127.0.0.1",
            "port": "5432" if sockets else self.place.remembered("postgres_port"),
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.durable:
            options |= dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off")
        command = [str(self.programs / "postgres"), "-D", str(self.folder)]
        return command + [part for key, value in options.items() for part in ("-c", f"{key}={value}")], ""

    def _create_roles_and_database(self) -> None:
        roles = {
            GROUP: sql.SQL("NOLOGIN"),
            APPLICATION: sql.SQL("LOGIN PASSWORD {} IN ROLE {}").format(
                self.place.remembered("password"), sql.Identifier(GROUP)
            ),
        }
        with psycopg.connect(self.url(OWNER, "postgres"), autocommit=True) as connection:
            known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            for role, kind in roles.items():
                if role not in known:
                    connection.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), kind))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
            connection.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(DATABASE), sql.Identifier(GROUP))
            )

    def note(self, text: str | None = None) -> str | None:
        """A remark kept in the database itself (so it goes where the data goes): read, or written when given."""
        with psycopg.connect(self.url(OWNER), autocommit=True) as connection:
            if text is not None:
                connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(DATABASE), text))
                return text
            found = connection.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
            ).fetchone()
            return str(found[0]) if found and found[0] else None


class Valkey(Daemon):
    """The broker, keeping an append-only file that is written to disk every second."""

    name = "Valkey"

    def __init__(self, place: Place) -> None:
        self.program = binaries.valkey(place.home, place.account)
        super().__init__(place, place.folder("valkey"))

    @property
    def pidfile(self) -> Path:
        return self.folder / "valkey.pid"

    @property
    def url(self) -> str:
        if self.place.sockets:
            return f"unix://{self.place.sockets / 'valkey.sock'}"
        return f"redis://:{self.place.remembered('password')}@127.0.0.1:{self.place.remembered('valkey_port')}/0"

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _command(self) -> tuple[list[str], str]:
        if self.place.sockets:
            reached = f'port 0\nunixsocket "{self.place.folder("sockets") / "valkey.sock"}"\nunixsocketperm 700\n'
        else:
            password = self.place.remembered("password")
            reached = f"bind 127.0.0.1\nport {self.place.remembered('valkey_port')}\nrequirepass {password}\n"
        kept = f'dir "{self.folder}"\npidfile "{self.pidfile}"\nappendonly yes\nappendfsync everysec\nsave ""\n'
        return [str(self.program), "-"], reached + kept
