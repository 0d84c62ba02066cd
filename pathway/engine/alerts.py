"""Alerts: told, stood down when the clock ends, told again when it runs again, passed on; never deleted."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Max, OuterRef, Q, Subquery

from pathway import protocol
from pathway.protocol.types import Rung
from pathway.record.alert import Alert, AlertQuerySet, Delivery, Response, Why
from pathway.record.clock import Clock
from pathway.record.rota import OnDuty, verified

# How many rows of inboxes there are is kept beside them, so that a recount sees when one of them is lost.
COUNTED = """
UPDATE pathway_alert SET people = pathway_alert.people + told.people
FROM unnest(%s::bigint[], %s::int[]) AS told (alert, people) WHERE pathway_alert.id = told.alert
"""
# Arrays, whatever the size of the batch: the bulk methods of the ORM spend most of a sweep on building statements.
TOLD = """
INSERT INTO pathway_delivery (alert_id, user_id, channel, call, told_at, address_id)
SELECT told.alert, told.person, told.channel, told.call, %s, told.address
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::smallint[], %s::bigint[])
  AS told (alert, person, channel, call, address)
"""
WAKES = "pathway_wake"
WOKEN = f" RETURNING pg_notify('{WAKES}', '')"
# The sweeper sleeps until the first case wakes, and has to hear only of what comes before.
WAKE = f"""
WITH clock AS (UPDATE pathway_clock SET wake_at = %(at)s WHERE id = %(clock)s),
first AS (
  SELECT least(min(wake_at), %(at)s) AS wake_at FROM pathway_clock WHERE case_id = %(case)s AND id <> %(clock)s
),
before AS (SELECT coalesce(wake_at, 'infinity') AS wake_at FROM pathway_case WHERE id = %(case)s)
UPDATE pathway_case SET wake_at = first.wake_at FROM first, before WHERE pathway_case.id = %(case)s
RETURNING CASE WHEN first.wake_at < before.wake_at THEN pg_notify('{WAKES}', '') END
"""  # noqa: S608 - put together from constants
SENDS = "pathway_send"
TO_SEND = f"SELECT pg_notify('{SENDS}', '')"


def ladder_of(alert: Alert) -> Sequence[Rung]:
    """The ladder on which an alert was raised: that of the version which its case had then.

    While the service is renewed, a process of the release before names none: it raises on that of the case.
    """
    return protocol.get(alert.protocol or alert.case.protocol).standards[alert.clock.standard].ladder


def rung_of(alert: Alert) -> Rung:
    """The rung of the ladder that an alert stands for."""
    return ladder_of(alert)[alert.rung]


def rung_known(alert: Alert) -> Rung | None:
    """The same; None where only a newer release knows it: that is to hold up nothing else."""
    try:
        return rung_of(alert)
    except LookupError:
        return None


def newest(clocks: Iterable[Clock]) -> dict[int, Alert]:
    """The alert of the highest rung of each of these clocks that has one."""
    climbed = [clock.pk for clock in clocks if clock.rung]
    found = Alert.objects.filter(clock_id__in=climbed).order_by("clock_id", "-rung").distinct("clock_id")
    return {alert.clock_id: alert for alert in found} if climbed else {}


def tell(told: Sequence[tuple[Alert, list[int]]], on_duty: OnDuty, now: datetime) -> None:
    """Tell these people of alerts that stand already, and count them there."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, [[alert.pk for alert, _ in told], [len(people) for _, people in told]])
    write(told, on_duty, now)


def write(told: Iterable[tuple[Alert, list[int]]], on_duty: OnDuty, now: datetime) -> None:
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


def ask(offer: Response, person: int, now: datetime) -> None:
    """Tell one person what a colleague offers: unread again in the inbox, and outside too, told there before or not."""
    alert = offer.alert
    told = Delivery.objects.filter(alert=alert, user_id=person, call=alert.calls, channel="inbox")
    if not told.update(read_at=None):
        Delivery.objects.create(alert=alert, user_id=person, call=alert.calls, told_at=now)
        Alert.objects.filter(pk=alert.pk).update(people=F("people") + 1)
    for address in verified([person]).get(person, [])[:1]:
        Delivery.objects.create(
            alert=alert, user_id=person, call=alert.calls, told_at=now, channel=address.channel, address=address,
            offer=offer,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(TO_SEND)


@dataclass(frozen=True, slots=True)
class Owed:
    """An alert with whom to tell of it who was not at its last call; `held`: somebody holds its own level."""

    alert: Alert
    people: list[int]
    held: bool


def owed(found: AlertQuerySet, unit: int, on_duty: OnDuty) -> list[Owed]:
    """Those of these alerts whose level somebody holds, or of which somebody is to be told; in two queries."""
    lower = Alert.objects.filter(clock=OuterRef("clock"), rung__lt=OuterRef("rung")).order_by("-rung")
    told: list[Any] = list(
        found.select_related("case", "clock").annotate(below=Subquery(lower.values("rung")[:1])).order_by("pk")
    )
    heard: dict[int, set[int]] = defaultdict(set)
    last = Delivery.objects.filter(alert__in=[alert.pk for alert in told], call=F("alert__calls"))
    for pk, user in last.values_list("alert", "user"):
        heard[pk].add(user)
    within, every = on_duty.in_hours(unit), []
    for alert in told:
        if (rung := rung_known(alert)) is None:
            continue
        must = on_duty.holders(unit, rung.roles(in_hours=within), alert.case.owner)
        people, before = must, heard[alert.pk]
        if not before:
            below = [role for rung in skipped(alert, alert.below) for role in rung.roles(in_hours=within)]
            people = [*must, *on_duty.holders(unit, below, alert.case.owner)]
        if not people and alert.unanswered_at and unit in on_duty.fixed:
            people = [on_duty.fixed[unit]]
        every.append(Owed(alert, [one for one in dict.fromkeys(people) if one not in before], bool(must)))
    return [each for each in every if each.held or each.people]


def skipped(alert: Alert, below: int | None) -> Sequence[Rung]:
    """The rungs under an alert that have none of their own; `below` is the next that has."""
    return ladder_of(alert)[0 if below is None else below + 1 : alert.rung]


def tell_too(found: AlertQuerySet, unit: int, at: datetime) -> list[Alert]:
    """Tell alerts also to whoever has to answer them in a unit, nobody twice; return those that were told anew."""
    on_duty = OnDuty([unit], at)
    every = owed(found, unit, on_duty)
    told = [(each.alert, each.people) for each in every if each.people]
    tell(told, on_duty, at)
    Alert.objects.filter(pk__in=[each.alert.pk for each in every if each.held]).update(nobody=False)
    Alert.objects.filter(pk__in=[alert.pk for alert, _ in told]).update(called_at=at)
    for alert, _ in told:
        alert.called_at = at
    return [alert for alert, _ in told]


def tell_here(found: AlertQuerySet, unit: int, at: datetime) -> None:
    """Tell alerts that come from another unit in this one too, now or, where nobody is on duty, to whoever comes."""
    found.update(nobody=True)
    tell_too(found, unit, at)


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
    """Let alerts stand as if they had just been raised: who was told before is told anew, and who is on duty now.

    Whoever has left since is not; and where nobody is on duty for the newest level, it is passed on at once.
    """
    Alert.objects.filter(pk__in=[alert.pk for alert in told]).update(
        stood_down_at=None, stood_down_why="", acknowledged_at=None, acknowledged_by="", acting_until=None,
        snoozed_until=None, snoozed_by="", passed_at=None, passed_why="", unanswered_at=None, called_at=now,
        calls=F("calls") + 1,
    )  # fmt: skip
    heard = Delivery.objects.filter(alert__in=told, channel="inbox").to_colleagues()
    before = set(heard.values_list("alert_id", "user_id"))
    on_duty = OnDuty({alert.case.unit_id for alert in told}, now, also={person for _, person in before})
    people, empty = [], []
    for alert in told:
        alert.calls += 1
        unit = alert.case.unit_id
        must = on_duty.holders(unit, rung_of(alert).roles(in_hours=on_duty.in_hours(unit)), alert.case.owner)
        people.append((alert, sorted({*must, *(person for pk, person in before if pk == alert.pk)})))
        empty += [] if must else [alert.pk]
    found = Alert.objects.filter(pk__in=[alert.pk for alert in told])
    found.exclude(pk__in=empty).update(nobody=False)
    found.filter(pk__in=empty).update(nobody=True)
    waits = Q(clock__suspended_until__gt=now)
    found.filter(~waits, pk__in=empty, clock__rung=F("rung") + 1).update(passed_at=now, passed_why=Why.EMPTY)
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
    """Let the ladder go on from an alert at once. The caller holds its case.

    Nothing where it is not the newest of a running clock, or is passed on already and only waits for the sweep.
    """
    clock = Clock.objects.get(pk=alert.clock_id)
    if clock.ended_at or clock.withdrawn_at or clock.rung != alert.rung + 1:
        return
    if Alert.objects.filter(pk=alert.pk, passed_at=None).update(passed_at=now, passed_why=why):
        alert.passed_at, alert.passed_why = now, why
        wake(clock, clock.ladder(ladder_of(alert), alert.call).wakes_at)


def wake(clock: Clock, at: datetime | None) -> None:
    """Let a clock wake at a time, and its case with the earliest of its clocks; the sweeper hears of an earlier one."""
    with connection.cursor() as cursor:
        cursor.execute(WAKE, {"at": at, "clock": clock.pk, "case": clock.case_id})
