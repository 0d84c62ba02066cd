"""`manage.py run` as a person starts it: in a folder of its own, with nothing in the environment, under any account."""

import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from functools import cached_property
from pathlib import Path

from config.embedded import ROOT

LEFT_OUT = shutil.ignore_patterns("__pycache__", "site-packages", "test", "config-*", "idlelib", "tkinter", "*.a")
NUMBERS = itertools.count(1)


class Launcher:
    """One launcher. Everything it says is in `said`; `processes` are its living descendants."""

    def __init__(self, data, *arguments, python=sys.executable, root=ROOT, identity=None, **env):
        self.data = data
        self.output = data.with_name(f"{data.name}-{next(NUMBERS)}.out")
        known = {"PATH": os.environ["PATH"], "PATHWAY_DATA": str(data), **env}
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [str(python), str(root / "manage.py"), "run", *arguments],
                env=known,
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd="/",
                **(identity or {}),
            )

    @property
    def said(self):
        return self.output.read_text()

    @cached_property
    def url(self):
        """The address that it prints once the web answers."""
        found = wait_for(lambda: re.search(r"^Open (http\S+)", self.said, re.MULTILINE) or self.ended(), within=90)
        assert not isinstance(found, int), self.said
        return found[1]

    def ended(self):
        """The exit code plus one, so that it is true when there is one."""
        code = self.process.poll()
        return None if code is None else code + 1

    def get(self, path):
        """Status and text of a page; None while nothing answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as page:  # noqa: S310  its own address
                return page.status, page.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()
        except OSError:
            return None

    def is_ready(self):
        answer = self.get("/health/ready")
        return answer is not None and answer[0] == 200

    @property
    def processes(self):
        """Command line by process id, of every living process of this folder."""
        marks = (f"PATHWAY_DATA={self.data}\0".encode(), os.fsencode(self.data))
        return {
            pid: command for pid, command, environment in living() if marks[0] in environment or marks[1] in command
        }

    def one(self, word):
        """The process whose command line has the word, other than the launcher itself."""
        found = [pid for pid, command in self.processes.items() if word.encode() in command and pid != self.process.pid]
        return min(found, default=None)

    def stop(self, number=signal.SIGINT):
        """Send the signal; return the exit code and the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(timeout=30), time.monotonic() - began


def living():
    """Process id, command line and environment of every process that is not a zombie."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
        except OSError:
            continue
        if command:
            yield int(folder.name), command, environment


def wait_for(found, *, within):
    """The first true answer. Fails when there is none in time (seconds)."""
    deadline = time.monotonic() + within
    while not (answer := found()):
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.05)
    return answer


def readable(account, folder):
    """Python, project and environment as the account can use them; what it cannot read is copied to the folder."""

    def may(*argv):
        return account is None or account.can(argv)

    packages, python, root = Path(sysconfig.get_paths()["purelib"]), Path(sys.executable), ROOT
    env = {"PYTHONPATH": str(packages)}
    if not may("/bin/sh", "-c", 'test -r "$1/manage.py"', "sh", str(ROOT)):
        root = folder / "project"
        shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    if not may("/bin/sh", "-c", 'test -r "$1/django/__init__.py"', "sh", str(packages)):
        env["PYTHONPATH"] = str(shutil.copytree(packages, folder / "packages"))
    if not may(str(python), "-c", "import json"):
        base, version = Path(sys.base_prefix), f"python3.{sys.version_info.minor}"
        python = folder / "python" / "bin" / version
        shutil.copytree(base / "lib" / version, folder / "python" / "lib" / version, ignore=LEFT_OUT)
        python.parent.mkdir()
        shutil.copy2(base / "bin" / version, python)
        for library in (base / "lib").glob("libpython*.so*"):
            shutil.copy2(library, folder / "python" / "lib")
        env["LD_LIBRARY_PATH"] = str(folder / "python" / "lib")
    return python, root, env
