"""The signed count of each day of a period: what it found, and the days without one, of which nothing is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pathway.protocol.hours import LONDON, MINUTE
from pathway.record.access import midnight
from pathway.record.audit import Reconciliation

DAY = timedelta(days=1)


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
    """A day that was counted; `genuine`: it stands as it was signed."""

    row: Reconciliation
    genuine: bool

    @property
    def minutes(self) -> int:
        """How long the day was, and so how many audits it should have had."""
        begin, end = (midnight(day).astimezone(UTC) for day in (self.row.day, self.row.day + DAY))
        return (end - begin) // MINUTE

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
    def is_fine(self) -> bool:
        """Whether all that is to be zero is, as it was signed, and an audit was made each minute."""
        return self.genuine and self.row.is_zero and self.audits["made"] >= self.minutes and not self.audits["unclean"]


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
    rows: list[Counted | Missing] = []
    for number in range((over - first).days, -1, -1):
        day = first + number * DAY
        if day in found:
            rows.append(Counted(found[day], found[day].is_genuine))
        elif rows and isinstance(rows[-1], Missing):
            rows[-1] = Missing(day, rows[-1].last)
        else:
            rows.append(Missing(day, day))
    return Days(rows)
