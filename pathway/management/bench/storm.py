"""All fall due at one instant: how soon one real sweeper, and two, raise them, and in how few messages they go out."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from pathway.engine.now import now
from pathway.management.bench import load
from pathway.management.bench.lateness import sweeper
from pathway.management.bench.scratch import Databases, connect
from pathway.notify.bundle import bundle
from pathway.record.message import Address

FIRST, WAITS = 4.0, 90.0  # seconds: until all fall due, and how long they are waited for
RAISED = """
SELECT count(alert.id), extract(epoch FROM clock_timestamp() - max(clock.amber_at))::float8
FROM pathway_clock clock LEFT JOIN pathway_alert alert ON alert.clock_id = clock.id AND alert.rung = 0
WHERE clock.id > 1000000
"""


@dataclass(frozen=True)
class Storm:
    """Seconds from the instant at which all fell due until all alerts are committed; how many messages to how many."""

    one: float
    two: float
    messages: int
    addresses: int


def of(databases: Databases, due: int) -> Storm:
    """Let so many cases fall due at once, before one sweeper and before two.

    Raises:
        AssertionError: not all were raised.
    """
    one, two = (weathered(databases, due, count) for count in (1, 2))
    return Storm(one, two, bundle(now()), Address.objects.count())


def weathered(databases: Databases, due: int, sweepers: int) -> float:
    """The seconds that so many sweepers take for so many cases."""
    name = databases.create(f"storm_{sweepers}")
    load.open_cases(due, due=False)
    Address.objects.create(user=load.coordinator(), channel="bench", value="1", added_at=now(), verified_at=now())
    with ExitStack() as running, connect(name) as session:
        session.autocommit = True
        for _ in range(sweepers):
            running.enter_context(sweeper(name))
        load.wake(session, FIRST)
        deadline = time.monotonic() + FIRST + WAITS
        while time.monotonic() < deadline:
            row: Any = session.execute(RAISED).fetchone()
            if row[0] == due:
                return float(row[1])
            time.sleep(0.05)
    raise AssertionError(f"{row[0]} of {due} alerts were raised")
