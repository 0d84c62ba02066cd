"""Doors for Celery. No logic."""

from celery import shared_task
from django.core.management import call_command

from pathway.engine.foresee import foresee
from pathway.engine.tick import tick


@shared_task(name="pathway.tick")
def sweep() -> None:
    """Raise what is due."""
    tick(by="celery")


@shared_task(name="pathway.nightly")
def nightly() -> None:
    """Forget sessions that have ended; look ahead for gaps in the rota."""
    call_command("clearsessions")
    foresee()
