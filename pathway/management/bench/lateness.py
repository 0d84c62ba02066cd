"""How late single alerts come: a real sweeper sleeps, clocks wake one by one, and a listener hears of each.

From the time at which the case wakes to the notification that the raise was committed, by the clock of one machine.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import sleep, time
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from pathway.engine.now import now
from pathway.management.bench import load
from pathway.management.bench.scratch import Databases, connect
from pathway.record.heartbeat import Heartbeat
from pathway.record.message import Address

FIRST, APART = 3.0, 0.0437  # seconds: when the first one wakes, and how far they are apart; no multiple of a poll
WAITS = 30.0
NEWLY = """
SELECT id, clock_id - 1000001 FROM pathway_alert WHERE clock_id > 1000000 AND rung = 0 AND id > %s ORDER BY id
"""


def of_single_raises(databases: Databases, count: int) -> tuple[float, float]:
    """The median and the worst lateness of so many alerts, in milliseconds.

    Raises:
        AssertionError: not all were raised.
    """
    name = databases.create("lateness")
    load.open_cases(count, due=False)
    told = load.coordinator()
    # Whoever raises notifies the senders where somebody has an address: at the instant of the commit.
    Address.objects.create(user=told, channel="bench", value="1", added_at=now(), verified_at=now())
    with sweeper(name):
        late = heard(name, count)
    return median(late), max(late)


@contextmanager
def sweeper(name: str) -> Iterator[None]:
    """A real sweeper on a scratch database, going round when the block begins."""
    command = [sys.executable, str(settings.ROOT / "manage.py"), "sweeper"]
    environment = os.environ | {"DATABASE_URL": address(name)}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time() + WAITS
        while not Heartbeat.objects.filter(name="sweeper").exists():
            if time() > deadline:
                raise AssertionError("the sweeper does not come round")
            sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def address(name: str) -> str:
    """A scratch database, as the environment names it."""
    at = connection.get_connection_params() | {"dbname": name}
    login = quote(at.get("user", ""), safe="") + (f":{quote(at['password'], safe='')}" if at.get("password") else "")
    host = quote(at.get("host", ""), safe="") + (f":{at['port']}" if at.get("port") else "")
    return f"postgresql://{login}@{host}/{name}"


def heard(name: str, count: int) -> list[float]:
    """Let the clocks wake one after the other; the milliseconds after which each was heard of."""
    with connect(name) as listener, connect(name) as writer:
        listener.autocommit = True
        listener.execute("LISTEN pathway_send")
        load.wake(writer, FIRST, APART)
        row: Any = writer.execute("SELECT extract(epoch FROM now())::float8").fetchone()
        writer.commit()
        late: list[float] = []
        seen = 0
        for _ in listener.notifies(timeout=FIRST + count * APART + WAITS):
            at = time()
            # One sweep may have raised several: a notification stands for all that were committed by then.
            found = writer.execute(NEWLY, [seen]).fetchall()
            writer.commit()
            late += [(at - row[0] - FIRST - APART * number) * 1000 for _, number in found]
            seen = max([seen, *(pk for pk, _ in found)])
            if len(late) == count:
                return late
    raise AssertionError(f"{len(late)} of {count} alerts were raised")
