"""Fills the database with demonstration cases, made by the engine under simulated time, and prints the log-ins."""

from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, transaction
from django.db.models import Max

from pathway.engine.now import now as database_now
from pathway.management.demo import people, seeding
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.person import User

STALE = timedelta(hours=12)


class Command(BaseCommand):
    """Exit 1, with one sentence, where it would mix invented cases with others or cannot remove the old ones."""

    help = "Make the demonstration: two organisations, their log-ins, and cases in every phase."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command line."""
        parser.add_argument("--seed", type=int, default=1, help="another number, other people")
        parser.add_argument("--now", type=instant, help="make it as it is at this time (ISO 8601 with a zone)")
        parser.add_argument("--if-stale", action="store_true", help="only where the newest entry is over 12 hours old")
        parser.add_argument("--force", action="store_true", help="also outside development, also beside other cases")

    def handle(self, *, seed: int, now: datetime | None, if_stale: bool, force: bool, **_: Any) -> None:
        """Seed, or say why not."""
        if not settings.DEVELOPMENT and not force:
            raise CommandError(
                "The demonstration's passwords are public: it is made only with PATHWAY_DEVELOPMENT=true or --force."
            )
        at = now or database_now()
        demonstration = seeding.demonstration()
        others = Case.objects.exclude(pk__in=demonstration.values("pk")).count()
        newest = Event.objects.filter(case__in=demonstration).aggregate(at=Max("recorded_at"))["at"]
        if if_stale and newest is None and others:
            self.stdout.write(f"No demonstration: this database holds other cases ({others}).")
            return
        if if_stale and newest is not None and at - newest < STALE:
            self.stdout.write(f"{demonstration.count()} demonstration cases are there.")
        elif others and not if_stale and not force:
            raise CommandError(f"This database holds other cases ({others}): use an empty one, or --force to mix them.")
        else:
            self.stdout.write(f"{fresh(seed, at)} demonstration cases made.")
        self.stdout.write("\n".join(table()))


def instant(text: str) -> datetime:
    """The time of --now.

    Raises:
        ValueError: not a time with a zone.
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found.astimezone(UTC)


@transaction.atomic
def fresh(seed: int, at: datetime) -> int:
    """Put new demonstration cases in the place of the old, all or nothing.

    Raises:
        CommandError: there are old ones, and the database's user may not remove them.
    """
    if seeding.demonstration().exists():
        try:
            seeding.remove()
        except ProgrammingError as error:
            raise CommandError(
                "The old demonstration cases can be removed only by the database's owner: "
                "set DATABASE_URL to that role's address."
            ) from error
    try:
        return seeding.seed(seed, at)
    except people.NameTaken as error:
        raise CommandError(str(error)) from error


def table() -> list[str]:
    """The log-ins that are there, in columns, and the units of each organisation."""
    rows = [("Username", "Role", "First password", "Organisation")]
    names = set(User.objects.filter(organisation__ods_code__in=people.ORGANISATIONS).values_list("username", flat=True))
    for login in people.LOGINS:
        if login.username in names:
            rows.append((login.username, login.role.value, people.PASSWORD, people.ORGANISATIONS[login.organisation]))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return lines + [f"{people.ORGANISATIONS[code]}: {', '.join(units)}" for code, units in people.UNITS.items()]
