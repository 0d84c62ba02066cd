"""Who takes which message: one at a time, nobody else's, the urgent first, and not more than a provider can bear.

Nothing is locked in the rows while a provider is called. Whoever sends holds a lock of their session instead: it goes
with the process, so that what a dead one was sending is free at once. The lease is for a machine that vanished.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet

from pathway.engine.now import now as database_now
from pathway.notify.bundle import UNSENT
from pathway.record.message import PROVIDER, Attempt, Message, Provider, State

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

LEASE = timedelta(seconds=30)  # longer than any call of a provider may take (`ALTOGETHER`)
WIDTH = 4  # messages on their way to one provider at a time; one only, until it has answered well
SPACE = 0x6D736763 << 32  # of the session locks, apart from any other
SAME = "the sender stopped before it wrote what became of it; tried again under the same key"


class Addressed(TypedDict):
    """What is asked for beside a message."""

    provider: str


def due(now: datetime) -> "QuerySet[WithAnnotations[Message, Addressed]]":
    """The messages to send now, being sent or not, each with its provider; the urgent first, then the oldest."""
    found = Message.objects.filter(state__in=UNSENT, next_at__lte=now).annotate(provider=PROVIDER)
    return found.order_by("-urgent", "created_at", "pk")


def providers(now: datetime) -> dict[str, int]:
    """How many messages are due for each provider that may be called."""
    paused = Provider.objects.filter(paused_until__gt=now).values("name")
    counted = due(now).exclude(Q(provider__in=paused)).order_by().values("provider").annotate(count=Count("pk"))
    return {each["provider"]: each["count"] for each in counted}


@transaction.atomic
def claim(provider: str) -> Message | None:
    """Take the first due message for a provider; None where there is none, or enough are on their way.

    What somebody holds is passed over. Past its lease it no longer counts as on its way, but is nobody else's either.
    """
    Provider.objects.bulk_create([Provider(name=provider)], ignore_conflicts=True)
    known = Provider.objects.select_for_update().get(name=provider)
    now = database_now()
    if known.paused_until and known.paused_until > now:
        return None
    mine = due(now).filter(Q(provider=provider))
    leased = mine.order_by().exclude(lease_until=None).values_list("pk", flat=True)
    held = [pk for pk in leased if not lock(pk, "xact_")]
    if mine.filter(pk__in=held, lease_until__gt=now).count() >= (WIDTH if known.well else 1):
        return None
    free = mine.exclude(pk__in=held).select_for_update(skip_locked=True, of=("self",))
    message = free.select_related("address__user").first()
    if message is None or not lock(message.pk):
        return None
    if message.lease_until:
        Attempt.objects.create(message=message, at=now, result=State.UNKNOWN, answer=SAME)
    message.lease_until, message.tries = now + LEASE, message.tries + 1
    message.save(update_fields=["lease_until", "tries"])
    return message


def lock(pk: int, kind: str = "") -> bool:
    """Try to hold a message for this session, or with `xact_` until the transaction ends: nobody living sends it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_{kind}lock(%s)", [SPACE + pk])
        held: bool = cursor.fetchone()[0]
    return held


def release(message: Message) -> None:
    """Hold a message no longer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [SPACE + message.pk])
