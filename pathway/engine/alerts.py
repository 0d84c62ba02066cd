"""Alerts: told, stood down when the clock ends, told again when it runs again, passed on; never deleted."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Max

from pathway import protocol
from pathway.protocol.types import Rung
from pathway.record.alert import Alert, AlertQuerySet, Delivery, Why
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.rota import OnDuty

# Arrays, whatever the size of the batch: the bulk methods of the ORM spend most of a sweep on building statements.
TOLD = """
INSERT INTO pathway_delivery (alert_id, user_id, channel, call, told_at, address_id)
SELECT told.alert, told.person, told.channel, told.call, %s, told.address
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::smallint[], %s::bigint[])
  AS told (alert, person, channel, call, address)
"""
WAKES = "pathway_wake"
WOKEN = f"SELECT pg_notify('{WAKES}', '')"
TO_SEND = "SELECT pg_notify('pathway_send', '')"


def rung_of(alert: Alert) -> Rung:
    """The rung of the ladder that an alert stands for."""
    return protocol.get(alert.case.protocol).standards[alert.clock.standard].ladder[alert.rung]


def newest(clocks: Iterable[Clock]) -> dict[int, Alert]:
    """The alert of the highest rung of each of these clocks that has one."""
    climbed = [clock.pk for clock in clocks if clock.rung]
    found = Alert.objects.filter(clock_id__in=climbed).order_by("clock_id", "-rung").distinct("clock_id")
    return {alert.clock_id: alert for alert in found} if climbed else {}


def tell(told: Iterable[tuple[Alert, list[int]]], on_duty: OnDuty, now: datetime) -> None:
    """Write to each of these people's inboxes, and for their first address outside: all in one statement."""
    rows: list[tuple[int, int, str, int, int | None]] = []
    for alert, people in told:
        for person in people:
            rows.append((alert.pk, person, "inbox", alert.calls, None))
            if address := on_duty.addresses.get(person):
                rows.append((alert.pk, person, address.channel, alert.calls, address.pk))
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(TOLD, [now, *map(list, zip(*rows, strict=True))])
        if any(address for *_, address in rows):
            cursor.execute(TO_SEND)


def by_time(told: AlertQuerySet) -> set[int]:
    """The rungs that were raised because their time had come."""
    return set(told.filter(why=Why.TIME).values_list("rung", flat=True))


def stand_down(clocks: list[Clock], *, now: datetime, why: str) -> None:
    """Stand the open alerts of these clocks down. What was told stays on record."""
    if told := [clock.pk for clock in clocks if clock.rung]:
        Alert.objects.filter(clock_id__in=told, stood_down_at=None).update(stood_down_at=now, stood_down_why=why)


def reinstate(clocks: list[Clock], *, now: datetime) -> None:
    """Open again the alerts of clocks that run again, and tell the same people anew: else an alarm would be lost."""
    if again := [clock.pk for clock in clocks if clock.rung]:
        reopened = list(Alert.objects.filter(clock_id__in=again, stood_down_why="clock ended").select_related("case"))
        recall(reopened, now=now)


def recall(told: list[Alert], *, now: datetime) -> None:
    """Let alerts stand as if they had just been raised, and tell everybody who was told before."""
    Alert.objects.filter(pk__in=[alert.pk for alert in told]).update(
        stood_down_at=None, stood_down_why="", acknowledged_at=None, acknowledged_by="", acting_until=None,
        passed_at=None, passed_why="", unanswered_at=None, called_at=now, calls=F("calls") + 1,
    )  # fmt: skip
    on_duty = OnDuty({alert.case.unit_id for alert in told}, now)
    people = []
    for alert in told:
        alert.calls += 1
        before = Delivery.objects.filter(alert=alert, channel="inbox").values_list("user_id", flat=True)
        people.append((alert, sorted(set(before))))
    tell(people, on_duty, now)


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


def pass_on(alert: Alert, why: Why, *, now: datetime) -> None:
    """Let the ladder go on from an alert at once. The caller holds its case; nothing where it is not the newest."""
    clock = Clock.objects.get(pk=alert.clock_id)
    if clock.ended_at or clock.withdrawn_at or clock.rung != alert.rung + 1:
        return
    Alert.objects.filter(pk=alert.pk).update(passed_at=now, passed_why=why)
    wake(clock, now)


def wake(clock: Clock, at: datetime | None) -> None:
    """Let a clock wake at a time, and its case with the earliest of its clocks; the sweeper hears of it."""
    Clock.objects.filter(pk=clock.pk).update(wake_at=at)
    others = Clock.objects.filter(case=clock.case_id, wake_at__isnull=False).order_by("wake_at")
    earliest = others.values_list("wake_at", flat=True).first()
    Case.objects.filter(pk=clock.case_id).update(wake_at=earliest)
    with connection.cursor() as cursor:
        cursor.execute(WOKEN)
