"""What a case file is made of besides the events: rows as they are stored, or as the events of an earlier time say."""

from copy import copy
from datetime import UTC, datetime

from django.db.models import Prefetch

from pathway.engine.clocks import as_folded, columns_of
from pathway.engine.hold import Held
from pathway.record.alert import Acknowledgement, Alert, Delivery
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import REPINNED, Event

LAST = datetime.max.replace(tzinfo=UTC)
Source = tuple[Case, list[Clock], list[Alert]]


def as_stored(case: Case) -> Source:
    """The case with its clocks and alerts as they stand now."""
    return case, list(Clock.objects.standing().filter(case=case).order_by("pk")), alerts_of(case, LAST)


def as_known(case: Case, at: datetime, events: list[Event], state: str) -> Source:
    """The same at an earlier time, from the events recorded until then; nothing of it may be saved.

    An alert that was reinstated holds only its last telling: until then nobody shows as told.
    """
    then = copy(case)
    then.__dict__["protocol"] = version_at(case, at)
    held = Held(then, at, events, case.unit.nation, columns={"state": state})
    clocks, alerts = as_folded(held), alerts_of(case, at)
    running = {clock.standard for clock in clocks if clock.ended_at is None}
    ended = {clock.standard: clock.ended_at for clock in clocks if clock.ended_at}
    for alert in alerts:
        newest = list(alert.acknowledgements.all())[-1:]
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


def alerts_of(case: Case, until: datetime) -> list[Alert]:
    """The alerts raised until a time, newest first, with who had been told and who had acknowledged by then."""
    told = Delivery.objects.filter(told_at__lte=until).select_related("user").order_by("pk")
    acknowledged = Acknowledgement.objects.filter(at__lte=until).order_by("pk")
    raised = Alert.objects.filter(case=case, raised_at__lte=until).select_related("clock").order_by("-raised_at")
    return list(raised.prefetch_related(Prefetch("acknowledgements", acknowledged), Prefetch("deliveries", told)))
