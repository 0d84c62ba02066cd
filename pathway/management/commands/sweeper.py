"""`manage.py sweeper`: the same sweep as Celery's, in a plain loop that wakes when a clock does; needs no broker."""

from pathway.engine.alerts import WAKES
from pathway.engine.tick import rest, tick
from pathway.management.loop import LoopCommand


class Command(LoopCommand):
    help = "Wakes every clock at its time, until SIGTERM; needs neither Celery nor Redis."
    name = "sweeper"
    heard_as = ("celery", "sweeper")
    channel = WAKES

    def turn(self) -> float:
        """Sweep once; return how long until the next clock wakes, a second at most: the heartbeat stays fresh."""
        tick(by=self.name)
        return rest()
