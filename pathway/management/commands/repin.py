"""`manage.py repin`: shows what moving a case to another protocol version changes; with --apply, moves it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pathway.engine.refused import Refused
from pathway.engine.repin import Difference, rehearse, repin
from pathway.record.case import Case
from pathway.record.person import User


class Command(BaseCommand):
    """Writes nothing without --apply, which names who does it and why."""

    help = "Move a case to another version of the protocol; without --apply, only show what would change."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command line."""
        parser.add_argument("case", help="the code of the case, such as M00012")
        parser.add_argument("version")
        parser.add_argument("--apply", action="store_true", help="move it")
        parser.add_argument("--by", help="with --apply: the username of a coordinator or clinician")
        parser.add_argument("--why", default="", help="with --apply: the reason, kept in the record")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Show, and apply where asked.

        Raises:
            CommandError: no such case or person, or the engine refuses.
        """
        digits = options["case"].upper().removeprefix("M")
        case = Case.objects.filter(pk=int(digits)).first() if digits.isascii() and digits.isdigit() else None
        if case is None:
            raise CommandError(f"There is no case {options['case']}.")
        try:
            self.stdout.write("\n".join(lines(rehearse(case, options["version"]))))
            if options["apply"]:
                repin(case, to=options["version"], by=self.person(options["by"], case), why=options["why"])
                self.stdout.write(f"{case.code} has protocol {options['version']} now.")
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal

    @staticmethod
    def person(username: str | None, case: Case) -> User:
        """Who moves it: somebody of the case's own organisation.

        Raises:
            CommandError: there is nobody of that name who still works there.
        """
        found = User.objects.filter(username=username, organisation=case.organisation_id, is_active=True).first()
        if found is None:
            raise CommandError("Say with --by who moves it: the username of somebody of the organisation of the case.")
        return found


def lines(found: Difference) -> list[str]:
    """A dry run as text."""
    return [
        *(f"{each.what}: {each.clock}: {each.words}" for each in found.changes),
        *(f"raised: {alert}" for alert in found.raised),
        *(f"stood down: {alert}" for alert in found.stood_down),
    ] or ["No clock and no alert changes."]
