"""Puts what waits for an address into one message: few, the gravest at once, nothing that is no longer needed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q

from pathway.notify.text import URGENT
from pathway.record.alert import Delivery, DeliveryQuerySet
from pathway.record.message import Address, Message, State

APART, APART_URGENT = timedelta(seconds=60), timedelta(seconds=10)
OLDEST = timedelta(minutes=30)  # an older one is given up soon
ALERTS, DRILL = "alerts", "drill"  # a drill never shares a message with an alert, nor goes before one
UNSENT = (State.CREATED, State.FAILED)
GRAVE = Q(alert__level__in=URGENT)


@dataclass(frozen=True)
class Waits:
    """What waits for one address: is some of it urgent, when was its last message made, is one open."""

    address: Address
    urgent: bool
    last: datetime | None
    is_open: bool

    def may_go(self, now: datetime) -> Q | None:
        """Which of it may go now; None for nothing yet."""
        quiet = self.address.is_quiet(now)
        apart = APART_URGENT if self.urgent else APART
        if (quiet and not self.urgent) or not (self.is_open or self.last is None or self.last <= now - apart):
            return None
        return GRAVE if quiet else Q()


def unsent(now: datetime, purpose: str) -> Q:
    """Messages of that purpose that nobody is sending, and that no provider can have taken: more can be put in."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return free & Q(purpose=purpose, state__in=UNSENT, fixed=False, created_at__gt=now - OLDEST)


def bundle(now: datetime) -> int:
    """Put what waits into messages; return how many were made."""
    return sum(bundle_of(purpose, now) for purpose in (ALERTS, DRILL))


def waiting(purpose: str) -> DeliveryQuerySet:
    """What waits for a message of that purpose."""
    waits = Delivery.objects.filter(message=None, alert__case__drill=purpose == DRILL)
    return waits.exclude(address=None).order_by()


def bundle_of(purpose: str, now: datetime) -> int:
    """Put what waits into messages of one purpose; return how many were made."""
    rows = waiting(purpose)
    grave = dict(rows.values_list("address").annotate(grave=Max("pk", filter=GRAVE)))
    if not grave:
        return 0
    messages = Message.objects.filter(address__in=grave, purpose=purpose).order_by()
    lately = messages.exclude(state=State.SPARED).filter(created_at__gt=now - OLDEST)
    last = dict(lately.values_list("address").annotate(last=Max("created_at")))
    is_open = set(messages.filter(unsent(now, purpose)).values_list("address", flat=True))
    made = 0
    for pk, address in Address.objects.in_bulk(grave).items():
        waits = Waits(address, grave[pk] is not None, last.get(pk), pk in is_open)
        if (may_go := waits.may_go(now)) is not None:
            made += put_together(pk, may_go, purpose, now)
    return made


@transaction.atomic
def put_together(address: int, may_go: Q, purpose: str, now: datetime) -> int:
    """Put what may go to one address into its open message, else into a new one; return how many were made.

    What is no longer needed goes into a message that is not sent, and says so. Nothing where somebody else is at it.
    """
    if not Address.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=address).exists():
        return 0
    # Read once: what is told from here on waits for the next round, and is not taken for what is over.
    waits = dict(waiting(purpose).filter(may_go, address=address).values_list("pk", "alert__level"))
    needed = set(Delivery.objects.filter(pk__in=waits).needed(now).values_list("pk", flat=True))
    if over := waits.keys() - needed:
        spared = Message.objects.create(
            address_id=address, purpose=purpose, state=State.SPARED, created_at=now, ended_at=now,
            subject="No longer needed", body="Somebody acted, or the alert stood down, before this was sent.",
        )  # fmt: skip
        Delivery.objects.filter(pk__in=over).update(message=spared)
    if not needed:
        return 0
    urgent = purpose == ALERTS and not URGENT.isdisjoint(waits[pk] for pk in needed)
    found = Message.objects.filter(unsent(now, purpose), address=address).select_for_update(skip_locked=True).first()
    if found is None:
        message = Message.objects.create(
            address_id=address, purpose=purpose, urgent=urgent, created_at=now, next_at=now
        )  # fmt: skip
    else:
        message = found
        message.urgent, message.passed_at = message.urgent or urgent, None
        message.next_at = now if urgent else message.next_at
        message.save(update_fields=["urgent", "passed_at", "next_at"])
    Delivery.objects.filter(pk__in=needed).update(message=message)
    return int(found is None)
