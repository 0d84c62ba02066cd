"""Suspending a clock for a while, and voiding one: both by name, with a reason, and seen by all."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from pathway import protocol
from pathway.engine.clocks import sync
from pathway.engine.hold import already, hold, permit
from pathway.engine.note import checked, note
from pathway.engine.refused import Invalid, Refused
from pathway.record.ask import Asks, Instant, choice, text
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event
from pathway.record.person import User
from pathway.record.step import MEDICAL

LONGEST = timedelta(hours=4)
SUSPEND: Asks = {
    "until": Instant(label="Review at"),
    "why": choice("Why", "unfit", words={"unfit": "Too unwell for it now"}),
    "named": text("Clinician who decided (name)"),
}
VOID: Asks = {"reason": text("Why", long=True), "second_person": text("Second person who agrees (name)")}


@transaction.atomic
def suspend(case: Case, clock: str, *, by: User, answers: dict[str, object], submission: UUID | None = None) -> Event:
    """Let a running clock wake no one before a review, at most four hours ahead. Start and due stay as they are.

    Raises:
        Refused: the clock does not run; `Invalid` where the review is past or too far ahead.
    """
    held = hold(case.pk)
    if made := already(held, submission):
        return made
    permit(by, MEDICAL, "Suspend a clock")
    kept = checked(SUSPEND, answers)
    until = SUSPEND["until"].clean(kept["until"])
    if not held.now < until <= held.now + LONGEST:
        raise Invalid({"until": ["The review must be within the next four hours."]})
    at = max(held.now, running(case, clock).started_at)
    event = note(held, "clock.suspended", by=by, at=at, answers={"clock": clock, **kept}, submission=submission)
    sync(held)
    return event


@transaction.atomic
def void(case: Case, clock: str, *, by: User, answers: dict[str, object], submission: UUID | None = None) -> Event:
    """End a running clock as void, with a reason and a second person.

    Raises:
        Refused: the clock does not run; `Invalid` where the second person is the first.
    """
    held = hold(case.pk)
    if made := already(held, submission):
        return made
    permit(by, MEDICAL, "Void a clock")
    kept = checked(VOID, answers)
    if kept["second_person"].strip().casefold() == str(by).casefold():
        raise Invalid({"second_person": ["The second person must be somebody else."]})
    at = max(held.now, running(case, clock).started_at)
    event = note(held, "clock.voided", by=by, at=at, answers={"clock": clock, **kept}, submission=submission)
    sync(held)
    return event


def running(case: Case, clock: str) -> Clock:
    """The running clock of that name. Its start may lie ahead of now, by as much as a time that is typed in may.

    Raises:
        Refused: with its name, where it is not known or does not run.
    """
    found = Clock.objects.running().filter(case=case, standard=clock).first()
    if found is None:
        standard = protocol.get(case.protocol).standards.get(clock)
        raise Refused(f"The clock “{standard.label if standard else clock}” is not running.")
    return found
