"""Corrections: a later event names the wrong one. Nothing is edited in place."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from pathway.engine.advance import OVERRIDE, first_possible, restate
from pathway.engine.clocks import sync
from pathway.engine.hold import (
    Held,
    beginnings,
    checked_time,
    hold,
    is_of,
    permit,
    refuse_doubtful,
    refuse_stale,
    submitted,
    told,
    used,
)
from pathway.engine.note import checked, note, refuse_ahead, with_scores
from pathway.engine.recheck import recheck
from pathway.engine.refused import Refused
from pathway.engine.second import refuse_alone
from pathway.engine.suspect import ASKS, KIND
from pathway.engine.worse import report_worse
from pathway.protocol.hours import shown
from pathway.protocol.types import Role
from pathway.record.ask import Asks, text
from pathway.record.event import CORRECTED, MERGED, REPINNED, Event, amended
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
    override: Mapping[str, Any] | None = None,
    seen: int | None = None,
    submission: UUID | None = None,
    precision: str | None = None,
    time_is_right: bool = False,
) -> Event:
    """Say that an event happened at another time, with other answers, or not at all; clocks and states follow.

    What then stands and shows something worse that nobody has reported is reported.

    `precision` is how exactly the time is known, as before where none is given; `time_is_right` says that somebody
    has confirmed a doubtful time.

    `override` is the senior, with the reason, who lets a guard pass that does not hold for the entry as corrected.

    Raises:
        Refused: nothing would change, a correction is to be corrected, the suspicion is to be taken back, or the
            entry would not be possible, or not allowed, as corrected; `Doubtful` for a time that somebody has to
            confirm, `Stale` where somebody corrected the entry after `seen`, the newest event that the form knew of.
    """
    held = hold(event.case_id)
    permit(by, recorded_by(event.kind), "Correct this entry")
    change: dict[str, Any] = checked(WHY, {"why": why})
    if made := submitted(held, submission):
        claim: dict[str, Any] = {"why": change["why"], "at": (occurred_at, precision), "answers": answers}
        if made.corrects_id != event.pk or not says(held, made, event, **claim, withdrawn=withdrawn):
            raise used(made)
        return made
    refuse_stale(held, seen, "event", corrects=event)
    if event.kind == REPINNED:
        raise Refused("A move to another protocol version is not corrected: move the case back.")
    if event.kind == CORRECTED or (withdrawn and event.kind == KIND):
        raise Refused("Correct the first entry itself; a case that never was is marked as entered in error.")
    stands = as_it_stands(held, event)
    refuse_alone(by, answers or {})
    senior = checked(OVERRIDE, override) if override else None
    otherwise = told_otherwise(held, stands, (occurred_at, precision), answers) | (
        {"withdrawn": True} if withdrawn else {}
    )
    if not otherwise:
        says_now = shown(stands.occurred_at, stands.precision)
        raise Refused(f"Nothing would change: the entry already says {says_now} and these answers.")
    if withdrawn:
        recheck(held, stands, None, senior)
    else:
        otherwise |= as_possible(held, stands, otherwise, senior)
        new = amended(stands, otherwise)
        if not time_is_right and new.occurred_at != stands.occurred_at:
            refuse_doubtful(held, new.kind, new.occurred_at, recorded=event.recorded_at, precision=new.precision)
    change |= otherwise | {"event": str(event.uuid)}
    correction = note(held, CORRECTED, by=by, at=held.now, answers=change, submission=submission, corrects=event)
    restate(held)
    sync(held)
    report_worse(event, by=by)
    return correction


def as_possible(
    held: Held, stands: Event, otherwise: dict[str, Any], senior: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The first instant at which the entry as corrected is possible, and the senior where it took one.

    Raises:
        Refused: it is possible at none.
    """
    new = amended(stands, otherwise)
    moved = "occurred_at" in otherwise
    times = beginnings(held, new.kind, new.occurred_at, new.precision) if moved else [new.occurred_at]

    def attempt(at: datetime) -> bool:
        return recheck(held, stands, amended(new, {"occurred_at": at.isoformat()}), senior)

    at, needed = first_possible(times, attempt)
    refuse_ahead(held, new.kind, new.answers, at, new.precision)
    found: dict[str, Any] = {"occurred_at": at.isoformat()} if moved else {}
    return found | ({"answers": {**new.answers, "override": senior}} if needed else {})


def as_it_stands(held: Held, event: Event) -> Event:
    """An entry with the corrections made so far.

    Raises:
        Refused: it was taken back.
    """
    stands = next((each for each in held.standing if each.pk == event.pk), None)
    if stands is None:
        raise Refused("This entry was taken back already.")
    return stands


def says(
    held: Held,
    made: Event,
    event: Event,
    *,
    why: str,
    at: tuple[datetime | None, str | None],
    answers: Mapping[str, Any] | None,
    withdrawn: bool,
) -> bool:
    """Whether a correction, made from one sending of a form, says what a second sending says."""
    then = replace(held, events=[each for each in held.events if each.pk < made.pk])
    before = as_it_stands(then, event)
    old, new = (amended(before, each) for each in (made.answers, told_otherwise(then, before, at, answers)))
    return (made.answers["why"], bool(made.answers.get("withdrawn"))) == (why, withdrawn) and (
        withdrawn or (is_of(old, new.occurred_at, new.precision) and told(old) == told(new))
    )


def told_otherwise(
    held: Held, stands: Event, at: tuple[datetime | None, str | None], answers: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What a correction says otherwise: the time (how exactly known), the answers, both or nothing.

    The senior named before stays named.

    Scores are worked out anew, on the scale of today, only where an answer changed.

    Raises:
        Refused: an impossible time; `Invalid` for answers.
    """
    change: dict[str, Any] = {}
    moment, precision = at[0] or stands.occurred_at, at[1] or stands.precision
    if not is_of(stands, moment, precision):
        change["occurred_at"] = checked_time(held, moment, precision).isoformat()
    if precision != stands.precision:
        change["precision"] = str(precision)
    if answers is not None:
        kept = checked(asked_by(stands.kind), answers)
        kept |= {name: value for name, value in told(stands).items() if name == "scored_by" and name not in kept}
        if kept != told(stands):
            before = {name: value for name, value in stands.answers.items() if name == "override"}
            change["answers"] = with_scores(stands.kind, kept) | before
    return change


def can_be_corrected(kind: str) -> bool:
    """Whether a page offers to correct an entry of this kind.

    What was done to a clock, to the version or to two cases is done anew.
    """
    return not kind.startswith("clock.") and kind not in (CORRECTED, MERGED, REPINNED)


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
