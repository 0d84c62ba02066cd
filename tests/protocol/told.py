"""Short stories for the fold: `"0:00 case.suspected A | 0:30 contact.made phone"`, times being hours after START.

The word after the kind answers the question named in FIRST; further answers are `name=value`. `runs` gives back what
one clock did as `"0:00-0:30 met"`, with an open end while it runs.
"""

from datetime import UTC, datetime, timedelta

from pathway import protocol
from pathway.protocol.fold import fold
from pathway.protocol.hours import in_hours
from pathway.protocol.types import Fact

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
CURRENT = protocol.get(protocol.CURRENT)
FIRST = {
    **dict.fromkeys(("case.suspected", "case.reclassified", "case.reopened"), "class"),
    **dict.fromkeys(("position.ordered", "position.reviewed"), "position"),
    **dict.fromkeys(("clock.suspended", "clock.voided"), "clock"),
    **dict.fromkeys(("imaging.requested", "imaging.acquired"), "modality"),
    "case.declined": "what",
    "contact.made": "channel",
    "referral.triaged": "outcome",
    "imaging.booked": "slot_at",
    "imaging.communicated": "result",
    "steroids.withheld": "reason",
    "pain.scored": "movement",
    **dict.fromkeys(("opinion.surgical", "opinion.oncology"), "opinion"),
    **dict.fromkeys(("rehabilitation.stepped", "rehabilitation.stopped"), "step"),
    "decision.made": "modality",
    "radiotherapy.fraction": "n",
    "followup.recorded": "due",
}
TIMES = ("slot_at", "until")
NUMBERS = ("n", "rest", "movement")


def length(text):
    """`"24:00:01"` as elapsed time."""
    hours, minutes, seconds = (*text.split(":"), "0", "0")[:3]
    return timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))


def facts(story, start=START):
    """The facts of a short story, numbered in the order in which they are told."""
    return [one(line.split(), start, number) for number, line in enumerate(story.split(" | "), 1)]


def one(words, start, number):
    at, kind, *rest = words
    answers = {}
    for word in rest:
        name, equals, value = word.partition("=")
        name, value = (name, value) if equals else (FIRST[kind], word)
        if name in TIMES:
            answers[name] = (start + length(value)).isoformat()
        else:
            answers[name] = int(value) if name in NUMBERS else value
    when, row = start + length(at), answers.pop("row", "")
    return Fact(kind, when, answers, recorded_at=when, id=number, row=row)


def folded(key, story, version=CURRENT, start=START):
    """The runs of one clock."""
    return [run for run in fold(facts(story, start), version, in_hours) if run.standard == key]


def runs(key, story, version=CURRENT):
    """What one clock did, in words."""
    return [said(run) for run in folded(key, story, version)]


def said(run):
    if run.ended_at is None:
        return f"{shown(run.started_at)}-"
    late = run.outcome == "met" and run.ended_at > run.due_at
    return f"{shown(run.started_at)}-{shown(run.ended_at)} {'breached' if late else run.outcome}"


def limits(key, story, start=START):
    """Start, amber and due of the newest run, as hours after START."""
    run = folded(key, story, start=start)[-1]
    return tuple(shown(moment, start) for moment in (run.started_at, run.amber_at, run.due_at))


def shown(moment, start=START):
    """An instant as hours after the start, `"24:00"`, with seconds where there are any."""
    total = int((moment - start).total_seconds())
    sign, total = ("-" if total < 0 else ""), abs(total)
    text = f"{sign}{total // 3600}:{total % 3600 // 60:02}"
    return f"{text}:{total % 60:02}" if total % 60 else text
