"""`manage.py jobs`: does the jobs that people asked for in a plain loop; needs neither Celery nor Redis."""

from pathway.analytics.jobs import WORK
from pathway.engine.jobs import LEASE, work
from pathway.management.loop import LoopCommand

PERIOD = 2.0


class Command(LoopCommand):
    help = "Does exports and other jobs of the audit one after the other, until SIGTERM; needs no Celery and no Redis."
    name = "jobs"
    heard_as = ("jobs-celery", "jobs")
    silent_after = LEASE

    def turn(self) -> float:
        """Do one job; look again at once where there was one."""
        return 0.0 if work(WORK, by=self.name) else PERIOD
