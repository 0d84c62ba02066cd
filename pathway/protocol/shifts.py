"""Who holds a role in a unit, and when: weekly patterns and dated shifts, as intervals of UTC. A pure function.

Patterns are told in the time on the wall. Where the clocks change, the start of a shift is the earlier of the two
instants that it can mean and its end the later: two people rather than nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from pathway.protocol.hours import LONDON, MINUTE, bank_holidays

DAY = timedelta(days=1)
LAST_MINUTE = time(23, 59)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Holidays(StrEnum):
    """What a weekly pattern does on the bank holidays of the unit's nation, by the day on which a shift begins."""

    USUAL = "usual"
    NOT = "not"
    ONLY = "only"


class Kind(StrEnum):
    """What a dated shift does."""

    EXTRA = "extra"
    COVER = "cover"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Weekly:
    """One person's shift on some days of the week (Monday is 0), over midnight where it ends no later than it begins.

    `first` and `last` are the first and the last day on which a shift begins.
    """

    person: int
    days: frozenset[int]
    begins: time
    ends: time
    first: date
    last: date | None = None
    holidays: Holidays = Holidays.USUAL

    def falls_on(self, day: date, nation: str) -> bool:
        """Whether a shift begins on this day."""
        if day.weekday() not in self.days or day < self.first or (self.last is not None and day > self.last):
            return False
        return self.holidays is Holidays.USUAL or (day in bank_holidays(nation)) == (self.holidays is Holidays.ONLY)

    def on(self, day: date) -> tuple[datetime, datetime]:
        """The shift that begins on this day."""
        return opens(day, self.begins), closes(day if self.begins < self.ends else day + DAY, self.ends)


@dataclass(frozen=True, slots=True)
class Dated:
    """What a person does for once: works too, works in the place of `instead_of` while that one would, or is away."""

    kind: Kind
    person: int
    starts_at: datetime
    ends_at: datetime
    instead_of: int | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in which the same people hold a role; nobody is a gap."""

    starts_at: datetime
    ends_at: datetime
    people: tuple[int, ...]


Turn = tuple[datetime, datetime, int]


@dataclass(frozen=True)
class Post:
    """One role in one unit: who holds it at all times, by weekly patterns, and by dated shifts in the order entered.

    Covers count in that order too, so that the last word holds. Whoever is away holds nothing, whatever else is
    entered; `mute` are the people who cannot be told, whom others may still cover.
    """

    nation: str = "ENG"
    standing: tuple[int, ...] = ()
    weekly: tuple[Weekly, ...] = ()
    dated: tuple[Dated, ...] = ()
    mute: frozenset[int] = frozenset()

    def at(self, instant: datetime) -> tuple[int, ...]:
        """Who holds it at an instant."""
        return self.held(self.turns(instant, instant), instant)

    def spans(self, start: datetime, end: datetime) -> list[Span]:
        """The whole of a range, cut where the people change; neighbours always differ."""
        turns = self.turns(start, end)
        edges = [*((begins, ends) for begins, ends, _ in turns), *((one.starts_at, one.ends_at) for one in self.dated)]
        cuts = sorted({start, *(edge for pair in edges for edge in pair if start < edge < end)})
        found: list[Span] = []
        for begins, ends in pairwise([*cuts, end]):
            people = self.held(turns, begins)
            if found and found[-1].people == people:
                begins = found.pop().starts_at  # noqa: PLW2901 - the same people go on
            found.append(Span(begins, ends, people))
        return found

    def expects(self, person: int, start: datetime, end: datetime) -> bool:
        """Whether a person is to hold it at some time of a range, be they away or not."""
        shifts = tuple(each for each in self.dated if each.kind is not Kind.AWAY)
        whole = replace(self, dated=shifts, mute=frozenset())
        return any(person in span.people for span in whole.spans(start, end))

    def turns(self, start: datetime, end: datetime) -> list[Turn]:
        """The shifts of the weekly patterns that touch a range."""
        first, last = start.astimezone(LONDON).date() - DAY, end.astimezone(LONDON).date()
        days = [first + DAY * number for number in range((last - first).days + 1)]
        turns = (
            (*each.on(day), each.person) for each in self.weekly for day in days if each.falls_on(day, self.nation)
        )
        return [turn for turn in turns if turn[0] <= end and turn[1] > start]

    def held(self, turns: Iterable[Turn], at: datetime) -> tuple[int, ...]:
        """Who holds it at an instant, given the shifts of the patterns round it."""
        people = {*self.standing, *(person for begins, ends, person in turns if begins <= at < ends)}
        away = set(self.mute)
        for each in self.dated:
            if not each.starts_at <= at < each.ends_at:
                continue
            if each.kind is Kind.AWAY:
                away.add(each.person)
            elif each.kind is Kind.EXTRA or each.instead_of in people:
                people = (people - {each.instead_of}) | {each.person}
        return tuple(sorted(people - away))


@lru_cache(maxsize=4096)
def opens(day: date, at: time) -> datetime:
    """The earlier instant of a local time at which a shift begins."""
    return min(both(day, at))


@lru_cache(maxsize=4096)
def closes(day: date, at: time) -> datetime:
    """The later instant of a local time at which a shift ends; 23:59 means the end of the day."""
    return max(both(day, at)) + (MINUTE if at == LAST_MINUTE else timedelta())


def closing(at: datetime) -> datetime:
    """The end of a shift that somebody has typed as an instant; 23:59 means the end of the day."""
    return at + MINUTE if at.astimezone(LONDON).time() == LAST_MINUTE else at


def both(day: date, at: time) -> list[datetime]:
    """What a local time can mean: one instant but in the two hours of the year in which the clocks change."""
    return [datetime.combine(day, at, LONDON).replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
