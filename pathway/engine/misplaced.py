"""An entry that was made on the wrong case: taken back there, recorded anew on the right one with its own time."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import transaction

from pathway.engine.advance import advance, restate, step_for
from pathway.engine.clocks import sync
from pathway.engine.correct import WHY, as_it_stands, correct, recorded_by
from pathway.engine.hold import Held, hold_both, permit, submitted, told, used
from pathway.engine.merge import named
from pathway.engine.note import checked, note, observe
from pathway.engine.recheck import recheck
from pathway.engine.refused import Merged, Refused
from pathway.engine.worse import report_worse, reported_with
from pathway.protocol.hours import latest
from pathway.record.ask import Asks, text
from pathway.record.case import Case
from pathway.record.event import CORRECTED, MERGED, Event
from pathway.record.person import User
from pathway.record.step import OBSERVATIONS, made_by

ASKS: Asks = {"into": text("Case that it belongs to (code, such as M00012)"), **WHY}
WRONG_PATIENT = "Made of an entry that belongs to another case"
STAYS = ("case.suspected", MERGED, CORRECTED)


def is_movable(kind: str) -> bool:
    """Whether an entry of this kind can be recorded anew on another case."""
    found = made_by(kind)
    return kind not in STAYS and (kind in OBSERVATIONS or (found is not None and not found[1].page))


@transaction.atomic
def rehome(event: Event, *, by: User, into: str, why: str, submission: UUID | None = None) -> Event:
    """Move an entry to the case with this code; return the new entry, which points to the old one.

    When it happened, its precision, answers and the senior who let it pass stay. It is judged on the right case as any
    late entry is; who recorded it first, and when, is read from the old one.

    Raises:
        Refused: the entry cannot be moved, other entries rest on it, or the right case does not allow it.
    """
    permit(by, recorded_by(event.kind), "Correct this entry")
    kept = checked(ASKS, {"into": into, "why": why})
    target = named(event.case, kept["into"])
    held, other = hold_both(event.case_id, target.pk)
    if made := submitted(held, submission):
        moved = Event.objects.filter(moved_from=event, case=target).first()
        if made.corrects_id != event.pk or moved is None:
            raise used(made)
        return moved
    refuse_staying(event, held.case, other.case)
    stands = as_it_stands(held, event)
    recheck(held, stands, None, None)
    change = {"why": kept["why"], "withdrawn": True, "event": str(event.uuid), "moved_to": other.case.code}
    note(held, CORRECTED, by=by, at=held.now, answers=change, submission=submission, corrects=event)
    restate(held)
    sync(held)
    leave_no_alarm(held, event, by)
    moved = anew(event, stands, target, other.events, by)
    report_worse(moved, by=by)
    return moved


def leave_no_alarm(held: Held, event: Event, by: User) -> None:
    """Take back the report that was made of an entry by itself, for the wrong patient; judge again what is left there.

    One on which other entries rest stands, until somebody takes it back.
    """
    reported = reported_with(event, held.standing)
    if reported:
        with suppress(Refused), transaction.atomic():
            correct(reported, by=by, why=WRONG_PATIENT, withdrawn=True)
    report_worse(event, by=by)


def anew(event: Event, stands: Event, target: Case, events: list[Event], by: User) -> Event:
    """Record the entry, as it stood, on the right case."""
    common: dict[str, Any] = {
        "by": by, "at": stands.occurred_at, "answers": told(stands), "precision": stands.precision,
        "time_is_right": True, "moved_from": event,
    }  # fmt: skip
    if event.kind in OBSERVATIONS:
        return observe(target, event.kind, **common)
    by_then = latest(stands.occurred_at, stands.precision)
    step, verb = step_for(target, event.kind, by_then, events, stands.answers)
    return advance(step, verb, override=stands.answers.get("override"), **common)


def refuse_staying(event: Event, here: Case, there: Case) -> None:
    """Refuse an entry that belongs to its own case alone, and a move to the same case or to one merged elsewhere.

    Raises:
        Refused: naming why.
    """
    if not is_movable(event.kind):
        raise Refused("This entry is about its own case alone. Mark the case as entered in error, or undo the act.")
    if here.pk == there.pk:
        raise Refused(f"The entry belongs to {here.code} already.")
    for each in (here, there):
        if each.survivor_id:
            raise Merged(f"{each.code} was merged into {Case(pk=each.survivor_id).code}. Undo the merge, or use that.")
