"""How the loops stand that raise, send and recount: fresh, late, lost; begun and not ended; with a clock that errs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from pathway.protocol.hours import shown
from pathway.record.alert import Delivery
from pathway.record.audit import Audit
from pathway.record.heartbeat import SWEEPS, Heartbeat
from pathway.record.message import Address, Message

HUNG = timedelta(seconds=60)
DRIFT = timedelta(seconds=5)
REMEMBERED = timedelta(minutes=5)  # a process that is silent for longer is late, and says nothing about its clock
FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Loop:
    """One task that must go on: the names of its processes, and after which silence it is late, and lost."""

    key: str
    names: frozenset[str]
    late: timedelta
    lost: timedelta


SWEEP = Loop("sweep", SWEEPS, timedelta(seconds=15), timedelta(seconds=60))
DELIVERY = Loop(
    "delivery", frozenset({"deliver", "deliver-celery", "deliverer"}), timedelta(seconds=15), timedelta(seconds=60)
)
AUDIT = Loop("audit", frozenset({"audit", "audit-celery"}), timedelta(seconds=90), timedelta(seconds=180))
LOOPS = (SWEEP, DELIVERY, AUDIT)


@dataclass(frozen=True, slots=True)
class Standing:
    """When a loop came round last, and how that is: fresh, late, lost, never; or off, where there is nothing to do."""

    loop: Loop
    at: datetime | None
    state: str

    @property
    def is_well(self) -> bool:
        """Whether it goes on, or need not."""
        return self.state in {"fresh", "off"}


@dataclass(frozen=True)
class Watch:
    """What there is to know of the loops at one instant."""

    now: datetime
    sweep: Standing
    delivery: Standing
    audit: Standing
    hung: list[Heartbeat]
    drifting: list[Heartbeat]
    last: Audit | None

    @property
    def troubles(self) -> list[str]:
        """What is wrong beside a loop that is late, in sentences."""
        stuck = [
            f"“{each.name}” on {each.host} began at {shown(each.open_since)} and has not come round since."
            for each in self.hung
            if each.open_since
        ]
        out = [
            f"The clock of {each.host} (“{each.name}”) is {each.clock_words}: set it right." for each in self.drifting
        ]
        return [*stuck, *out]

    @property
    def count(self) -> str:
        """What the last recount found wrong, as a sentence; '' where it was clean, or too long ago."""
        if self.last is None or self.last.is_clean:
            return ""
        return f"The count of alerts at {shown(self.last.at)} found: {self.last.said}."


def standing(loop: Loop, at: datetime | None, now: datetime) -> Standing:
    """How a loop stands that came round last at this time."""
    if at is None:
        return Standing(loop, None, "never")
    age = now - at
    return Standing(loop, at, "fresh" if age <= loop.late else "late" if age <= loop.lost else "lost")


def watch(now: datetime) -> Watch:
    """How everything stands, in three queries at most."""
    beats = list(Heartbeat.objects.order_by("name", "host"))
    found = {
        loop: standing(loop, max((each.at for each in beats if each.name in loop.names and each.at), default=None), now)
        for loop in LOOPS
    }
    if found[DELIVERY].state != "fresh" and not sends(now):
        found[DELIVERY] = Standing(DELIVERY, found[DELIVERY].at, "off")
    hung = [each for each in beats if each.open_since and HUNG < now - each.open_since < FORGOTTEN]
    drifting = [
        each
        for each in beats
        if each.heard_at and now - each.heard_at < REMEMBERED and abs(each.drift_ms) > DRIFT.total_seconds() * 1000
    ]
    last = Audit.objects.filter(at__gt=now - AUDIT.lost).order_by("-at").first()
    return Watch(now, found[SWEEP], found[DELIVERY], found[AUDIT], hung, drifting, last)


def sends(now: datetime) -> bool:
    """Whether anybody is told outside the service: a verified address is in use, or something waits to be sent."""
    used = Address.objects.filter(removed_at=None).exclude(verified_at=None)
    waits = Q(address__isnull=False, message=None, alert__stood_down_at=None)
    return used.exists() or Message.objects.filter(next_at__lte=now).exists() or Delivery.objects.filter(waits).exists()
