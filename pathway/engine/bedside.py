"""What a therapist records at the bedside; what turns out worse is reported in the same breath."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from pathway.engine.advance import advance
from pathway.engine.correct import correct
from pathway.engine.hold import Held, hold, submitted
from pathway.engine.note import observe
from pathway.engine.refused import Refused
from pathway.protocol.hours import Precision, shown
from pathway.protocol.past import of_neurology
from pathway.protocol.types import Fact
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.measure import kept
from pathway.record.person import User
from pathway.record.step import Step
from pathway.scales.mobility import MOBILITY
from pathway.scales.types import Change, Score

ASSESSED, REPORT = "mobility.assessed", "case.deteriorated"
OF_LEGS = frozenset({"power", "gait"})
UNDO = timedelta(minutes=1)
WHY_UNDONE = "Undone by who recorded it, within a minute"


@transaction.atomic
def assess(
    case: Case,
    *,
    by: User,
    answers: Mapping[str, Any],
    at: datetime | None = None,
    submission: UUID | None = None,
    precision: str = Precision.MINUTE,
    time_is_right: bool = False,
) -> Event:
    """Record how somebody walks; where it is worse than before, report the deterioration with it.

    Raises:
        Refused: as `observe` refuses the one and `advance` the other; then neither is written.
    """
    held = hold(case.pk)
    again = submitted(held, submission)
    event = observe(
        case, ASSESSED, by=by, at=at, answers=answers, submission=submission, precision=precision,
        time_is_right=time_is_right,
    )  # fmt: skip
    if again is None:
        held.add(event)
        if fell(held, event):
            report(case, event, "gait", by=by)
    return event


@transaction.atomic
def stop(step: Step, *, by: User, answers: Mapping[str, Any], submission: UUID | None = None, **given: Any) -> Event:
    """Stop a step of the ladder and go back; where neurology is worse, report the deterioration with it.

    Raises:
        Refused: as `advance` refuses either; then neither is written.
    """
    held = hold(step.case_id)
    again = submitted(held, submission)
    event = advance(step, "stop", by=by, answers=answers, submission=submission, **given)
    told = any(fact.occurred_at >= event.occurred_at for fact in reports(held))
    if again is None and of_neurology(answers) and not told:
        report(step.case, event, "power", by=by)
    return event


def report(case: Case, found: Event, what: str, *, by: User) -> None:
    """Report that something is worse, at the time at which it was found."""
    advance(
        case, "deteriorate", by=by, at=found.occurred_at, answers={"what": what}, precision=found.precision,
        time_is_right=True,
    )  # fmt: skip


def reports(held: Held) -> list[Fact]:
    """The reports that legs are worse: one of something else says nothing of them."""
    return [fact for fact in held.facts if fact.kind == REPORT and fact.answers.get("what") in OF_LEGS]


def measured(held: Held) -> list[tuple[Event, Score]]:
    """Every grade of mobility that was measured, in the order in which it happened."""
    events = sorted(held.entries, key=lambda event: (event.occurred_at, event.pk))
    found = [(event, score) for event in events for score in kept(event.answers) if score.scale == MOBILITY.key]
    return [(event, score) for event, score in found if score.least is not None]


def fell(held: Held, event: Event) -> bool:
    """Whether this entry is the newest grade, worse than the one before, and nobody has reported it since that one."""
    grades = measured(held)
    if [each.pk for each, _ in grades][-1:] != [event.pk] or len(grades) == 1:
        return False
    (earlier, before), (_, after) = grades[-2:]
    told = any(fact.occurred_at > earlier.occurred_at for fact in reports(held))
    return not told and MOBILITY.change(before, after) is Change.WORSE


def reported_with(event: Event, events: list[Event]) -> Event | None:
    """The deterioration that was reported in one breath with an entry: the very next one, of the same time and person.

    `events` are those of the case, in order of recording.
    """
    following = next((each for each in events if each.pk > event.pk), None)
    if following is None or following.kind != REPORT:
        return None
    same = (following.by_uuid, following.occurred_at) == (event.by_uuid, event.occurred_at)
    return following if same else None


@transaction.atomic
def undo(case: Case, entry: UUID, *, by: User) -> Event:
    """Take back an entry, and what was reported with it, by who recorded it and within a minute; twice is once.

    Where a grade that stands is then a fall that nobody has reported, it is reported.

    Raises:
        Refused: too late, by somebody else, or as `correct` refuses it.
        LookupError: the case has no such entry.
    """
    held = hold(case.pk)
    event = next((each for each in held.events if each.uuid == entry), None)
    if event is None:
        raise LookupError(entry)
    if event.by_uuid != by.uuid:
        raise Refused(f"{event.by} recorded this, so only they can undo it. Correct the entry in the timeline instead.")
    if held.now - event.recorded_at > UNDO:
        raise Refused(
            f"This was recorded at {shown(event.recorded_at)}, more than a minute ago. Correct the entry in the "
            "timeline instead, and say why."
        )
    standing = {each.pk for each in held.standing}
    for each in (reported_with(event, held.events), event):
        if each and each.pk in standing:
            correct(each, by=by, why=WHY_UNDONE, withdrawn=True)
    left = hold(case.pk)
    newest = measured(left)[-1:]
    if newest and fell(left, newest[0][0]):
        report(case, newest[0][0], "gait", by=by)
    return event
