"""Keeps child processes and servers running: starts what died again, later each time, and says so in one line."""

import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM

from config.binaries import Unavailable
from config.daemons import Daemon
from config.processes import end, last_line, set_aside, spawn

POLL = 0.2
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0
STOPPED_WITHIN = 2.0


@dataclass
class Child:
    """One process to keep running. Its log starts anew with the launcher and is kept over restarts."""

    name: str
    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started: float = 0.0
    start_at: float = 0.0

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = spawn(self.argv, log=log, env=self.env, cwd=self.cwd, dies_by=SIGTERM)
        self.started = time.monotonic()

    def watch(self, say: Callable[[str], None]) -> None:
        """Start it when its time has come, or note that it died."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_at:
                self.start()
        elif (code := self.process.poll()) is not None:
            self.deaths = 1 if now - self.started > STEADY_AFTER else self.deaths + 1
            pause = 0.0 if self.deaths == 1 else min(LONGEST_PAUSE, 2.0 ** (self.deaths - 2))
            self.process, self.start_at = None, now + pause
            when = f"again in {pause:.0f} s" if pause else "again now"
            reason = f"signal {-code}" if code < 0 else f"exit {code}: {last_line(self.log)}"
            say(f"{self.name} stopped ({reason}); started {when}. Log: {self.log}")


class Supervisor:
    """Runs until a signal raises in the main thread; `stop` ends every child within seconds."""

    def __init__(self, children: Iterable[Child], daemons: Iterable[Daemon], say: Callable[[str], None]) -> None:
        self.children = list(children)
        self.daemons = list(daemons)
        self.say = say
        for child in self.children:
            set_aside(child.log)

    def watch(self) -> None:
        """Look once at everything that should run."""
        for daemon in self.daemons:
            if daemon.pid() is None:
                self.say(f"{daemon.name} stopped; started again now. Log: {daemon.log}")
                try:
                    daemon.start(tied=True)
                except Unavailable as error:
                    self.say(str(error))
                    time.sleep(1)
        for child in self.children:
            child.watch(self.say)

    def run(self) -> None:
        while True:
            self.watch()
            time.sleep(POLL)

    def stop(self) -> None:
        end([child.process for child in self.children if child.process], within=STOPPED_WITHIN)
