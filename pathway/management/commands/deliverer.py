"""`manage.py deliverer`: tells people in a plain loop, woken within milliseconds; needs neither Celery nor Redis."""

import logging
from typing import Any

from pathway.engine.alerts import SENDS
from pathway.management.loop import LoopCommand
from pathway.notify.channel import CHANNELS
from pathway.notify.deliver import Lines, deliver

log = logging.getLogger(__name__)
PERIOD, FINISHES_WITHIN = 1.0, 1.0


class Command(LoopCommand):
    help = "Sends what waits to be told outside the service as soon as it is written, until SIGTERM."
    name = "deliverer"
    heard_as = ("deliver-celery", "deliverer")
    channel = SENDS

    def handle(self, *, heard: str | None, **options: Any) -> None:
        """Say first what is off; give what is being sent a moment at the end."""
        self.lines = Lines()
        if not heard:
            for said in filter(None, (channel.off() for channel in CHANNELS)):
                log.warning(said)
        super().handle(heard=heard, **options)
        self.lines.wait(FINISHES_WITHIN)

    def turn(self) -> float:
        """One round; it looks again after a second at most, because time alone brings work too."""
        deliver(lines=self.lines, by=self.name)
        return PERIOD
