"""Suspending a clock for a while, and voiding one: both by name, with a reason, and seen by all."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from pathway import protocol
from pathway.engine.clocks import runs_of, sync
from pathway.engine.hold import Held, already, hold, newer, permit, refuse_alone, said
from pathway.engine.note import checked, note
from pathway.engine.refused import Invalid, Refused, Stale
from pathway.protocol.fold import Run
from pathway.protocol.types import Level, Standard
from pathway.record.ask import Asks, Instant, choice, text
from pathway.record.case import Case
from pathway.record.event import CORRECTED, Event
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
def suspend(
    case: Case,
    clock: str,
    *,
    by: User,
    answers: dict[str, object],
    seen: int | None = None,
    submission: UUID | None = None,
) -> Event:
    """Let a running clock wake no one before a review, at most four hours ahead. Start and due stay as they are.

    Raises:
        Refused: the clock does not run; `Stale` where it is not the run that the form knew of at the event `seen`;
            `Invalid` where the review is past or too far ahead.
    """
    held = hold(case.pk)
    permit(by, MEDICAL, "Suspend a clock")
    kept = {"clock": clock, **checked(SUSPEND, answers)}
    if made := already(held, submission, "clock.suspended", kept):
        return made
    refuse_quieting(held.case, clock)
    until = SUSPEND["until"].clean(kept["until"])
    if not held.now < until <= held.now + LONGEST:
        raise Invalid({"until": ["The review must be within the next four hours."]})
    at = max(held.now, running(held, clock, seen).started_at)
    event = note(held, "clock.suspended", by=by, at=at, answers=kept, submission=submission)
    sync(held)
    return event


@transaction.atomic
def void(
    case: Case,
    clock: str,
    *,
    by: User,
    answers: dict[str, object],
    seen: int | None = None,
    submission: UUID | None = None,
) -> Event:
    """End a running clock as void, with a reason and a second person.

    Raises:
        Refused: the clock does not run; `Stale` where it is not the run that the form knew of at the event `seen`;
            `Invalid` where the second person is the first.
    """
    held = hold(case.pk)
    permit(by, MEDICAL, "Void a clock")
    kept = {"clock": clock, **checked(VOID, answers)}
    if made := already(held, submission, "clock.voided", kept):
        return made
    refuse_alone(by, kept)
    at = max(held.now, running(held, clock, seen).started_at)
    event = note(held, "clock.voided", by=by, at=at, answers=kept, submission=submission)
    sync(held)
    return event


def may_suspend(standard: Standard) -> bool:
    """Whether a clock may wait: not one that tells the top of the ladder at once (clinical specification 1.12)."""
    return not any(rung.level is Level.EX for rung in standard.ladder)


def refuse_quieting(case: Case, clock: str) -> None:
    """Refuse to suspend a clock that may not wait.

    Raises:
        Refused: with the way on.
    """
    standard = protocol.get(case.protocol).standards.get(clock)
    if standard and not may_suspend(standard):
        raise Refused(f"“{standard.label}” cannot be suspended: it is about harm that cannot wait. Do what ends it.")


def running(held: Held, clock: str, seen: int | None) -> Run:
    """The run of that name. Its start may lie ahead of now, by as much as a time that is typed in may.

    Raises:
        Refused: with its name, where it is not known or does not run.
        Stale: it began, was hushed, or anything was corrected, after `seen`, the newest event that the form knew of.
    """
    run = next((run for run in runs_of(held) if run.standard == clock and run.ended_at is None), None)
    if run is None:
        standard = protocol.get(held.case.protocol).standards.get(clock)
        raise Refused(f"The clock “{standard.label if standard else clock}” is not running.")
    news = [event for event in newer(held, seen) if concerns(event, run)]
    if news:
        raise Stale(*(said(event) for event in news))
    return run


def concerns(event: Event, run: Run) -> bool:
    """Whether an event began a run, hushed its clock, or is a correction, which may change what runs."""
    return (
        event.pk == run.start.id
        or event.kind == CORRECTED
        or (event.track == "clock" and event.answers.get("clock") == run.standard)
    )
