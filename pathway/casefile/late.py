"""What an entry has just ended late: asked about at once, while whoever made the entry still knows why."""

from uuid import UUID

from pathway.casefile.prompt import Prompt, Record
from pathway.casefile.reminders import unexplained
from pathway.casefile.sources import as_held, events_of
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event


def late_now(case: Case, submission: UUID) -> list[Prompt]:
    """The questions about the runs that the entry of a form has ended late, and that nobody has explained."""
    entry = Event.objects.filter(case=case, submission=submission).first()
    if entry is None:
        return []
    ended = [
        clock
        for clock in Clock.objects.standing().filter(case=case, ended_at=entry.occurred_at)
        if clock.is_certainly_late(entry.recorded_at)
    ]
    if not ended:
        return []
    facts = as_held(case, entry.recorded_at, events_of(case)).facts
    return unexplained(Record(entry.recorded_at, facts, case, case.state), ended)
