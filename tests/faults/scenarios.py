"""What is done to the service: generators that strike and say how long they rest; and how late anything may be."""

import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.faults import checks, disk, standby

CLOCK = str(Path(__file__).parent / "clock")
HELD_BY_A_ZOMBIE = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'
  AND backend_xid IS NOT NULL AND state_change < clock_timestamp() - interval '400 ms'
"""


@dataclass(frozen=True)
class Scenario:
    """One kind of fault. Limits are in seconds, from the due time or from when the database was back."""

    name: str
    rows: str
    strike: Callable
    raised_within: float = 10.0
    told_within: float = 30.0
    cases: int = 300
    window: float = 14.0
    storm: bool = False
    check: Callable | None = None


def nothing(plant, random):
    while True:
        yield 1.0


def killed(*names, rest=(0.8, 2.5)):
    """Kill these processes with all their children, one after another."""

    def strike(plant, random):
        while True:
            for name in names:
                plant.kill(name)
            yield random.uniform(*rest)

    return strike


def killed_once_up(*names):
    """Kill these together as soon as one of the sweeps has come round since the last time."""

    def strike(plant, random):
        while True:
            plant.kill(*names)
            killed_at, waited = time.time(), 0.0
            while waited < 20 and max(heard(plant, "celery"), heard(plant, "sweeper")) <= killed_at:
                waited += 0.3
                yield 0.3
            yield random.uniform(0, 1)

    return strike


def heard(plant, name):
    return plant.heard().get(name, 0.0)


def any_killed(plant, random):
    while True:
        plant.kill(random.choice([child.name for child in plant.supervisor.children]))
        yield random.uniform(0.4, 1.0)


def rolling(plant, random):
    """A new release, over and over: each process is asked to stop, at a pace that two cores can start."""
    while True:
        for child in plant.supervisor.children:
            plant.term(child.name)
            yield random.uniform(0.9, 1.6)


def twins(*names):
    def strike(plant, random):
        with plant.more(*names):
            while True:
                yield 1.0

    return strike


def with_twins_killed(plant, random):
    """Two of everything, and now and then one of the first is killed."""
    with plant.more("worker", "beat", "sweeper", "deliveries", "deliverer"):
        while True:
            plant.kill(random.choice(("worker", "sweeper", "deliverer", "deliveries")))
            yield random.uniform(1, 2)


def on_the_line(name, mode, for_seconds, rest):
    """The way to a server in another mode, for a while, again and again."""

    def strike(plant, random):
        while True:
            with plant.line(name, mode):
                yield random.uniform(*for_seconds)
            yield random.uniform(*rest)

    return strike


def cut(name, rest):
    def strike(plant, random):
        while True:
            plant.cut(name)
            yield random.uniform(*rest)

    return strike


def flushed(plant, random):
    import redis

    with redis.Redis.from_url(plant.servers.redis) as broker:
        while True:
            broker.flushall()
            plant.faults += 1
            yield random.uniform(0.2, 0.6)


def broker_emptied(plant, random):
    while True:
        plant.empty_broker()
        yield random.uniform(1.5, 3)


def broker_out_and_pages(mode):
    """The broker away while people read their pages: each page is measured."""

    def strike(plant, random):
        while True:
            with plant.line("broker", mode):
                for _ in range(12):
                    assert plant.page() == 200
                    yield 0.2
            yield random.uniform(1, 2)

    return strike


def database_crashed(plant, random):
    for _ in range(4):
        plant.crash_database()
        yield random.uniform(2, 5)


def failed_over(plant, random):
    """The database dies for good, and another, which nothing was kept from, takes its place."""
    with standby.standing_by(plant) as take_over:
        yield random.uniform(2, 4)
        with plant.out("database"):
            take_over()
        while True:
            yield 1.0


@contextmanager
def held(plant, table, mode="ACCESS EXCLUSIVE"):
    """A table locked from another session, as a migration does."""
    with psycopg.connect(plant.servers.owner) as session:
        session.execute("SET lock_timeout = '3s'")
        session.commit()
        with plant.out("database"):
            while not got(session, f"LOCK TABLE {table} IN {mode} MODE"):
                time.sleep(0.3)
            yield
        session.rollback()


def got(session, statement):
    """Whether a lock was had in time."""
    try:
        session.execute(statement)
    except psycopg.errors.LockNotAvailable:
        session.rollback()
        return False
    return True


def locked(tables, for_seconds, rest):
    def strike(plant, random):
        while True:
            with held(plant, random.choice(tables)):
                yield random.uniform(*for_seconds)
            yield random.uniform(*rest)

    return strike


def poisoned(plant, random):
    """Cases of which the sweep can make nothing, due before the others, a few at a time."""
    kinds = ("unknown protocol", "unknown clock", "impossible level")
    for number in range(15):
        checks.poison(plant, kinds[number % len(kinds)])
        yield 0.5
    while True:
        yield 1.0


def drifting(plant, random):
    """Clocks of the processes an hour out, and not the same way."""

    def out(hours):
        return {"PYTHONPATH": CLOCK, "CLOCK_AHEAD": str(hours * 3600)}

    turns = ({"worker": 1, "beat": -1, "sweeper": -1}, {"worker": -1, "beat": 1, "sweeper": 1})
    with ExitStack() as stack:
        for turn in turns:
            stack.enter_context(plant.told_otherwise(**{name: out(hours) for name, hours in turn.items()}))
            yield 7.0
        while True:
            yield 1.0


def frozen(plant, random):
    """A sweeper that stands still in the middle of a sweep, with its cases locked, until the database ends it."""
    caught = 0
    while True:
        with plant.frozen("sweeper") as process:
            if process is None:
                yield 0.2
                continue
            yield 0.6
            with psycopg.connect(plant.servers.owner) as session:
                zombies = session.execute(HELD_BY_A_ZOMBIE).fetchall()
            if zombies and not caught:
                caught += 1
                plant.say(f"a frozen sweeper holds its cases: {zombies}")
                with psycopg.connect(plant.servers.owner, autocommit=True) as session:
                    while session.execute(HELD_BY_A_ZOMBIE).fetchall():
                        yield 0.2
                yield 1.0
        yield random.uniform(0.01, 0.3)


def everything(plant, random):
    """Whatever comes, one after another."""
    while True:
        what = random.randrange(6)
        if what == 0:
            plant.kill(random.choice(("worker", "sweeper", "beat", "deliveries", "deliverer")))
        elif what in (1, 2):
            plant.cut(("broker", "database")[what - 1])
        elif what in (3, 4):
            with plant.line(("broker", "database")[what - 3], "stall"):
                yield random.uniform(0.3, 1.5)
        else:
            with plant.provider(http=random.choice(("500", "lost", "down")), smtp=random.choice(("500", "lost"))):
                yield random.uniform(0.3, 1.5)
        yield random.uniform(0.2, 0.8)


def providers(for_seconds, rest=(1, 2), **wanted):
    """Providers that behave badly for a while, again and again."""

    def strike(plant, random):
        while True:
            with plant.provider(**wanted):
                yield random.uniform(*for_seconds)
            yield random.uniform(*rest)

    return strike


def senders_killed(plant, random):
    """Killed between the provider's answer and the writing: the provider is slow, so that most are caught there."""
    with plant.provider(smtp="slow", http="slow", slow=0.4):
        while True:
            plant.kill(random.choice(("deliveries", "deliverer")))
            yield random.uniform(0.8, 1.6)


def receipts(plant, random):
    """Receipts that come late, twice, in any order, and forged."""
    yield from checks.send_receipts(plant, random)


def disk_full(plant, random):
    with disk.small(plant) as full:
        for _ in range(3):
            yield random.uniform(0.5, 1)
            with plant.out("database"), full():
                yield random.uniform(2, 3)
        while True:
            yield 0.5


MIGRATED = ("pathway_alert", "pathway_delivery", "pathway_message")
BOTH = ("worker", "sweeper")
SCENARIOS = (
    Scenario("nothing", "-", nothing, raised_within=5),
    Scenario("worker killed", "F1", killed("worker")),
    Scenario("sweeper killed", "F1", killed("sweeper")),
    Scenario("both loops killed", "F1", killed_once_up(*BOTH), raised_within=15),
    Scenario("any process killed", "F1, F2", any_killed, raised_within=15),
    Scenario("beat killed", "F3", killed("beat", rest=(0.5, 1)), raised_within=15),
    Scenario("two beats", "F3", twins("beat", "beat", "beat")),
    Scenario("two of everything", "F10", with_twins_killed),
    Scenario("broker flushed", "F4", flushed, raised_within=15),
    Scenario("broker killed and empty", "F4", broker_emptied, raised_within=15),
    Scenario("broker refuses", "F5", broker_out_and_pages("refuse"), raised_within=15, check=checks.pages),
    Scenario("broker stalls", "F5", broker_out_and_pages("stall"), raised_within=15, check=checks.pages),
    Scenario("broker cut off", "F5, F6", cut("broker", (0.4, 1)), raised_within=15),
    Scenario("broker slow", "F5", on_the_line("broker", "slow 150", (2, 4), (0.5, 1)), raised_within=15),
    Scenario("database stopped at once", "F7", database_crashed),
    Scenario("database fails over", "F9", failed_over),
    Scenario("database stalls", "F8", on_the_line("database", "stall", (1, 4), (1, 2)), raised_within=5),
    Scenario("database cut off", "F8", cut("database", (0.3, 0.8))),
    Scenario("database loses its answer", "F8", on_the_line("database", "lose", (0.2, 0.6), (0.6, 1.2))),
    Scenario("database slow", "F8", on_the_line("database", "slow 150", (3, 5), (0.5, 1)), raised_within=15),
    Scenario("a table locked", "F34", locked(("pathway_case", "pathway_alert", "pathway_clock"), (6, 9), (1, 2))),
    Scenario("a migration", "F29, F34", locked(MIGRATED, (1, 2), (1, 2))),
    Scenario("poison", "F23", poisoned, check=checks.set_aside),
    Scenario("10,000 at once", "F24", nothing, raised_within=10, told_within=90, cases=10_000, storm=True),
    Scenario("10,000 at once, loops killed", "F1, F24", killed_once_up(*BOTH), raised_within=15, told_within=90,
             cases=10_000, storm=True),
    Scenario("clocks an hour out", "F11", drifting, raised_within=15),
    Scenario("a frozen sweeper", "F34", frozen, raised_within=15, cases=3000, storm=True),
    Scenario("providers in trouble", "F16", providers((2, 4), smtp="500", http="500")),
    Scenario("providers down", "F16", providers((2, 4), smtp="down", http="down")),
    Scenario("providers ask to wait", "F18", providers((2, 4), smtp="429", http="429"), check=checks.waited),
    Scenario("providers slow", "F17", providers((6, 8), smtp="slow", http="slow", slow=12), raised_within=5),
    Scenario("providers lose the answer", "F19", providers((2, 4), smtp="lost", http="lost")),
    Scenario("senders killed", "F1, F19", senders_killed),
    Scenario("receipts late, twice, forged", "F20", receipts, check=checks.all_delivered),
    Scenario("a release", "F28", rolling),
    Scenario("disk full", "F21", disk_full, raised_within=15),
    Scenario("everything", "F1 to F19", everything, raised_within=15),
)  # fmt: skip
SHORT = ("worker killed", "broker killed and empty", "database stopped at once", "providers lose the answer")
