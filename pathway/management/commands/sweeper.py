"""`manage.py sweeper`: the same sweep as Celery's, in a plain loop, for when broker, beat or worker are down."""

import logging
import signal
import threading
import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, close_old_connections, connection

from pathway.engine.now import now
from pathway.engine.tick import tick
from pathway.record.heartbeat import Heartbeat

log = logging.getLogger(__name__)
NAME = "sweeper"
PERIOD, LONGEST_PAUSE = 1.0, 15.0
SILENT_AFTER = timedelta(seconds=60)


class Command(BaseCommand):
    help = "Wakes every clock that is due, once a second, until SIGTERM; needs neither Celery nor Redis."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--heard", metavar="LOOP", help=f"only say whether a loop (celery, {NAME}) still comes round"
        )

    def handle(self, *, heard: str | None, **_: Any) -> None:
        if heard:
            if not Heartbeat.objects.filter(name=heard, at__gt=now() - SILENT_AFTER).exists():
                raise CommandError(f"{heard} has not come round for {SILENT_AFTER.seconds} s")
            return
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        failures = 0
        while not stopping.wait(pause(failures)):
            failures = sweep_after(failures)


def sweep_after(failures: int) -> int:
    """Sweep once; return how many sweeps in a row have failed by now."""
    try:
        close_old_connections()
        tick(by=NAME)
    except Error as error:
        log.warning("sweep failed, next try in %.0f s: %s", pause(failures + 1), str(error).strip())
        connection.close()
        return failures + 1
    if failures:
        log.warning("sweeping again after %d failures", failures)
    return 0


def pause(failures: int) -> float:
    """Seconds until the next try: the next full second, or longer each time that it failed."""
    if failures:
        return float(min(LONGEST_PAUSE, PERIOD * 2 ** (failures - 1)))
    return PERIOD - time.time() % PERIOD
