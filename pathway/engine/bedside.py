"""What was recorded at the bedside can be taken back for a minute, and what was reported with it."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from pathway.engine.correct import correct
from pathway.engine.hold import hold
from pathway.engine.refused import Refused
from pathway.engine.worse import ASSESSED, reported_with
from pathway.protocol.hours import shown
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.person import User
from pathway.record.therapy import MISSED, READY, STEPPED, STOPPED, TREATED

AT_THE_BEDSIDE = frozenset({ASSESSED, STEPPED, STOPPED, TREATED, MISSED, READY})
UNDO = timedelta(minutes=1)
WHY_UNDONE = "Undone by who recorded it, within a minute"
ELSE = "Correct the entry in the timeline instead"


@transaction.atomic
def undo(case: Case, entry: UUID, *, by: User) -> Event:
    """Take back an entry, and what was reported with it, by who recorded it and within a minute; twice is once.

    What stands and is then reported by nobody is reported, as after any correction.

    Raises:
        Refused: not of the bedside, too late, by somebody else, or as `correct` refuses it.
        LookupError: the case has no such entry.
    """
    held = hold(case.pk)
    event = next((each for each in held.events if each.uuid == entry), None)
    if event is None:
        raise LookupError(entry)
    if event.kind not in AT_THE_BEDSIDE:
        raise Refused(f"This was not recorded at the bedside. {ELSE}.")
    if event.by_uuid != by.uuid:
        raise Refused(f"{event.by} recorded this, so only they can undo it. {ELSE}.")
    if held.now - event.recorded_at > UNDO:
        raise Refused(f"This was recorded at {shown(event.recorded_at)}, more than a minute ago. {ELSE}, and say why.")
    standing = {each.pk for each in held.standing}
    for each in (reported_with(event, held.events), event):
        if each and each.pk in standing:
            correct(each, by=by, why=WHY_UNDONE, withdrawn=True)
    return event
