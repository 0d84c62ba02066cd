"""The embedded database server, with its owner, the application's login and one database."""

import os
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from config import binaries
from config.binaries import Unavailable
from config.daemons import Daemon, Place

OWNER, APPLICATION, GROUP, DATABASE = "pathway_owner", "pathway", "pathway_app", "pathway"
BUILTIN_LOCALE_SINCE = 17


class Postgres(Daemon):
    """PostgreSQL. `start` makes the data folder, the roles and the database where they are missing."""

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
