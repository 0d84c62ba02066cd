"""The auditor: recounts each minute, wakes what was overslept, keeps what it found, and tells a monitor outside."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from pathway.engine import alerts, drill, outside, reconcile, recount
from pathway.engine.now import now as database_now
from pathway.engine.watch import FORGOTTEN, watch
from pathway.protocol.hours import shown
from pathway.record.audit import Audit
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.heartbeat import Fault, beat, begin, forget

KEPT = timedelta(days=30)
LOOKS_BACK = timedelta(hours=1)  # at most, for what was raised since the audit before
AT_A_TIME = 500
OUTSIDE = "outside"
log = logging.getLogger(__name__)


def audit(*, by: str = "audit") -> Audit:
    """Recount once; keep and return what was found. The monitor outside hears of it only where nothing is wrong."""
    now = database_now()
    begin(by, now)
    found = count(now)
    Audit.objects.filter(at__lt=now - KEPT).delete()
    forget(now - FORGOTTEN)
    reconcile.catch_up(now)
    drill.end_all(now)
    beat(by, now)
    if not found.is_clean or found.troubles:
        log.error("audit: %s", "; ".join([found.said, *found.troubles]))
    elif settings.HEARTBEAT_URL and outside.ping(settings.HEARTBEAT_URL):
        beat(OUTSIDE, now)
    return found


def count(now: datetime) -> Audit:
    """What is due, raised and told at one instant, and how the loops stand; what was overslept is woken."""
    before = Audit.objects.order_by("-at").values_list("at", flat=True).first()
    since = max(before or now - LOOKS_BACK, now - LOOKS_BACK)
    clocks, raised = recount.clocks(now), recount.raised(since, now)
    untold, nobody = recount.standing()
    found = Audit(
        at=now, running=clocks.running, due=clocks.due, raised=clocks.raised, missing=clocks.missing,
        asleep=clocks.asleep, cases=clocks.cases, untold=untold, nobody=nobody, unsent=recount.unsent(now),
        doubled=recount.doubled(), early=sum(each.early for each in raised), told=sum(each.told for each in raised),
        late_ms=max((each.late_ms for each in raised), default=0), woken=wake(clocks.cases, now),
        troubles=troubles(now),
    )  # fmt: skip
    found.is_clean = not any(getattr(found, name) for name in Audit.FAULTS)
    found.took_ms = int((database_now() - now).total_seconds() * 1000)
    found.save()
    return found


def troubles(now: datetime) -> list[str]:
    """What is wrong with the loops that raise and send, and with the providers, in sentences."""
    seen = watch(now)
    late = [
        f"The {each.loop.key} is {'never heard of' if each.at is None else each.state}."
        for each in (seen.sweep, seen.delivery)
        if not each.is_well
    ]
    away = [
        f"The provider “{each.name}” wants no call until {shown(each.paused_until)}: tell people in another way."
        for each in recount.paused(now)
        if each.paused_until
    ]
    return [said[:300] for said in (*late, *seen.troubles, *away)]


def wake(cases: Sequence[int], now: datetime) -> int:
    """Wake the running clocks of these cases, so that the sweep looks at them; return how many cases were woken.

    A case that the sweep cannot handle has its own pause, and one that somebody holds is left for the next audit.
    """
    return sum(wake_one(pk, now) for pk in cases[:AT_A_TIME])


@transaction.atomic
def wake_one(pk: int, now: datetime) -> int:
    """Wake the running clocks of one case, under its lock."""
    free = Case.objects.filter(pk=pk).select_for_update(no_key=True, skip_locked=True)
    if not free.exists() or Fault.objects.filter(case_id=pk).exists():
        return 0
    for clock in Clock.objects.running().filter(case_id=pk):
        alerts.wake(clock, now)
    return 1
