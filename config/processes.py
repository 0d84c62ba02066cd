"""Child processes: started in a session of their own, ended in order, never left behind by a killed launcher."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """An existing unprivileged account that servers run as when the launcher is root."""

    uid: int
    gid: int

    @classmethod
    def for_servers(cls, folder: Path) -> "Account | None":
        """None for an ordinary user. For root: whoever owns the data already there, else `nobody`.

        Raises KeyError when the machine has no such account.
        """
        if os.geteuid() != 0:
            return None
        if folder.exists() and (owner := folder.stat()).st_uid != 0:
            return cls(owner.st_uid, owner.st_gid)
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)

    @property
    def identity(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can(self, argv: Sequence[str]) -> bool:
        """Whether the command succeeds under this account; asked of the system, so access lists count too."""
        try:
            done = subprocess.run(argv, **self.identity, cwd="/", capture_output=True, check=False)
        except PermissionError:
            return False
        return done.returncode == 0


def spawn(
    argv: Sequence[str],
    *,
    log: IO[bytes],
    env: Mapping[str, str],
    cwd: Path = Path("/"),
    account: Account | None = None,
    dies_by: signal.Signals | None = None,
    text: str = "",
) -> subprocess.Popen[bytes]:
    """Start a process that reads `text`, writes to `log` and cannot be reached by the terminal's Ctrl-C.

    With `dies_by` the kernel sends that signal when the calling thread ends, however it ends (Linux): call it from
    the main thread.
    """
    launcher = os.getpid()

    def tie() -> None:
        if _libc is not None and dies_by is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(dies_by))
            if os.getppid() != launcher:
                os.kill(os.getpid(), dies_by)

    process = subprocess.Popen(
        argv,
        stdin=subprocess.PIPE if text else subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=dict(env),
        start_new_session=True,
        cwd=cwd,
        preexec_fn=tie if dies_by else None,  # noqa: PLW1509  the launcher has one thread
        **(account.identity if account else {}),
    )
    if process.stdin:
        with process.stdin as stdin:
            stdin.write(text.encode())
    return process


def end(processes: Iterable[subprocess.Popen[bytes]], *, within: float) -> None:
    """Ask every process to stop, wait `within` seconds for all of them together, then kill what is left."""
    living = [process for process in processes if process.poll() is None]
    for process in living:
        process.terminate()
    deadline = time.monotonic() + within
    for process in living:
        try:
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def set_aside(log: Path) -> None:
    """Begin a new log; the one before is kept beside it."""
    if log.exists():
        log.replace(log.with_suffix(".log.1"))


def last_line(log: Path) -> str:
    """The last line of a log that says something, for the one sentence shown when its process failed."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "nothing was logged")
