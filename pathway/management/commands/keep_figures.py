"""Judges every case for the figures at once: after a new release of the definitions or an import of many cases."""

from typing import Any

from django.core.management.base import BaseCommand

from pathway.analytics.keeping import keep


class Command(BaseCommand):
    """Without it figures are as exact, and slow until the task has come round to all cases."""

    help = "Judge every case of which nothing is kept that holds, so that figures are read quickly."

    def handle(self, **_options: Any) -> None:
        """Judge, keep, and say how many."""
        self.stdout.write(f"Cases judged and kept: {keep():,}")
