"""Time that passes under the sweep: each alert is raised at its own instant, as by a sweep that looks all the time."""

from pathway.engine import now as clock
from pathway.engine.tick import BATCH
from pathway.engine.tick import sweep as engine_sweep
from pathway.record.case import Case


def sweep(since, until):
    """Let the sweep raise, from one moment on, all that wakes before another."""
    at = since
    while (
        wakes_at := Case.objects.filter(wake_at__lt=until).order_by("wake_at").values_list("wake_at", flat=True).first()
    ):
        at = max(at, wakes_at)
        with clock.at(at):
            engine_sweep(at, BATCH)
