"""A loop of the service as a command: it goes round until SIGTERM, and lives through a database that is away."""

import logging
import signal
import threading
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, Error, OperationalError, connection

from pathway.engine.now import now
from pathway.record.heartbeat import Heartbeat
from pathway.record.schema import require

log = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 5.0


class LoopCommand(BaseCommand):
    """`turn` is one round. Between two it sleeps, or, with a `channel`, until the database notifies it.

    A lost notification (a pooler in transaction mode gives none) costs no more than that sleep.
    """

    name = ""
    heard_as: tuple[str, ...] = ()
    channel = ""
    silent_after = timedelta(seconds=60)
    listens_on: object = None
    stopping: threading.Event

    def turn(self) -> float:
        """Go round once; return for how many seconds at most there is nothing to do."""
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--heard", metavar="LOOP", help=f"only say whether a loop ({', '.join(self.heard_as)}) still comes round"
        )

    def handle(self, *, heard: str | None, **_: Any) -> None:
        if heard:
            if not Heartbeat.objects.filter(name=heard, at__gt=now() - self.silent_after).exists():
                raise CommandError(f"{heard} has not come round for {self.silent_after.seconds} s")
            return
        self.stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        failures = 0
        while not self.stopping.is_set():
            failures = self.go_round(failures)
            self.stopping.wait(pause(failures))

    def go_round(self, failures: int) -> int:
        """One round, then sleep; return how many rounds in a row have failed by now.

        It listens before it looks: what is written between the two is not overslept.
        """
        try:
            require()
            self.listen()
            seconds = self.turn()
            if failures:
                log.warning("%s goes round again after %d failures", self.name, failures)
            self.sleep(seconds)
        except Error as error:
            log.warning("%s failed, next try in %.0f s: %s", self.name, pause(failures + 1), str(error).strip())
            connection.close()
            return failures + 1
        return 0

    def listen(self) -> None:
        """Ask to be notified, once a connection; where the database refuses, the sleep alone ends."""
        connection.ensure_connection()
        if not self.channel or self.listens_on is connection.connection:
            return
        self.listens_on = connection.connection
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {self.channel}")
        except OperationalError:
            raise
        except DatabaseError as error:
            log.warning("%s cannot be notified, so it asks each second: %s", self.name, str(error).strip())

    def sleep(self, seconds: float) -> None:
        """Until there is news, the time is over, or the loop is to stop."""
        if not self.channel:
            connection.close()
            self.stopping.wait(seconds)
            return
        with connection.wrap_database_errors:
            for _ in connection.connection.notifies(timeout=seconds, stop_after=1):
                pass


def pause(failures: int) -> float:
    """Seconds until the next try: none after a round that went well, longer each time that one failed."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1)) if failures else 0.0
