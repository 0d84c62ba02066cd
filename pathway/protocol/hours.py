"""Local time in the United Kingdom: working hours (Monday to Friday, 09:00 to 17:00, bank holidays left out), words."""

from datetime import datetime, time
from functools import cache
from zoneinfo import ZoneInfo

import holidays

LONDON = ZoneInfo("Europe/London")
OPENS, CLOSES = time(9), time(17)
SATURDAY = 5


@cache
def bank_holidays(nation: str) -> holidays.HolidayBase:
    """The bank holidays of ENG, WLS, SCT or NIR."""
    return holidays.country_holidays("GB", subdiv=nation)


def shown(at: datetime) -> str:
    """An aware instant as people in the United Kingdom write it: 09:40 on 2 March 2026."""
    return f"{at.astimezone(LONDON):%H:%M on %-d %B %Y}"


def in_hours(at: datetime, nation: str = "ENG") -> bool:
    """Answer for an aware instant, judged by the clock on the wall in the United Kingdom."""
    local = at.astimezone(LONDON)
    return local.weekday() < SATURDAY and OPENS <= local.time() < CLOSES and local.date() not in bank_holidays(nation)
