"""`manage.py release_protocol`: signs a version of the protocol off, by the hash of what it means."""

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pathway import protocol
from pathway.protocol import release
from pathway.protocol.hours import LONDON
from pathway.protocol.meaning import digest

HEAD = "# Written by `manage.py release_protocol`. A released version is never changed: a change is a new version.\n"
REVIEW_AFTER = timedelta(days=365)


class Command(BaseCommand):
    """Adds the release to pathway/protocol/released.toml; `make docs` then writes it on the page of the version."""

    help = "Release a version of the protocol. Author and checker are roles, and not the same."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command line."""
        parser.add_argument("--author", required=True, help="the role that wrote it, such as “clinical lead”")
        parser.add_argument("--checker", required=True, help="the role that checked it: another one")
        parser.add_argument("--protocol", default=protocol.CURRENT, help="the version; the current one if left out")
        parser.add_argument("--next-review", type=date.fromisoformat, help="a date; in a year if left out")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Release, or say that it is done already.

        Raises:
            CommandError: an unknown version, one that was changed since its release, a checker who is the author, or
                a review that is not ahead.
        """
        try:
            version = protocol.get(options["protocol"])
        except protocol.UnknownVersion as error:
            raise CommandError(str(error)) from error
        released = release.read(release.FILE)
        today = timezone.localdate(timezone=LONDON)
        made = released.get(version.version) or release.Release(
            version.version, digest(version), options["author"].strip(), options["checker"].strip(), today,
            options["next_review"] or today + REVIEW_AFTER,
        )  # fmt: skip
        if wrong := list(made.wrong(version)):
            raise CommandError("; ".join(wrong) + ".")
        if version.version in released:
            self.stdout.write(f"{version.version} is released since {made.released_on}, unchanged. Nothing to do.")
            return
        entries = [each.entry() for each in (*released.values(), made)]
        release.FILE.write_text("\n".join([HEAD, *entries]), encoding="utf-8")
        self.stdout.write(f"Released {version.version} with {len(version.all)} clocks: {made.hash}. Run `make docs`.")
