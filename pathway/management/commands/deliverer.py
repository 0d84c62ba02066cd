"""`manage.py deliverer`: tells people in a plain loop, woken within milliseconds; needs neither Celery nor Redis."""

import logging
import signal
import threading
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection

from pathway.engine.now import now
from pathway.notify.channel import CHANNELS
from pathway.notify.deliver import Lines, deliver
from pathway.record.heartbeat import Heartbeat

log = logging.getLogger(__name__)
NAME = "deliverer"
PERIOD, LONGEST_PAUSE = 1.0, 15.0
SILENT_AFTER = timedelta(seconds=60)
FINISHES_WITHIN = 1.0


class Command(BaseCommand):
    help = "Sends what waits to be told outside the service as soon as it is written, until SIGTERM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--heard", metavar="LOOP", help=f"only say whether a loop (deliver-celery, {NAME}) still comes round"
        )

    def handle(self, *, heard: str | None, **_: Any) -> None:
        if heard:
            if not Heartbeat.objects.filter(name=heard, at__gt=now() - SILENT_AFTER).exists():
                raise CommandError(f"{heard} has not come round for {SILENT_AFTER.seconds} s")
            return
        for said in filter(None, (channel.off() for channel in CHANNELS)):
            log.warning(said)
        stopping, lines = threading.Event(), Lines()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        failures = 0
        while not stopping.is_set():
            failures = turn_after(failures, lines)
            if failures:
                stopping.wait(min(LONGEST_PAUSE, PERIOD * 2 ** (failures - 1)))
        lines.wait(FINISHES_WITHIN)


def turn_after(failures: int, lines: Lines) -> int:
    """One round, then wait for news; return how many rounds in a row have failed by now.

    It listens before it looks: what is written between the two is not overslept.
    """
    try:
        listen()
        deliver(lines=lines, by=NAME)
        wait_for_news()
    except Error as error:
        log.warning("delivering failed: %s", str(error).strip())
        connection.close()
        return failures + 1
    if failures:
        log.warning("delivering again after %d failures", failures)
    return 0


def listen() -> None:
    """Hear of what is written to be sent from now on; harmless where it does already."""
    with connection.cursor() as cursor:
        cursor.execute("LISTEN pathway_send")


def wait_for_news() -> None:
    """Until something is written to be sent, for a second at most: time alone brings work too."""
    with connection.wrap_database_errors:
        for _ in connection.connection.notifies(timeout=PERIOD, stop_after=1):
            pass
