"""What an entry shows to be worse is reported at once, by whichever form it came, and by whatever put it right.

The report is an act of its own, of the moment in which it is made: an examination that found the loss does not answer
it, and whoever is to be told is told.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from pathway.engine.advance import advance
from pathway.engine.hold import Held, hold, submitted
from pathway.engine.note import observe
from pathway.protocol.types import Fact
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.falls import EXAMINED, REPORT, unreported
from pathway.record.person import User
from pathway.record.therapy import STOPPED

ASSESSED = "mobility.assessed"
SHOWS = frozenset({ASSESSED, EXAMINED, STOPPED, REPORT})


def key_of(event: Event) -> UUID:
    """The submission of the report that was made of an entry: one entry is reported once."""
    return uuid5(event.uuid, REPORT)


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
    """Report what a case shows to be worse, after one of its entries was made, corrected or taken back.

    One report stands for all of it. The caller holds the case.

    Raises:
        Refused: as `advance` refuses the report.
    """
    if event.kind not in SHOWS:
        return
    held = hold(event.case_id)
    sent = {each.submission for each in [*held.events, *held.absorbed]}
    for worse in unreported(held.facts) if held.case.is_open else ():
        key = key_of(held.entry(worse.fact.id))
        if worse.is_certain and key not in sent:
            advance(held.case, "deteriorate", by=by, at=after(held, worse.fact), answers={"what": worse.what},
                    submission=key, time_is_right=True)  # fmt: skip
            return


def after(held: Held, found: Fact) -> datetime:
    """When the report is made: now, and after every examination, also one that was typed as a few minutes ahead."""
    told = [found, *(fact for fact in held.facts if fact.kind == EXAMINED)]
    return max(held.now, max(fact.surely_by for fact in told) + timedelta.resolution)


def reported_with(event: Event, events: Iterable[Event]) -> Event | None:
    """The report that was made of an entry by itself, among these events of its case."""
    return next((each for each in events if each.submission == key_of(event)), None)
