"""What changed of the rules: versions of the protocol released, and cases that were moved to another one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max, Min
from django.db.models.fields.json import KT

from pathway import protocol
from pathway.analytics.cohort import MAY_AUDIT
from pathway.protocol.hours import LONDON
from pathway.protocol.release import RELEASED
from pathway.protocol.types import Protocol, Standard
from pathway.record.access import midnight
from pathway.record.case import Case
from pathway.record.event import REPINNED, Event
from pathway.record.person import Unit, User


@dataclass(frozen=True, slots=True)
class Change:
    """Something that changed from a time on, in words; `to` is the version."""

    at: datetime
    to: str
    words: str

    @property
    def on(self) -> date:
        """The day, by the calendar on the wall."""
        return self.at.astimezone(LONDON).date()


def released(start: datetime, end: datetime) -> list[Change]:
    """The versions that were released in a period, with what each says otherwise than the one before it."""
    found, before = [], None
    for release in RELEASED.values():
        version = protocol.VERSIONS.get(release.version)
        if version is None:
            continue
        at, said = midnight(release.released_on), in_words(differences(before, version)) if before else ""
        before = version
        if start <= at < end:
            found.append(Change(at, version.version, f"Protocol {version.version} released{said}"))
    return found


def moved(user: User, unit: Unit | None, start: datetime, end: datetime) -> list[Change]:
    """The cases that people moved to another version in a period, by version, from the day of the first on."""
    cases = Case.objects.visible_to(user) if user.role_set & MAY_AUDIT else Case.objects.none()
    mine = cases.filter(unit=unit) if unit else cases
    told = Event.objects.filter(case__in=mine, kind=REPINNED, recorded_at__gte=start, recorded_at__lt=end)
    by_version = told.annotate(to=KT("answers__to")).values("to").order_by("to")
    rows = by_version.annotate(first=Min("recorded_at"), last=Max("recorded_at"), cases=Count("case", distinct=True))
    return sorted((move(**row) for row in rows), key=lambda each: each.at)


def move(to: str, first: datetime, last: datetime, cases: int) -> Change:
    """The move of some cases to one version."""
    until = last.astimezone(LONDON).date()
    later = f", the last on {until:%-d %b %Y}" if until != first.astimezone(LONDON).date() else ""
    return Change(first, to, f"{cases} case{'' if cases == 1 else 's'} moved to protocol {to}{later}")


def differences(old: Protocol, new: Protocol) -> Mapping[str, list[str]]:
    """What a version says otherwise than another: the clocks with another ladder or limit, the new and the gone."""
    both = [(old.standards[key], clock) for key, clock in new.standards.items() if key in old.standards]
    found = {
        "another ladder": [clock for before, clock in both if before.ladder != clock.ladder],
        "another limit": [clock for before, clock in both if limits(before) != limits(clock)],
        "new": [clock for key, clock in new.standards.items() if key not in old.standards],
        "gone": [clock for key, clock in old.standards.items() if key not in new.standards],
    }
    return {what: labels(clocks) for what, clocks in found.items() if clocks}


def limits(clock: Standard) -> tuple[object, ...]:
    """What the limit and the amber time of a clock are."""
    return clock.limit, clock.amber, clock.sooner


def labels(clocks: Iterable[Standard]) -> list[str]:
    """Clocks in words."""
    return [clock.label for clock in clocks]


def in_words(found: Mapping[str, list[str]]) -> str:
    """`: another ladder for 36 clocks, another limit for 2`."""
    said = [f"{what} for {len(clocks)} clock{'' if len(clocks) == 1 else 's'}" for what, clocks in found.items()
            if what.startswith("another")]  # fmt: skip
    said += [f"{len(clocks)} {what}" for what, clocks in found.items() if not what.startswith("another")]
    return f": {', '.join(said)}" if said else ""
