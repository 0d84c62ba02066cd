"""The signed count of each day of a period: what it found, and the days without one, of which nothing is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pathway.analytics.cohort import fetched
from pathway.engine.audit import KEPT
from pathway.protocol.hours import LONDON, MINUTE
from pathway.record.access import midnight
from pathway.record.audit import Reconciliation

DAY = timedelta(days=1)
QUIET = timedelta(minutes=3)  # for longer without an audit, and the auditor counts as silent
ENOUGH = 0.95  # of one a minute, where only their number is kept: a round takes a little longer than a minute
PAUSES = """
SELECT day, min(at), max(at), max(pause) FROM (
  SELECT at, day, at - lag(at) OVER (PARTITION BY day ORDER BY at) AS pause
  FROM pathway_audit CROSS JOIN LATERAL (SELECT (at AT TIME ZONE 'Europe/London')::date AS day) wall
  WHERE at >= %s AND at < %s
) audit GROUP BY day
"""


@dataclass(frozen=True, slots=True)
class Missing:
    """Days in a row that nobody counted."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Counted:
    """A day that was counted. `genuine`: it stands as it was signed; `pause`: the longest without an audit, if kept."""

    row: Reconciliation
    genuine: bool
    pause: timedelta | None = None

    @property
    def minutes(self) -> int:
        """How long the day was, and so how many audits one auditor should have made."""
        return (midnight(self.row.day + DAY).astimezone(UTC) - midnight(self.row.day).astimezone(UTC)) // MINUTE

    @property
    def audits(self) -> dict[str, int]:
        """How many audits the day had, and how many of them found a fault."""
        found: dict[str, int] = self.row.counts["audits"]
        return found

    @property
    def late(self) -> float:
        """How many seconds after its time the latest alert was raised."""
        return float(self.row.counts["late_ms"]) / 1000

    @property
    def is_watched(self) -> bool:
        """Whether the auditor was never silent for long; whether its rounds were many, where they are not kept."""
        return self.audits["made"] >= ENOUGH * self.minutes if self.pause is None else self.pause <= QUIET

    @property
    def is_fine(self) -> bool:
        """Whether all that is to be zero is, as it was signed, and audits went on all day and found no fault."""
        return self.genuine and self.row.is_zero and self.is_watched and not self.audits["unclean"]


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a period that are over, newest first, those without a count in rows of neighbours."""

    rows: Sequence[Counted | Missing]

    @property
    def counted(self) -> list[Counted]:
        """The days that were counted."""
        return [row for row in self.rows if isinstance(row, Counted)]

    @property
    def missing(self) -> int:
        """How many days nobody counted."""
        return sum(row.days for row in self.rows if isinstance(row, Missing))

    @property
    def total(self) -> int:
        """How many days are over."""
        return len(self.counted) + self.missing

    @property
    def fine(self) -> int:
        """How many days were counted and are fine."""
        return sum(row.is_fine for row in self.counted)

    @property
    def not_zero(self) -> int:
        """How many days something was lost, untold, early or doubled."""
        return sum(not row.row.is_zero for row in self.counted)

    @property
    def not_genuine(self) -> int:
        """How many counts do not stand as they were signed."""
        return sum(not row.genuine for row in self.counted)


def days(first: date, last: date, now: datetime) -> Days:
    """The days from the first to the last, both included, as far as they are over."""
    over = min(last, now.astimezone(LONDON).date() - DAY)
    found = {row.day: row for row in Reconciliation.objects.filter(day__gte=first, day__lte=over)}
    quiet = pauses(first, over, now)
    rows: list[Counted | Missing] = []
    for number in range((over - first).days, -1, -1):
        day = first + number * DAY
        if day in found:
            rows.append(Counted(found[day], found[day].is_genuine, quiet.get(day)))
        elif rows and isinstance(rows[-1], Missing):
            rows[-1] = Missing(day, rows[-1].last)
        else:
            rows.append(Missing(day, day))
    return Days(rows)


def pauses(first: date, last: date, now: datetime) -> dict[date, timedelta]:
    """The longest pause between audits, or at either end, of each day whose audits are all kept."""
    start = max(midnight(first), now - KEPT)
    days_of = fetched(PAUSES, [start, midnight(last + DAY)]) if first <= last else []
    return {
        day: max(begun - midnight(day), midnight(day + DAY) - ended, between or timedelta())
        for day, begun, ended, between in days_of
        if midnight(day) >= start
    }
