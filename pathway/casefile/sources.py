"""What a case file is made of besides the events: rows as they are stored, or as the events of an earlier time say."""

from copy import copy
from dataclasses import replace
from datetime import UTC, datetime

from django.db.models import Prefetch, Q

from pathway.engine.clocks import as_folded, columns_of
from pathway.engine.hold import Held
from pathway.engine.one_person import merges_of
from pathway.record.alert import Alert, Delivery, Reply, Response
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import MERGED, REPINNED, Event, standing

LAST = datetime.max.replace(tzinfo=UTC)
Source = tuple[Case, list[Clock], list[Alert]]


def as_stored(case: Case) -> Source:
    """The case with its clocks and alerts as they stand now."""
    return (
        case,
        list(Clock.objects.standing().filter(case=case).order_by("pk")),
        alerts_of(either(Q(case=case), Q(lent_by__case=case)), LAST),
    )


def either(own: Q, lent: Q) -> Q:
    """Alerts of cases, and those that their clocks lent to others: each looked up by an index of its own."""
    return Q(pk__in=Alert.objects.filter(own).values("pk").union(Alert.objects.filter(lent).values("pk")))


def events_of(case: Case, known_at: datetime | None = None) -> list[Event]:
    """The events of a case and of those merged into it, in order of recording; or as they were known at a time."""
    every = Event.objects.of([case.pk])
    if known_at:
        every = Event.objects.filter(case__in=[case.pk, *merged_then(case, known_at)])
    told = every.filter(recorded_at__lte=known_at or LAST)
    return list(told.select_related("case", "moved_from__case", "imported__file__by").order_by("pk"))


def merged_then(case: Case, at: datetime) -> list[int]:
    """The cases that were merged into this one at an earlier time; cases and records may have been parted since."""
    merges = merges_of(case.patient)
    records = {case.patient_id, *(key for merge in merges for key in (merge.absorbed_id, merge.survivor_id))}
    moved = {key for merge in merges for key in merge.cases}
    about = Q(kind=MERGED, answers__into=case.code) | Q(corrects__kind=MERGED, corrects__answers__into=case.code)
    cases = Case.objects.filter(Q(patient__in=records) | Q(pk__in=moved))
    told = Event.objects.filter(about, case__in=cases, recorded_at__lte=at)
    return [event.case_id for event in standing(told.order_by("pk"))]


def as_held(case: Case, at: datetime, events: list[Event]) -> Held:
    """A case with its own events and those of the cases merged into it, without the lock."""
    own, absorbed = ([each for each in events if (each.case_id == case.pk) is mine] for mine in (True, False))
    identified = not case.patient.is_provisional
    return Held(case, at, own, case.unit.nation, identified=identified, absorbed=absorbed)


def as_known(held: Held, state: str) -> Source:
    """The same at an earlier time, from the events recorded until then; nothing of it may be saved.

    An alert that was reinstated holds only its last telling: until then nobody shows as told. What a merged case told
    is its own until it was merged.
    """
    case, at = held.case, held.now
    then = copy(case)
    then.__dict__["protocol"] = version_at(case, at)
    held = replace(held, case=then, columns={"state": state})
    homes = [case.pk, *merged_then(case, at)]
    told = either(Q(lent_by=None, case__in=homes), Q(lent_by__case__in=homes))
    clocks, alerts = as_folded(held), alerts_of(told, at)
    running = {clock.standard for clock in clocks if clock.ended_at is None}
    ended = {clock.standard: clock.ended_at for clock in clocks if clock.ended_at}
    for alert in alerts:
        alert.lent_by = None
        newest = [each for each in alert.responses.all() if each.what in (Reply.ACTS, Reply.ACCEPTED)][-1:]
        alert.acknowledged_at, alert.acting_until = (newest[0].at, newest[0].until) if newest else (None, None)
        alert.acknowledged_by = newest[0].by if newest else ""
        if alert.stood_down_at is None or alert.stood_down_at > at:
            stands = alert.clock.standard in running
            alert.stood_down_at = None if stands else ended.get(alert.clock.standard, at)
            alert.stood_down_why = "" if stands else "clock ended"
    for name, value in columns_of(held, clocks).items():
        then.__dict__[name] = value
    return then, clocks, alerts


def version_at(case: Case, at: datetime) -> str:
    """The protocol version that the case had: what the first later move to another one moved it from."""
    later = Event.objects.filter(case=case, kind=REPINNED, recorded_at__gt=at).order_by("pk").first()
    return str(later.answers["from"]) if later else case.protocol


def alerts_of(whose: Q, until: datetime) -> list[Alert]:
    """These alerts, of those raised until a time, newest first, with who had been told, and what was said by then."""
    told = Delivery.objects.filter(told_at__lte=until).select_related("user", "message").order_by("pk")
    said = Response.objects.filter(at__lte=until).order_by("pk")
    raised = Alert.objects.filter(whose, raised_at__lte=until).order_by("-raised_at")
    raised = raised.select_related("clock", "case", "lent_by__case")
    return list(raised.prefetch_related(Prefetch("responses", said), Prefetch("deliveries", told)))
