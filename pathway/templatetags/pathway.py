"""How pages say times, durations, clocks and identities."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.forms import BoundField
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pathway.protocol.hours import KNOWN_TO, Precision, clocks_change
from pathway.protocol.release import caveat
from pathway.protocol.types import EXACT
from pathway.record.clock import is_late, running_state
from pathway.record.nhs_number import spaced

if TYPE_CHECKING:
    from pathway.protocol.types import Fact, Standard
    from pathway.record.case import Case
    from pathway.record.clock import Clock
    from pathway.record.person import Patient

register = template.Library()

WORDS = {
    "on_time": "On time",
    "due_soon": "Due soon",
    "overdue": "Overdue",
    "met": "Met",
    "breached": "Breached",
    "suspended": "Suspended",
    "void": "Void",
    "superseded": "Superseded",
    "frozen": "Frozen",
    "uncertain": "Uncertain",
}


def local(moment: datetime) -> datetime:
    """The moment as the clock on the wall shows it."""
    return moment.astimezone(ZoneInfo(settings.LOCAL_TIME_ZONE))


def zone_label(moment: datetime, now: datetime | None) -> str:
    """BST or GMT, where leaving it out could mislead: on a night of change, or when now is in the other zone."""
    there = local(moment)
    other = now is not None and local(now).utcoffset() != there.utcoffset()
    return f" {there.tzname()}" if clocks_change(moment) or other else ""


@register.filter
def local_time(moment: datetime | None, now: datetime | None = None) -> str:
    """`09:40` where it is on the same day as `now`, else `Mon 2 Mar 09:40`; with the year where that differs."""
    if not moment:
        return ""
    there, here = local(moment), local(now) if now else None
    day = f"{there:%a} {there.day} {there:%b} "
    if here and there.date() == here.date():
        day = ""
    elif here and there.year != here.year:
        day = f"{there:%a} {there.day} {there:%b %Y} "
    return f"{day}{there:%H:%M}{zone_label(moment, now)}"


@register.filter
def local_known(moment: datetime, precision: str) -> str:
    """`Mon 2 Mar 09:40`, or as exactly as it is known: `Mon 2 Mar, only the day`."""
    if precision == Precision.DAY:
        there = local(moment)
        return f"{there:%a} {there.day} {there:%b}, {KNOWN_TO[Precision.DAY]}"
    known = KNOWN_TO.get(Precision(precision))
    return f"{local_time(moment)}{f', {known}' if known else ''}"


@register.filter
def local_fact(fact: "Fact", now: datetime) -> str:
    """When a fact happened, as exactly as it is known."""
    if fact.width == EXACT:
        return local_time(fact.occurred_at, now)
    within = Precision.HOUR if fact.width is not None and fact.width < timedelta(hours=1) else Precision.DAY
    return local_known(fact.occurred_at, Precision.UNKNOWN if fact.width is None else within)


@register.filter
def local_seconds(moment: datetime | None) -> str:
    """`09:40:12`, for a line that says how old a page is."""
    return f"{local(moment):%H:%M:%S}" if moment else ""


@register.filter
def local_full(moment: datetime | None) -> str:
    """`Mon 2 Mar 2026 09:40:12`, for logs."""
    return f"{local(moment):%a %-d %b %Y %H:%M:%S}{zone_label(moment, None)}" if moment else ""


@register.filter
def local_dated(moment: datetime | None) -> str:
    """`Mon 2 Mar 2026 09:40`, for what is read, or printed and read, long after."""
    return f"{local(moment):%a %-d %b %Y %H:%M}{zone_label(moment, None)}" if moment else ""


@register.filter
def local_day(day: date | None) -> str:
    """`12 Apr 1957`."""
    return f"{day.day} {day:%b %Y}" if day else ""


@register.filter
def elapsed(length: timedelta | float | None) -> str:
    """`45 s`, `4 min 12 s`, `3 h 20 min`, `5 d 3 h`: whole units, rounded down. A number is seconds."""
    if length is None:
        return ""
    seconds = int(abs(length.total_seconds() if isinstance(length, timedelta) else length))
    minutes, hours = seconds // 60, seconds // 3600
    if minutes < 1:
        return f"{seconds} s"
    if minutes < 10:  # noqa: PLR2004
        return f"{minutes} min {seconds % 60} s"
    if hours < 1:
        return f"{minutes} min"
    if hours < 48:  # noqa: PLR2004
        return f"{hours} h {minutes % 60} min"
    return f"{hours // 24} d {hours % 24} h"


@register.filter
def ago(then: datetime, now: datetime) -> str:
    """`14 minutes ago`, `3 hours ago`, `2 days ago`: the whole of the greatest unit."""
    minutes = int((now - then).total_seconds()) // 60
    size, unit = next(((s, u) for s, u in ((48 * 60, "day"), (60, "hour"), (1, "minute")) if minutes >= s), (0, ""))
    if not unit:
        return "less than a minute ago"
    count = minutes // (24 * 60 if unit == "day" else size)
    return f"{count} {unit}{'' if count == 1 else 's'} ago"


@register.filter
def since(moment: datetime, start: datetime) -> str:
    """How long from a start to a moment."""
    return elapsed(moment - start)


@register.filter
def cut_words(words: str) -> list[str]:
    """`Step,From` as two headings."""
    return words.split(",")


@register.filter
def nhs_number(digits: str | None) -> str:
    """`999 000 0018`; anything that is not ten characters long stays as it is."""
    return spaced(digits) if digits and len(digits) == 10 else digits or ""  # noqa: PLR2004


@register.filter
def age(patient: "Patient", now: datetime) -> str:
    """Whole years on the day of `now`: `68 years`."""
    years = patient.age(local(now).date())
    return "" if years is None else f"{years} years"


def count(due: datetime, now: datetime) -> str:
    """`3 h 20 min over` or `2 h 5 min left`."""
    return f"{elapsed(due - now)} {'over' if is_late(due, now) else 'left'}"


@register.filter
def to_breach(due: datetime | None, now: datetime) -> str:
    """`3 h 20 min over, due 09:40`, or `2 h 5 min left, due 09:40`."""
    return f"{count(due, now)}, due {local_time(due, now)}" if due else ""


@register.filter
def iso(moment: datetime | None) -> str:
    """UTC to the millisecond, as the scripts read it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else ""


@register.simple_tag
@lru_cache(maxsize=1024)
def state(key: str, words: str = "") -> SafeString:
    """A state in words, colour and shape; its own words where given."""
    return format_html('<strong class="app-state" data-state="{}">{}</strong>', key, words or WORDS.get(key, key))


@lru_cache(maxsize=1024)
def drawn(name: str, words: str, stands: str, meaning: str) -> SafeString:
    """One track in a list: its name, its state in words, and a shape and a colour for how that stands."""
    html = (
        '<li class="app-chip" data-stands="{}"><span class="app-chip__name">{}'
        '<span class="nhsuk-u-visually-hidden">, {}</span>:</span> {}</li>'
    )
    return format_html(html, stands, name, meaning, words)


@lru_cache(maxsize=256)
def idling(names: str) -> SafeString:
    """The tracks that have not begun, in one line of the list."""
    html = '<li class="app-chip" data-stands="none"><span class="app-chip__name">Not begun:</span> {}</li>'
    return format_html(html, names)


@register.simple_tag
def tracks(chips: Iterable[Any]) -> SafeString:
    """The state of each track at a glance: `Chip`s of worklist/glance.py; those that have not begun in one line."""
    items, idle = list[SafeString](), list[str]()
    for each in chips:
        if each.is_begun:
            items.append(drawn(each.name, each.words, each.stands, each.meaning))
        else:
            idle.append(each.name.lower())
    if idle:
        items.append(idling(", ".join(idle)))
    return format_html('<ul class="app-tracks">{}</ul>', SafeString("".join(items)))


@register.simple_tag
def protocol_caveat(version: str) -> str:
    """` (draft, not signed off)` after the name of a protocol version; nothing where it is released and in date."""
    said = caveat(version, timezone.localdate(timezone=ZoneInfo(settings.LOCAL_TIME_ZONE)))
    return f" ({said})" if said else ""


# Written here and not as a template: a list draws it fifty times, and a template of its own is half the cost of a row.
CLOCK = (
    '<span class="app-clock" data-due="{due}"{limits} data-now="{now}" data-state="{state}">'
    '<strong class="app-state" data-word data-state="{state}">{words}</strong> '
    '<time class="app-clock__time" datetime="{due}"><span data-count>{count}</span>'
    '<span class="app-clock__due">, due {at}</span></time>{wide}</span>'
)
UNSURE = ' <span class="app-clock__wide">{}</span>'


@register.simple_tag
def countdown(
    due: datetime, now: datetime, amber: datetime | None = None, width: timedelta | None = EXACT
) -> SafeString:
    """A running clock: its state, and how long it has or is over. Counts on by script.

    `width` is how much later than assumed it may have started, None where nobody knows.
    """
    state = running_state(due, amber, now, width)
    limits, wide = format_html(' data-amber="{}"', iso(amber)) if amber else SafeString(), SafeString()
    if width is None:
        limits += SafeString(' data-sure=""')
        wide = format_html(UNSURE, "but its start is not known exactly")
    elif width != EXACT:
        limits += format_html(' data-sure="{}"', iso(due + width))
        wide = format_html(UNSURE, f"if it started at the earliest; at the latest due {local_time(due + width, now)}")
    return format_html(
        CLOCK, due=iso(due), limits=limits, now=iso(now), state=state, words=WORDS[state], count=count(due, now),
        at=local_time(due, now), wide=wide,
    )  # fmt: skip


@register.inclusion_tag("components/clock_card.html")
def clock_card(clock: "Clock", standard: "Standard", now: datetime) -> dict[str, Any]:
    """One run of a clock: counting while it runs, else how it ended."""
    suspended = clock.suspended_until is not None and clock.suspended_until > now
    return {"clock": clock, "standard": standard, "now": now, "said": clock.said(now), "suspended": suspended}


@register.inclusion_tag("components/identity.html")
def identity(case: "Case", now: datetime, url: str = "") -> dict[str, Any]:
    """Who the page is about, on top of every page of a case; `url` leads back to the case page."""
    return {"case": case, "now": now, "url": url}


@register.simple_tag
def first_input(field: BoundField) -> str:
    """The id of the input that an error of this field should lead to."""
    return field.id_for_label or f"{field.auto_id}_0"


@register.filter
def has_error(attrs: dict[str, Any]) -> bool:
    """Whether Django marked this input as wrong."""
    return attrs.get("aria-invalid") == "true"
