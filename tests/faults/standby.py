"""A second database server that follows the first and takes its place when that one dies."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager, suppress

import psycopg

from config.postgres import OWNER, Postgres

NAME = "second"
SETTINGS = ("synchronous_standby_names", "primary_conninfo")


class Standby(Postgres):
    """The follower, in folders of its own; nothing is committed before it has it too."""

    name = "Standby"

    def __init__(self, first):
        super().__init__(first.place)
        self.first = first
        self.folder = first.folder.with_name("standby")
        self.sockets = first.place.folder(NAME)

    def url(self, role, database="postgres"):
        return f"postgresql://{role}@{str(self.sockets).replace('/', '%2F')}/{database}"

    def _command(self):
        command, text = super()._command()
        own = {"unix_socket_directories": self.sockets, "listen_addresses": "", "synchronous_standby_names": ""}
        return command + [part for key, value in own.items() for part in ("-c", f"{key}={value}")], text

    def follow(self):
        """Copy the first server and follow it; return when every commit waits for the copy."""
        account = self.place.account
        subprocess.run(
            [self.programs / "pg_basebackup", "--pgdata", self.folder, "--write-recovery-conf", "--checkpoint=fast",
             "--no-sync", "--dbname", f"host={self.first.place.sockets} user={OWNER} application_name={NAME}"],
            **(account.identity if account else {}), env={"LC_ALL": "C"}, cwd="/", check=True, capture_output=True,
        )  # fmt: skip
        self.start(tied=True)
        with psycopg.connect(self.first.url(OWNER), autocommit=True) as session:
            session.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'")
            session.execute("SELECT pg_reload_conf()")
            while not session.execute("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'").fetchone():
                time.sleep(0.05)

    def start(self, *, tied):
        # Not as the first one starts, which makes what is missing: this one may write nothing yet.
        super(Postgres, self).start(tied=tied)

    def promote(self):
        """Let it write; it does when this returns."""
        with psycopg.connect(self.url(OWNER), autocommit=True) as session:
            session.execute("SELECT pg_promote(true)")


@contextmanager
def standing_by(plant):
    """A follower; yields what ends the first server, and lets the follower stand where it stood.

    At the end the data of whichever is the first by then stay, on one server again.
    """
    first = plant.servers.postgres
    second = Standby(first)
    second.follow()
    plant.supervisor.daemons.remove(first)
    try:
        yield lambda: _taken_over(first, second)
    finally:
        with plant.out("database"):
            _alone(first, second)
            plant.supervisor.daemons.append(first)


def _taken_over(first, second):
    """End the first without a word; the way to it leads to the second, which for a while may only be read."""
    os.kill(first.pid(), signal.SIGKILL)
    first._process.wait(timeout=20)
    way = first.place.sockets / ".s.PGSQL.5432"
    with suppress(FileNotFoundError):
        way.unlink()
    way.symlink_to(second.sockets / way.name)
    time.sleep(1.5)
    second.promote()


def _alone(first, second):
    """Stop both, and start the server that wrote last, where the first one was."""
    wrote = second if (first.place.sockets / ".s.PGSQL.5432").is_symlink() else first
    for each in (first, second):
        each.ask_to_stop()
        each.wait_until_stopped(within=10)
    if wrote is second:
        (first.place.sockets / ".s.PGSQL.5432").unlink()
        shutil.rmtree(first.folder)
        second.folder.rename(first.folder)
    else:
        shutil.rmtree(second.folder)
    kept = first.folder / "postgresql.auto.conf"
    kept.write_text("".join(line for line in kept.open() if not line.startswith(SETTINGS)))
    first.start(tied=True)
