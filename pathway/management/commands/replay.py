"""Replays a story file: the case, its clocks and its alerts under simulated time."""

import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from pathway import protocol
from pathway.engine.story.outcome import Outcome, as_json, differences
from pathway.engine.story.read import BadStory, Story, read
from pathway.engine.story.replay import replay
from pathway.protocol.contradictions import BY_KEY
from pathway.protocol.hours import KNOWN_TO, Precision, shown
from pathway.protocol.phase import PHASES
from pathway.record.case import Case
from pathway.record.event import Event, standing
from pathway.record.step import wording


class Command(BaseCommand):
    """Exit 0 where all is as expected, 1 where something differs, 2 where the file is not a story."""

    help = "Replay one case from a story file (TOML) under simulated time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command line."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--until", help="go on after the last event until this time, in UTC")
        parser.add_argument("--keep", action="store_true", help="leave the case in the database")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Replay, print, compare."""
        try:
            story = read(options["file"], options["until"])
            with transaction.atomic():
                outcome = replay(story)
                lines = [] if options["json"] else timeline(story, outcome)
                wrong = differences(story, outcome)
                transaction.set_rollback(not options["keep"])
        except BadStory as error:
            self.stderr.write(str(error))
            sys.exit(2)
        self.stdout.write(json.dumps(as_json(outcome)) if options["json"] else "\n".join(lines))
        for line in wrong:
            self.stderr.write(f"Different: {line}")
        if wrong:
            sys.exit(1)


def entries(case: Case) -> list[tuple[datetime, str]]:
    """The entries of a case that stand: when each happened, and what it says."""
    rows = []
    for event in standing(Event.objects.filter(case=case).order_by("pk")):
        late = "" if event.recorded_at == event.occurred_at else f" (recorded {shown(event.recorded_at)})"
        known = KNOWN_TO.get(Precision(event.precision))
        rows.append((event.occurred_at, f"{wording(event.kind)}{f' ({known})' if known else ''}{late}"))
    return rows


def timeline(story: Story, outcome: Outcome) -> list[str]:
    """The story as it went, for a person."""
    rows = []
    if outcome.case:
        labels = {key: standard.label for key, standard in protocol.known(outcome.case.protocol).items()}
        for name, case in outcome.cases.items():
            rows += [(at, f"{words}{f' [{name}]' if name else ''}") for at, words in entries(case)]
        for alert in outcome.alerts:
            rows.append((alert.raised_at, f"ALERT {alert.level}: {labels[alert.clock.standard]}"))
        for each in outcome.contradictions:
            rows.append((each.raised, f"CONTRADICTION: {BY_KEY[each.key].sentence}"))
            if each.resolved:
                rows.append((each.resolved, f"Contradiction resolved: {BY_KEY[each.key].sentence}"))
        for clock in outcome.clocks:
            if clock.ended_at:
                rows.append((clock.ended_at, f"Clock “{labels[clock.standard]}” ended: {clock.said(outcome.now)}"))
    lines = [story.title, *(f"  {shown(at)}  {words}" for at, words in sorted(rows))]
    lines += [f"  Refused: {each.kind} at {shown(each.at)}: {reason}" for each, reason in outcome.refused]
    if outcome.case:
        phase, klass = PHASES[outcome.case.phase], outcome.case.klass
        lines.append(f"At {shown(outcome.now)}: {phase}, class {klass}")
        lines += [
            f"  {labels[clock.standard]}: {clock.said(outcome.now)}, due {shown(clock.due_at)}"
            for clock in outcome.clocks
            if clock.ended_at is None
        ]
        lines += [f"  Contradiction: {BY_KEY[key].sentence}" for key in outcome.case.contradictions]
    return lines
