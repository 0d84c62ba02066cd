"""The whole service as `make run` starts it, with everything between its parts that can be made to fail."""

import http.client
import json
import os
import shutil
import signal
import sys
import time
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace

import psycopg

from config import embedded
from config.processes import end, spawn
from config.supervisor import Child, Supervisor
from pathway.management.commands.run import _children as children
from tests.faults.proxy import Proxies
from tests.sinks import API_KEY, TOKEN, free_port

STARTED_WITHIN = 90.0
LOOPS = ("celery", "sweeper", "deliver-celery", "deliverer")
SECRET = "whsec_YSBzZWNyZXQgb2YgYXQgbGVhc3QgMjQgYnl0ZXM="


class Plant:
    """Servers, proxies, providers and processes in one folder. `with Plant(folder, servers) as plant`.

    `faults` counts what was done to it, `away` holds from when until when what was out of order: (name, from, until).
    """

    def __init__(self, folder, servers):
        self.folder, self.servers = folder, servers
        self.stack = ExitStack()
        self.faults, self.away, self.answered = 0, [], []

    def __enter__(self):
        sockets = self.servers.postgres.place.sockets
        self.proxies = self.stack.enter_context(
            Proxies(broker=str(sockets / "valkey.sock"), database=str(sockets / ".s.PGSQL.5432"))
        )
        self.smtp, self.http, self.port = free_port(), free_port(), free_port()
        self.log = self.stack.enter_context((self.folder / "plant.log").open("ab"))
        sinks = [sys.executable, "-m", "tests.sinks", "--smtp", str(self.smtp), "--http", str(self.http)]
        providers = spawn(sinks, log=self.log, env=os.environ, cwd=embedded.ROOT, dies_by=signal.SIGTERM)
        self.stack.callback(end, [providers], within=1)
        (self.folder / "static").mkdir(exist_ok=True)
        kept = children(self.folder, self.environment(), self.port)
        self.supervisor = Supervisor(kept, self.servers.daemons, self.say)
        self.stack.callback(self.supervisor.stop)
        return self

    def __exit__(self, *_):
        self.stack.close()

    def say(self, line):
        self.log.write(f"{time.time():.3f} {line}\n".encode())
        self.log.flush()

    def environment(self):
        """What the processes are told: database and broker through the proxies, the sinks as providers."""
        ports = self.proxies.ports
        return os.environ | {
            "PATHWAY_DEVELOPMENT": "true", "LOG_LEVEL": "WARNING", "PATHWAY_DATA": str(self.folder),
            "DATABASE_URL": f"postgresql://pathway@127.0.0.1:{ports['database']}/pathway",
            "REDIS_URL": f"redis://127.0.0.1:{ports['broker']}/0",
            "SITE_URL": "https://pathway.hospital.example", "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp}",
            "NOTIFY_API_KEY": API_KEY, "NOTIFY_TEMPLATE": "a-template", "NOTIFY_CALLBACK_TOKEN": TOKEN,
            "NOTIFY_URL": f"http://127.0.0.1:{self.http}", "WEBHOOK_HOSTS": f"127.0.0.1:{self.http}",
            "WEBHOOK_SECRET": SECRET,
        }  # fmt: skip

    # Time

    def look(self, seconds=0.0):
        """Watch over everything, as the supervisor does, for so long."""
        until = time.monotonic() + seconds
        while True:
            self.supervisor.watch()
            if time.monotonic() >= until:
                return
            time.sleep(0.02)

    def until(self, condition, seconds, every=0.2):
        """Watch over everything until a condition holds; whether it came in time. No answer is no yes."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with suppress(psycopg.OperationalError):
                if condition():
                    return True
            self.look(every)
        return False

    def heard(self):
        """When each loop came round last, in seconds since 1970."""
        with psycopg.connect(self.servers.owner, connect_timeout=2) as owner:
            rows = owner.execute("SELECT name, extract(epoch FROM max(at)) FROM pathway_heartbeat GROUP BY name")
            return {name: float(at or 0) for name, at in rows.fetchall()}

    def healed(self, since, within=STARTED_WITHIN):
        """How many seconds after an instant every loop has come round again; None where one does not."""

        def all_beat():
            heard = self.heard()
            return all(heard.get(name, 0) > since for name in LOOPS)

        return max(0.0, time.time() - since) if self.until(all_beat, within) else None

    def rested(self):
        """Start what is dead at once, as if everything had gone well for a long time."""
        for child in self.supervisor.children:
            child.deaths, child.start_at = 0, 0.0

    # Processes

    def child(self, name) -> Child:
        return next(child for child in self.supervisor.children if child.name == name)

    def alive(self, name):
        process = self.child(name).process
        return process if process and process.poll() is None else None

    def signal(self, name, number):
        """Send a signal to a process and all its children; one that is not there is no fault."""
        if process := self.alive(name):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
                self.faults += 1
                return True
        return False

    def kill(self, *names):
        """End these processes with their children at once; they are started again without a pause."""
        for name in names:
            self.signal(name, signal.SIGKILL)
        self.rested()

    def term(self, *names):
        for name in names:
            self.signal(name, signal.SIGTERM)

    @contextmanager
    def frozen(self, name):
        """A process that stands still, and is none the wiser afterwards."""
        if self.signal(name, signal.SIGSTOP):
            process = self.alive(name)
            try:
                yield process
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGCONT)
        else:
            yield None

    @contextmanager
    def more(self, *names):
        """A second of each of these processes, for as long as the block lasts."""
        added = []
        for name in names:
            twin = replace(self.child(name), name=f"{name} again", process=None, deaths=0, start_at=0.0)
            twin.log = twin.log.with_name(f"{twin.name}.log")
            added.append(twin)
        self.supervisor.children += added
        self.faults += len(added)
        try:
            yield
        finally:
            self.supervisor.children = [each for each in self.supervisor.children if each not in added]
            end([each.process for each in added if each.process], within=2)

    @contextmanager
    def told_otherwise(self, **environments):
        """Some processes started anew with more in their environment, for as long as the block lasts."""
        before = {name: self.child(name).env for name in environments}
        for name, more in environments.items():
            self.child(name).env = {**before[name], **more}
            self.term(name)
        try:
            yield
        finally:
            for name, env in before.items():
                self.child(name).env = env
                self.signal(name, signal.SIGTERM)
                self.faults -= 1

    # Servers and the way to them

    @contextmanager
    def out(self, what):
        """Note from when until when something was out of order."""
        began = time.time()
        self.faults += 1
        try:
            yield
        finally:
            self.away.append((what, began, time.time()))

    @contextmanager
    def line(self, name, mode):
        """The way to the broker or the database in another mode, for as long as the block lasts."""
        with self.out(name):
            self.proxies(name, mode)
            try:
                yield
            finally:
                self.proxies(name, "pass")

    def cut(self, name):
        with self.out(name):
            self.proxies(name, "cut")

    def crash_database(self):
        """End the database at once, as it is; the supervisor starts it again."""
        with self.out("database"):
            os.kill(self.servers.postgres.pid(), signal.SIGQUIT)
            self.servers.postgres._process.wait(timeout=20)
            self.look()

    def empty_broker(self):
        """End the broker at once, with nothing kept; the supervisor starts it again."""
        valkey = self.servers.valkey
        with self.out("broker"):
            os.kill(valkey.pid(), signal.SIGKILL)
            valkey._process.wait(timeout=20)
            shutil.rmtree(valkey.folder / "appendonlydir", ignore_errors=True)
            self.look()

    # Providers and pages

    def control(self, **wanted):
        """Tell the providers how to behave; what they say."""
        body = json.dumps(wanted).encode() if wanted else None
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/control", body, timeout=10) as answer:
            return json.load(answer)

    @contextmanager
    def provider(self, **wanted):
        """Providers that behave badly; each message that comes meanwhile is a fault."""
        lines = {"smtp": ("smtp",), "http": ("sms", "webhook")}
        self.control(**wanted)
        began = time.time()
        try:
            yield
        finally:
            said = self.control(smtp="ok", http="ok")["arrivals"]
            self.away += [("provider", began, time.time())]
            meant = [line for name in wanted for line in lines.get(name, ())]
            self.faults += sum(each["at"] >= began and each["line"] in meant for each in said)

    def page(self, path="/"):
        """Ask for a page as somebody who is signed in; the status, with the seconds kept in `answered`."""
        began = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request("GET", path, headers={"Cookie": self.cookie})
            answer = line.getresponse()
            answer.read()
        finally:
            line.close()
        self.answered.append(time.monotonic() - began)
        return answer.status
