"""The past of cases as it became known, read in bulk: entries, what was told of one clock, and what was said to it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby

from django.db.models import Q

from pathway.protocol.hours import in_hours
from pathway.protocol.merged import united
from pathway.protocol.types import Fact, InHours
from pathway.protocol.vocabulary import in_order
from pathway.record.alert import Alert, Reply, Response, Why
from pathway.record.case import Case
from pathway.record.event import CORRECTED, MERGED, REPINNED, Event, fact, standing

ASSIGNED = "case.assigned"
CHANGES = frozenset({CORRECTED, REPINNED, MERGED, ASSIGNED})
SPOKEN = (Reply.ACTS, Reply.ACCEPTED, Reply.SNOOZED, Reply.DECLINED, Reply.HELP)


@dataclass(frozen=True, slots=True)
class Said:
    """What was said to the newest alert of a clock, of this rung, or by a provider that reached nobody."""

    at: datetime
    what: str
    rung: int
    until: datetime | None = None


@dataclass(slots=True)
class Past:
    """One case: its entries and those of the cases merged into it, with when each came to count for it.

    `read` keeps what was known when, so that it is worked out once for however many rules.
    """

    case: Case
    entries: list[tuple[datetime, Event]] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    read: dict[frozenset[str], list[tuple[datetime, list[Fact]]]] = field(default_factory=dict)

    @property
    def in_hours(self) -> InHours:
        """The working hours of where it is."""
        return partial(in_hours, nation=self.case.unit.nation)

    def moments(self, kinds: frozenset[str]) -> list[tuple[datetime, list[Fact]]]:
        """Each instant at which an entry of these kinds, or a change of any, became known; and the facts known then."""
        if kinds not in self.read:
            turns, known = kinds | CHANGES, list[Event]()
            found = self.read[kinds] = list[tuple[datetime, list[Fact]]]()
            for at, entries in groupby(self.entries, key=lambda entry: entry[0]):
                new = [event for _, event in entries]
                known += new
                if any(event.kind in turns or event.case_id != self.case.pk for event in new):
                    found.append((at, self.facts(known)))
        return self.read[kinds]

    def facts(self, known: Sequence[Event]) -> list[Fact]:
        """The facts of these entries, as the engine reads them."""
        own = [event for event in known if event.case_id == self.case.pk]
        theirs = [event for event in known if event.case_id != self.case.pk]
        told = map(fact, standing(own))
        return united(told, map(fact, standing(theirs))) if theirs else in_order(told)

    def version(self, at: datetime) -> str:
        """The version of the protocol that the case had: what the first later move to another one moved it from."""
        own = [each for each in self.entries if each[1].kind == REPINNED and each[1].case_id == self.case.pk]
        first = next((event for when, event in own if when > at), None)
        return str(first.answers["from"]) if first else self.case.protocol


def pasts(cases: Mapping[int, Case], clock: str) -> list[Past]:
    """The past of these cases and what was told of one of their clocks; four queries, however many they are."""
    found = {key: Past(case) for key, case in cases.items()}
    heir = {key: key for key in cases} | dict(
        Case.objects.filter(survivor__in=cases).values_list("pk", "survivor_id"),
    )
    events = list(Event.objects.filter(case__in=heir).order_by("pk"))
    since = {event.case_id: event.recorded_at for event in events if event.kind == MERGED}
    for event in events:
        key = heir[event.case_id]
        at = event.recorded_at if event.case_id == key else max(event.recorded_at, since[event.case_id])
        found[key].entries.append((at, event))
    for past in found.values():
        past.entries.sort(key=lambda entry: (entry[0], entry[1].pk))
    told = Alert.objects.filter(Q(clock__standard=clock), clock__case__in=cases).select_related("clock")
    for alert in told.order_by("raised_at", "rung"):
        found[alert.clock.case_id].alerts.append(alert)
    answers = defaultdict[int, list[Response]](list)
    keys = [alert.pk for past in found.values() for alert in past.alerts]
    for response in Response.objects.filter(alert__in=keys, what__in=SPOKEN).order_by("pk"):
        answers[response.alert_id].append(response)
    for past in found.values():
        past.said = sorted(heard(past.alerts, answers), key=lambda said: said.at)
    return list(found.values())


def heard(alerts: Sequence[Alert], answers: Mapping[int, Sequence[Response]]) -> Iterator[Said]:
    """What moved the ladder of these alerts: only the newest of a clock does, but for a call for help."""
    for alert in alerts:
        higher = [each.raised_at for each in alerts if each.clock_id == alert.clock_id and each.rung > alert.rung]
        for response in answers.get(alert.pk, ()):
            if response.what == Reply.HELP or all(raised >= response.at for raised in higher):
                yield Said(response.at, response.what, alert.rung, response.until)
        if alert.passed_why == Why.UNREACHABLE and alert.passed_at:
            yield Said(alert.passed_at, Why.UNREACHABLE, alert.rung)
