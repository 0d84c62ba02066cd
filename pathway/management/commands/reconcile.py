"""`manage.py reconcile`: counts and signs the days that are over, or checks the signatures of all."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pathway.engine import reconcile
from pathway.engine.now import now
from pathway.record.audit import Reconciliation


class Command(BaseCommand):
    help = "Count and sign what was due, raised and told on each day that is over; --check verifies every signature."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only verify; exit 1 where a row is not as signed")

    def handle(self, *, check: bool, **_: Any) -> None:
        if not check:
            reconcile.catch_up(now())
        forged = []
        for row in Reconciliation.objects.all():
            counts = ", ".join(f"{count} {name}" for name, count in row.totals.items())
            genuine = row.is_genuine
            self.stdout.write(f"{row}; {counts}; {'signature right' if genuine else 'NOT AS IT WAS SIGNED'}")
            forged += [] if genuine else [str(row.day)]
        if forged:
            raise CommandError(f"Not as signed, or signed with another key: {', '.join(forged)}.")
