"""Goes on at once where a message did not get through: to the next address, and past a level that nobody hears.

Each step is found anew in the rows, so that a process that dies between two of them leaves nothing undone.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q

from pathway.engine import alerts
from pathway.engine.hold import hold
from pathway.notify.bundle import UNSENT
from pathway.notify.send import wake
from pathway.record.alert import Alert, Delivery, Why
from pathway.record.case import Case
from pathway.record.message import Attempt, Message, State

PATIENCE, PATIENCE_URGENT = timedelta(minutes=2), timedelta(seconds=30)
LOOKED_BACK = timedelta(minutes=10)
AT_A_TIME = 200

# The next verified address of each person at which the same call, or offer, of the same alert was not told yet.
NEXT = """
INSERT INTO pathway_delivery (alert_id, user_id, channel, call, told_at, address_id, offer_id)
SELECT told.alert_id, told.user_id, following.channel, told.call, %(now)s, following.id, told.offer_id
FROM pathway_delivery told
CROSS JOIN LATERAL (
  SELECT address.id, address.channel FROM pathway_address address
  WHERE address.user_id = told.user_id AND address.removed_at IS NULL AND address.verified_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM pathway_delivery other WHERE other.alert_id = told.alert_id
      AND other.call = told.call AND other.user_id = told.user_id AND other.address_id = address.id
      AND other.offer_id IS NOT DISTINCT FROM told.offer_id)
  ORDER BY address.place, address.id LIMIT 1
) following
WHERE told.id = ANY(%(told)s)
ON CONFLICT DO NOTHING
"""
# Newest alerts of running clocks whose messages went on lately, and of which nobody has read, or may still hear.
STRANDED = """
SELECT DISTINCT alert.id, alert.called_at FROM pathway_message message
JOIN pathway_delivery told ON told.message_id = message.id
JOIN pathway_alert alert ON alert.id = told.alert_id AND alert.calls = told.call
JOIN pathway_clock clock ON clock.id = alert.clock_id AND clock.rung = alert.rung + 1
WHERE message.passed_at > %(since)s AND (%(alert)s::bigint IS NULL OR alert.id = %(alert)s)
  AND clock.ended_at IS NULL AND clock.withdrawn_at IS NULL
  AND alert.stood_down_at IS NULL AND alert.passed_at IS NULL AND alert.unanswered_at IS NULL
  AND (alert.acting_until IS NULL OR alert.acting_until <= %(now)s)
  AND (alert.snoozed_until IS NULL OR alert.snoozed_until <= %(now)s)
  AND NOT EXISTS (
    SELECT FROM pathway_delivery other LEFT JOIN pathway_message sent ON sent.id = other.message_id
    WHERE other.alert_id = alert.id AND other.call = alert.calls AND (
      other.read_at IS NOT NULL
      OR other.address_id IS NOT NULL AND (sent.id IS NULL OR sent.passed_at IS NULL
        OR sent.state IN ('sent', 'delivered'))))
ORDER BY alert.called_at LIMIT %(most)s
"""


def expire(now: datetime) -> int:
    """Say of sent messages for which no receipt came in time that nobody knows; return of how many."""
    late = Message.objects.filter(state=State.SENT, next_at__lte=now)
    with transaction.atomic():
        found = list(late.select_for_update(skip_locked=True).values_list("pk", flat=True))
        if found:
            Message.objects.filter(pk__in=found).update(state=State.UNKNOWN, next_at=None, ended_at=now)
            said = {"at": now, "result": State.UNKNOWN, "answer": "no receipt came in time"}
            Attempt.objects.bulk_create([Attempt(message_id=pk, **said) for pk in found])
    return len(found)


def failing(now: datetime) -> Q:
    """Messages that went wrong, or are not sent for so long that one waits no longer."""
    patience = Q(urgent=True, created_at__lte=now - PATIENCE_URGENT) | Q(created_at__lte=now - PATIENCE)
    slow = Q(state__in=UNSENT, next_at__isnull=False) & (patience | Q(sent_at__isnull=False))
    return Q(passed_at=None) & (Q(state__in=(State.GONE, State.UNKNOWN)) | slow)


def forward(now: datetime) -> int:
    """Tell what did not get through at the next address of the same person; return how many messages went on."""
    found = Message.objects.filter(failing(now)).order_by("-urgent", "created_at")
    return sum(on_from(pk, now) for pk in list(found.values_list("pk", flat=True)[:AT_A_TIME]))


@transaction.atomic
def on_from(pk: int, now: datetime) -> int:
    """Write what one message tells for the next address; nothing where somebody else is at it."""
    message = Message.objects.filter(failing(now), pk=pk).select_for_update(skip_locked=True).first()
    if message is None:
        return 0
    told = Delivery.objects.filter(message=message, call=F("alert__calls")).needed(now).to_colleagues()
    with connection.cursor() as cursor:
        cursor.execute(NEXT, {"now": now, "told": list(told.values_list("pk", flat=True))})
        written = cursor.rowcount
    message.passed_at = now
    message.save(update_fields=["passed_at"])
    if written:
        wake()
    return 1


def stranded(now: datetime, alert: int | None = None) -> list[int]:
    """Alerts that nobody told of them can still hear: of these, or this one, if it is such a one."""
    with connection.cursor() as cursor:
        cursor.execute(STRANDED, {"now": now, "since": now - LOOKED_BACK, "alert": alert, "most": AT_A_TIME})
        return [pk for pk, _ in cursor.fetchall()]


def give_up_on_levels(now: datetime) -> int:
    """Let the ladder go on from every alert that nobody can hear; return of how many."""
    return sum(give_up_on(alert, now) for alert in stranded(now))


@transaction.atomic
def give_up_on(pk: int, now: datetime) -> int:
    """Let the ladder go on from one alert, under the lock of its case; a case that is held now comes next time."""
    alert = Alert.objects.select_related("case", "clock").get(pk=pk)
    if alerts.rung_known(alert) is None:  # its ladder goes on where a newer release runs
        return 0
    if not Case.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=alert.case_id).exists():
        return 0
    held = hold(alert.case_id, merged=True)
    if not stranded(now, pk):
        return 0
    alerts.pass_on(alert, Why.UNREACHABLE, now=held.now)
    return 1
