"""`manage.py drill`: a fire drill through every level and channel in one unit, with its times."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pathway.engine import drill
from pathway.engine.now import now
from pathway.engine.refused import Refused
from pathway.protocol.drill import LEVELS, PACE
from pathway.record.drill import Drill
from pathway.record.person import Unit


class Command(BaseCommand):
    help = "Walk a synthetic case through every level and channel with real deliveries marked DRILL; print the times."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--unit", help="name of the unit (default: the one whose last drill is the longest ago)")

    def handle(self, *, unit: str | None, **_: Any) -> None:
        place = Unit.objects.filter(name=unit).first() if unit else drill.next_unit()
        if place is None:
            raise CommandError(f"There is no unit “{unit}”." if unit else "Nobody is on duty in any unit.")
        try:
            going = drill.start(place, by="the command line")
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"Drill in {place}: {len(LEVELS)} levels, {PACE.seconds} s apart.")
        while not drill.is_over(going, now()):
            time.sleep(0.2)
        self.tell(drill.end(going, now()))

    def tell(self, done: Drill) -> None:
        """Print the times by level and channel, and what they prove."""
        for level in done.levels:
            if not level["raised"]:
                self.stdout.write(f"{level['level']}  not raised")
                continue
            late = level["late_ms"]
            early = f"before its time: {level['why']}"
            self.stdout.write(f"{level['level']}  raised {early if late is None else f'{late} ms after due'}")
            for each in level["channels"]:
                self.stdout.write(
                    f"    {each['channel']:<8} {each['people']} people, {each['handed_over']} of {each['told']} handed "
                    f"over (slowest {each['handed_over_ms']} ms), {each['received']} received"
                )
        for title, said in (("Proved", done.proved), ("Not proved", done.not_proved)):
            self.stdout.write("\n".join([f"{title}:", *(f"  {each}" for each in said)]))
