"""One person's shifts as iCalendar text (RFC 5545), in UTC: where and as what they work, and nothing of patients."""

from datetime import datetime, time, timedelta
from hashlib import sha256

from icalendar import Calendar, Event

from pathway.protocol.hours import LONDON
from pathway.protocol.shifts import opens
from pathway.record.outlook import shifts_ahead
from pathway.record.person import User

BEFORE, AFTER = timedelta(days=7), timedelta(days=92)


def of(user: User, at: datetime) -> str:
    """The shifts of the last week and the next three months; standing duties are not shifts, and are left out.

    The same rota gives the same text for a whole day, whenever it is asked for.
    """
    today = opens(at.astimezone(LONDON).date(), time.min)
    changed, found = shifts_ahead(user, today - BEFORE, today + AFTER)
    calendar = Calendar()
    calendar.add("prodid", "-//MSCC pathway tracker//Rota//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "On duty (MSCC pathway)")
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"value": "DURATION"})
    for unit, role, span in found:
        event = Event()
        name = f"{user.uuid} {unit.uuid} {role} {span.starts_at.isoformat()}"
        event.add("uid", f"{sha256(name.encode()).hexdigest()[:32]}@mscc-pathway")
        event.add("dtstamp", changed or today)
        event.add("dtstart", span.starts_at)
        event.add("dtend", span.ends_at)
        event.add("summary", f"On duty: {role}, {unit}")
        event.add("location", str(unit))
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text.decode()
