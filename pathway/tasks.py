"""Doors for Celery. No logic."""

from celery import shared_task
from django.core.management import call_command

from pathway.engine.audit import audit as recount
from pathway.engine.drill import next_unit, start
from pathway.engine.tick import tick


@shared_task(name="pathway.tick")
def sweep() -> None:
    """Raise what is due."""
    tick(by="celery")


@shared_task(name="pathway.audit")
def audit() -> None:
    """Recount what should have been raised and told."""
    recount(by="audit-celery")


@shared_task(name="pathway.drill")
def drill() -> None:
    """Begin a fire drill; the auditor ends it."""
    if unit := next_unit():
        start(unit)


@shared_task(name="pathway.nightly")
def nightly() -> None:
    """Forget sessions that have ended."""
    call_command("clearsessions")
