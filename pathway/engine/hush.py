"""Suspending a clock for a while, and voiding one: both by name, with a reason, and seen by all."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from pathway import protocol
from pathway.engine.clocks import runs_of, sync
from pathway.engine.hold import Held, already, hold, newer, permit, said
from pathway.engine.note import checked, note
from pathway.engine.refused import Invalid, Refused, Stale
from pathway.engine.second import refuse_alone
from pathway.protocol.fold import Run, moment
from pathway.protocol.hours import shown
from pathway.protocol.types import Level, Standard
from pathway.record.ask import Asks, Instant, choice, text
from pathway.record.case import Case
from pathway.record.event import CORRECTED, Event
from pathway.record.person import User
from pathway.record.step import MEDICAL

LONGEST, SHORTEST = timedelta(hours=4), timedelta(minutes=1)
WITHIN = "within the next four hours"
SPENT = (
    "has been suspended for four hours in all, which is the most that one run may wait. Record the step that ends it, "
    "decline its alert so that the next level is told, or void the clock with a second person."
)
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
    """Let a running clock wake no one before a review; four hours in all are the most. Start and due stay as they are.

    Raises:
        Refused: the clock does not run, or has waited for four hours; `Stale` where it is not the run that the form
            knew of at the event `seen`; `Invalid` where the review is past or too far ahead.
    """
    held = hold(case.pk)
    permit(by, MEDICAL, "Suspend a clock")
    kept = {"clock": clock, **checked(SUSPEND, answers)}
    if made := already(held, submission, "clock.suspended", kept):
        return made
    refuse_quieting(held.case, clock)
    run = running(held, clock, seen)
    refuse_longer(held, run, SUSPEND["until"].clean(kept["until"]))
    at = max(held.now, run.started_at)
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


def room(held: Held, run: Run) -> timedelta:
    """For how long a run may still wait: every mute has a maximum, and one suspension after another is one.

    Each counts until its review, or until another one took its place.
    """
    said = [
        fact
        for fact in held.facts
        if fact.kind == "clock.suspended" and fact.answers["clock"] == run.standard
        and fact.occurred_at >= run.started_at
    ]  # fmt: skip
    ends = [*(fact.occurred_at for fact in said[1:]), held.now]
    spans = (min(moment(fact.answers["until"]), end) - fact.occurred_at for fact, end in zip(said, ends, strict=False))
    left = LONGEST - sum((max(span, timedelta()) for span in spans), timedelta())
    return left if left >= SHORTEST else timedelta()


def refuse_longer(held: Held, run: Run, until: datetime) -> None:
    """Refuse a review that is past, or would let a run wait for more than four hours in all.

    Raises:
        Refused: it has waited for all of them, with the way on. `Invalid` where it has not.
    """
    left = room(held, run)
    if not left:
        label = protocol.get(held.case.protocol).standards[run.standard].label
        raise Refused(f"“{label}” {SPENT}")
    if not held.now < until <= held.now + left:
        within = f"by {shown(held.now + left)}: four hours in all are the most" if left < LONGEST else WITHIN
        raise Invalid({"until": [f"The review must be {within}."]})


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
