"""`manage.py downtime_pack`: writes every organisation's pack for the hours in which the service is away."""

import logging
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pathway.engine.now import now
from pathway.management.downtime.folder import publish
from pathway.management.downtime.pages import pack
from pathway.record.heartbeat import beat
from pathway.record.person import Organisation
from pathway.watching.pack import NAME

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Write the downtime pack: each open case's sheet, the board and blank forms, a folder an organisation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", help="where to write; DOWNTIME_FOLDER where left out")

    def handle(self, *, folder: str | None, **_: Any) -> None:
        root = Path(folder or settings.DOWNTIME_FOLDER)
        if not (folder or settings.DOWNTIME_FOLDER):
            raise CommandError("There is no folder to write to: set DOWNTIME_FOLDER, or give --folder.")
        if not root.is_dir():
            raise CommandError(f"{root} is no folder. Make it, or mount it, first: it is never made in silence.")
        wrong = []
        for organisation in Organisation.objects.order_by("pk"):
            try:
                made = pack(organisation, timedelta(minutes=settings.DOWNTIME_MINUTES))
                place = publish(root, made)
            except Exception as error:
                log.exception("the downtime pack of %s", organisation)
                wrong.append(f"{organisation}: {error}")
                continue
            wrong += [f"{organisation}: the sheet of {code} could not be made" for code in made.failed]
            self.stdout.write(f"{place}: {len(made.files)} files")
        if wrong:
            raise CommandError(f"Not all was written. {'; '.join(wrong)}.")
        if not folder:
            beat(NAME, now())
