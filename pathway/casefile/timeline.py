"""The story of a case as people read it: what happened, when it was recorded, what was changed, who was alerted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pathway.casefile.words import Said, answers_said
from pathway.engine.correct import can_be_corrected
from pathway.protocol.hours import Precision, shown, width
from pathway.protocol.types import Standard
from pathway.record.alert import Alert, Reply, Response, Why
from pathway.record.event import CORRECTED, LATE, Event
from pathway.record.imported import ImportedRow
from pathway.record.step import wording


@dataclass(frozen=True, slots=True)
class Change:
    """One correction of an entry: what it was before, and why it was changed."""

    why: str
    by: str
    at: datetime
    before: Said


@dataclass(slots=True)
class Entry:
    """One line of the timeline; `event` is None for an alert and for what is about the patient.

    `code` names the merged case that it was recorded on.
    """

    title: str
    happened: datetime
    recorded: datetime
    by: str
    said: Said = field(default_factory=list)
    late: bool = False
    withdrawn: bool = False
    changes: list[Change] = field(default_factory=list)
    event: Event | None = None
    can_correct: bool = False
    precision: str = Precision.MINUTE
    is_alert: bool = False
    code: str = ""


def timeline(
    events: Sequence[Event],
    standing: Sequence[Event],
    alerts: Sequence[Alert],
    patient: Sequence[Entry],
    standards: Mapping[str, Standard],
) -> list[Entry]:
    """Every entry, every alert and all that is about the patient, the newest first by when it happened."""
    stands = {event.pk: event for event in standing}
    entries = [
        of_event(event, stands.get(event.pk), [each for each in events if each.corrects_id == event.pk], standards)
        for event in events
        if event.kind != CORRECTED
    ]
    entries += [of_alert(alert, standards) for alert in alerts]
    entries += patient
    return sorted(entries, key=lambda entry: (entry.happened, entry.recorded), reverse=True)


def of_event(
    event: Event, stands: Event | None, corrections: Sequence[Event], standards: Mapping[str, Standard]
) -> Entry:
    """An event as it now stands, with what it said before each correction."""
    current = stands or event
    changes, was = [], event
    for correction in corrections:
        changes.append(change(was, correction, standards))
        was = after(was, correction)
    length = width(current.occurred_at, current.precision)
    late = length is not None and event.recorded_at - current.occurred_at - length > LATE
    said = answers_said(event.kind, current.answers, standards)
    if origin := event.moved_from:
        said.append(("First recorded", f"on {origin.case.code} by {origin.by} at {shown(origin.recorded_at)}"))
    if row := getattr(event, "imported", None):
        said += of_file(row)
    return Entry(
        wording(event.kind), current.occurred_at, event.recorded_at, event.by,
        said, late=late, withdrawn=stands is None,
        changes=changes, event=event, can_correct=stands is not None and can_be_corrected(event.kind),
        precision=current.precision,
    )  # fmt: skip


def of_file(row: ImportedRow) -> Said:
    """From which file of past cases an entry is, who stands for that, who had done it, and what the file says of it."""
    named = [("Done by", row.done_by), ("Note", row.note)]
    source = f"{row.file}, case {row.case_number} there, by {row.file.by} with {row.file.second_person}"
    return [("From a file of past cases", source), *((label, words) for label, words in named if words)]


def after(event: Event, correction: Event) -> Event:
    """The event as a correction leaves it."""
    answers = correction.answers.get("answers", event.answers)
    moved = correction.answers.get("occurred_at")
    at = datetime.fromisoformat(moved) if moved else event.occurred_at
    precision = correction.answers.get("precision", event.precision)
    return Event(pk=event.pk, kind=event.kind, occurred_at=at, precision=precision, answers=answers)


def change(was: Event, correction: Event, standards: Mapping[str, Standard]) -> Change:
    """What a correction replaced; nothing is listed for one that takes the entry back."""
    before: Said = []
    if correction.answers.keys() & {"occurred_at", "precision"}:
        before.append(("Happened", shown(was.occurred_at, was.precision)))
    if "answers" in correction.answers:
        new = answers_said(was.kind, correction.answers["answers"], standards)
        before += [pair for pair in answers_said(was.kind, was.answers, standards) if pair not in new]
    why = str(correction.answers.get("why", ""))
    if code := correction.answers.get("moved_to"):
        why = f"It belongs to another case and was moved to {code}. {why}"
    return Change(why, correction.by, correction.recorded_at, before)


def of_alert(alert: Alert, standards: Mapping[str, Standard]) -> Entry:
    """An alert as a line, with everybody who has acknowledged it."""
    standard = standards[alert.clock.standard]
    said: Said = []
    if alert.nobody:
        said.append(("On duty", "nobody for this level: it was passed on at once"))
    if names := sorted({str(each.user) for each in alert.deliveries.all()}):
        said.append(("Told", ", ".join(names)))
    if alert.why != Why.TIME:
        said.append(("Raised because", Why(alert.why).label))
    if alert.called_at > alert.raised_at:
        said.append(("Last told", shown(alert.called_at)))
    said += [response(each) for each in sorted(alert.responses.all(), key=lambda each: each.pk)]
    if alert.unanswered_at:
        said.append(("Unanswered", f"its ladder ran out at {shown(alert.unanswered_at)}"))
    if alert.lent_by:
        said.append(("Told on", f"{alert.lent_by.case.code}, which was merged into {alert.case.code}: it stands there"))
    if alert.stood_down_at:
        said.append(("Stood down", f"{shown(alert.stood_down_at)}: {alert.stood_down_why}"))
    title = f"Alert {alert.level}: {standard.label}"
    return Entry(title, alert.raised_at, alert.raised_at, "", said, late=alert.late_entry, is_alert=True)


def response(each: Response) -> tuple[str, str]:
    """What somebody said to an alert, as a label and a line."""
    to = {Reply.OFFERED: f": {each.to}", Reply.ACCEPTED: f" ({each.to})", Reply.REFUSED: f" ({each.to})"}
    until = f", until {shown(each.until)}" if each.until else ""
    why = f": {each.reason}" if each.reason else ""
    what = Reply(each.what)
    return "Answered", f"{each.by} {what.label}{to.get(what, '')} at {shown(each.at)}{until}{why}"
