"""The clocks of a case as rows, kept equal to the fold of its events."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from pathway.protocol.ladder import Call, Ladder
from pathway.protocol.types import EXACT, Rung
from pathway.record.case import Case


def is_late(due: datetime, at: datetime) -> bool:
    """The one rule of lateness, for lists, pages, reports and alerts: after the due time. Exactly on time is met."""
    return at > due


def running_state(due: datetime, amber: datetime | None, now: datetime, width: timedelta | None = EXACT) -> str:
    """How a running clock stands: overdue, uncertain, due_soon from its amber time on, or on_time.

    `width` is how much later than assumed it may have started, and so how long after its due time nobody can tell.
    """
    if width is None:
        return "uncertain"
    if is_late(due, now):
        return "overdue" if is_late(due + width, now) else "uncertain"
    return "due_soon" if amber and now >= amber else "on_time"


class ClockQuerySet(models.QuerySet["Clock"]):
    """What may be asked of all clocks."""

    def standing(self) -> Self:
        """Those that the events still support."""
        return self.filter(withdrawn_at=None)

    def running(self) -> Self:
        """Those that nothing has ended."""
        return self.standing().filter(ended_at=None)


class Clock(models.Model):
    """One run of one standard. Its due time stays as it was computed; breach is never stored.

    Start and end are the earliest that they can have been; the width of either is null where nobody knows it.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="clocks")
    standard = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    nth = models.PositiveSmallIntegerField(default=0, help_text="which of several runs that start at one instant")
    entered_at = models.DateTimeField(help_text="when the start was recorded")
    amber_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True)
    start_width = models.DurationField(null=True, default=EXACT, help_text="how much later it may have started")
    end_width = models.DurationField(null=True, default=EXACT, help_text="how much later it may have ended")
    suspended_until = models.DateTimeField(null=True)
    wake_at = models.DateTimeField(null=True)
    rung = models.PositiveSmallIntegerField(default=0, help_text="how many rungs of the ladder are behind it")
    withdrawn_at = models.DateTimeField(null=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "standard", "started_at", "nth"],
                condition=Q(withdrawn_at__isnull=True),
                name="clock_run_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="clock_ended_with_outcome",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["case"], condition=Q(ended_at__isnull=True, withdrawn_at__isnull=True), name="clock_running"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.standard} of {self.case}, due {self.due_at:%Y-%m-%d %H:%M}"

    def ladder(self, rungs: Sequence[Rung], call: Call | None) -> Ladder:
        """Its ladder as it stands, with its newest alert."""
        return Ladder(rungs, self.rung, self.amber_at, self.due_at, call, self.suspended_until)

    def is_late(self, now: datetime) -> bool:
        """Whether it ended, or runs, after its due time, by the earliest start and end. Exactly on time is met."""
        return is_late(self.due_at, self.ended_at or now)

    def is_certainly_late(self, now: datetime) -> bool | None:
        """The same for whatever start and end there may have been; None where it depends on them."""
        if self.start_width is None or self.end_width is None:
            return None
        at = self.ended_at or now
        if is_late(self.due_at + self.start_width, at):
            return True
        return None if is_late(self.due_at, at + self.end_width) else False

    def said(self, now: datetime) -> str:
        """The outcome: met, breached, uncertain, void, superseded, frozen, running or overdue."""
        if self.outcome not in ("", "met"):
            return self.outcome
        late = self.is_certainly_late(now)
        if late is None:
            return "uncertain"
        if self.ended_at is None:
            return "overdue" if late else "running"
        return "breached" if late else "met"
