"""What an entry shows to be worse is reported in the same breath, by whichever form it came."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from pathway.engine.advance import advance
from pathway.engine.hold import Held, hold, submitted
from pathway.engine.note import observe
from pathway.protocol.past import of_neurology
from pathway.protocol.types import Fact
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.measure import kept
from pathway.record.person import User
from pathway.record.therapy import STOPPED
from pathway.scales.mobility import MOBILITY
from pathway.scales.types import Change, Score

ASSESSED, REPORT = "mobility.assessed", "case.deteriorated"
OF_LEGS = frozenset({"power", "gait"})


@transaction.atomic
def observe_with(case: Case, kind: str, *, by: User, submission: UUID | None = None, **given: Any) -> Event:
    """Record a fact as `observe` does; where it shows that something is worse, report the deterioration with it.

    Raises:
        Refused: as `observe` refuses the one and `advance` the other; then neither is written.
    """
    made = submitted(hold(case.pk), submission)
    event = observe(case, kind, by=by, submission=submission, **given)
    if made is None:
        report_worse(event, by=by)
    return event


def report_worse(event: Event, *, by: User) -> None:
    """Report what a new entry shows to be worse. The caller holds its case.

    Raises:
        Refused: as `advance` refuses the report.
    """
    if event.kind not in (ASSESSED, STOPPED):
        return
    held = hold(event.case_id)
    if event.kind == ASSESSED and fell(held, event):
        report(held.case, event, "gait", by=by)
    if event.kind == STOPPED and of_neurology(event.answers) and not reported_from(held, event.occurred_at):
        report(held.case, event, "power", by=by)


def report(case: Case, found: Event, what: str, *, by: User) -> None:
    """Report that something is worse, at the time at which it was found."""
    advance(
        case, "deteriorate", by=by, at=found.occurred_at, answers={"what": what}, precision=found.precision,
        time_is_right=True,
    )  # fmt: skip


def reports(held: Held) -> list[Fact]:
    """The reports that legs are worse: one of something else says nothing of them."""
    return [fact for fact in held.facts if fact.kind == REPORT and fact.answers.get("what") in OF_LEGS]


def reported_from(held: Held, at: datetime) -> bool:
    """Whether somebody has reported legs to be worse at this time or later."""
    return any(fact.occurred_at >= at for fact in reports(held))


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
