"""The figures of the machine for Prometheus, all read from the database: no patient, no person, no case."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, F
from prometheus_client.core import GaugeHistogramMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pathway.engine import recount
from pathway.engine.now import now
from pathway.engine.watch import watch
from pathway.record.alert import Alert, Delivery
from pathway.record.audit import Audit
from pathway.record.case import Case
from pathway.record.heartbeat import Fault, Heartbeat
from pathway.record.message import Message, State

BUCKETS = (0.02, 0.1, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0)
LAST = timedelta(hours=1)
PREFIX = "mscc_"


def gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    """One figure."""
    return GaugeMetricFamily(PREFIX + name, words, value=value)


def labelled(name: str, words: str, labels: list[str], rows: Iterator[tuple[list[str], float]]) -> GaugeMetricFamily:
    """One figure for each value of some labels."""
    family = GaugeMetricFamily(PREFIX + name, words, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


class Figures(Collector):
    """Reads them anew each time that it is asked."""

    def collect(self) -> Iterator[Metric]:
        """Every figure."""
        self.now = now()
        yield self.lateness()
        yield from self.queues()
        yield from self.watchers()

    def lateness(self) -> Metric:
        """How late the alerts of the last hour were raised; of the last hour only, so it may shrink."""
        late = [each.late_ms / 1000 for each in recount.raised(self.now - LAST, self.now)]
        buckets = [(str(limit), float(sum(each <= limit for each in late))) for limit in BUCKETS]
        return GaugeHistogramMetricFamily(
            f"{PREFIX}raise_lateness_seconds", "From due to raised, of the alerts of the last hour.",
            buckets=[*buckets, ("+Inf", float(len(late)))], gsum_value=sum(late),
        )  # fmt: skip

    def queues(self) -> Iterator[Metric]:
        """What waits, at this moment."""
        due = Case.objects.real().filter(wake_at__lte=self.now)
        yield gauge("cases_due", "Cases with a clock that is due and not raised yet.", due.count())
        waits = Delivery.objects.filter(address__isnull=False, message=None, alert__stood_down_at=None)
        yield gauge("deliveries_waiting", "Deliveries outside that are in no message yet.", waits.count())
        counted = dict(Message.objects.values_list("state").annotate(count=Count("pk")))
        yield labelled(
            "messages", "Messages by state.", ["state"],
            (([state.value], counted.get(state.value, 0)) for state in State),
        )  # fmt: skip
        unanswered = Alert.objects.filter(case__drill=False).unanswered(self.now)
        yield gauge("alerts_unanswered", "Alerts whose ladder ran out while nobody acts.", unanswered.count())
        yield gauge("faults", "Cases that the sweep cannot handle.", Fault.objects.count())

    def watchers(self) -> Iterator[Metric]:
        """How the loops stand, by the database's clock."""
        beats = list(Heartbeat.objects.exclude(at=None).order_by("name", "host"))
        yield labelled(
            "heartbeat_age_seconds", "Since a loop came round.", ["loop", "host"],
            (([each.name, each.host], (self.now - each.at).total_seconds()) for each in beats if each.at),
        )  # fmt: skip
        yield labelled(
            "clock_drift_seconds", "How far the clock of a host is ahead of the database's.", ["loop", "host"],
            (([each.name, each.host], each.drift_ms / 1000) for each in beats),
        )  # fmt: skip
        seen = watch(self.now)
        yield gauge("rounds_hung", "Rounds that began over a minute ago and have not ended.", len(seen.hung))
        last = Audit.objects.order_by("-at").values("is_clean", *Audit.FAULTS, clock_runs=F("running")).first()
        if last:
            yield gauge("audit_clean", "1 where the last recount found no fault.", float(last["is_clean"]))
            yield gauge("clocks_running", "Running clocks at the last recount.", last["clock_runs"])
            yield labelled(
                "audit_faults", "What the last recount found.", ["kind"],
                (([name], last[name]) for name in Audit.FAULTS),
            )  # fmt: skip
