"""Alerts of a merged case, given back when it runs on its own again: each case keeps what was told of its own runs."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import F, Max

from pathway import protocol
from pathway.engine import alerts
from pathway.engine.clocks import Key, keyed, pass_over, runs_of, wakes
from pathway.engine.hold import Held
from pathway.record.alert import Alert
from pathway.record.clock import Clock


def give_back(held: Held, other: Held, *, since: datetime) -> None:
    """Give a case its alerts back, and those that the other one told since then of a run that is this case's alone.

    What stood down meanwhile is to stand again where its clock does; what stands is told in the unit of the case too.
    The caller syncs both, the other one first.
    """
    lent = Alert.objects.filter(lent_by__case=held.case)
    back = list(lent.values_list("pk", flat=True))
    borrowers = list(Clock.objects.filter(pk__in=lent.values("clock")).select_related("case"))
    lent.exclude(stood_down_at=None).update(stood_down_why="clock ended")
    lent.update(clock=F("lent_by"), case=held.case, lent_by=None)
    for row in borrowers:
        top = Alert.objects.filter(clock=row).aggregate(top=Max("rung"))["top"]
        row.rung = 0 if top is None else top + 1
        newest = alerts.newest([row]).get(row.pk)
        row.wake_at = wakes(row, protocol.known(row.case.protocol)[row.standard], newest)
        row.save(update_fields=["rung", "wake_at"])
    goes_on = {key for key, run in keyed(runs_of(held)).items() if run.ended_at is None}
    rows = standing(held)
    alerts.stand_down([row for key, row in rows.items() if key not in goes_on], now=held.now, why="clock ended")
    if held.case.unit_id != other.case.unit_id:
        alerts.tell_here(Alert.objects.open().filter(pk__in=back), held.case.unit_id, held.now)
    told_since(held, other, {key: row for key, row in rows.items() if key in goes_on}, since)


def told_since(held: Held, other: Held, heirs: Mapping[Key, Clock], since: datetime) -> None:
    """Let runs that go on in the parted case, and are not the other's own, take over what that one told of them."""
    own = keyed(runs_of(other))
    for key, row in standing(other).items():
        heir = heirs.get(key)
        if heir and key not in own:
            told = Alert.objects.filter(clock=row, lent_by=None, raised_at__gte=since)
            pass_over(told, row, heir, held.now)


def standing(held: Held) -> dict[Key, Clock]:
    """The clock rows of a case by run, as they were stored last."""
    rows = Clock.objects.standing().filter(case=held.case).select_related("case").order_by("pk")
    return {(row.standard, row.started_at, row.nth): row for row in rows}
