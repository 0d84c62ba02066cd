"""Corrections: a later event names the wrong one. Nothing is edited in place."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from pathway.engine.advance import restate
from pathway.engine.clocks import sync
from pathway.engine.hold import already, checked_time, hold, permit, refuse_stale, shown
from pathway.engine.note import checked, note
from pathway.engine.refused import Refused
from pathway.engine.suspect import ASKS, KIND
from pathway.protocol.types import Role
from pathway.record.ask import Asks, text
from pathway.record.event import CORRECTED, Event
from pathway.record.person import User
from pathway.record.step import CARE, MEDICAL, OBSERVATIONS, made_by

WHY: Asks = {"why": text("Why", long=True)}


@transaction.atomic
def correct(
    event: Event,
    *,
    by: User,
    why: str,
    occurred_at: datetime | None = None,
    answers: Mapping[str, Any] | None = None,
    withdrawn: bool = False,
    seen: int | None = None,
    submission: UUID | None = None,
) -> Event:
    """Say that an event happened at another time, with other answers, or not at all; clocks and states follow.

    Raises:
        Refused: nothing would change, a correction is to be corrected, or the suspicion is to be taken back;
            `Stale` where somebody corrected the entry after `seen`, the newest event that the form knew of.
    """
    held = hold(event.case_id)
    if made := already(held, submission):
        return made
    permit(by, recorded_by(event.kind), "Correct this entry")
    refuse_stale(held, seen, "event", corrects=event)
    change: dict[str, Any] = checked(WHY, {"why": why})
    if event.kind == CORRECTED or (withdrawn and event.kind == KIND):
        raise Refused("Correct the first entry itself; a case that never was is marked as entered in error.")
    stands = next((each for each in held.standing if each.pk == event.pk), None)
    if stands is None:
        raise Refused("This entry was taken back already.")
    if occurred_at is not None and occurred_at != stands.occurred_at:
        change["occurred_at"] = checked_time(held, occurred_at).isoformat()
    if answers is not None:
        kept = checked(asked_by(event.kind), answers)
        kept |= {name: value for name, value in stands.answers.items() if name == "override"}
        if kept != stands.answers:
            change["answers"] = kept
    if withdrawn:
        change["withdrawn"] = True
    if len(change) == 1:
        raise Refused(f"Nothing would change: the entry already says {shown(stands.occurred_at)} and these answers.")
    change["event"] = str(event.uuid)
    correction = note(held, CORRECTED, by=by, at=held.now, answers=change, submission=submission, corrects=event)
    restate(held)
    sync(held)
    return correction


def recorded_by(kind: str) -> frozenset[Role]:
    """Who may make an entry of this kind, and so may correct one."""
    if kind in OBSERVATIONS:
        return OBSERVATIONS[kind].by
    found = made_by(kind)
    if found:
        return found[1].by
    return MEDICAL if kind.startswith("clock.") else CARE


def asked_by(kind: str) -> Asks:
    """What an event of this kind asks for."""
    if kind == KIND:
        return ASKS
    if kind in OBSERVATIONS:
        return OBSERVATIONS[kind].asks
    found = made_by(kind)
    return found[1].asks if found else {}
