"""One round of telling people: bundle what waits, send what is due, go on where it did not get through.

The threads that send belong to one provider each. A slow one delays nobody else's messages, nor the round.
"""

import logging
import threading
from collections import defaultdict
from contextlib import nullcontext
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime

from django.db import Error, connection

from pathway.engine import now as clock
from pathway.notify.bundle import bundle
from pathway.notify.claim import WIDTH, providers
from pathway.notify.onward import expire, forward, give_up_on_levels
from pathway.notify.send import drain
from pathway.record.heartbeat import beat, begin

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Counts:
    """What one round did: messages made, messages due, without receipt, gone on to another address, levels passed."""

    made: int
    due: int
    unknown: int
    forwarded: int
    unreachable: int


class Lines:
    """The threads of this process that send: a few for each provider, and only while something is due for it."""

    def __init__(self) -> None:
        self.threads: dict[str, list[threading.Thread]] = defaultdict(list)

    def send(self, due: dict[str, int]) -> None:
        """See to it that each provider has as many threads as it has messages, within its width."""
        for provider, count in due.items():
            living = [thread for thread in self.threads[provider] if thread.is_alive()]
            for _ in range(min(WIDTH, count) - len(living)):
                thread = threading.Thread(target=copy_context().run, args=(work, provider), name=provider, daemon=True)
                thread.start()
                living.append(thread)
            self.threads[provider] = living

    def wait(self, within: float | None = None) -> None:
        """Until all is sent, or for so many seconds for each."""
        for thread in [thread for threads in self.threads.values() for thread in threads]:
            thread.join(within)


def work(provider: str) -> None:
    """Send what is due for one provider, on a connection of its own. Is the database away, the next round does it."""
    try:
        drain(provider)
    except Error as error:
        log.warning("sending to %s stopped: %s", provider, str(error).strip())
    finally:
        connection.close()


def deliver(now: datetime | None = None, *, lines: Lines | None = None, by: str = "deliver") -> Counts:
    """One round; write the heartbeat. Without `lines` it returns when all that was due has been tried."""
    with clock.at(now) if now else nullcontext():
        begin(by, clock.now())
        counts = turn(lines or (own := Lines()))
        if lines is None:
            own.wait()
        beat(by, clock.now())
    return counts


def turn(lines: Lines) -> Counts:
    """What a round does, in its order: what must go on is bundled in the same round."""
    now = clock.now()
    unknown, forwarded = expire(now), forward(now)
    made = bundle(now)
    due = providers(now)
    lines.send(due)
    return Counts(made, sum(due.values()), unknown, forwarded, give_up_on_levels(now))
