"""The embedded servers of a data folder: started or adopted for whoever needs them, stopped when the last is done."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.binaries import Unavailable
from config.daemons import Daemon, Place
from config.postgres import APPLICATION, OWNER, Postgres
from config.processes import Account
from config.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent
STOPPED_WITHIN = 2.0


@dataclass(frozen=True)
class Servers:
    """Where the running servers are: as the application, as the database's owner, and the broker."""

    database: str
    owner: str
    redis: str
    postgres: Postgres
    valkey: Valkey

    @property
    def daemons(self) -> tuple[Daemon, ...]:
        return self.postgres, self.valkey

    def owner_of(self, database: str) -> str:
        return self.postgres.url(OWNER, database)

    def application_of(self, database: str) -> str:
        return self.postgres.url(APPLICATION, database)


def data_folder() -> Path:
    """PATHWAY_DATA, else the folder .data of the project."""
    return Path(os.path.abspath(os.environ.get("PATHWAY_DATA") or ROOT / ".data"))


@contextmanager
def servers(data: Path, *, tied: bool = False, durable: bool = True) -> Iterator[Servers]:
    """Both servers of the folder, running for as long as the block lasts.

    A server that already runs there is used. At the end the last user stops them; with `tied` they end with this
    process in any case, even a killed one. Raises Unavailable.
    """
    place = _place(data)
    with ExitStack() as stack:
        users = stack.enter_context((data / "users.lock").open("a"))
        with _gate(data):
            both = Postgres(place, durable=durable), Valkey(place)
            stack.callback(_leave, data, users.fileno(), both, stop_anyway=tied)
            for daemon in both:
                daemon.start(tied=tied)
            fcntl.flock(users, fcntl.LOCK_SH)
        postgres, valkey = both
        yield Servers(postgres.url(APPLICATION), postgres.url(OWNER), valkey.url, postgres, valkey)


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the folder for one `run`. Raises Unavailable while another holds it."""
    _writable(data)
    with (data / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Unavailable(
                f"It is already running on {data} (process {lock.read().strip()}): stop that one first, "
                "or set PATHWAY_DATA to another folder."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def manage(env: Mapping[str, str], *arguments: str) -> str:
    """Run a management command to its end in this environment; return what it said. Raises Unavailable."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, env=dict(env), capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise Unavailable(f"`manage.py {arguments[0]}` failed: {said[-1]}")
    return done.stdout.strip()


def migrate(servers: Servers) -> None:
    """Bring the tables up to date, as the owner; costs nothing when they are. Raises Unavailable."""
    digest = _migrations_digest()
    if servers.postgres.note() != digest:
        manage({**os.environ, "DATABASE_URL": servers.owner, "REDIS_URL": servers.redis}, "migrate", "--verbosity=0")
        servers.postgres.note(digest)


def _migrations_digest() -> str:
    """Changes whenever a migration of the project or a pinned package does."""
    files = [ROOT / "requirements.txt", *sorted((ROOT / "pathway" / "migrations").glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@contextmanager
def _gate(data: Path) -> Iterator[None]:
    """One process at a time starts or stops servers."""
    with (data / "gate.lock").open("a") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


def _leave(data: Path, users: int, daemons: tuple[Daemon, ...], *, stop_anyway: bool) -> None:
    with _gate(data):
        if not stop_anyway:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
        for daemon in daemons:
            daemon.ask_to_stop()
        for daemon in daemons:
            daemon.wait_until_stopped(within=STOPPED_WITHIN)


def _place(data: Path) -> Place:
    _writable(data)
    try:
        account = Account.for_servers(data / "postgres")
    except KeyError:
        raise Unavailable(
            "PostgreSQL does not run as root and this machine has no account `nobody`: "
            "start as an ordinary user, or set DATABASE_URL and REDIS_URL to servers of yours."
        ) from None
    logs = data / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    if account is None or account.can(["/bin/sh", "-c", 'test -x "$1"', "sh", str(data)]):
        return Place(data, logs, account)
    return Place(_elsewhere(data, account), logs, account)


def _elsewhere(data: Path, account: Account) -> Path:
    """A folder under /var/tmp, for when another account may not enter the data folder; `make clean` removes it."""
    folder = Path("/var/tmp") / f"mscc-pathway-{hashlib.sha256(os.fsencode(data)).hexdigest()[:12]}"  # noqa: S108
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid not in {0, account.uid}:
        raise Unavailable(f"{folder} belongs to someone else: remove it, or set PATHWAY_DATA to another folder.")
    os.chown(folder, account.uid, account.gid)
    return folder


def _writable(data: Path) -> None:
    try:
        if not data.exists():
            data.mkdir(parents=True)
            data.chmod(0o711)
        (data / "gate.lock").open("a").close()
    except OSError as error:
        raise Unavailable(
            f"The data folder {data} cannot be written ({error.strerror}): set PATHWAY_DATA to a folder that can be."
        ) from None
