"""Why clocks were late: asked when an entry has ended one so, while whoever made it still knows; what was answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from pathway.casefile.prompt import Prompt, Record
from pathway.casefile.reminders import unexplained
from pathway.casefile.sources import as_held, events_of
from pathway.engine.hold import Held
from pathway.engine.now import now
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event
from pathway.steps.delay import LABELS, explained, in_words, run_of


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
    held = as_held(case, entry.recorded_at, events_of(case))
    return unexplained(Record(held.now, held.facts, case, case.state), asked_about(held, ended))


def asked_about(held: Held, clocks: Sequence[Clock]) -> Sequence[Clock]:
    """The runs of which a case asks why they were late: none that began as far as a file of past cases tells of it."""
    until = max((event.occurred_at for event in held.events if hasattr(event, "imported")), default=None)
    return [clock for clock in clocks if until is None or clock.started_at > until]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a run was late, as it stands, and the entry that says so."""

    clock: Clock
    said: Event

    @property
    def label(self) -> str:
        """The name of the clock."""
        return LABELS[self.clock.standard]

    @property
    def words(self) -> str:
        """The reason."""
        return in_words(self.said.answers)


def reasons(case: Case) -> list[Reason]:
    """The reasons that stand of the runs of a case, by the start of the run."""
    held = as_held(case, now(), events_of(case))
    clocks = list(Clock.objects.standing().filter(case=case).order_by("started_at", "pk"))
    given = explained(held.facts, clocks)
    return [Reason(clock, held.entry(given[run].id)) for clock in clocks if (run := run_of(clock)) in given]
