"""The axis of a picture over time: elapsed time in proportion, with ticks at round hours of the clock on the wall."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from pathway.protocol.hours import LONDON, clocks_change

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEPS = (HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY)
MOST = 10


@dataclass(frozen=True, slots=True)
class Tick:
    """One labelled instant; `day` where it is a midnight."""

    x: float
    label: str
    day: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of time laid along so many units from `left` on. An hour is as long on every night of the year."""

    begins: datetime
    ends: datetime
    left: int
    width: int

    def x(self, at: datetime) -> float:
        """Where an instant lies; outside the stretch, its nearer end."""
        share = (min(max(at, self.begins), self.ends) - self.begins) / (self.ends - self.begins)
        return round(self.left + share * self.width, 1)

    def has(self, at: datetime) -> bool:
        """Whether an instant lies on it."""
        return self.begins <= at <= self.ends

    @property
    def ticks(self) -> list[Tick]:
        """At most a dozen, at round hours or at midnights of the United Kingdom."""
        step = next((each for each in STEPS if (self.ends - self.begins) / each <= MOST), STEPS[-1])
        found = hours(self.begins, self.ends, step // HOUR) if step < DAY else days(self.begins, self.ends, step // DAY)
        return [Tick(self.x(at), label(at), at.astimezone(LONDON).time() == time()) for at in found]


def hours(begins: datetime, ends: datetime, every: int) -> Iterator[datetime]:
    """The instants at which the wall shows a full hour that `every` divides: one comes twice when clocks go back."""
    at = begins.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while at <= ends:
        if at >= begins and at.astimezone(LONDON).hour % every == 0:
            yield at
        at += HOUR


def days(begins: datetime, ends: datetime, every: int) -> Iterator[datetime]:
    """Local midnights, so many days apart."""
    day = begins.astimezone(LONDON).date() + DAY
    while (at := datetime.combine(day, time(), LONDON)) <= ends:
        yield at.astimezone(UTC)
        day += every * DAY


def label(at: datetime) -> str:
    """`06:00`, or the day at its midnight; with BST or GMT on a day on which the clocks change."""
    local = at.astimezone(LONDON)
    if local.time() == time():
        return f"{local:%a} {local.day} {local:%b}"
    return f"{local:%H:%M}{f' {local.tzname()}' if clocks_change(at) else ''}"
