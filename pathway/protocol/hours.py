"""Local time in the United Kingdom: working hours (Monday to Friday, 09:00 to 17:00, bank holidays left out), words."""

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

import holidays

LONDON = ZoneInfo("Europe/London")
MINUTE = timedelta(minutes=1)
OPENS, CLOSES = time(9), time(17)
SATURDAY = 5


class Precision(StrEnum):
    """How exactly somebody knows when a thing happened."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    UNKNOWN = "unknown"


KNOWN_TO = {Precision.HOUR: "only the hour", Precision.DAY: "only the day", Precision.UNKNOWN: "not known exactly"}


@cache
def bank_holidays(nation: str) -> holidays.HolidayBase:
    """The bank holidays of ENG, WLS, SCT or NIR."""
    return holidays.country_holidays("GB", subdiv=nation)


def clocks_change(at: datetime) -> bool:
    """Whether the clocks go forward or back on that day in the United Kingdom."""
    day = at.astimezone(LONDON).date()
    first, last = (datetime.combine(day, clock, LONDON).utcoffset() for clock in (time.min, time.max))
    return first != last


def shown(at: datetime, precision: str = Precision.MINUTE) -> str:
    """An aware instant as people in the United Kingdom write it: 09:40 on 2 March 2026; 2 March 2026, only the day.

    On a day on which the clocks change it says BST or GMT.
    """
    clock = f"%H:%M{' %Z' if clocks_change(at) else ''} on %-d %B %Y" if precision != Precision.DAY else "%-d %B %Y"
    known = f", {KNOWN_TO[Precision(precision)]}" if precision != Precision.MINUTE else ""
    return f"{at.astimezone(LONDON).strftime(clock)}{known}"


def wall(at: datetime) -> str:
    """The time on the wall in the United Kingdom, written as if it were UTC: charts then show it on any machine."""
    return at.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M:%SZ")


def earliest(at: datetime, precision: str) -> datetime:
    """The first instant that a time of this precision may mean: the full hour, the local midnight, else itself."""
    if precision == Precision.HOUR:
        return at.replace(minute=0, second=0, microsecond=0)
    if precision == Precision.DAY:
        return datetime.combine(at.astimezone(LONDON).date(), time.min, LONDON).astimezone(UTC)
    return at


def latest(at: datetime, precision: str) -> datetime:
    """The last minute that a time of this precision may mean; the time itself where nobody knows."""
    begins = earliest(at, precision)
    return begins + (width(begins, precision) or timedelta())


def width(at: datetime, precision: str) -> timedelta | None:
    """How much later than `at` it may have happened, in whole minutes; None where nobody knows.

    A day ends at 23:59 by the clock on the wall, so it is 22 h 59 min or 24 h 59 min long when the clocks change.
    """
    if precision == Precision.MINUTE:
        return timedelta()
    if precision == Precision.HOUR:
        return max(earliest(at, precision) + timedelta(hours=1) - MINUTE - at, timedelta())
    if precision == Precision.DAY:
        tomorrow = datetime.combine(at.astimezone(LONDON).date() + timedelta(days=1), time.min, LONDON)
        return max(tomorrow.astimezone(UTC) - MINUTE - at, timedelta())
    return None


def in_hours(at: datetime, nation: str = "ENG") -> bool:
    """Answer for an aware instant, judged by the clock on the wall in the United Kingdom."""
    local = at.astimezone(LONDON)
    return local.weekday() < SATURDAY and OPENS <= local.time() < CLOSES and local.date() not in bank_holidays(nation)
