"""A server as a process of one data folder: found running or started, waited for, stopped."""

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

from config.binaries import Unavailable
from config.processes import Account, last_line, set_aside, spawn

SOCKET_PATH_LIMIT = 100
READY_WITHIN, GONE_WITHIN = 60.0, 15.0


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
        self._asked: int | None = None

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
        except (OSError, ValueError, IndexError):
            return None
        return pid if self._is_ours(pid) else None

    def _is_ours(self, pid: int) -> bool:
        """Whether a process of this number runs, and in this folder."""
        try:
            os.kill(pid, 0)
            return sys.platform != "linux" or Path(f"/proc/{pid}/cwd").samefile(self.folder)
        except OSError:
            return False

    def ask_to_stop(self) -> None:
        if pid := self.pid():
            self._asked = pid
            os.kill(pid, self.stop_signal)

    def wait_until_stopped(self, *, within: float) -> None:
        """Wait, then use the signal that loses no committed data but needs recovery.

        It waits for the process that was asked, too: a server takes its number away before it is gone.
        """
        deadline = time.monotonic() + within
        while pid := self.pid() or (self._asked if self._asked and self._is_ours(self._asked) else None):
            if time.monotonic() > deadline:
                os.kill(pid, self.last_resort)
                deadline += within
            time.sleep(0.01)
        self._asked = None

    def _await_the_end_of_a_dying_one(self) -> None:
        deadline = time.monotonic() + GONE_WITHIN
        while self.pid() and not self.answers() and time.monotonic() < deadline:
            time.sleep(0.05)
