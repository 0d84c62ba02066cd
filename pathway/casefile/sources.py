"""What a case file is made of besides the events: rows as they are stored, or as the events of an earlier time say."""

from copy import copy
from datetime import UTC, datetime

from django.db.models import Prefetch

from pathway.engine.clocks import as_folded, columns_of
from pathway.engine.hold import Held
from pathway.record.alert import Acknowledgement, Alert, Delivery
from pathway.record.case import Case
from pathway.record.clock import Clock

LAST = datetime.max.replace(tzinfo=UTC)
Source = tuple[Case, list[Clock], list[Alert]]


def as_stored(case: Case) -> Source:
    """The case with its clocks and alerts as they stand now."""
    return case, list(Clock.objects.standing().filter(case=case).order_by("pk")), alerts_of(case, LAST)


def as_known(held: Held) -> Source:
    """The same from the events held, at the time held; nothing of it may be saved.

    An alert that was reinstated holds only its last telling: until then nobody shows as told.
    """
    clocks, alerts = as_folded(held), alerts_of(held.case, held.now)
    ended = {clock.standard: clock.ended_at for clock in sorted(clocks, key=lambda clock: clock.started_at)}
    for alert in alerts:
        newest = list(alert.acknowledgements.all())[-1:]
        alert.acknowledged_at, alert.acting_until = (newest[0].at, newest[0].until) if newest else (None, None)
        alert.acknowledged_by = newest[0].by if newest else ""
        if alert.stood_down_at is None or alert.stood_down_at > held.now:
            alert.stood_down_at = ended.get(alert.clock.standard)
            alert.stood_down_why = "clock ended" if alert.stood_down_at else ""
    case = copy(held.case)
    for name, value in columns_of(held, clocks).items():
        case.__dict__[name] = value
    return case, clocks, alerts


def alerts_of(case: Case, until: datetime) -> list[Alert]:
    """The alerts raised until a time, newest first, with who had been told and who had acknowledged by then."""
    told = Delivery.objects.filter(told_at__lte=until).select_related("user").order_by("pk")
    acknowledged = Acknowledgement.objects.filter(at__lte=until).order_by("pk")
    raised = Alert.objects.filter(case=case, raised_at__lte=until).select_related("clock").order_by("-raised_at")
    return list(raised.prefetch_related(Prefetch("acknowledgements", acknowledged), Prefetch("deliveries", told)))
