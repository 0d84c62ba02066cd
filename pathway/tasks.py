"""Doors for Celery. No logic."""

from datetime import timedelta

from celery import shared_task
from django.core.management import call_command

from pathway.analytics.jobs import WORK
from pathway.analytics.keeping import keep
from pathway.engine.audit import audit as recount
from pathway.engine.drill import next_unit, start
from pathway.engine.foresee import foresee
from pathway.engine.glance import renew
from pathway.engine.jobs import work
from pathway.engine.now import now
from pathway.engine.tick import tick
from pathway.notify import operators
from pathway.notify.deliver import Lines
from pathway.notify.deliver import deliver as one_round
from pathway.record.draft import prune
from pathway.record.job import remove_old
from pathway.record.schema import require

LINES = Lines()
LATELY = timedelta(minutes=30)
A_MOMENT = 2.0  # seconds of each minute: the sweep has the same worker (the sweeper beside it waits for nobody)


@shared_task(name="pathway.tick")
def sweep() -> None:
    """Raise what is due."""
    require()
    tick(by="celery")


@shared_task(name="pathway.deliver")
def deliver() -> None:
    """Tell people what waits to be told; what is being sent goes on after the round."""
    require()
    one_round(lines=LINES, by="deliver-celery")


@shared_task(name="pathway.audit")
def audit() -> None:
    """Recount what should have been raised and told."""
    require()
    recount(by="audit-celery")


@shared_task(name="pathway.drill")
def drill() -> None:
    """Begin a fire drill; the auditor ends it."""
    if unit := next_unit():
        start(unit)


@shared_task(name="pathway.downtime")
def downtime() -> None:
    """Write the downtime pack."""
    require()
    call_command("downtime_pack")


@shared_task(name="pathway.jobs")
def jobs() -> None:
    """Do the exports and other jobs that wait, one after the other."""
    require()
    while work(WORK, by="jobs-celery"):
        pass


@shared_task(name="pathway.tracks")
def tracks() -> None:
    """Renew what lists say of the tracks of cases that an older release, still running, changed meanwhile."""
    require()
    renew(now() - LATELY)


@shared_task(name="pathway.figures")
def figures() -> None:
    """Judge, and keep for the figures, what was changed, and what time may have changed."""
    require()
    keep(A_MOMENT)


@shared_task(name="pathway.nightly")
def nightly() -> None:
    """Forget ended sessions, drafts that nobody came back to, and files that were kept for long enough; look ahead for
    gaps in the rota, and write to those who can mend them; renew what lists say of the tracks where an older release
    left it behind.
    """
    call_command("clearsessions")
    prune(now())
    remove_old(now())
    foresee()
    operators.tell()
    renew()
