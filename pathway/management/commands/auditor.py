"""`manage.py auditor`: recounts each minute what should have been raised and told, in a loop of its own."""

from datetime import timedelta

from pathway.engine.audit import audit
from pathway.management.loop import LoopCommand

PERIOD = 60.0


class Command(LoopCommand):
    help = "Recounts each minute what should have been raised and told, until SIGTERM; needs neither Celery nor Redis."
    name = "audit"
    heard_as = ("audit", "audit-celery")
    silent_after = timedelta(seconds=180)

    def turn(self) -> float:
        """Audit once; return how long until the next."""
        audit(by=self.name)
        return PERIOD
