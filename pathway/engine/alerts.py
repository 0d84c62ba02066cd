"""Alerts: acknowledged by a person, stood down when the clock ends, never deleted."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from pathway import protocol
from pathway.engine.hold import hold, permit
from pathway.engine.refused import Refused
from pathway.protocol.hours import shown
from pathway.protocol.types import Rung
from pathway.record.alert import Acknowledgement, Alert, AlertQuerySet, Delivery
from pathway.record.clock import Clock
from pathway.record.person import User
from pathway.record.step import CARE

LONGEST = timedelta(hours=4)


def rung_of(alert: Alert) -> Rung:
    """The rung of the ladder that an alert stands for."""
    return protocol.get(alert.case.protocol).standards[alert.clock.standard].ladder[alert.rung]


@transaction.atomic
def acknowledge(alert: Alert, *, by: User, until: datetime | None = None) -> Alert:
    """Say that somebody acts, until a time (the rung's own interval where none is given). It lapses; it ends nothing.

    Raises:
        Refused: the alert has stood down, somebody else is acting, or the time is past or over four hours ahead.
    """
    held = hold(alert.case_id)
    permit(by, CARE, "Acknowledge")
    alert = Alert.objects.select_related("clock", "case").get(pk=alert.pk)
    if alert.case_id != held.case.pk:
        raise Refused(f"{alert.case.code} and {held.case.code} were parted meanwhile. Open the alert again.")
    if alert.stood_down_at:
        raise Refused(f"This alert has stood down: {alert.stood_down_why}, {shown(alert.stood_down_at)}.")
    if alert.acting_until and alert.acting_until > held.now and not acts(by, alert):
        raise Refused(f"{alert.acknowledged_by} is acting on this until {shown(alert.acting_until)}.")
    until = until or held.now + rung_of(alert).acknowledge
    if not held.now < until <= held.now + LONGEST:
        raise Refused("Say a time within the next four hours until which you act.")
    alert.acknowledged_at, alert.acknowledged_by, alert.acting_until = held.now, str(by), until
    alert.save(update_fields=["acknowledged_at", "acknowledged_by", "acting_until"])
    Acknowledgement.objects.create(alert=alert, at=held.now, by=str(by), by_uuid=by.uuid, until=until)
    Delivery.objects.filter(alert=alert, user_id=by.pk, read_at=None).update(read_at=held.now)
    return alert


def acts(person: User, alert: Alert) -> bool:
    """Whether the newest acknowledgement is this person's; two people may have one name."""
    return alert.acknowledgements.order_by("-pk").values_list("by_uuid", flat=True).first() == person.uuid


def stand_down(clocks: list[Clock], *, now: datetime, why: str) -> None:
    """Stand the open alerts of these clocks down. What was told stays on record."""
    if told := [clock.pk for clock in clocks if clock.rung]:
        Alert.objects.filter(clock_id__in=told, stood_down_at=None).update(stood_down_at=now, stood_down_why=why)


def reinstate(clocks: list[Clock], *, now: datetime) -> None:
    """Open again the alerts of clocks that run again, unread and unacknowledged: else an alarm would be lost."""
    if again := [clock.pk for clock in clocks if clock.rung]:
        alerts = Alert.objects.filter(clock_id__in=again, stood_down_why="clock ended")
        Delivery.objects.filter(alert__in=alerts).update(read_at=None, told_at=now)
        alerts.update(
            stood_down_at=None, stood_down_why="", acknowledged_at=None, acknowledged_by="", acting_until=None
        )


def hand_over(told: AlertQuerySet, heir: Clock, past: int, **mark: Any) -> int:
    """Move alerts of the first `past` rungs to another run that has not told them; return how many are then behind it.

    `mark` is what else is written on those that move.
    """
    moved = told.filter(rung__gte=heir.rung, rung__lt=past)
    top = moved.aggregate(top=Max("rung"))["top"]
    if top is None:
        return heir.rung
    moved.update(clock=heir, **mark)
    return int(top) + 1
