"""How a ladder is climbed, by time, by silence or by passing on: a pure function of a clock and its newest alert.

Source: the escalation ladder of the clinical specification (1.12). Acknowledging is not resolving: it holds the next
step until the time that was said. A level from E3 on is never held back once its own time has come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pathway.protocol.types import Level, Rung

REPEAT = timedelta(hours=1)
HELD = frozenset({Level.E0, Level.E1, Level.E2})
TIME, SILENCE, LAPSED = "time", "silence", "lapsed"


@dataclass(frozen=True, slots=True)
class Call:
    """The newest alert of a clock: when it was told last, what was said to it since, and whether its ladder ran out.

    `until` is when what somebody said, to act or to need time, lapses.
    """

    called_at: datetime
    until: datetime | None = None
    passed_at: datetime | None = None
    passed_why: str = ""
    unanswered: bool = False


@dataclass(frozen=True, slots=True)
class Ladder:
    """The ladder of one running clock, with how many of its rungs are behind it."""

    rungs: Sequence[Rung]
    rung: int
    amber_at: datetime
    due_at: datetime
    call: Call | None = None
    suspended_until: datetime | None = None

    def time(self, number: int) -> datetime:
        """When a rung (counted from 0) is climbed by time alone."""
        return self.rungs[number].time(amber_at=self.amber_at, due_at=self.due_at)

    @property
    def ends(self) -> bool:
        """Whether no higher level is left."""
        return self.rung >= len(self.rungs)

    @property
    def silent_at(self) -> datetime | None:
        """When the newest level counts as not answered: what was said has lapsed, or nothing was said in time.

        None before the first level. A suspension holds silence back, but not what somebody passes on.
        """
        call = self.call
        if call is None or self.rung == 0:
            return None
        if call.passed_at:
            return call.passed_at
        lapses = call.until or call.called_at + (REPEAT if call.unanswered else self.rungs[self.rung - 1].acknowledge)
        return max(lapses, self.suspended_until or lapses)

    @property
    def ahead(self) -> list[datetime]:
        """When each of the levels ahead is reached by time: after a suspension; below E3 also after what was said."""
        until, resumes = self.call.until if self.call else None, self.suspended_until
        times = ((self.time(number), self.rungs[number].level) for number in range(self.rung, len(self.rungs)))
        held = (max(time, until) if until and level in HELD else time for time, level in times)
        return [max(time, resumes or time) for time in held]

    @property
    def wakes_at(self) -> datetime | None:
        """When there is something to do next; None for a ladder without rungs."""
        silent = self.silent_at
        return min([*([silent] if silent else []), *self.ahead], default=None)

    def climbed(self, now: datetime) -> tuple[int, str]:
        """How many rungs are behind the clock at this instant, and why the highest was reached; "" for nothing new.

        The same number as before with a reason means that the last level is told again.
        """
        reached = [number for number, time in enumerate(self.ahead, self.rung + 1) if time <= now]
        if reached:
            return reached[-1], TIME
        if self.silent_at is None or self.silent_at > now:
            return self.rung, ""
        return (self.rung if self.ends else self.rung + 1), self.why_silent

    @property
    def why_silent(self) -> str:
        """Why the newest level counts as not answered."""
        if self.call and self.call.passed_at:
            return self.call.passed_why
        return LAPSED if self.call and self.call.until else SILENCE
