"""What a message says outside: level, initials and code of the case, clock and due time; never who the patient is."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max
from django.urls import reverse

from pathway import protocol
from pathway.engine.alerts import rung_known
from pathway.protocol.ladder import HELD
from pathway.protocol.types import Level
from pathway.record.alert import LEVEL_WORDS, Alert, Delivery, Why
from pathway.record.person import Patient
from pathway.templatetags.pathway import local_time

URGENT = frozenset({Level.E3, Level.E4, Level.EX})
GRAVEST_FIRST = (Level.EX, Level.E4, Level.E3, Level.E2, Level.E1, Level.E0)
LATE = timedelta(minutes=1)
FEW = 4


@dataclass(frozen=True)
class Words:
    """Subject and text of one message."""

    subject: str
    text: str


def initials(patient: Patient) -> str:
    """First letters of the names; else what was typed as initials, where it is three capitals at most.

    Anything else may be a name that was typed where the initials belong: only its first letter is told.
    """
    names = [*patient.given_names.split()[:2], patient.family_name] if patient.family_name else []
    typed = [name[0] for name in names if name[0].isalpha()]
    if not names:
        typed = [letter for letter in patient.initials if letter.isalpha()]
        typed = typed if len(typed) < FEW and "".join(typed).isupper() else typed[:1]
    return "".join(typed).upper() or "?"


def should_have_been(alert: Alert) -> datetime:
    """When an alert was to be told: when its time had come, or when the level before it was left."""
    rung = rung_known(alert)
    if rung is None or alert.why != Why.TIME or alert.calls > 1:
        return alert.called_at
    clock = alert.clock
    time = max(rung.time(amber_at=clock.amber_at, due_at=clock.due_at), clock.entered_at)
    held = [clock.suspended_until]
    if rung.level in HELD and alert.rung:
        before = Alert.objects.filter(clock=clock, rung__lt=alert.rung)
        held += before.aggregate(acts=Max("acting_until"), asked=Max("snoozed_until")).values()
    return max([time, *(until for until in held if until and until <= alert.raised_at)])


def line(alert: Alert, now: datetime, *, offered: bool = False) -> str:
    """One alert, in one line; `offered`: by a colleague, to this reader."""
    level = f"{alert.level} {LEVEL_WORDS[Level(alert.level)]}"
    label = protocol.label(alert.case.protocol, alert.clock.standard)
    since = should_have_been(alert)
    late = f" (told late, since {local_time(since)})" if now - since > LATE else ""
    who = f"{initials(alert.case.patient)} {alert.case.code}"
    asked = " (a colleague asks you to take it)" if offered else ""
    return f"{level}: {who}, {label}, due {local_time(alert.clock.due_at)}{late}{asked}"


def rank(alert: Alert) -> tuple[int, datetime]:
    """The gravest level first, of one level the most overdue."""
    return GRAVEST_FIRST.index(Level(alert.level)), alert.clock.due_at


def newest(deliveries: Iterable[Delivery]) -> list[Alert]:
    """The alerts of these deliveries, of each clock only the highest, in the order in which they are told."""
    found: dict[int, Alert] = {}
    for alert in sorted((delivery.alert for delivery in deliveries), key=lambda alert: alert.rung):
        found[alert.clock_id] = alert
    return sorted(found.values(), key=rank)


def words(deliveries: Collection[Delivery], now: datetime, *, longest: int) -> Words:
    """What tells all of these at once, in at most so many letters: what no longer fits is counted."""
    alerts = newest(deliveries)
    count = len(alerts)
    drill = "DRILL, nothing to do. " if alerts[0].case.drill else ""
    head = f"{drill}MSCC pathway: {count} alert{'s' if count > 1 else ''}, highest {alerts[0].level}"
    offered = {delivery.alert_id for delivery in deliveries if delivery.offer_id}
    told = (line(alert, now, offered=alert.pk in offered) for alert in alerts)
    lines = fitting(told, count, longest - len(head) - len(sign_in()) - 2)
    return Words(head, "\n".join([head, *lines, sign_in()]))


def fitting(lines: Iterable[str], count: int, letters: int) -> list[str]:
    """As many of so many lines as fit, always the first, and how many do not."""
    kept: list[str] = []
    left = letters
    for number, text in enumerate(lines, 1):
        more = f"and {count - number} more" if number < count else ""
        if kept and len(text) + len(more) + 2 > left:
            return [*kept, f"and {count - len(kept)} more"]
        kept.append(text)
        left -= len(text) + 1
    return kept


def sign_in() -> str:
    """Where to go. The address leads to the inbox, by way of the sign-in; nothing can be said to an alert by it."""
    address = f": {settings.SITE_URL.rstrip('/')}{reverse('inbox')}" if settings.SITE_URL else ""
    return f"Sign in{address}"
